"""Judge a request: a call of one of the 36 operations, or a problem.

Nothing here looks at the ratings or the library. A request is judged by
itself, so the verdict can be written down, counted or acted upon before the
state is touched.

The order is inferred from several observations: developer token, user token,
resource type, parameters, and existence last of all. Path and method stand
around the type, since they are part of finding the operation; size stands
before everything, since it is judged before anything is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal
from urllib.parse import unquote

from . import parameters
from .developer_tokens import DeveloperTokenReader
from .messages import Request
from .parameters import Query
from .problems import (
    BODY_TOO_LARGE,
    FORBIDDEN,
    PATH_NOT_FOUND,
    UNAUTHORIZED,
    URI_TOO_LONG,
    Problem,
    invalid_id,
    method_not_allowed,
    unknown_type,
)
from .rating_body import read_rating_value
from .resource_types import RESOURCE_TYPES, ResourceType

# Ours. Apple names no numbers; the first is thousands of times a rating, the
# second holds several hundred of the longest ids seen.
MAX_BODY = 1_048_576
MAX_TARGET = 16_384

_ROOT = ["", "v1", "me", "ratings"]


class Operation(StrEnum):
    """What can be asked about ratings of one type."""

    GET = "get"
    LIST = "list"
    PUT = "put"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the service behaves where that is open or a matter of taste.

    Args:
        bodies: Error bodies as others observed them, or as Apple documents
            them. They differ for 401: nothing, or an empty object.
        id_check: What an id of the wrong form is: absent, or an error.
        tokens: Reads the developer tokens.
    """

    bodies: Literal["observed", "documented"] = "observed"
    id_check: Literal["lenient", "strict"] = "lenient"
    tokens: DeveloperTokenReader = field(default_factory=DeveloperTokenReader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that makes sense.

    Args:
        operation: What to do.
        user: The user token, which is all we know of a person.
        type: The resource type.
        ids: The items: one, or for a list one or more.
        value: The rating to set; 0 for all but a put.
        includes_content: Whether the rated items are wanted too.
    """

    operation: Operation
    user: str
    type: ResourceType
    ids: tuple[str, ...]
    value: int = 0
    includes_content: bool = False


@dataclass(frozen=True, slots=True)
class _Route:
    operation: Operation
    type: ResourceType
    id: str | None


def judge(request: Request, settings: Settings, *, now: float) -> Call | Problem:
    """Judge a request by itself.

    Args:
        request: The request.
        settings: How the service behaves.
        now: The time, in seconds since 1970.

    Returns:
        The call to carry out, or the first problem found.
    """
    problem = _size_problem(request) or _developer_token_problem(request, settings, now)
    if problem:
        return problem
    user = _user_of(request)
    if user is None:
        return FORBIDDEN
    route = _route_of(request)
    if isinstance(route, Problem):
        return route
    return _call_of(route, user, request, settings)


def _size_problem(request: Request) -> Problem | None:
    if len(request.path) + 1 + len(request.query) > MAX_TARGET:
        return URI_TOO_LONG
    if len(request.body) > MAX_BODY:
        return BODY_TOO_LARGE
    return None


def _developer_token_problem(request: Request, settings: Settings, now: float) -> Problem | None:
    values = request.header_values("authorization")
    # Two tokens are one too many: nobody could say which of them was judged.
    claims = settings.tokens.read(values[0]) if len(values) == 1 else None
    if claims is None:
        return UNAUTHORIZED
    if claims.permit(now=now, origins=request.header_values("origin")):
        return None
    return UNAUTHORIZED


def _user_of(request: Request) -> str | None:
    values = request.header_values("music-user-token")
    return values[0].strip() or None if len(values) == 1 else None


def _route_of(request: Request) -> _Route | Problem:
    segments = request.path.split("/")
    if "%" in request.path:
        # After the split, so that an encoded slash does not part an id.
        segments = [unquote(segment, errors="replace") for segment in segments]
    if segments[:4] != _ROOT or len(segments) not in (5, 6) or not segments[-1]:
        return PATH_NOT_FOUND
    resource_type = RESOURCE_TYPES.get(segments[4])
    if resource_type is None:
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


def _call_of(route: _Route, user: str, request: Request, settings: Settings) -> Call | Problem:
    query = parameters.read_query(request.query)
    ids = (route.id,) if route.id is not None else parameters.read_ids(query)
    if isinstance(ids, Problem):
        return ids
    problem = _parameter_problem(route, ids, query, settings)
    if problem:
        return problem
    value = read_rating_value(request.body) if route.operation is Operation.PUT else 0
    if isinstance(value, Problem):
        return value
    return Call(
        operation=route.operation,
        user=user,
        type=route.type,
        ids=ids,
        value=value,
        includes_content=_reads(route) and "include" in query,
    )


def _parameter_problem(
    route: _Route, ids: tuple[str, ...], query: Query, settings: Settings
) -> Problem | None:
    if query:
        problem = parameters.language_problem(query)
        # Official: only the two GETs have an `include`.
        if problem is None and _reads(route):
            problem = parameters.include_problem(query)
        if problem:
            return problem
    if settings.id_check == "lenient":
        return None
    unfit = (id_ for id_ in ids if not route.type.fits(id_))
    parameter = "ids" if route.id is None else "id"
    return next((invalid_id(parameter, id_) for id_ in unfit), None)


def _reads(route: _Route) -> bool:
    return route.operation in (Operation.GET, Operation.LIST)
