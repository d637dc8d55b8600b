"""Explanations of invalid requests: the reason, and the closest valid request."""

from __future__ import annotations

from urllib.parse import quote

from attrs import frozen

from apple_music_ratings_mock.api import problems
from apple_music_ratings_mock.api.intent import Intent
from apple_music_ratings_mock.api.messages import MAX_BODY, MAX_TARGET
from apple_music_ratings_mock.api.operations import Operation, RatingCall
from apple_music_ratings_mock.api.parsed_request import ParsedRequest
from apple_music_ratings_mock.api.problems import Problem
from apple_music_ratings_mock.api.resource_types import RESOURCE_TYPES
from apple_music_ratings_mock.api.state import Library

from .token_near_miss import explain_401

_BODY = '{"type":"rating","attributes":{"value":1}}'
# Ids as in Apple's own examples.
_EXAMPLES = {
    "albums": "1138988512",
    "music-videos": "639032181",
    "playlists": "pl.5b0194eaa170401e8986335d7e77aa4e",
    "songs": "907242702",
    "stations": "ra.853851860",
    "library-albums": "l.qrRWYhq",
    "library-music-videos": "i.NJv00rkTEaLK51",
    "library-playlists": "p.MoGJYM3CYXW09B",
    "library-songs": "i.7PJNN4mfXlD68R",
}
_PREFIXES = {
    "pl.": "a catalog playlist",
    "ra.": "a station",
    "i.": "a library song or music video",
    "l.": "a library album",
    "p.": "a library playlist",
}
_REASONS = {
    "40012": "favorites cannot be deleted with these tokens; DELETE the rating instead",
    "41300": f"the body is longer than {MAX_BODY} bytes; a rating has about forty bytes",
    "41400": f"the URL is longer than {MAX_TARGET} bytes; send fewer ids at a time, such as 100",
}
_AUXILIARY = {
    Operation.TEST: "GET /v1/test",
    Operation.STOREFRONT: "GET /v1/me/storefront",
    Operation.FAVORITES: "POST /v1/me/favorites?ids[songs]=907242702",
}


@frozen
class NearMiss:
    """Why a request is invalid.

    Args:
        reason: How it differs from the closest valid request.
        closest_request: That request; `None` if no request is close.
    """

    reason: str
    closest_request: str | None


REJECTED_TOKEN = NearMiss("the request is valid; the mock is set to reject its token", None)


def explain(parsed: ParsedRequest, problem: Problem, intent: Intent, *, now: float) -> NearMiss:
    """Explain an error response.

    Args:
        parsed: The request.
        problem: The error.
        intent: What the request was meant to be.
        now: The time, in seconds since 1970.
    """
    if problem is problems.UNAUTHORIZED:
        reason = explain_401(parsed, now)
    elif problem is problems.FORBIDDEN:
        reason = _explain_403(parsed)
    else:
        reason = _explain(parsed, problem, intent)
    return NearMiss(reason, closest_request(intent))


def explain_call(parsed: ParsedRequest, call: RatingCall, library: Library) -> NearMiss | None:
    """Return what is unusual about a valid call; `None` if nothing is."""
    closest = closest_request(Intent(call.operation, call.type.name, call.ids))
    foreign = [id for id in call.ids if not call.type.accepts(id)]
    if foreign:
        return NearMiss(_explain_foreign_id(foreign[0], call.type.name), closest)
    if call.operation is not Operation.LIST:
        if library.can_rate(call.type, call.ids[0]):
            return None
        return NearMiss(f"{call.ids[0]!r} is not in the library of the mock", closest)
    if len(parsed.query.get("ids", ())) > 1:
        reason = (
            "ids are sent as repeated keys; the contract requires one parameter, ids=ID,ID "
            "(repeated keys have been seen to work on sibling paths only)"
        )
        return NearMiss(reason, closest)
    return None


def closest_request(intent: Intent) -> str | None:
    """Return the closest valid request, as text."""
    if intent.operation in _AUXILIARY:
        return _AUXILIARY[intent.operation]
    if intent.operation is None or intent.type is None:
        return None
    if intent.operation is Operation.LIBRARY:
        return f"GET /v1/me/library/{intent.type.removeprefix('library-')}?limit=100"
    return _closest_rating_request(intent.operation, intent.type, intent.ids)


def _closest_rating_request(operation: Operation, type: str, ids: tuple[str, ...]) -> str:
    resource_type = RESOURCE_TYPES.get(type)
    valid = [id for id in ids if resource_type is None or resource_type.accepts(id)]
    example = _EXAMPLES.get(type, "907242702")
    path = f"/v1/me/ratings/{type}"
    if operation is Operation.LIST:
        return f"GET {path}?ids={','.join(valid[:3]) or example}"
    single = f"{operation.upper()} {path}/{quote(valid[0] if valid else example, safe='')}"
    return f"{single} with the body {_BODY}" if operation is Operation.PUT else single


def _explain_403(parsed: ParsedRequest) -> str:
    request = parsed.request
    values = request.header_values("music-user-token")
    if len(values) > 1:
        return "there is more than one Music-User-Token header; send one"
    if values:
        return "the Music-User-Token header is empty"
    for other in ("media-user-token", "x-apple-music-user-token"):
        if request.header_values(other):
            return (
                f"the Music User Token is in the header {other}; the contract requires "
                "Music-User-Token"
            )
    return "there is no Music-User-Token header; send the user's Music User Token in it"


def _explain(parsed: ParsedRequest, problem: Problem, intent: Intent) -> str:
    if problem.pointer is not None:
        return _explain_body(parsed, problem)
    if problem.parameter is not None:
        return _explain_parameter(parsed, problem)
    if problem.code == "40401":
        return _explain_path(parsed.request.path, intent)
    if problem.code == "40008":
        return _explain_type(problem, intent)
    if problem.allow is not None:
        return _explain_method(parsed.request.method, problem.allow)
    return _REASONS.get(problem.code) or f"{problem.title}: {problem.detail}"


def _explain_body(parsed: ParsedRequest, problem: Problem) -> str:
    request = parsed.request
    required = f"the contract requires {_BODY}"
    if not request.body:
        return f"{request.method} has no body; {required}"
    encoding = "".join(request.header_values("content-encoding")[:1])
    if encoding and problem.pointer == "":
        return f"the body is compressed ({encoding[:16]}); send it uncompressed; {required}"
    content_type = "".join(request.header_values("content-type")[:1]).lower()
    if "form" in content_type and problem.pointer == "":
        return f"the body is a form; {required} as JSON"
    if problem.pointer == "/attributes/value":
        return f"{problem.detail}; 1 is a like, -1 a dislike, and DELETE deletes either"
    return f"{problem.detail}; {required}"


def _explain_parameter(parsed: ParsedRequest, problem: Problem) -> str:
    if problem is problems.IDS_MISSING:
        for other in ("id", "ids[]", "Ids", "IDs"):
            if other in parsed.query:
                return (
                    f"the parameter is called {other!r}; the contract requires 'ids', once, "
                    "joined by commas"
                )
        return "there is no parameter 'ids'; ratings can only be listed by id"
    if problem is problems.LIMIT_REJECTED:
        return "'limit' is not allowed with 'ids'; omit it, since the response has no pages"
    return f"{problem.detail}"


def _explain_path(path: str, intent: Intent) -> str:
    if "/catalog/" in path and intent.operation is not None:
        return "a catalog path has no ratings; they are under /v1/me/ratings, without a storefront"
    if intent.operation is Operation.FAVORITES:
        return "favorites can only be added, with POST; no way to read them is known"
    if path.endswith("/") and len(path) > 1:
        return "the path ends in a slash; omit it"
    if not path.startswith("/v1/"):
        return "the path does not begin with /v1/"
    if "/me/ratings/" in path and path.count("/") > 5:
        return "the path continues after the id; a slash in an id has to be encoded"
    return "there is no such path"


def _explain_type(problem: Problem, intent: Intent) -> str:
    name = str(problem.detail).partition("'")[2].rstrip("'")
    if not name:
        return "a segment of the path is empty"
    if name in ("artists", "artist", "library-artists"):
        return "artists cannot be rated; no operation for them is documented"
    if intent.type is not None:
        return f"there is no type {name[:64]!r}; did you mean {intent.type!r}?"
    return f"there is no type {name[:64]!r}; types: {', '.join(RESOURCE_TYPES)}"


def _explain_method(method: str, allowed: str) -> str:
    if "PUT" in allowed and method in ("POST", "PATCH"):
        return f"the method is {method}; a rating is set with PUT"
    return f"the method is {method[:16]}; this path supports {allowed}"


def _explain_foreign_id(id: str, type: str) -> str:
    shown = repr(id[:64])
    for prefix, owner in _PREFIXES.items():
        if id.startswith(prefix):
            side = "library" if owner.startswith("a library") else "catalog"
            other = "catalog" if side == "library" else "library"
            is_mixed = type.startswith("library-") == (side == "catalog")
            path = f", so this is a {side} id on a {other} path" if is_mixed else ""
            return f"{shown} is the id of {owner} and not one of {type}{path}"
    if id.isdecimal() and type.startswith("library-"):
        return f"{shown} is a catalog id on a library path; ids of {type} begin with a letter"
    return f"{shown} is not a valid id of {type}"
