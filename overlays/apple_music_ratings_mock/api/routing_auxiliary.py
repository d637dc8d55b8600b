"""Judge the requests around ratings: library listings, favorites and probes."""

from __future__ import annotations

import re

from . import parameters
from .behaviors import Behaviors
from .operations import AuxiliaryCall, FavoritesCall, LibraryCall, Operation, ProbeCall
from .parameters import Query
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

# Observed: 25 unless told otherwise, and 400 above 100 (Music Assistant pull request 5391).
_DEFAULT_LIMIT = 25
_MAX_LIMIT = 100
# A number may be absurd; Python reads no more digits than these without complaint.
_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")

# Documented: songs and albums. Observed: MusadoraKit sends the others, three clients artists.
_FAVORITE_TYPES = {
    name: RESOURCE_TYPES.get(name, ARTISTS)
    for name in ("songs", "albums", "playlists", "music-videos", "stations", "artists")
}


def route_auxiliary(
    method: str, segments: list[str], raw_query: str, user: str, behaviors: Behaviors
) -> AuxiliaryCall | Problem:
    """Judge a request that is not about ratings themselves.

    Args:
        method: The method as it was sent.
        segments: The decoded segments of the path, the first one empty.
        raw_query: The query before decoding.
        user: The fingerprint of the Music User Token.
        behaviors: How the service behaves.

    Returns:
        The call to carry out, or the first problem found.
    """
    match segments:
        case ["", "v1", "me", "library", name] if f"library-{name}" in RESOURCE_TYPES:
            return _library_call(method, RESOURCE_TYPES[f"library-{name}"], raw_query, user)
        case ["", "v1", "me", "favorites"]:
            return _favorites_call(method, raw_query, user, behaviors)
        case ["", "v1", "me", "storefront"]:
            return _storefront_call(method, raw_query, user)
    return PATH_NOT_FOUND


def route_token_test(method: str) -> ProbeCall | Problem:
    """Judge a request whose only question is whether the developer token works."""
    if method != "GET":
        return method_not_allowed("GET")
    return ProbeCall(operation=Operation.TEST, user=None)


def _storefront_call(method: str, raw_query: str, user: str) -> ProbeCall | Problem:
    if method != "GET":
        return method_not_allowed("GET")
    problem = parameters.validate_language(parameters.read_query(raw_query))
    return problem or ProbeCall(operation=Operation.STOREFRONT, user=user)


def _library_call(
    method: str, resource_type: ResourceType, raw_query: str, user: str
) -> LibraryCall | Problem:
    if method != "GET":
        return method_not_allowed("GET")
    query = parameters.read_query(raw_query)
    problem = parameters.validate_language(query)
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
        includes_catalog="catalog" in parameters.split_values(query.get("include", ())),
        extends_favorites="inFavorites" in parameters.split_values(query.get("extend", ())),
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
    method: str, raw_query: str, user: str, behaviors: Behaviors
) -> FavoritesCall | Problem:
    if method != "POST":
        return _reject_favorites(method, behaviors)
    query = parameters.read_query(raw_query)
    problem = parameters.validate_language(query)
    if problem:
        return problem
    asked = [(each, query.get(f"ids[{name}]")) for name, each in _FAVORITE_TYPES.items()]
    found: list[tuple[ResourceType, str]] = []
    for resource_type, values in asked:
        if values is None:
            continue
        ids = parameters.split_values(values)
        unfit = [id_ for id_ in ids if not resource_type.fits(id_)]
        if unfit and behaviors.id_check == "strict":
            parameter = f"ids[{resource_type.name}]"
            return invalid_id(parameter, unfit[0]) if any(ids) else ids_empty(parameter)
        # Official: what cannot be added is passed over.
        found += [(resource_type, id_) for id_ in ids if resource_type.fits(id_)]
    return FavoritesCall(user=user, items=tuple(dict.fromkeys(found)))


def _reject_favorites(method: str, behaviors: Behaviors) -> Problem:
    """Refuse to read or take back favorites.

    Observed by two projects: a GET finds no such path and a DELETE lacks a
    permission. A contract knows one answer for a method that is not there.
    """
    if behaviors.error_bodies == "documented":
        return method_not_allowed("POST")
    return FAVORITES_DELETE_REJECTED if method == "DELETE" else PATH_NOT_FOUND
