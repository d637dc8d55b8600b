"""Read what can be read of a response that does not match the contract, entry by entry.

One odd entry must not cost the other 99, and what is not used need not be valid. Reasons quote
nothing of the response, which may echo a token.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apple_music_ratings.errors import InvalidItemError
from apple_music_ratings.models import (
    Item,
    LibraryItem,
    RatingValue,
    ResourceType,
    catalog_type,
)

from .pages import parse_date

_VALUES = {1: RatingValue.LIKE, -1: RatingValue.DISLIKE}


def read_ratings(
    document: object, requested: Iterable[str]
) -> tuple[dict[str, RatingValue | None], dict[str, str]]:
    """Read the ratings of a list.

    Args:
        document: The JSON of the response.
        requested: The ids of the request.

    Returns:
        The rating of each id that can be read, and the reason for each other one.

    Raises:
        ValueError: There is no list of ratings, it contains one that was not requested, or none
            can be read.
    """
    values: dict[str, RatingValue | None] = dict.fromkeys(requested)
    reasons: dict[str, str] = {}
    seen, has_nameless = set(), False
    for entry in _entries(document):
        fields = _object(entry)
        id = as_text(fields.get("id"))
        addressed = id or _id_in(fields.get("href"))
        if addressed is None:
            has_nameless = True
            continue
        if addressed not in values:
            raise ValueError("it contains a rating that was not requested")
        seen.add(addressed)
        if id is None:
            reasons[addressed] = "its entry has no id"
            continue
        try:
            values[id] = _value(entry)
        except ValueError as error:
            reasons[id] = str(error)
    if has_nameless:
        # Any id that is missing may be the one of that entry.
        nameless = [id for id in values if id not in seen]
        reasons |= dict.fromkeys(nameless, "an entry of the response has no id")
    if reasons and len(reasons) == len(values):
        raise ValueError("it contains nothing that can be read")
    return {id: value for id, value in values.items() if id not in reasons}, reasons


def read_library(
    document: object, resource_type: ResourceType
) -> tuple[list[LibraryItem], list[str]]:
    """Read the items of one type on a page of a library.

    Returns:
        The items, and the reason for each entry that cannot be read.

    Raises:
        ValueError: There is no list of items.
    """
    items, reasons = [], []
    for position, entry in enumerate(_entries(document)):
        try:
            item = _library_item(entry, resource_type)
        except ValueError as error:
            reasons.append(f"entry {position + 1} of the page cannot be read: {error}")
        else:
            items += [item] if item is not None else []
    return items, reasons


def as_catalog_id(value: object, resource_type: ResourceType) -> str | None:
    """Return the id of a counterpart in the catalog; `None` if it could not be used."""
    text = as_text(value)
    try:
        return text and Item(catalog_type(resource_type), text, strict=False).id
    except InvalidItemError:
        return None


def _id_in(href: object) -> str | None:
    """Return the id in the address of a rating."""
    return href.rstrip("/").rpartition("/")[2] or None if isinstance(href, str) else None


def _entries(document: object) -> list[Any]:
    entries = document.get("data") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("it contains no list `data`")  # noqa: TRY004  # of the response
    return entries


def _value(entry: dict[str, Any]) -> RatingValue | None:
    attributes = entry.get("attributes", {})
    if isinstance(attributes, dict) and "value" not in attributes:
        return None
    value = attributes["value"] if isinstance(attributes, dict) else None
    if type(value) is not int or value not in _VALUES:
        raise ValueError("its value is neither 1 nor -1")
    return _VALUES[value]


def _library_item(entry: object, resource_type: ResourceType) -> LibraryItem | None:
    if not isinstance(entry, dict):
        raise ValueError("it is not an object")  # noqa: TRY004  # of the response
    if isinstance(type_ := entry.get("type"), str) and type_ != resource_type:
        return None
    id = as_text(entry.get("id"))
    if id is None:
        raise ValueError("it has no id")
    attributes = _object(entry.get("attributes"))
    return LibraryItem(
        Item(resource_type, id, strict=False),
        name=as_text(attributes.get("name")),
        artist=as_text(attributes.get("artistName")),
        album=as_text(attributes.get("albumName")),
        catalog_id=as_catalog_id(
            _object(attributes.get("playParams")).get("catalogId"), resource_type
        ),
        date_added=parse_date(attributes.get("dateAdded")),
        is_favorite=as_flag(attributes.get("inFavorites")),
    )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_flag(value: object) -> bool | None:
    """Return a boolean; `None` for anything else."""
    return value if isinstance(value, bool) else None


def as_text(value: object) -> str | None:
    """Return a text that is not empty, also for a number; `None` for anything else."""
    return str(value) or None if isinstance(value, str) or type(value) is int else None
