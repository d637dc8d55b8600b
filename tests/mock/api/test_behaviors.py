from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from apple_music_ratings_mock import Behaviors, LibraryEntry, MockService, Response
from apple_music_ratings_mock.api.behaviors import describe_behaviors

LIKE = {"attributes": {"value": 1}}
LIBRARY = [
    LibraryEntry("library-songs", "i.a", "1"),
    LibraryEntry("library-albums", "l.a", "9"),
]


@pytest.fixture
def with_behaviors(now: int) -> Callable[..., MockService]:
    """Builds a mock with behaviors moved."""
    return lambda **values: MockService(
        now=lambda: now, library=LIBRARY, behaviors=Behaviors.from_mapping(values)
    )


RESPONSES: list[tuple[dict[str, Any], tuple[Any, ...], tuple[int, str | None]]] = [
    ({}, ("GET", "songs/1"), (404, "40400")),
    ({"unrated_body": "empty"}, ("GET", "songs/1"), (404, None)),
    ({}, ("GET", "songs?ids=1"), (200, None)),
    ({"none_rated": 404}, ("GET", "songs?ids=1"), (404, "40400")),
    ({}, ("DELETE", "songs/1"), (404, "40400")),
    ({"delete_unrated": 204}, ("DELETE", "songs/1"), (204, None)),
    ({"unrated_body": "empty"}, ("DELETE", "songs/1"), (404, "40400")),
    ({}, ("PUT", "songs/1", {}), (400, "40005")),
    ({"bad_body_code": "40000"}, ("PUT", "songs/1", {}), (400, "40000")),
    ({"request_type": "rating"}, ("PUT", "songs/1", LIKE), (400, "40005")),
    ({"request_type": "rating"}, ("PUT", "songs/1", {"type": "rating", **LIKE}), (200, None)),
    (
        {"request_type": "ratings"},
        ("PUT", "songs/1", {"type": "rating", **LIKE}),
        (400, "40005"),
    ),
    ({"request_type": "ratings"}, ("PUT", "songs/1", {"type": "ratings", **LIKE}), (200, None)),
    ({"max_ids": 2}, ("GET", "songs?ids=1,2"), (200, None)),
    ({"max_ids": "00000000002"}, ("GET", "songs?ids=1,2,3"), (400, "40005")),
    ({"max_ids": "off"}, ("GET", "songs?ids=1,2,3"), (200, None)),
    ({}, ("GET", "songs"), (400, "40005")),
    ({"missing_ids_code": 40003}, ("GET", "songs"), (400, "40003")),
    ({"include_content": "reject"}, ("GET", "songs/1?include=content"), (400, "40005")),
    ({"put_response": 204}, ("PUT", "songs/1", LIKE), (204, None)),
    ({}, ("PUT", "library-songs/i.b", LIKE), (404, "40400")),
    ({"library_ids": "any"}, ("PUT", "library-songs/i.b", LIKE), (200, None)),
    ({"catalog_ids": "seeded"}, ("PUT", "songs/1", LIKE), (200, None)),
    ({"catalog_ids": "seeded"}, ("PUT", "songs/2", LIKE), (404, "40400")),
    ({"id_check": "strict"}, ("GET", "songs/i.a"), (400, "40005")),
    ({}, ("POST", "songs/1"), (405, "40500")),
    ({"method_not_allowed_body": "empty"}, ("POST", "songs/1"), (405, None)),
    ({}, ("GET", "artists/1"), (400, "40008")),
    ({"artists": "accepted"}, ("PUT", "artists/1", LIKE), (200, None)),
    ({}, ("GET", "artists"), (400, "40008")),
    ({"check_order": "parameters-first"}, ("GET", "artists"), (400, "40005")),
    ({"check_order": "parameters-first"}, ("GET", "artists?ids=1"), (400, "40008")),
]


def test_behavior_decides_the_response(
    ask: Callable[..., Response], with_behaviors: Callable[..., MockService]
) -> None:
    """Each row: behaviors, a request, and its status and code."""
    offenders = []
    for values, (method, target, *body), expected in RESPONSES:
        response = ask(method, target, body=(body or [b""])[0], of=with_behaviors(**values))
        errors = json.loads(response.body).get("errors") if response.body else None
        if (response.status, errors[0]["code"] if errors else None) != expected:
            offenders.append((values, method, target, response))

    assert not offenders


@pytest.mark.parametrize(("position", "status"), [("403", 403), ("401", 401)])
def test_missing_user_token_has_the_status_of_the_setting(
    ask: Callable[..., Response],
    with_behaviors: Callable[..., MockService],
    position: str,
    status: int,
) -> None:
    """No Music User Token is 403, or 401, and a revoked one is 403 all the same."""
    service = with_behaviors(missing_user_token=position)
    service.revoke("bert")

    assert ask("GET", "songs/1", user=None, of=service).status == status
    assert ask("GET", "songs/1", user="bert", of=service).status == 403


@pytest.mark.parametrize(("position", "ids"), [("collapse", ["1"]), ("repeat", ["1", "1"])])
def test_duplicates_are_returned_once_or_twice(
    ask: Callable[..., Response],
    with_behaviors: Callable[..., MockService],
    position: str,
    ids: list[str],
) -> None:
    """An id that is named twice is there once, unless the behavior is moved."""
    service = with_behaviors(duplicates=position)
    service.set_rating("anna", "songs", "1", 1)

    data = json.loads(ask("GET", "songs?ids=1,1", of=service).body)["data"]

    assert [each["id"] for each in data] == ids


@pytest.mark.parametrize(("position", "is_there"), [("include", True), ("ignore", False)])
def test_content_is_included_or_not(
    ask: Callable[..., Response],
    with_behaviors: Callable[..., MockService],
    position: str,
    is_there: bool,  # noqa: FBT001  # a column of the table
) -> None:
    """`include=content` adds the relationship, unless it is ignored."""
    service = with_behaviors(include_content=position)
    service.set_rating("anna", "songs", "1", 1)

    resource = json.loads(ask("GET", "songs/1?include=content", of=service).body)["data"][0]

    assert ("relationships" in resource) is is_there


@pytest.mark.parametrize(("position", "counterpart"), [("shared", 1), ("separate", None)])
def test_albums_keep_in_step_or_not(
    with_behaviors: Callable[..., MockService], position: str, counterpart: int | None
) -> None:
    """An album's two ids share a rating unless the behavior is moved; a song's always do."""
    service = with_behaviors(album_ratings=position)
    service.set_rating("anna", "albums", "9", 1)
    service.set_rating("anna", "songs", "1", 1)

    assert service.get_rating("anna", "library-albums", "l.a") == counterpart
    assert service.get_rating("anna", "library-songs", "i.a") == 1


@pytest.mark.parametrize(("position", "is_kept"), [("kept", True), ("removed", False)])
def test_favorite_outlives_its_rating_or_not(
    ask: Callable[..., Response],
    with_behaviors: Callable[..., MockService],
    position: str,
    *,
    is_kept: bool,
) -> None:
    """Deleting a rating leaves the favorite, also in a state that is saved and restored."""
    service = with_behaviors(favorite_after_delete=position)
    ask("POST", "/v1/me/favorites?ids[songs]=1&ids[artists]=7", of=service)
    ask("DELETE", "songs/1", of=service)
    service.load_state(service.state())
    service.change_behaviors(put_response="204")

    response = ask("GET", "/v1/me/library/songs?extend=inFavorites", of=service)
    songs = {each["id"]: each["attributes"] for each in json.loads(response.body)["data"]}
    assert songs["i.a"]["inFavorites"] is is_kept
    assert service.get_rating("anna", "songs", "1") is None


@pytest.mark.parametrize(
    ("position", "body"),
    [("text", b"API capacity exceeded"), ("json", b'{"message":"API capacity exceeded"}')],
)
def test_throttle_is_reported_in_text_or_json(
    ask: Callable[..., Response],
    with_behaviors: Callable[..., MockService],
    position: str,
    body: bytes,
) -> None:
    """The same messages come in either form."""
    from apple_music_ratings_mock import Fault

    service = with_behaviors(throttle_body=position)
    service.inject_fault(Fault("throttle"))

    assert ask("GET", "songs/1", of=service).body == body


def test_documented_401_has_an_object(
    ask: Callable[..., Response], with_behaviors: Callable[..., MockService]
) -> None:
    """The documented body of a 401 is an empty object."""
    assert (
        ask("GET", "songs/1", token=None, of=with_behaviors(error_bodies="documented")).body
        == b"{}"
    )


@pytest.mark.parametrize(
    ("mapping", "complaint"),
    [
        ({"delete_unrated": "200"}, "delete_unrated is '200', which is not one of 404, 204"),
        ({"color": "red"}, "'color' is not one of unrated_body, "),
        ({"max_ids": 0}, "max_ids is 0"),
        ({"max_ids": "many"}, "max_ids is 'many'"),
    ],
)
def test_invalid_behavior_is_rejected(mapping: dict[str, Any], complaint: str) -> None:
    """A misspelt behavior does not pass for the default."""
    with pytest.raises(ValueError, match=complaint):
        Behaviors.from_mapping(mapping)


def test_every_behavior_is_described() -> None:
    """Each has choices, one of which is the default, a question and the evidence."""
    described = describe_behaviors()

    assert {each.name for each in described} == set(Behaviors().as_mapping())
    assert all(each.default in each.values for each in described)
    assert all(each.question.endswith(".") and each.evidence for each in described)
    kinds = ("documented", "observed", "inferred", "synthetic", "not known")
    assert all(each.evidence.startswith(kinds) for each in described)
