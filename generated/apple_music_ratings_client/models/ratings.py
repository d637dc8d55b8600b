from __future__ import annotations

from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
)

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.ratings_attributes import RatingsAttributes
    from ..models.ratings_relationships import RatingsRelationships


T = TypeVar("T", bound="Ratings")


@_attrs_define
class Ratings:
    """A user's rating of one item.

    Attributes:
        id (str): The id of the rated item.
        type_ (Literal['ratings']): Always `ratings`.
        href (str): The path of the rating.
        attributes (RatingsAttributes | Unset): The attributes of a rating, Ratings.Attributes at Apple. Without a value
            the item is unrated.
        relationships (RatingsRelationships | Unset): The relationships of a rating, Ratings.Relationships at Apple.
    """

    id: str
    type_: Literal["ratings"]
    href: str
    attributes: RatingsAttributes | Unset = UNSET
    relationships: RatingsRelationships | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        type_ = self.type_

        href = self.href

        attributes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.attributes, Unset):
            attributes = self.attributes.to_dict()

        relationships: dict[str, Any] | Unset = UNSET
        if not isinstance(self.relationships, Unset):
            relationships = self.relationships.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "type": type_,
                "href": href,
            }
        )
        if attributes is not UNSET:
            field_dict["attributes"] = attributes
        if relationships is not UNSET:
            field_dict["relationships"] = relationships

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        type_: Literal["ratings"] = d.pop("type")
        if type_ != "ratings":
            raise ValueError(f"type must match const 'ratings', got '{type_}'")

        href = d.pop("href")

        _attributes = d.pop("attributes", UNSET)
        attributes: RatingsAttributes | Unset
        if _attributes is UNSET:
            attributes = UNSET
        else:
            attributes = RatingsAttributes.from_dict(_attributes)

        _relationships = d.pop("relationships", UNSET)
        relationships: RatingsRelationships | Unset
        if _relationships is UNSET:
            relationships = UNSET
        else:
            relationships = RatingsRelationships.from_dict(_relationships)

        ratings = cls(
            id=id,
            type_=type_,
            href=href,
            attributes=attributes,
            relationships=relationships,
        )

        ratings.additional_properties = d
        return ratings

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


from ..models.ratings_attributes import RatingsAttributes  # noqa: E402
from ..models.ratings_relationships import RatingsRelationships  # noqa: E402
