"""Turn ratings and problems into the bytes that go over the wire.

Observed: compact JSON, the content types below to the letter, and every answer
open to web pages from anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Literal

from .messages import Response
from .problems import Problem
from .resource_types import ResourceType

_encode = json.JSONEncoder(separators=(",", ":")).encode

_OPEN_TO_ALL = ("Access-Control-Allow-Origin", "*")
_JSON = ("Content-Type", "application/json;charset=utf-8")
# Observed with a blank on the empty 401 (pelauimagineering/
# apple-music-token-generator issue 14).
_JSON_OF_401 = ("Content-Type", "application/json; charset=utf-8")

# Official: no body, and so no content type either.
NO_CONTENT = Response(204, (_OPEN_TO_ALL,))


def render_ratings(
    resource_type: ResourceType,
    ratings: Iterable[tuple[str, int]],
    *,
    includes_content: bool,
) -> Response:
    """Answer with ratings.

    Args:
        resource_type: The type of the rated items.
        ratings: Ids as they were asked for, and their values.
        includes_content: Whether to add the relationship to the item.
    """
    data = [_resource(resource_type, id_, value) for id_, value in ratings]
    if includes_content:
        for resource in data:
            resource["relationships"] = {"content": _content(resource_type, str(resource["id"]))}
    return _respond(200, _encode({"data": data}).encode())


def _resource(resource_type: ResourceType, id_: str, value: int) -> dict[str, object]:
    return {
        "id": id_,
        "type": "ratings",
        "href": resource_type.rating_path(id_),
        "attributes": {"value": value},
    }


def _content(resource_type: ResourceType, id_: str) -> dict[str, object]:
    # Unverified: Apple documents the relationship, nobody is known to use it.
    item = {"id": id_, "type": resource_type.name, "href": resource_type.item_path(id_)}
    return {"href": f"{resource_type.rating_path(id_)}/content", "data": [item]}


def render_problem(
    problem: Problem, *, bodies: Literal["observed", "documented"], error_id: str
) -> Response:
    """Answer with a problem.

    Args:
        problem: What is wrong.
        bodies: Which body a 401 has.
        error_id: The id of this occurrence.
    """
    if problem.status == 401:
        if bodies == "documented":
            return _respond(401, b"{}")
        return _respond(401, b"", content_type=_JSON_OF_401)
    body = _encode({"errors": [_error(problem, error_id)]}).encode()
    allow = (("Allow", problem.allow),) if problem.allow else ()
    return _respond(problem.status, body, extra=allow)


def _error(problem: Problem, error_id: str) -> dict[str, object]:
    error: dict[str, object] = {"id": error_id, "title": problem.title}
    if problem.detail is not None:
        error["detail"] = problem.detail
    error |= {"status": str(problem.status), "code": problem.code}
    if problem.parameter is not None:
        error["source"] = {"parameter": problem.parameter}
    elif problem.pointer is not None:
        error["source"] = {"pointer": problem.pointer}
    return error


def _respond(
    status: int,
    body: bytes,
    *,
    content_type: tuple[str, str] = _JSON,
    extra: tuple[tuple[str, str], ...] = (),
) -> Response:
    length = ("Content-Length", str(len(body)))
    return Response(status, (content_type, length, _OPEN_TO_ALL, *extra), body)
