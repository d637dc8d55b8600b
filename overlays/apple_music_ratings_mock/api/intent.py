"""Guess what a request was meant to be, however wrong it is."""

from __future__ import annotations

from difflib import get_close_matches
from urllib.parse import unquote

from attrs import frozen

from .messages import Request
from .operations import Call, FavoritesCall, LibraryCall, Operation, ProbeCall
from .parameters import read_query, split_values
from .resource_types import RESOURCE_TYPES

_MEANT = {
    "GET": Operation.GET,
    "HEAD": Operation.GET,
    "PUT": Operation.PUT,
    "POST": Operation.PUT,
    "PATCH": Operation.PUT,
    "DELETE": Operation.DELETE,
}
_MAX_IDS = 1000


@frozen
class Intent:
    """What a request is about, as far as that can be told.

    Args:
        operation: What it is meant to do; None when that cannot be told.
        type: The name of the resource type it names, or of the nearest one.
        ids: The ids it names.
    """

    operation: Operation | None = None
    type: str | None = None
    ids: tuple[str, ...] = ()


def infer_intent(request: Request, verdict: object) -> Intent:
    """Tell what a request is about.

    Args:
        request: The request.
        verdict: What was found of it; a call leaves nothing to guess.
    """
    if isinstance(verdict, Call):
        return Intent(verdict.operation, verdict.type.name, verdict.ids)
    if isinstance(verdict, LibraryCall):
        return Intent(verdict.operation, verdict.type.name)
    if isinstance(verdict, FavoritesCall):
        return Intent(verdict.operation, None, tuple(id_ for _, id_ in verdict.items))
    if isinstance(verdict, ProbeCall):
        return Intent(verdict.operation)
    return _infer(request)


def _infer(request: Request) -> Intent:
    segments = [unquote(part, errors="replace") for part in request.path.split("/") if part]
    if "ratings" in segments:
        return _infer_rating(request, segments[segments.index("ratings") + 1 :])
    if "library" in segments:
        rest = segments[segments.index("library") + 1 :]
        name = closest_type(f"library-{rest[0]}") if rest else None
        is_listable = name is not None and name.startswith("library-")
        return Intent(Operation.LIBRARY, name) if is_listable else Intent()
    last = segments[-1] if segments else ""
    around = {
        "favorites": Operation.FAVORITES,
        "test": Operation.TEST,
        "storefront": Operation.STOREFRONT,
    }
    return Intent(around.get(last))


def _infer_rating(request: Request, rest: list[str]) -> Intent:
    name = closest_type(rest[0]) if rest else None
    meant = _MEANT.get(request.method)
    if len(rest) >= 2:
        return Intent(meant, name, (rest[1],))
    query = read_query(request.query)
    ids = tuple(split_values(query.get("ids", [])))[:_MAX_IDS]
    return Intent(Operation.LIST if meant is Operation.GET else meant, name, ids)


def closest_type(word: str) -> str | None:
    """Give the resource type that a word comes nearest to, if any does."""
    if word in RESOURCE_TYPES:
        return word
    close = get_close_matches(word[:64], RESOURCE_TYPES, n=1, cutoff=0.7)
    return close[0] if close else None
