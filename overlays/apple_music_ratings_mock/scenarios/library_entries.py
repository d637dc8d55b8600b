"""Converts the entries of a library from and to plain documents."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import fields

from apple_music_ratings_mock.api.resource_types import RESOURCE_TYPES
from apple_music_ratings_mock.api.state import LibraryEntry

from .documents import (
    DocumentError,
    Path,
    StateConflictError,
    as_list,
    as_mapping,
    as_string,
    check_members,
)

LIBRARY_TYPES = tuple(each.name for each in RESOURCE_TYPES.values() if each.is_library)
_ENTRY_MEMBERS = tuple(each.name for each in fields(LibraryEntry))


def dump_entry(entry: LibraryEntry) -> dict[str, object]:
    """Return an entry as a document, without the members that it does not have."""
    members = {name: getattr(entry, name) for name in _ENTRY_MEMBERS}
    return {name: value for name, value in members.items() if value is not None}


def read_library(document: object) -> list[LibraryEntry]:
    """Return the entries of a library.

    Raises:
        DocumentError: An entry is invalid.
        StateConflictError: An id is not valid for its type, or repeated.
    """
    entries: dict[tuple[str, str], LibraryEntry] = {}
    for index, member in enumerate(as_list(document, ("library",))):
        path = ("library", index)
        entry = _read_entry(as_mapping(member, path), path)
        key = (entry.type, entry.library_id)
        if key in entries:
            raise StateConflictError(f"{entry.type}/{entry.library_id} is repeated", path)
        entries[key] = entry
    return list(entries.values())


def _read_entry(mapping: Mapping[str, object], path: Path) -> LibraryEntry:
    check_members(mapping, _ENTRY_MEMBERS, path, required=("type", "library_id"))
    values = {name: as_string(value, (*path, name)) for name, value in mapping.items()}
    for name in ("type", "library_id", "name"):
        if name in values and values[name] is None:
            raise DocumentError("this is not a string", (*path, name))
    if values["type"] not in LIBRARY_TYPES:
        raise DocumentError(f"{values['type']!r} is not a library type", (*path, "type"))
    try:
        return LibraryEntry(**{n: v for n, v in values.items() if v is not None})
    except ValueError as error:
        raise StateConflictError(str(error), path) from error
