from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from apple_music_ratings_mock import Behaviors, MockService, Response

TOO_LONG = "songs?ids=" + "1," * 8_200
TOO_LARGE = b" " * 1_048_577


FIRST_PROBLEMS: list[tuple[dict[str, Any], int]] = [
    ({"target": TOO_LONG, "body": TOO_LARGE, "token": None}, 414),
    ({"target": "song/1", "body": TOO_LARGE, "token": None}, 413),
    ({"target": "song/1?l=!", "method": "POST", "token": None, "user": None}, 401),
    ({"target": "/elsewhere", "token": None}, 401),
    ({"target": "song/1?l=!", "method": "POST", "user": None}, 403),
    ({"target": "/elsewhere", "user": None}, 403),
    ({"target": "song/1?l=!", "method": "POST"}, 400),
    ({"target": "songs/1?l=!", "method": "POST"}, 405),
    ({"target": "songs/1?l=!"}, 400),
    ({"target": "songs/1"}, 404),
]


def test_first_problem_decides(ask: Callable[..., Response]) -> None:
    """Size, developer token, user token, type, method, parameters, existence: in that order."""
    statuses = [ask(**{"method": "GET", **changes}).status for changes, _ in FIRST_PROBLEMS]

    assert statuses == [expected for _, expected in FIRST_PROBLEMS]


@pytest.mark.parametrize("user", [None, "", "  "])
def test_missing_user_token_is_403(
    ask: Callable[..., Response], error_of: Callable[..., Any], user: str | None
) -> None:
    """An empty user token is as good as none."""
    response = ask("GET", "songs/1", user=user)
    error = error_of(response)

    assert response.status == 403
    assert (error["code"], error["detail"]) == ("40300", "Invalid authentication")


def test_two_user_tokens_are_403(ask: Callable[..., Response]) -> None:
    """A request has one user."""
    assert ask("GET", "songs/1", headers=(("Music-User-Token", "bert"),)).status == 403


def test_blanks_around_a_user_token_do_not_matter(ask: Callable[..., Response]) -> None:
    """A token is the same with blanks around it, as HTTP has it."""
    ask("PUT", "songs/1", body={"attributes": {"value": 1}}, user="anna")

    assert ask("GET", "songs/1", user=" anna ").status == 200


UNKNOWN_PATHS = [
    ("song/1", "40008"),
    ("song", "40008"),
    ("artists/1", "40008"),
    ("library-stations/ra.1", "40008"),
    ("SONGS/1", "40008"),
    ("caf%C3%A9/1", "40008"),
    ("songs/", "40401"),
    ("songs//", "40401"),
    ("songs/1/", "40401"),
    ("songs/1/content", "40401"),
    ("", "40401"),
    ("/", "40401"),
    ("/v1/me/ratings", "40401"),
    ("/v1//me/ratings/songs/1", "40401"),
    ("/v2/me/ratings/songs/1", "40401"),
    ("*", "40008"),
]


def test_unknown_path_is_rejected_by_code(
    ask: Callable[..., Response], error_of: Callable[..., Any]
) -> None:
    """An unknown type is 40008, any other unknown path 40401."""
    offenders = []
    for target, code in UNKNOWN_PATHS:
        error = error_of(ask("GET", target))
        if (error["code"], error["status"]) != (code, code[:3]):
            offenders.append((target, error))

    assert not offenders


def test_unknown_type_is_named(ask: Callable[..., Response], error_of: Callable[..., Any]) -> None:
    """The error repeats the type as it was meant, without percent-encoding."""
    error = error_of(ask("PUT", "caf%C3%A9/1"))

    assert error["detail"] == "Unknown resource type 'café'"


def test_path_may_be_encoded_where_it_need_not(ask: Callable[..., Response]) -> None:
    """An encoded letter is that letter."""
    ask("PUT", "/v1/me/r%61tings/%73ongs/%31", body={"attributes": {"value": 1}})

    assert ask("GET", "songs/1").status == 200


@pytest.mark.parametrize(
    ("target", "methods", "allow"),
    [
        ("songs", ["PUT", "DELETE", "POST", "HEAD", "OPTIONS", "TRACE", "QUERY", "get"], "GET"),
        (
            "songs/1",
            ["POST", "PATCH", "HEAD", "OPTIONS", "TRACE", "QUERY", "CONNECT", "put", "", "\u00e9"],
            "DELETE, GET, PUT",
        ),
    ],
)
def test_other_method_is_405_and_says_which(
    ask: Callable[..., Response], target: str, methods: list[str], allow: str
) -> None:
    """A path rejects methods that it does not support and lists those that it does."""
    responses = [ask(method, target) for method in methods]

    assert {response.status for response in responses} == {405}
    assert {dict(response.headers)["Allow"] for response in responses} == {allow}


def test_response_to_head_has_no_content(ask: Callable[..., Response]) -> None:
    """The headers speak of a body that HEAD does not get."""
    response = ask("HEAD", "songs/1")

    assert response.body == b""
    assert int(dict(response.headers)["Content-Length"]) > 0


ODD_IDS = [
    "x",
    "01234567890123456789X",
    "123456789012345678901",
    "i.abc",
    "1%0A",
    "%0A",
    "1%00",
    "%2F",
    "1%2F2",
    "..",
    "%2E%2E",
    "%",
    "%zz",
    "%ff",
    "%ED%A0%80",
    "\u0661",
    "%D9%A1",
    "\ud800",
    "1%252F",
    "%20",
    "+",
]


METHODS = ["GET", "PUT", "DELETE"]


def test_odd_id_does_not_exist(ask: Callable[..., Response], error_of: Callable[..., Any]) -> None:
    """By default, an id of an invalid form does not exist."""
    offenders = []
    for method, id in product(METHODS, ODD_IDS):
        response = ask(method, f"songs/{id}", body={"attributes": {"value": 1}})
        if (response.status, error_of(response)["code"]) != (404, "40400"):
            offenders.append((method, id))

    assert not offenders


def test_odd_id_is_an_error_when_strict(
    ask: Callable[..., Response], error_of: Callable[..., Any], strict_service: MockService
) -> None:
    """If strict, an id of an invalid form is an invalid parameter."""
    offenders = []
    for method, id in product(METHODS, ODD_IDS):
        body = {"attributes": {"value": 1}}
        response = ask(method, f"songs/{id}", body=body, of=strict_service)
        error = error_of(response)
        got = (response.status, error["code"], error["source"])
        if got != (400, "40005", {"parameter": "id"}):
            offenders.append((method, id, error))

    assert not offenders


def test_odd_id_among_several(
    ask: Callable[..., Response], error_of: Callable[..., Any], strict_service: MockService
) -> None:
    """In a list an odd id is omitted by default and an error if strict."""
    ask("PUT", "songs/1", body={"attributes": {"value": 1}})
    offenders = []
    for ids in ["1,", ",1", "1,,1", "1,i.abc", "1,%0A", "1%252C2"]:
        data = json.loads(ask("GET", f"songs?ids={ids}").body)["data"]
        strict = error_of(ask("GET", f"songs?ids={ids}", of=strict_service))
        is_error = (strict["code"], strict["source"]) == ("40005", {"parameter": "ids"})
        if not {rating["id"] for rating in data} <= {"1"} or not is_error:
            offenders.append(ids)

    assert not offenders


@pytest.fixture
def strict_service(now: int) -> MockService:
    """A mock that takes ids of the wrong form for errors."""
    return MockService(behaviors=Behaviors(id_check="strict"), now=lambda: now)


def test_fitting_id_passes_the_strict_check(
    ask: Callable[..., Response], strict_service: MockService
) -> None:
    """Strictness changes nothing for ids that fit."""
    ask("PUT", "songs/1", body={"attributes": {"value": 1}}, of=strict_service)

    assert ask("GET", "songs/1", of=strict_service).status == 200
    assert ask("GET", "songs?ids=1", of=strict_service).status == 200


def test_two_hundred_long_ids_fit(ask: Callable[..., Response]) -> None:
    """The largest request that a known client sends is not too long."""
    ids = "%2C".join(f"pl.{number:037d}" for number in range(200))

    assert ask("GET", f"playlists?ids={ids}").status == 200


@pytest.mark.parametrize(("length", "expected"), [(16_384, 404), (16_385, 414)])
def test_address_may_have_16_kib(ask: Callable[..., Response], length: int, expected: int) -> None:
    """One character more than 16 KiB is too long."""
    target = "/v1/me/ratings/songs/1?x=".ljust(length, "y")

    assert ask("GET", target).status == expected


def test_body_may_have_one_mebibyte(ask: Callable[..., Response]) -> None:
    """One byte more is too large, whatever the method."""
    offenders = []
    for method, size in product(METHODS, [1_048_576, 1_048_577]):
        body = b'{"attributes":{"value":1}}'.ljust(size)
        if (ask(method, "songs/1", body=body).status == 413) is (size == 1_048_576):
            offenders.append((method, size))

    assert not offenders
