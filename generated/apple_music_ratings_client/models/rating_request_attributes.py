from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.rating_value import RatingValue

T = TypeVar("T", bound="RatingRequestAttributes")


@_attrs_define
class RatingRequestAttributes:
    """The attributes of the rating to set.

    Attributes:
        value (RatingValue): 1 for a like, -1 for a dislike.
    """

    value: RatingValue

    def to_dict(self) -> dict[str, Any]:
        value = self.value.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "value": value,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        value = RatingValue.parse(d.pop("value"))

        rating_request_attributes = cls(
            value=value,
        )

        return rating_request_attributes
