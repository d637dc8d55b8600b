from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from apple_music_ratings_mock import Response

LIKE = {"attributes": {"value": 1}}


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("", "40005", "ids"),
        ("id=1", "40005", "ids"),
        ("ids%5B%5D=1", "40005", "ids"),
        ("ids", "40005", "ids"),
        ("ids=", "40005", "ids"),
        ("ids=&ids=", "40005", "ids"),
        ("limit=5", "40005", "ids"),
        ("ids=1&limit=5", "40004", "limit"),
        ("ids=1&limit=", "40004", "limit"),
        ("ids=1&l=english", "40005", "l"),
        ("ids=1&include=tracks", "40005", "include"),
    ],
)
def test_list_refuses_a_query(
    ask: Callable[..., Response],
    error_of: Callable[..., Any],
    query: str,
    code: str,
    parameter: str,
) -> None:
    """What is wrong with a query is named by code and parameter."""
    response = ask("GET", f"songs?{query}")
    error = error_of(response)

    assert response.status == 400
    assert (error["code"], error["source"]) == (code, {"parameter": parameter})


@pytest.mark.parametrize(
    "tag",
    ["", "en", "EN", "en-US", "zh-Hans-CN", "de-1996", "en_US", "_", "no%20_tag", "xx-12345678"],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_language_is_accepted(ask: Callable[..., Response], method: str, tag: str) -> None:
    """A two-letter language, an empty tag and one with an underscore pass."""
    ask("PUT", "songs/1", body=LIKE)

    assert ask(method, f"songs/1?l={tag}", body=LIKE).status < 300


@pytest.mark.parametrize(
    "tag",
    ["e", "eng", "english", "en-", "-en", "en--US", "en-123456789", "en%0A", "%C3%A9n", "1n", "+"],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_malformed_language_is_refused(
    ask: Callable[..., Response], error_of: Callable[..., Any], method: str, tag: str
) -> None:
    """Any other language is 40005 on every operation."""
    ask("PUT", "songs/1", body=LIKE)

    error = error_of(ask(method, f"songs/1?l={tag}", body=LIKE))

    assert (error["code"], error["source"]) == ("40005", {"parameter": "l"})


def test_malformed_language_is_named(
    ask: Callable[..., Response], error_of: Callable[..., Any]
) -> None:
    """The words are those that were observed."""
    assert error_of(ask("GET", "songs/1?l=xxx"))["detail"] == "Invalid language tag 'xxx'"


def test_each_language_is_judged(ask: Callable[..., Response]) -> None:
    """A bad tag is not hidden by a good one before it."""
    assert ask("GET", "songs?ids=1&l=en&l=!").status == 400


@pytest.mark.parametrize("include", ["content", "content,content", "content%2Ccontent"])
def test_include_content_is_accepted(ask: Callable[..., Response], include: str) -> None:
    """The one relationship may be named more than once."""
    ask("PUT", "songs/1", body=LIKE)

    assert ask("GET", f"songs/1?include={include}&include=content").status == 200


@pytest.mark.parametrize("include", ["", "Content", "tracks", "content,", "tracks,content"])
@pytest.mark.parametrize("target", ["songs/1?", "songs?ids=1&"])
def test_other_include_is_refused(
    ask: Callable[..., Response], error_of: Callable[..., Any], target: str, include: str
) -> None:
    """Ratings have no other relationship."""
    error = error_of(ask("GET", f"{target}include={include}"))

    assert (error["code"], error["source"]) == ("40005", {"parameter": "include"})


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_writes_have_no_include(ask: Callable[..., Response], method: str) -> None:
    """What only the gets take is ignored elsewhere."""
    ask("PUT", "songs/1", body=LIKE)

    response = ask(method, "songs/1?include=tracks", body=LIKE)

    assert response.status < 300
    assert b"relationships" not in response.body


@pytest.mark.parametrize(
    "query", ["extend=inFavorites", "extend=", "x=1", "&&=;", "offset=5", "%ff=%ff"]
)
@pytest.mark.parametrize("target", ["songs/1?", "songs?ids=1&"])
def test_other_parameters_are_ignored(
    ask: Callable[..., Response], target: str, query: str
) -> None:
    """A parameter that nobody knows changes nothing."""
    ask("PUT", "songs/1", body=LIKE)

    response = ask("GET", target + query)

    assert [rating["id"] for rating in json.loads(response.body)["data"]] == ["1"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_habits_of_real_clients_are_accepted(ask: Callable[..., Response], method: str) -> None:
    """A content type without a body, a body without need, an origin: all pass."""
    ask("PUT", "songs/1", body=LIKE)
    headers = (("Content-Type", "application/json"), ("Origin", "https://anybody.example"))

    assert ask(method, "songs/1", headers=headers, body=b"{}").status < 300
