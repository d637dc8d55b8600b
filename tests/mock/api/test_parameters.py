from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from apple_music_ratings_mock import Response

LIKE = {"attributes": {"value": 1}}


INVALID_QUERIES = [
    ("", "40005", "ids"),
    ("id=1", "40005", "ids"),
    ("ids%5B%5D=1", "40005", "ids"),
    ("ids", "40005", "ids"),
    ("ids=", "40005", "ids"),
    ("ids=&ids=", "40005", "ids"),
    ("ids=,", "40005", "ids"),
    ("limit=5", "40005", "ids"),
    ("ids=1&limit=5", "40004", "limit"),
    ("ids=1&limit=", "40004", "limit"),
    ("ids=1&l=english", "40005", "l"),
    ("ids=1&include=tracks", "40005", "include"),
]


def test_invalid_query_is_rejected_by_code_and_parameter(
    ask: Callable[..., Response], error_of: Callable[..., Any]
) -> None:
    """The response to a list names the code and the parameter."""
    offenders = []
    for query, code, parameter in INVALID_QUERIES:
        response = ask("GET", f"songs?{query}")
        error = error_of(response)
        if (response.status, error["code"], error["source"]) != (
            400,
            code,
            {"parameter": parameter},
        ):
            offenders.append((query, error))

    assert not offenders


LANGUAGES = ["", "en", "EN", "en-US", "zh-Hans-CN", "de-1996", "en_US", "_", "no%20_tag"]
LANGUAGES += ["xx-12345678"]
MALFORMED = ["e", "eng", "english", "en-", "-en", "en--US", "en-123456789", "en%0A", "%C3%A9n"]
MALFORMED += ["1n", "+"]
METHODS = ["GET", "PUT", "DELETE"]


def test_language_is_accepted(ask: Callable[..., Response]) -> None:
    """A two-letter language, an empty tag and one with an underscore are accepted."""
    offenders = []
    for method, tag in product(METHODS, LANGUAGES):
        ask("PUT", "songs/1", body=LIKE)
        if ask(method, f"songs/1?l={tag}", body=LIKE).status >= 300:
            offenders.append((method, tag))

    assert not offenders


def test_malformed_language_is_rejected(
    ask: Callable[..., Response], error_of: Callable[..., Any]
) -> None:
    """Any other language is 40005 for every operation."""
    ask("PUT", "songs/1", body=LIKE)
    offenders = []
    for method, tag in product(METHODS, MALFORMED):
        error = error_of(ask(method, f"songs/1?l={tag}", body=LIKE))
        if (error["code"], error["source"]) != ("40005", {"parameter": "l"}):
            offenders.append((method, tag))

    assert not offenders


def test_malformed_language_is_named(
    ask: Callable[..., Response], error_of: Callable[..., Any]
) -> None:
    """The messages are those that were observed."""
    assert error_of(ask("GET", "songs/1?l=xxx"))["detail"] == "Invalid language tag 'xxx'"


def test_each_language_is_judged(ask: Callable[..., Response]) -> None:
    """A bad tag is not hidden by a good one before it."""
    assert ask("GET", "songs?ids=1&l=en&l=!").status == 400


@pytest.mark.parametrize("include", ["content", "content,content", "content%2Ccontent"])
def test_include_content_is_accepted(ask: Callable[..., Response], include: str) -> None:
    """The one relationship may be named more than once."""
    ask("PUT", "songs/1", body=LIKE)

    assert ask("GET", f"songs/1?include={include}&include=content").status == 200


def test_other_include_is_rejected(
    ask: Callable[..., Response], error_of: Callable[..., Any]
) -> None:
    """Ratings have no other relationship."""
    includes = ["", "Content", "tracks", "content,", "tracks,content"]
    offenders = []
    for target, include in product(["songs/1?", "songs?ids=1&"], includes):
        error = error_of(ask("GET", f"{target}include={include}"))
        if (error["code"], error["source"]) != ("40005", {"parameter": "include"}):
            offenders.append((target, include))

    assert not offenders


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_writes_have_no_include(ask: Callable[..., Response], method: str) -> None:
    """What only the gets take is ignored elsewhere."""
    ask("PUT", "songs/1", body=LIKE)

    response = ask(method, "songs/1?include=tracks", body=LIKE)

    assert response.status < 300
    assert b"relationships" not in response.body


def test_other_parameters_are_ignored(ask: Callable[..., Response]) -> None:
    """An unknown parameter changes nothing."""
    ask("PUT", "songs/1", body=LIKE)
    queries = ["extend=inFavorites", "extend=", "x=1", "&&=;", "offset=5", "%ff=%ff"]
    offenders = []
    for target, query in product(["songs/1?", "songs?ids=1&"], queries):
        data = json.loads(ask("GET", target + query).body)["data"]
        if [rating["id"] for rating in data] != ["1"]:
            offenders.append((target, query))

    assert not offenders


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_habits_of_real_clients_are_accepted(ask: Callable[..., Response], method: str) -> None:
    """A content type without a body, a body without need, an origin: all pass."""
    ask("PUT", "songs/1", body=LIKE)
    headers = (("Content-Type", "application/json"), ("Origin", "https://anybody.example"))

    assert ask(method, "songs/1", headers=headers, body=b"{}").status < 300
