from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.resource import Resource


T = TypeVar("T", bound="RatingsContentRelationship")


@_attrs_define
class RatingsContentRelationship:
    """The rated item, Ratings.Relationships.RatingsContentRelationship at Apple.

    Attributes:
        data (list[Resource]): The rated item, as a list of one.
        href (str | Unset): The path of the relationship.
        next_ (str | Unset): The path of the next page.
    """

    data: list[Resource]
    href: str | Unset = UNSET
    next_: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        data = []
        for data_item_data in self.data:
            data_item = data_item_data.to_dict()
            data.append(data_item)

        href = self.href

        next_ = self.next_

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "data": data,
            }
        )
        if href is not UNSET:
            field_dict["href"] = href
        if next_ is not UNSET:
            field_dict["next"] = next_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        data = []
        _data = d.pop("data")
        for data_item_data in _data:
            data_item = Resource.from_dict(data_item_data)

            data.append(data_item)

        href = d.pop("href", UNSET)

        next_ = d.pop("next", UNSET)

        ratings_content_relationship = cls(
            data=data,
            href=href,
            next_=next_,
        )

        ratings_content_relationship.additional_properties = d
        return ratings_content_relationship

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


from ..models.resource import Resource  # noqa: E402
