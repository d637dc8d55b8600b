"""Resolves a request to a call of one of the operations, or to a problem.

Nothing here reads the ratings or the library, so a request can be recorded, counted or rejected
before the state is touched.

The order of the checks is inferred from several observations: developer token, user token,
resource type, parameters, and existence last of all. Path and method are checked with the type,
since they are part of finding the operation, and size before everything.
"""

from __future__ import annotations

from attrs import frozen

from .behaviors import Behaviors
from .messages import MAX_BODY, MAX_TARGET, Request
from .operations import AnyCall, Operation, RatingCall
from .parameters import read_ids, validate_include, validate_language
from .parsed_request import ParsedRequest
from .problems import (
    BODY_TOO_LARGE,
    FORBIDDEN,
    IDS_MISSING,
    PATH_NOT_FOUND,
    UNAUTHORIZED,
    URI_TOO_LONG,
    Problem,
    invalid_id,
    method_not_allowed,
    unknown_type,
)
from .rating_body import read_rating_value
from .resource_types import ARTISTS, RESOURCE_TYPES, ResourceType
from .routing_auxiliary import TEST_PATH, route_auxiliary, route_token_test

_ROOT = ["", "v1", "me", "ratings"]
_READS = (Operation.GET, Operation.LIST)


@frozen
class _Route:
    operation: Operation
    type: ResourceType
    id: str | None


def resolve_request(
    parsed: ParsedRequest, behaviors: Behaviors, *, now: float
) -> AnyCall | Problem:
    """Return the call to carry out, or the first problem found.

    Args:
        parsed: The request.
        behaviors: How the service behaves.
        now: The time, in seconds since 1970.
    """
    request = parsed.request
    problem = _check_size(request) or _check_developer_token(parsed, now)
    # Documented: the only path without a user.
    if request.path == TEST_PATH:
        return problem or route_token_test(request.method)
    if problem:
        return problem
    if parsed.user is None:
        return FORBIDDEN
    if parsed.segments[:4] != _ROOT:
        return route_auxiliary(parsed, parsed.user, behaviors)
    route = _find_route(parsed, behaviors)
    return route if isinstance(route, Problem) else _rating_call(route, parsed, behaviors)


def _check_size(request: Request) -> Problem | None:
    if len(request.path) + 1 + len(request.query) > MAX_TARGET:
        return URI_TOO_LONG
    return BODY_TOO_LARGE if len(request.body) > MAX_BODY else None


def _check_developer_token(parsed: ParsedRequest, now: float) -> Problem | None:
    claims = parsed.claims
    if claims is None:
        return UNAUTHORIZED
    # Most tokens are valid for every page; then the header is not read.
    origins = () if claims.origins is None else parsed.request.header_values("origin")
    return None if claims.are_valid(now=now, origins=origins) else UNAUTHORIZED


def _find_route(parsed: ParsedRequest, behaviors: Behaviors) -> _Route | Problem:
    segments = parsed.segments
    if len(segments) not in (5, 6) or not segments[-1]:
        return PATH_NOT_FOUND
    resource_type = RESOURCE_TYPES.get(segments[4])
    if resource_type is None and segments[4] == ARTISTS.name and behaviors.artists == "accepted":
        resource_type = ARTISTS
    if resource_type is None:
        checks_ids = behaviors.check_order == "parameters-first" and len(segments) == 5
        if checks_ids and "ids" not in parsed.query:
            return IDS_MISSING
        return unknown_type(segments[4])
    if len(segments) == 5:
        return _collection_route(parsed.request.method, resource_type)
    return _item_route(parsed.request.method, resource_type, segments[5])


def _collection_route(method: str, resource_type: ResourceType) -> _Route | Problem:
    if method != "GET":
        return method_not_allowed("GET")
    return _Route(Operation.LIST, resource_type, None)


def _item_route(method: str, resource_type: ResourceType, id: str) -> _Route | Problem:
    if method not in ("GET", "PUT", "DELETE"):
        return method_not_allowed("DELETE, GET, PUT")
    return _Route(Operation[method], resource_type, id)


def _rating_call(
    route: _Route, parsed: ParsedRequest, behaviors: Behaviors
) -> RatingCall | Problem:
    ids = (route.id,) if route.id is not None else read_ids(parsed.query, behaviors)
    if isinstance(ids, Problem):
        return ids
    problem = _check_parameters(route, ids, parsed, behaviors)
    if problem:
        return problem
    value: int | Problem = 0
    if route.operation is Operation.PUT:
        value = read_rating_value(parsed.request.body, behaviors.request_type)
    if isinstance(value, Problem):
        return value
    return RatingCall(
        operation=route.operation,
        user=parsed.user or "",
        type=route.type,
        ids=ids,
        value=value,
        includes_content=(
            "include" in parsed.query
            and route.operation in _READS
            and behaviors.include_content == "include"
        ),
    )


def _check_parameters(
    route: _Route, ids: tuple[str, ...], parsed: ParsedRequest, behaviors: Behaviors
) -> Problem | None:
    if parsed.query:
        problem = validate_language(parsed.query)
        # Documented: only the two GETs have an `include`.
        if problem is None and route.operation in _READS:
            problem = validate_include(parsed.query, behaviors.include_content)
        if problem:
            return problem
    if behaviors.id_check == "lenient":
        return None
    invalid = (id for id in ids if not route.type.accepts(id))
    parameter = "ids" if route.id is None else "id"
    return next((invalid_id(parameter, id) for id in invalid), None)
