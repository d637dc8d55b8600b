"""Routing of the auxiliary requests: library listings, favorites and probes."""

from __future__ import annotations

import re

from .behaviors import Behaviors
from .operations import AuxiliaryCall, FavoritesCall, LibraryCall, Operation, ProbeCall
from .parameters import split_values, validate_language
from .parsed_request import ParsedRequest, Query
from .problems import (
    FAVORITES_DELETE_REJECTED,
    PATH_NOT_FOUND,
    Problem,
    ids_empty,
    invalid_id,
    limit_too_large,
    method_not_allowed,
    not_an_integer,
    too_small,
)
from .resource_types import ARTISTS, RESOURCE_TYPES, ResourceType

TEST_PATH = "/v1/test"

# Observed: 25 by default, and 400 above 100 (Music Assistant pull request 5391).
_DEFAULT_LIMIT = 25
_MAX_LIMIT = 100
# Python parses no more digits than these without complaint.
_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")

# Documented: songs and albums. Observed: MusadoraKit sends the others, three clients artists.
_FAVORITE_TYPES = {
    name: RESOURCE_TYPES.get(name, ARTISTS)
    for name in ("songs", "albums", "playlists", "music-videos", "stations", "artists")
}


def route_auxiliary(
    parsed: ParsedRequest, user: str, behaviors: Behaviors
) -> AuxiliaryCall | Problem:
    """Return the call to carry out, or the first problem found.

    Args:
        parsed: A request that is not about ratings.
        user: The fingerprint of the Music User Token.
        behaviors: How the service behaves.
    """
    method = parsed.request.method
    match parsed.segments:
        case ["", "v1", "me", "library", name] if f"library-{name}" in RESOURCE_TYPES:
            return _library_call(method, RESOURCE_TYPES[f"library-{name}"], parsed.query, user)
        case ["", "v1", "me", "favorites"]:
            return _favorites_call(method, parsed.query, user, behaviors)
        case ["", "v1", "me", "storefront"]:
            return _storefront_call(method, parsed.query, user)
    return PATH_NOT_FOUND


def route_token_test(method: str) -> ProbeCall | Problem:
    """Return the call that checks the developer token, or the problem with its method."""
    if method != "GET":
        return method_not_allowed("GET")
    return ProbeCall(operation=Operation.TEST, user=None)


def _storefront_call(method: str, query: Query, user: str) -> ProbeCall | Problem:
    if method != "GET":
        return method_not_allowed("GET")
    problem = validate_language(query)
    return problem or ProbeCall(operation=Operation.STOREFRONT, user=user)


def _library_call(
    method: str, resource_type: ResourceType, query: Query, user: str
) -> LibraryCall | Problem:
    if method != "GET":
        return method_not_allowed("GET")
    problem = validate_language(query)
    if problem:
        return problem
    limit = _integer(query, "limit", _DEFAULT_LIMIT, smallest=1)
    if isinstance(limit, Problem):
        return limit
    if limit > _MAX_LIMIT:
        return limit_too_large(limit, _MAX_LIMIT)
    offset = _integer(query, "offset", 0, smallest=0)
    if isinstance(offset, Problem):
        return offset
    return LibraryCall(
        user=user,
        type=resource_type,
        limit=limit,
        offset=offset,
        includes_catalog="catalog" in split_values(query.get("include", ())),
        extends_favorites="inFavorites" in split_values(query.get("extend", ())),
        only_favorites=query.get("filter[inFavorites]", ("",))[-1] == "true",
    )


def _integer(query: Query, name: str, default: int, *, smallest: int) -> int | Problem:
    values = query.get(name)
    if values is None:
        return default
    if not _INTEGER.fullmatch(values[-1]):
        return not_an_integer(name, values[-1])
    number = int(values[-1])
    return too_small(name, number, smallest) if number < smallest else number


def _favorites_call(
    method: str, query: Query, user: str, behaviors: Behaviors
) -> FavoritesCall | Problem:
    if method != "POST":
        return _reject_favorites(method, behaviors)
    problem = validate_language(query)
    if problem:
        return problem
    items: list[tuple[ResourceType, str]] = []
    for name, resource_type in _FAVORITE_TYPES.items():
        parameter = f"ids[{name}]"
        if parameter not in query:
            continue
        ids = split_values(query[parameter])
        invalid = [id for id in ids if not resource_type.accepts(id)]
        if invalid and behaviors.id_check == "strict":
            return invalid_id(parameter, invalid[0]) if any(ids) else ids_empty(parameter)
        # Documented: what cannot be added is skipped.
        items += [(resource_type, id) for id in ids if resource_type.accepts(id)]
    return FavoritesCall(user=user, items=tuple(dict.fromkeys(items)))


def _reject_favorites(method: str, behaviors: Behaviors) -> Problem:
    """Return the problem of reading or deleting favorites.

    Observed by two projects: a GET finds no such path and a DELETE lacks a permission. As
    documented, a method that does not exist is a 405.
    """
    if behaviors.error_bodies == "documented":
        return method_not_allowed("POST")
    if method not in {"GET", "DELETE"}:
        return method_not_allowed("DELETE, GET, POST")
    return FAVORITES_DELETE_REJECTED if method == "DELETE" else PATH_NOT_FOUND
