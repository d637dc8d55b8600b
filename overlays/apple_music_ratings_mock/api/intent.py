"""Infers what a request was meant to be, even if it is invalid."""

from __future__ import annotations

from difflib import get_close_matches

from attrs import frozen

from .operations import FavoritesCall, LibraryCall, Operation, ProbeCall, RatingCall
from .parameters import split_values
from .parsed_request import ParsedRequest
from .resource_types import RESOURCE_TYPES

_MEANT = {
    "GET": Operation.GET,
    "HEAD": Operation.GET,
    "PUT": Operation.PUT,
    "POST": Operation.PUT,
    "PATCH": Operation.PUT,
    "DELETE": Operation.DELETE,
}
_AUXILIARY = {
    "favorites": Operation.FAVORITES,
    "test": Operation.TEST,
    "storefront": Operation.STOREFRONT,
}
_MAX_IDS = 1000


@frozen
class Intent:
    """What a request is about, as far as it can be inferred.

    Args:
        operation: The operation; `None` if it cannot be inferred.
        type: The name of the resource type, or of the closest one.
        ids: The ids.
    """

    operation: Operation | None = None
    type: str | None = None
    ids: tuple[str, ...] = ()


def infer_intent(parsed: ParsedRequest, resolved: object) -> Intent:
    """Return what a request is about.

    Args:
        parsed: The request.
        resolved: What it was resolved to; for a call there is nothing to infer.
    """
    if isinstance(resolved, RatingCall):
        return Intent(resolved.operation, resolved.type.name, resolved.ids)
    if isinstance(resolved, LibraryCall):
        return Intent(resolved.operation, resolved.type.name)
    if isinstance(resolved, FavoritesCall):
        return Intent(resolved.operation, None, tuple(id for _, id in resolved.items))
    if isinstance(resolved, ProbeCall):
        return Intent(resolved.operation)
    return _infer(parsed)


def _infer(parsed: ParsedRequest) -> Intent:
    segments = [segment for segment in parsed.segments if segment]
    if "ratings" in segments:
        return _infer_rating(parsed, segments[segments.index("ratings") + 1 :])
    if "library" in segments:
        rest = segments[segments.index("library") + 1 :]
        name = closest_type(f"library-{rest[0]}") if rest else None
        is_listable = name is not None and name.startswith("library-")
        return Intent(Operation.LIBRARY, name) if is_listable else Intent()
    return Intent(_AUXILIARY.get(segments[-1] if segments else ""))


def _infer_rating(parsed: ParsedRequest, rest: list[str]) -> Intent:
    name = closest_type(rest[0]) if rest else None
    meant = _MEANT.get(parsed.request.method)
    if len(rest) >= 2:
        return Intent(meant, name, (rest[1],))
    ids = tuple(split_values(parsed.query.get("ids", ())))[:_MAX_IDS]
    return Intent(Operation.LIST if meant is Operation.GET else meant, name, ids)


def closest_type(word: str) -> str | None:
    """Return the resource type that is closest to a word; `None` if none is close."""
    if word in RESOURCE_TYPES:
        return word
    close = get_close_matches(word[:64], RESOURCE_TYPES, n=1, cutoff=0.7)
    return close[0] if close else None
