from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.storefronts_attributes import StorefrontsAttributes


T = TypeVar("T", bound="Storefronts")


@_attrs_define
class Storefronts:
    """A country or region with its own catalog.

    Attributes:
        id (str): The two-letter code of the storefront.
        type_ (str): Always `storefronts`.
        href (str | Unset): The path of the storefront.
        attributes (StorefrontsAttributes | Unset): The attributes of a storefront, Storefronts.Attributes at Apple.
    """

    id: str
    type_: str
    href: str | Unset = UNSET
    attributes: StorefrontsAttributes | Unset = UNSET
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
        attributes: StorefrontsAttributes | Unset
        if _attributes is UNSET:
            attributes = UNSET
        else:
            attributes = StorefrontsAttributes.from_dict(_attributes)

        storefronts = cls(
            id=id,
            type_=type_,
            href=href,
            attributes=attributes,
        )

        storefronts.additional_properties = d
        return storefronts

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


from ..models.storefronts_attributes import StorefrontsAttributes  # noqa: E402
