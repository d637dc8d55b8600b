from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.error_source import ErrorSource


T = TypeVar("T", bound="Error")


@_attrs_define
class Error:
    """An error.

    Attributes:
        status (str): The HTTP status, as text.
        code (str): The service's own code, five digits.
        title (str): A short description, which may be localized.
        id (str | Unset): The id of this occurrence. Apple documents it as required; some observed errors have none.
        detail (str | Unset): A longer description.
        source (ErrorSource | Unset): The part of the request that caused the error, Error.Source at Apple.
        message_for_display (str | Unset): A text to show to users.
    """

    status: str
    code: str
    title: str
    id: str | Unset = UNSET
    detail: str | Unset = UNSET
    source: ErrorSource | Unset = UNSET
    message_for_display: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        code = self.code

        title = self.title

        id = self.id

        detail = self.detail

        source: dict[str, Any] | Unset = UNSET
        if not isinstance(self.source, Unset):
            source = self.source.to_dict()

        message_for_display = self.message_for_display

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
                "code": code,
                "title": title,
            }
        )
        if id is not UNSET:
            field_dict["id"] = id
        if detail is not UNSET:
            field_dict["detail"] = detail
        if source is not UNSET:
            field_dict["source"] = source
        if message_for_display is not UNSET:
            field_dict["messageForDisplay"] = message_for_display

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status = d.pop("status")

        code = d.pop("code")

        title = d.pop("title")

        id = d.pop("id", UNSET)

        detail = d.pop("detail", UNSET)

        _source = d.pop("source", UNSET)
        source: ErrorSource | Unset
        if _source is UNSET:
            source = UNSET
        else:
            source = ErrorSource.from_dict(_source)

        message_for_display = d.pop("messageForDisplay", UNSET)

        error = cls(
            status=status,
            code=code,
            title=title,
            id=id,
            detail=detail,
            source=source,
            message_for_display=message_for_display,
        )

        error.additional_properties = d
        return error

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


from ..models.error_source import ErrorSource  # noqa: E402
