"""Renders ratings and problems as responses.

Observed: compact JSON, exactly the content types below, and every response open to web pages of
any origin.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache

from attrs import evolve

from .behaviors import Behaviors
from .messages import Response
from .problems import FORBIDDEN, IDS_MISSING, UNAUTHORIZED, Problem, ids_empty
from .resource_types import RESOURCE_TYPES, ResourceType
from .state import LibraryEntry

_encode = json.JSONEncoder(separators=(",", ":")).encode

# Enough for what a test reads repeatedly: a few megabytes in all.
_MAX_RENDERED = 2000

_OPEN_TO_ALL = ("Access-Control-Allow-Origin", "*")
_JSON = ("Content-Type", "application/json;charset=utf-8")
# Observed with a space on the empty 401 (pelauimagineering/
# apple-music-token-generator issue 14).
_JSON_OF_401 = ("Content-Type", "application/json; charset=utf-8")

# Documented: no body, and so no content type either.
NO_CONTENT = Response(204, (_OPEN_TO_ALL,))
_EMPTY = ("Content-Length", "0")
# Documented: favorites are accepted without a body.
ACCEPTED = Response(202, (_EMPTY, _OPEN_TO_ALL))
# Inferred: the body of the test call is not documented.
TEST_PASSED = Response(200, (_EMPTY, _OPEN_TO_ALL))

# Only if `unrated_body` is empty.
UNRATED_BARE = Response(404, (_JSON, _EMPTY, _OPEN_TO_ALL))

# Observed on sibling paths (HotariTobu/musickit-api-mock).
PREFLIGHT = Response(
    204,
    (
        _OPEN_TO_ALL,
        ("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS"),
        (
            "Access-Control-Allow-Headers",
            "Authorization, Music-User-Token, X-Apple-Music-User-Token, Content-Type",
        ),
        ("Access-Control-Max-Age", "86400"),
    ),
)

# Observed: library songs and music videos have no date (SoftARV/Slipmat; a capture of 2025).
_DATED = {"library-albums", "library-playlists"}

# As players call them (observed in captures of library pages).
_PLAYER_KINDS = {
    "library-albums": "album",
    "library-music-videos": "musicVideo",
    "library-playlists": "playlist",
    "library-songs": "song",
}


def render_ratings(
    resource_type: ResourceType,
    ids: tuple[str, ...],
    values: list[int | None],
    *,
    includes_content: bool,
) -> Response:
    """Return a response with ratings.

    Args:
        resource_type: The type of the rated items.
        ids: The ids as requested.
        values: The rating of each; `None` omits it.
        includes_content: Whether to add the relationship to the item.
    """
    if includes_content:
        data = [
            _resource(resource_type, id, value)
            | {"relationships": {"content": _content(resource_type, id)}}
            for id, value in zip(ids, values, strict=True)
            if value
        ]
        return _respond(200, _encode({"data": data}).encode())
    # A rating is the same for every user, so each is rendered once.
    rendered = _rendered(resource_type)
    resources = b",".join(
        [rendered[value][id] for id, value in zip(ids, values, strict=True) if value]
    )
    return _respond(200, b'{"data":[%b]}' % resources)


class _Rendered(dict[str, bytes]):
    """Ratings of one type and value by id, each rendered when it is first requested."""

    def __init__(self, resource_type: ResourceType, value: int) -> None:
        super().__init__()
        self._type = resource_type
        self._value = value

    def __missing__(self, id: str) -> bytes:
        if len(self) >= _MAX_RENDERED:
            self.clear()
        rendered = self[id] = _encode(_resource(self._type, id, self._value)).encode()
        return rendered


@cache
def _rendered(resource_type: ResourceType) -> Mapping[int, _Rendered]:
    return {value: _Rendered(resource_type, value) for value in (1, -1)}


def _resource(resource_type: ResourceType, id: str, value: int) -> dict[str, object]:
    return {
        "id": id,
        "type": "ratings",
        "href": resource_type.rating_path(id),
        "attributes": {"value": value},
    }


def _content(resource_type: ResourceType, id: str) -> dict[str, object]:
    # Unverified: the relationship is documented, no client is known to use it.
    item = {"id": id, "type": resource_type.name, "href": resource_type.item_path(id)}
    return {"href": f"{resource_type.rating_path(id)}/content", "data": [item]}


def render_library(
    resource_type: ResourceType,
    page: Iterable[LibraryEntry],
    *,
    total: int,
    next_offset: int | None,
    includes_catalog: bool,
    favorites: frozenset[str] | None,
) -> Response:
    """Return a response with one page of a library.

    Args:
        resource_type: The library's type.
        page: The items on the page.
        total: The number of items on all pages.
        next_offset: The offset of the next page; `None` on the last.
        includes_catalog: Whether to add the relationship to the catalog.
        favorites: The library ids of favorites; `None` to omit them.
    """
    document: dict[str, object] = {}
    if next_offset is not None:
        document["next"] = f"/v1/me/library/{resource_type.catalog_name}?offset={next_offset}"
    document["data"] = [_library_resource(entry, includes_catalog, favorites) for entry in page]
    document["meta"] = {"total": total}
    return _respond(200, _encode(document).encode())


def _library_resource(
    entry: LibraryEntry,
    includes_catalog: bool,  # noqa: FBT001  # passed through
    favorites: frozenset[str] | None,
) -> dict[str, object]:
    resource_type = RESOURCE_TYPES[entry.type]
    href = resource_type.item_path(entry.library_id)
    play_parameters: dict[str, object] = {
        "id": entry.library_id,
        "kind": _PLAYER_KINDS[entry.type],
        "isLibrary": True,
    }
    if entry.catalog_id is not None:
        play_parameters["catalogId"] = entry.catalog_id
    attributes = {
        "name": entry.name,
        "artistName": entry.artist,
        "albumName": entry.album,
        "dateAdded": entry.date_added if entry.type in _DATED else None,
        "playParams": play_parameters,
        "inFavorites": None if favorites is None else entry.library_id in favorites,
    }
    resource: dict[str, object] = {
        "id": entry.library_id,
        "type": entry.type,
        "href": href,
        "attributes": {name: value for name, value in attributes.items() if value is not None},
    }
    if includes_catalog:
        resource["relationships"] = {"catalog": _catalog(resource_type, entry, href)}
    return resource


def _catalog(resource_type: ResourceType, entry: LibraryEntry, href: str) -> dict[str, object]:
    if entry.catalog_id is None:
        return {"href": f"{href}/catalog", "data": []}
    type = RESOURCE_TYPES[resource_type.catalog_name]
    item = {"id": entry.catalog_id, "type": type.name, "href": type.item_path(entry.catalog_id)}
    return {"href": f"{href}/catalog", "data": [item]}


def render_storefront() -> Response:
    """Return a response with the storefront that every user has."""
    attributes = {
        "name": "United States",
        "defaultLanguageTag": "en-US",
        "supportedLanguageTags": ["en-US", "es-MX"],
        "explicitContentPolicy": "allowed",
    }
    resource = {
        "id": "us",
        "type": "storefronts",
        "href": "/v1/storefronts/us",
        "attributes": attributes,
    }
    return _respond(200, _encode({"data": [resource]}).encode())


def render_problem(problem: Problem, *, behaviors: Behaviors, error_id: str) -> Response:
    """Return an error response.

    Args:
        problem: The error.
        behaviors: How the service behaves.
        error_id: The id of this error.
    """
    problem = _with_behaviors(problem, behaviors)
    if problem.status == 401:
        if behaviors.error_bodies == "documented":
            return _respond(401, b"{}")
        return _respond(401, b"", content_type=_JSON_OF_401)
    allow = (("Allow", problem.allow),) if problem.allow else ()
    if problem.status == 405 and behaviors.method_not_allowed_body == "empty":
        return _respond(405, b"", extra=allow)
    body = _encode({"errors": [_error(problem, error_id)]}).encode()
    return _respond(problem.status, body, extra=allow)


def _with_behaviors(problem: Problem, behaviors: Behaviors) -> Problem:
    is_401 = behaviors.missing_user_token == "401"  # noqa: S105  # a status
    if problem is FORBIDDEN and is_401:
        return UNAUTHORIZED
    if problem is IDS_MISSING and behaviors.missing_ids_code != IDS_MISSING.code:
        # Observed in a paraphrase (bromanko/dropd).
        return evolve(ids_empty(), detail=IDS_MISSING.detail)
    if problem.pointer is not None:
        return evolve(problem, code=behaviors.bad_body_code)
    return problem


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


def text_response(
    status: int,
    text: str,
    *,
    is_json: bool = False,
    extra: tuple[tuple[str, str], ...] = (),
) -> Response:
    """Return a text response, as from a gateway, or one whose content type is JSON."""
    content_type = _JSON if is_json else ("Content-Type", "text/plain; charset=utf-8")
    return _respond(status, text.encode(), content_type=content_type, extra=extra)


def html_response(status: int, key: str, *, is_called_json: bool = False) -> Response:
    """Return the HTML page of a gateway.

    Observed on the Apple forums: the title and a correlation key.

    Args:
        status: The HTTP status.
        key: The correlation key, 26 characters.
        is_called_json: Whether the content type is JSON.
    """
    title = {502: "Bad Gateway", 504: "Gateway Timeout"}.get(status, "Error")
    page = (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1>"
        f"<p>Correlation Key: {key}</p></body></html>"
    )
    content_type = _JSON if is_called_json else ("Content-Type", "text/html; charset=utf-8")
    return _respond(status, page.encode(), content_type=content_type)
