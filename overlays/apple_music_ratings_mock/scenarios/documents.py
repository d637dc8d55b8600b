"""Validation of plain documents: JSON of the admin API, YAML of scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""The way to a part of a document: names of members and indexes of lists."""


class DocumentError(ValueError):
    """An invalid document.

    Args:
        message: What is invalid.
        path: The way to it.
    """

    def __init__(self, message: str, path: Path = ()) -> None:
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
        super().__init__(f"{where.lstrip('.')}: {message}" if where else message)
        self.message = message
        self.path = path


class StateConflictError(DocumentError):
    """A document of the right form that cannot become the state."""


def as_list(document: object, path: Path) -> list[object]:
    """Return a document that is a list.

    Raises:
        DocumentError: It is not.
    """
    if not isinstance(document, list | tuple):
        raise DocumentError("this is not a list", path)
    return list(document)


def as_mapping(document: object, path: Path) -> Mapping[str, object]:
    """Return a document that is a mapping of names to values.

    Raises:
        DocumentError: It is not.
    """
    if not isinstance(document, Mapping) or not all(isinstance(name, str) for name in document):
        raise DocumentError("this is not a mapping of names to values", path)
    return document


def as_string(value: object, path: Path) -> str | None:
    """Return a value that is a string, or `None`.

    Raises:
        DocumentError: It is neither.
    """
    if value is not None and not isinstance(value, str):
        raise DocumentError(f"{value!r} is not a string; put it in quotation marks", path)
    return value


def check_members(
    document: Mapping[str, object],
    known: tuple[str, ...],
    path: Path,
    *,
    required: tuple[str, ...] = (),
) -> None:
    """Raise if a member is unknown or missing.

    Raises:
        DocumentError: A member is unknown or missing.
    """
    for name in document:
        if name not in known:
            raise DocumentError(f"{name!r} is not one of {', '.join(known)}", (*path, name))
    for name in required:
        if name not in document:
            raise DocumentError(f"{name!r} is missing", path)
