from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="StorefrontsAttributes")


@_attrs_define
class StorefrontsAttributes:
    """The attributes of a storefront, Storefronts.Attributes at Apple.

    Attributes:
        name (str | Unset): The name of the country or region.
        default_language_tag (str | Unset): The language used if none is requested.
        supported_language_tags (list[str] | Unset): The languages that can be requested.
        explicit_content_policy (str | Unset): Whether explicit content is allowed, opted into or prohibited.
    """

    name: str | Unset = UNSET
    default_language_tag: str | Unset = UNSET
    supported_language_tags: list[str] | Unset = UNSET
    explicit_content_policy: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        default_language_tag = self.default_language_tag

        supported_language_tags: list[str] | Unset = UNSET
        if not isinstance(self.supported_language_tags, Unset):
            supported_language_tags = self.supported_language_tags

        explicit_content_policy = self.explicit_content_policy

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if default_language_tag is not UNSET:
            field_dict["defaultLanguageTag"] = default_language_tag
        if supported_language_tags is not UNSET:
            field_dict["supportedLanguageTags"] = supported_language_tags
        if explicit_content_policy is not UNSET:
            field_dict["explicitContentPolicy"] = explicit_content_policy

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name", UNSET)

        default_language_tag = d.pop("defaultLanguageTag", UNSET)

        supported_language_tags = cast(list[str], d.pop("supportedLanguageTags", UNSET))

        explicit_content_policy = d.pop("explicitContentPolicy", UNSET)

        storefronts_attributes = cls(
            name=name,
            default_language_tag=default_language_tag,
            supported_language_tags=supported_language_tags,
            explicit_content_policy=explicit_content_policy,
        )

        storefronts_attributes.additional_properties = d
        return storefronts_attributes

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
