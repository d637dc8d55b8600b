"""One odd entry of a response does not cost the others."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import (
    DISLIKE,
    LIKE,
    SONG,
    Runtime,
    ScriptedTransport,
    a_response,
)

from apple_music_ratings import Item, RatingsError, ResourceType, UnexpectedResponseError

SYNC = Runtime("sync", None)
ITEMS = [Item("songs", str(number)) for number in (1, 2, 3)]
SONGS = ResourceType.LIBRARY_SONGS


def a_rating(id: str, value: Any, **more: Any) -> dict[str, Any]:
    """Build one entry of a list of ratings."""
    href = f"/v1/me/ratings/songs/{id}"
    return {"id": id, "type": "ratings", "href": href, "attributes": {"value": value}} | more


def a_library_song(number: int, **more: Any) -> dict[str, Any]:
    """Build one entry of a library."""
    id = f"i.{number}"
    href = f"/v1/me/library/songs/{id}"
    return {"id": id, "type": "library-songs", "href": href, "attributes": {"name": id}} | more


@pytest.mark.parametrize(
    "odd",
    [
        a_rating("2", 2),
        a_rating("2", None),
        a_rating("2", 1, attributes=None),
        a_rating("2", 1, attributes=[1]),
        a_rating("2", 1, attributes={"value": "1"}),
        a_rating("2", 1, attributes={"value": 0}),
        a_rating("2", 1) | {"id": None},
        a_rating("2", 1) | {"id": []},
        "text",
        5,
        {"type": "ratings", "attributes": {"value": 1}},
        None,
        [],
    ],
    ids=str,
)
def test_rating_that_cannot_be_read_is_reported_alone(runtime: Runtime, odd: Any) -> None:
    """Without `on_error` it is raised; with it, the others are returned."""
    body = {"data": [a_rating("1", 1), odd, a_rating("3", -1)]}
    errors: list[RatingsError] = []
    client = runtime.client(ScriptedTransport(a_response(200, body)))
    found = client.get_ratings(ITEMS, on_error=errors.append)
    with pytest.raises(UnexpectedResponseError, match="songs/2: 200, but the rating cannot be"):
        client.get_ratings(ITEMS)

    assert found == {ITEMS[0]: LIKE, ITEMS[2]: DISLIKE}
    assert [str(error).split(":")[0] for error in errors] == ["GET songs/2"]


def test_entry_without_an_id_costs_no_other_one() -> None:
    """Its address names the item, so that a missing one is still known to be unrated."""
    body = {"data": [a_rating("1", 1), a_rating("2", 1) | {"id": None}]}
    errors: list[RatingsError] = []
    found = SYNC.client(ScriptedTransport(a_response(200, body))).get_ratings(
        ITEMS, on_error=errors.append
    )

    assert found == {ITEMS[0]: LIKE, ITEMS[2]: None}
    assert [str(error).rpartition(": ")[2] for error in errors] == ["its entry has no id."]


def test_entry_without_a_value_is_unrated_beside_an_odd_entry() -> None:
    """The service returns such an entry for an item whose rating was cleared."""
    bare = {"id": "1", "type": "ratings", "href": "/v1/me/ratings/songs/1"}
    body = {"data": [bare, bare | {"id": "2", "attributes": {}}, a_rating("3", 2)]}
    errors: list[RatingsError] = []
    found = SYNC.client(ScriptedTransport(a_response(200, body))).get_ratings(
        ITEMS, on_error=errors.append
    )

    assert found == {ITEMS[0]: None, ITEMS[1]: None}
    assert len(errors) == 1


@pytest.mark.parametrize(
    "unused",
    [
        {"relationships": None},
        {"type": None},
        {"type": "songs"},
        {"href": None},
        {"href": 5},
        {"id": int(SONG.id), "relationships": "odd"},
        {"views": None, "meta": []},
        {"relationships": {"content": None}},
    ],
    ids=str,
)
def test_what_is_not_used_need_not_be_valid(unused: dict[str, Any]) -> None:
    """Also for one rating by its own path, and in the response to a write."""
    body = {"data": [a_rating(SONG.id, 1) | unused]}
    client = SYNC.client(ScriptedTransport(a_response(200, body)))

    assert client.get_rating(SONG) is LIKE
    assert client.get_ratings([SONG]) == {SONG: LIKE}
    assert client.like(SONG).value is LIKE
    with pytest.raises(UnexpectedResponseError):
        client.dislike(SONG)


@pytest.mark.parametrize(
    "body",
    [
        {"data": [a_rating("9", 2), a_rating("1", 1)]},
        {"data": None},
        {"data": {"1": 1}},
        [a_rating("1", 1)],
        {"data": [a_rating("1", 1)] * 3 + [a_rating("not requested", None)]},
    ],
)
def test_response_that_is_not_a_list_of_these_ratings_is_one_error(body: Any) -> None:
    """A rating that was not requested could make a rated item look unrated."""
    errors: list[RatingsError] = []
    with pytest.raises(UnexpectedResponseError, match="does not match the contract"):
        SYNC.client(ScriptedTransport(a_response(200, body))).get_ratings(
            ITEMS, on_error=errors.append
        )

    assert errors == []


@pytest.mark.parametrize("odd", [{"type": "library-songs", "attributes": {}}, None, 5, {"id": ""}])
def test_library_entry_that_cannot_be_read_is_reported_alone(odd: Any) -> None:
    """With and without the ratings."""
    page = {"data": [a_library_song(1), odd, a_library_song(3)], "meta": {"total": 3}}
    rated = {"data": [a_rating("i.1", 1), a_rating("i.3", 7)]}
    errors: list[RatingsError] = []
    client = SYNC.client(ScriptedTransport(*[a_response(200, page)] * 2, a_response(200, rated)))
    walked = client.iter_library(SONGS, on_error=errors.append)
    names = [entry.name for entry in walked]
    pairs = list(client.iter_library_ratings(SONGS, on_error=errors.append))
    reasons = [str(error) for error in errors]

    assert names == ["i.1", "i.3"]
    assert [(entry.item.id, value) for entry, value in pairs] == [("i.1", LIKE)]
    assert ["entry 2 of the page" in reason for reason in reasons] == [True, True, False]
    assert "library-songs/i.3" in reasons[2]


def test_library_entry_without_details_is_an_item() -> None:
    """Null attributes and play parameters, and a name that is a number."""
    page = {
        "data": [
            a_library_song(1, attributes=None, relationships=None),
            a_library_song(2, attributes={"name": 5, "playParams": None, "artistName": []}),
            a_library_song(3, type="library-albums"),
            a_library_song(4, attributes={"playParams": {"catalogId": "../1"}}),
        ]
    }
    untyped = {"data": [a_library_song(5, type=None)]}
    client = SYNC.client(ScriptedTransport(a_response(200, page), a_response(200, untyped)))
    items = [*client.iter_library(SONGS), *client.iter_library(SONGS)]

    assert [(entry.item.id, entry.name, entry.artist) for entry in items] == [
        ("i.1", None, None),
        ("i.2", "5", None),
        ("i.4", None, None),
        ("i.5", "i.5", None),
    ]
    assert {entry.catalog_id for entry in items} == {None}
