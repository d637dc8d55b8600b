from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="PlayParameters")


@_attrs_define
class PlayParameters:
    """The parameters that a player needs to play the item.

    Attributes:
        id (str | Unset): The library id.
        kind (str | Unset): The kind of item, as players name it.
        is_library (bool | Unset): Whether the id is a library id.
        catalog_id (str | Unset): The catalog id of the same item; absent for uploads.
    """

    id: str | Unset = UNSET
    kind: str | Unset = UNSET
    is_library: bool | Unset = UNSET
    catalog_id: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        kind = self.kind

        is_library = self.is_library

        catalog_id = self.catalog_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if kind is not UNSET:
            field_dict["kind"] = kind
        if is_library is not UNSET:
            field_dict["isLibrary"] = is_library
        if catalog_id is not UNSET:
            field_dict["catalogId"] = catalog_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id", UNSET)

        kind = d.pop("kind", UNSET)

        is_library = d.pop("isLibrary", UNSET)

        catalog_id = d.pop("catalogId", UNSET)

        play_parameters = cls(
            id=id,
            kind=kind,
            is_library=is_library,
            catalog_id=catalog_id,
        )

        play_parameters.additional_properties = d
        return play_parameters

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
