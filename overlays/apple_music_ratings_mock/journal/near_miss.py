"""Say in words how a request differs from the closest_request right one."""

from __future__ import annotations

from urllib.parse import quote

from attrs import frozen

from apple_music_ratings_mock.api import problems
from apple_music_ratings_mock.api.developer_tokens import DeveloperTokenReader
from apple_music_ratings_mock.api.intent import Intent
from apple_music_ratings_mock.api.messages import Request
from apple_music_ratings_mock.api.operations import Call, Operation
from apple_music_ratings_mock.api.parameters import read_query
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
_PREFIXES = {"pl.": "a catalog playlist", "ra.": "a station", "i.": "a library song or music video"}
_PREFIXES |= {"l.": "a library album", "p.": "a library playlist"}


_WORDS = {
    "40012": "favorites cannot be taken back with these tokens; DELETE the rating instead",
    "41300": "the body is over a mebibyte; a rating has some forty bytes",
    "41400": "the address is over 16384 bytes; ask for fewer ids at a time, such as 100",
}


@frozen
class NearMiss:
    """What is wrong with a request.

    Args:
        reason: The reason from the closest_request right request, in words.
        closest_request: That request, or None when the request has nothing of one.
    """

    reason: str
    closest_request: str | None


# For a request that was right, with a token that the mock was told to refuse.
REJECTED_TOKEN = NearMiss("the request is right; the mock was told to refuse its token", None)


def explain(
    request: Request, problem: Problem, intent: Intent, *, tokens: DeveloperTokenReader, now: float
) -> NearMiss:
    """Explain a refusal.

    Args:
        request: What was asked.
        problem: Why it was refused.
        intent: What it was meant to be.
        tokens: What read the developer token.
        now: The time, in seconds since 1970.
    """
    if problem is problems.UNAUTHORIZED:
        reason = explain_401(request, tokens, now)
    elif problem is problems.FORBIDDEN:
        reason = _explain_403(request)
    else:
        reason = _explain(request, problem, intent)
    return NearMiss(reason, closest_request(intent))


def explain_call(request: Request, call: Call) -> NearMiss | None:
    """Find what is odd about a call that was good enough to be answered."""
    intent = Intent(call.operation, call.type.name, call.ids)
    foreign = [id_ for id_ in call.ids if not call.type.fits(id_)]
    if foreign:
        return NearMiss(_explain_foreign_id(foreign[0], call.type.name), closest_request(intent))
    if call.operation is Operation.LIST and len(read_query(request.query).get("ids", ())) > 1:
        words = (
            "ids are sent as repeated keys; the contract wants one parameter, "
            "ids=ID,ID (repeated keys are seen to work on sibling paths only)"
        )
        return NearMiss(words, closest_request(intent))
    return None


def closest_request(intent: Intent) -> str | None:
    """Write down the right request that comes closest_request to what was meant."""
    if intent.operation is None:
        return None
    around = {
        Operation.TEST: "GET /v1/test",
        Operation.STOREFRONT: "GET /v1/me/storefront",
        Operation.FAVORITES: "POST /v1/me/favorites?ids[songs]=907242702",
    }
    if intent.operation in around:
        return around[intent.operation]
    if intent.type is None:
        return None
    if intent.operation is Operation.LIBRARY:
        return f"GET /v1/me/library/{intent.type.removeprefix('library-')}?limit=100"
    return _closest_rating_request(intent.operation, intent.type, intent.ids)


def _closest_rating_request(operation: Operation, type_: str, ids: tuple[str, ...]) -> str:
    resource_type = RESOURCE_TYPES.get(type_)
    fitting = [id_ for id_ in ids if resource_type is None or resource_type.fits(id_)]
    example = _EXAMPLES.get(type_, "907242702")
    path = f"/v1/me/ratings/{type_}"
    if operation is Operation.LIST:
        return f"GET {path}?ids={','.join(fitting[:3]) or example}"
    one = f"{operation.upper()} {path}/{quote(fitting[0] if fitting else example, safe='')}"
    return f"{one} with the body {_BODY}" if operation is Operation.PUT else one


def _explain_403(request: Request) -> str:
    values = request.header_values("music-user-token")
    if len(values) > 1:
        return "there is more than one Music-User-Token header; send one"
    if values:
        return "the Music-User-Token header is empty"
    for other in ("media-user-token", "x-apple-music-user-token"):
        if request.header_values(other):
            return (
                f"the Music User Token is in the header {other}; the contract wants it in "
                "Music-User-Token"
            )
    return "there is no Music-User-Token header; send the person's Music User Token in it"


def _explain(request: Request, problem: Problem, intent: Intent) -> str:
    if problem.pointer is not None:
        return _explain_body(request, problem)
    if problem.parameter is not None:
        return _explain_parameter(request, problem)
    if problem.code == "40401":
        return _explain_path(request, intent)
    if problem.code == "40008":
        return _explain_type(problem, intent)
    if problem.allow is not None:
        return _explain_method(request, problem.allow)
    return _WORDS.get(problem.code) or f"{problem.title}: {problem.detail}"


def _explain_body(request: Request, problem: Problem) -> str:
    wants = f"the contract wants {_BODY}"
    content_type = "".join(request.header_values("content-type")[:1]).lower()
    if not request.body:
        return f"{request.method} has no body; {wants}"
    if "form" in content_type and problem.pointer == "":
        return f"the body is a form; {wants} as JSON"
    if problem.pointer == "/attributes/value":
        return f"{problem.detail}; 1 is a like, -1 a dislike, and DELETE removes either"
    return f"{problem.detail}; {wants}"


def _explain_parameter(request: Request, problem: Problem) -> str:
    query = read_query(request.query)
    if problem is problems.IDS_MISSING:
        for other in ("id", "ids[]", "Ids", "IDs"):
            if other in query:
                return (
                    f"the parameter is called {other!r}; the contract wants 'ids', once, "
                    "joined by commas"
                )
        return "there is no parameter 'ids'; ratings can only be listed by id"
    if problem is problems.LIMIT_REJECTED:
        return "'limit' cannot go with 'ids'; leave it out, since the answer has no pages"
    return f"{problem.detail}"


def _explain_path(request: Request, intent: Intent) -> str:
    path = request.path
    if "/catalog/" in path and intent.operation is not None:
        return "a catalog path has no ratings; they are under /v1/me/ratings, without a storefront"
    if intent.operation is Operation.FAVORITES:
        return "favorites can only be added, with POST; nobody knows a way to read them"
    slips = {
        "the path ends in a slash; leave it out": path.endswith("/") and len(path) > 1,
        "the path does not begin with /v1/": not path.startswith("/v1/"),
        "the path goes on after the id; an id with a slash in it has to be encoded": (
            "/me/ratings/" in path and path.count("/") > 5
        ),
    }
    return next((words for words, is_so in slips.items() if is_so), "there is no such path")


def _explain_type(problem: Problem, intent: Intent) -> str:
    name = str(problem.detail).partition("'")[2].rstrip("'")
    if not name:
        return "a part of the path is empty"
    if name in ("artists", "artist", "library-artists"):
        return "artists cannot be rated; no operation for them is documented"
    if intent.type is not None:
        return f"there is no type {name[:64]!r}; did you mean {intent.type!r}?"
    return f"there is no type {name[:64]!r}; there are {', '.join(RESOURCE_TYPES)}"


def _explain_method(request: Request, allowed: str) -> str:
    if "PUT" in allowed and request.method in ("POST", "PATCH"):
        return f"the method is {request.method}; a rating is set with PUT"
    return f"the method is {request.method[:16]}; this path takes {allowed}"


def explain_missing(call: Call, library: Library) -> NearMiss | None:
    """Find out whether a call was about something that cannot be rated here."""
    if call.operation is Operation.LIST or library.can_hold(call.type, call.ids[0]):
        return None
    words = f"{call.ids[0]!r} is not in the library that the mock was given"
    return NearMiss(words, closest_request(Intent(call.operation, call.type.name, call.ids)))


def _explain_foreign_id(id_: str, type_: str) -> str:
    shown = repr(id_[:64])
    for prefix, kind in _PREFIXES.items():
        if id_.startswith(prefix):
            side = "library" if kind.startswith("a library") else "catalog"
            other = "catalog" if side == "library" else "library"
            is_mixed = type_.startswith("library-") == (side == "catalog")
            path = f", so this is a {side} id on a {other} path" if is_mixed else ""
            return f"{shown} is the id of {kind} and not one of {type_}{path}"
    if id_.isdecimal() and type_.startswith("library-"):
        return f"{shown} is a catalog id on a library path; ids of {type_} begin with a letter"
    return f"{shown} cannot be an id of {type_}"
