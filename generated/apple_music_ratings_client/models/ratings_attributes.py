from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.rating_value import RatingValue
from ..types import UNSET, Unset

T = TypeVar("T", bound="RatingsAttributes")


@_attrs_define
class RatingsAttributes:
    """The attributes of a rating, Ratings.Attributes at Apple. Without a value the item is unrated.

    Attributes:
        value (RatingValue | Unset): 1 for a like, -1 for a dislike.
    """

    value: RatingValue | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        value: int | Unset = UNSET
        if not isinstance(self.value, Unset):
            value = self.value.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if value is not UNSET:
            field_dict["value"] = value

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _value = d.pop("value", UNSET)
        value: RatingValue | Unset
        if _value is UNSET:
            value = UNSET
        else:
            value = RatingValue.parse(_value)

        ratings_attributes = cls(
            value=value,
        )

        ratings_attributes.additional_properties = d
        return ratings_attributes

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
