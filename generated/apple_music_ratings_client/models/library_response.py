from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.library_meta import LibraryMeta
    from ..models.library_resource import LibraryResource


T = TypeVar("T", bound="LibraryResponse")


@_attrs_define
class LibraryResponse:
    """One page of a library, the common shape of Apple's LibrarySongsResponse and similar responses.

    Attributes:
        data (list[LibraryResource]): The resources of this page.
        next_ (str | Unset): The path of the next page; absent on the last. It keeps no parameter but `offset`.
        meta (LibraryMeta | Unset): Information about the whole collection.
    """

    data: list[LibraryResource]
    next_: str | Unset = UNSET
    meta: LibraryMeta | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        data = []
        for data_item_data in self.data:
            data_item = data_item_data.to_dict()
            data.append(data_item)

        next_ = self.next_

        meta: dict[str, Any] | Unset = UNSET
        if not isinstance(self.meta, Unset):
            meta = self.meta.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "data": data,
            }
        )
        if next_ is not UNSET:
            field_dict["next"] = next_
        if meta is not UNSET:
            field_dict["meta"] = meta

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        data = []
        _data = d.pop("data")
        for data_item_data in _data:
            data_item = LibraryResource.from_dict(data_item_data)

            data.append(data_item)

        next_ = d.pop("next", UNSET)

        _meta = d.pop("meta", UNSET)
        meta: LibraryMeta | Unset
        if _meta is UNSET:
            meta = UNSET
        else:
            meta = LibraryMeta.from_dict(_meta)

        library_response = cls(
            data=data,
            next_=next_,
            meta=meta,
        )

        library_response.additional_properties = d
        return library_response

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


from ..models.library_meta import LibraryMeta  # noqa: E402
from ..models.library_resource import LibraryResource  # noqa: E402
