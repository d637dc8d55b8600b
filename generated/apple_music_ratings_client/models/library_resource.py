from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.library_attributes import LibraryAttributes


T = TypeVar("T", bound="LibraryResource")


@_attrs_define
class LibraryResource:
    """A song, album, music video or playlist in the library: LibrarySongs, LibraryAlbums, LibraryMusicVideos or
    LibraryPlaylists at Apple, reduced to the properties that identify an item.

        Attributes:
            id (str): The library id. It changes if the item is removed and added again.
            type_ (str): The resource type.
            href (str | Unset): The path of the resource.
            attributes (LibraryAttributes | Unset): The attributes by which a user recognizes a library item.
    """

    id: str
    type_: str
    href: str | Unset = UNSET
    attributes: LibraryAttributes | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        type_ = self.type_

        href = self.href

        attributes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.attributes, Unset):
            attributes = self.attributes.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "type": type_,
            }
        )
        if href is not UNSET:
            field_dict["href"] = href
        if attributes is not UNSET:
            field_dict["attributes"] = attributes

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        type_ = d.pop("type")

        href = d.pop("href", UNSET)

        _attributes = d.pop("attributes", UNSET)
        attributes: LibraryAttributes | Unset
        if _attributes is UNSET:
            attributes = UNSET
        else:
            attributes = LibraryAttributes.from_dict(_attributes)

        library_resource = cls(
            id=id,
            type_=type_,
            href=href,
            attributes=attributes,
        )

        library_resource.additional_properties = d
        return library_resource

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties


from ..models.library_attributes import LibraryAttributes  # noqa: E402
