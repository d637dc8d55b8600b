"""Routing of the auxiliary requests: library listings, favorites and probes."""

from __future__ import annotations

import re

from .behaviors import Behaviors
from .operations import AuxiliaryCall, LibraryCall, Operation, ProbeCall
from .parameters import split_values, validate_language
from .parsed_request import ParsedRequest, Query
from .problems import (
    PATH_NOT_FOUND,
    Problem,
    limit_too_large,
    method_not_allowed,
    not_an_integer,
    too_small,
)
from .resource_types import RESOURCE_TYPES, ResourceType
from .routing_favorites import favorites_call

TEST_PATH = "/v1/test"

# Observed: 25 by default, and 400 above 100 (Music Assistant pull request 5391).
_DEFAULT_LIMIT = 25
_MAX_LIMIT = 100
# Python parses no more digits than these without complaint.
_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")


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
            return favorites_call(method, parsed.query, user, behaviors)
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
