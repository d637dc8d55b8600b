"""Judge a request: a call of one of the operations, or a problem.

Nothing here looks at the ratings or the library. A request is judged by
itself, so the verdict can be written down, counted or acted upon before the
state is touched.

The order is inferred from several observations: developer token, user token,
resource type, parameters, and existence last of all. Path and method stand
around the type, since they are part of finding the operation; size stands
before everything, since it is judged before anything is read.
"""

from __future__ import annotations

from urllib.parse import unquote

from attrs import field, frozen

from . import parameters
from .behaviors import Behaviors
from .developer_tokens import DeveloperTokenReader
from .fingerprints import user_of as _user_of
from .messages import Request
from .operations import AnyCall, Call, Operation
from .parameters import Query
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

# Ours. Apple names no numbers; the first is thousands of times a rating, the
# second holds several hundred of the longest ids seen.
MAX_BODY = 1_048_576
MAX_TARGET = 16_384

_ROOT = ["", "v1", "me", "ratings"]


@frozen(kw_only=True)
class MockConfig:
    """How the service behaves where that is open or a matter of taste.

    Args:
        behaviors: The open questions, each with an answer.
        tokens: Reads the developer tokens.
    """

    behaviors: Behaviors = field(factory=Behaviors)
    tokens: DeveloperTokenReader = field(factory=DeveloperTokenReader)


@frozen
class _Route:
    operation: Operation
    type: ResourceType
    id: str | None


def judge(request: Request, settings: MockConfig, *, now: float) -> AnyCall | Problem:
    """Judge a request by itself.

    Args:
        request: The request.
        settings: How the service behaves.
        now: The time, in seconds since 1970.

    Returns:
        The call to carry out, or the first problem found.
    """
    problem = _size_problem(request) or _developer_token_problem(request, settings, now)
    # Official: the only path that asks for no person.
    if request.path == TEST_PATH:
        return problem or route_token_test(request.method)
    if problem:
        return problem
    user = _user_of(request)
    if user is None:
        return FORBIDDEN
    segments = segments_of(request)
    if segments[:4] != _ROOT:
        return route_auxiliary(request.method, segments, request.query, user, settings.behaviors)
    route = _route_of(request, segments, settings.behaviors)
    if isinstance(route, Problem):
        return route
    return _rating_call(route, user, request, settings)


def _size_problem(request: Request) -> Problem | None:
    if len(request.path) + 1 + len(request.query) > MAX_TARGET:
        return URI_TOO_LONG
    if len(request.body) > MAX_BODY:
        return BODY_TOO_LARGE
    return None


def _developer_token_problem(request: Request, settings: MockConfig, now: float) -> Problem | None:
    values = request.header_values("authorization")
    # Two tokens are one too many: nobody could say which of them was judged.
    claims = settings.tokens.read(values[0]) if len(values) == 1 else None
    if claims is None:
        return UNAUTHORIZED
    # Most tokens are for every page, and then nobody reads the header.
    origins = () if claims.origins is None else request.header_values("origin")
    if claims.permit(now=now, origins=origins):
        return None
    return UNAUTHORIZED


def segments_of(request: Request) -> list[str]:
    """Give the decoded segments of the path, the first one empty."""
    segments = request.path.split("/")
    if "%" in request.path:
        # After the split, so that an encoded slash does not part an id.
        return [unquote(segment, errors="replace") for segment in segments]
    return segments


def _route_of(request: Request, segments: list[str], behaviors: Behaviors) -> _Route | Problem:
    if len(segments) not in (5, 6) or not segments[-1]:
        return PATH_NOT_FOUND
    resource_type = RESOURCE_TYPES.get(segments[4])
    if resource_type is None and segments[4] == ARTISTS.name and behaviors.artists == "accepted":
        resource_type = ARTISTS
    if resource_type is None:
        is_looked_at = behaviors.check_order == "parameters-first" and len(segments) == 5
        if is_looked_at and "ids" not in parameters.read_query(request.query):
            return IDS_MISSING
        return unknown_type(segments[4])
    if len(segments) == 5:
        return _collection_route(request.method, resource_type)
    return _item_route(request.method, resource_type, segments[5])


def _collection_route(method: str, resource_type: ResourceType) -> _Route | Problem:
    if method != "GET":
        return method_not_allowed("GET")
    return _Route(Operation.LIST, resource_type, None)


def _item_route(method: str, resource_type: ResourceType, id_: str) -> _Route | Problem:
    if method not in ("GET", "PUT", "DELETE"):
        return method_not_allowed("DELETE, GET, PUT")
    return _Route(Operation[method], resource_type, id_)


def _rating_call(
    route: _Route, user: str, request: Request, settings: MockConfig
) -> Call | Problem:
    behaviors = settings.behaviors
    query = parameters.read_query(request.query)
    ids = (route.id,) if route.id is not None else parameters.read_ids(query, behaviors)
    if isinstance(ids, Problem):
        return ids
    problem = _parameter_problem(route, ids, query, behaviors)
    if problem:
        return problem
    is_put = route.operation is Operation.PUT
    value = read_rating_value(request.body, behaviors.request_type) if is_put else 0
    if isinstance(value, Problem):
        return value
    includes = _reads(route) and "include" in query and behaviors.include_content == "include"
    return Call(
        operation=route.operation,
        user=user,
        type=route.type,
        ids=ids,
        value=value,
        includes_content=includes,
    )


def _parameter_problem(
    route: _Route, ids: tuple[str, ...], query: Query, behaviors: Behaviors
) -> Problem | None:
    if query:
        problem = parameters.validate_language(query)
        # Official: only the two GETs have an `include`.
        if problem is None and _reads(route):
            problem = parameters.validate_include(query, behaviors.include_content)
        if problem:
            return problem
    if behaviors.id_check == "lenient":
        return None
    unfit = (id_ for id_ in ids if not route.type.fits(id_))
    parameter = "ids" if route.id is None else "id"
    return next((invalid_id(parameter, id_) for id_ in unfit), None)


def _reads(route: _Route) -> bool:
    return route.operation in (Operation.GET, Operation.LIST)
