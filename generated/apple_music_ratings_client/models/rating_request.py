from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..models.rating_request_type import RatingRequestType
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.rating_request_attributes import RatingRequestAttributes


T = TypeVar("T", bound="RatingRequest")


@_attrs_define
class RatingRequest:
    """The rating to set.

    Attributes:
        attributes (RatingRequestAttributes): The attributes of the rating to set.
        type_ (RatingRequestType | Unset): The type of the request. Use `rating`, as in Apple's examples.
    """

    attributes: RatingRequestAttributes
    type_: RatingRequestType | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        attributes = self.attributes.to_dict()

        type_: str | Unset = UNSET
        if not isinstance(self.type_, Unset):
            type_ = self.type_.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "attributes": attributes,
            }
        )
        if type_ is not UNSET:
            field_dict["type"] = type_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        attributes = RatingRequestAttributes.from_dict(d.pop("attributes"))

        _type_ = d.pop("type", UNSET)
        type_: RatingRequestType | Unset
        if _type_ is UNSET:
            type_ = UNSET
        else:
            type_ = RatingRequestType(_type_)

        rating_request = cls(
            attributes=attributes,
            type_=type_,
        )

        return rating_request


from ..models.rating_request_attributes import RatingRequestAttributes  # noqa: E402
