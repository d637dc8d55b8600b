from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from support.builders import (
    DISLIKE,
    LIKE,
    OTHER_SONG,
    SONG,
    Runtime,
    ScriptedTransport,
    a_fault,
    a_response,
    an_error_response,
    ratings,
)

from apple_music_ratings import (
    InvalidRatingError,
    Item,
    NotFoundError,
    Rating,
    RatingValue,
    ResourceType,
    UnexpectedResponseError,
)
from apple_music_ratings_mock import MockService

EMPTY_SUCCESSES = [a_response(status) for status in (200, 201, 202, 204, 206, 299)]
IDS = {
    ResourceType.ALBUMS: "1138988512",
    ResourceType.MUSIC_VIDEOS: "639032181",
    ResourceType.PLAYLISTS: "pl.5b0194eaa170401e8986335d7e77aa4e",
    ResourceType.SONGS: "907242702",
    ResourceType.STATIONS: "ra.853851860",
    ResourceType.LIBRARY_ALBUMS: "l.qrRWYhq",
    ResourceType.LIBRARY_MUSIC_VIDEOS: "i.NJv00rkTEaLK51",
    ResourceType.LIBRARY_PLAYLISTS: "p.MoGJYM3CYXW09B",
    ResourceType.LIBRARY_SONGS: "i.7PJNN4mfXlD68R",
}


def test_every_type_can_be_rated_read_and_deleted(runtime: Runtime, service: MockService) -> None:
    """Like, dislike, read one and several, delete, delete again: all nine types."""
    client = runtime.client(service.transport, developer_token=service.developer_token())
    for type, id in IDS.items():
        item = Item(type, id)
        results = [client.get_rating(item)]
        results += [client.like(item), client.get_rating(item), client.get_ratings([item])]
        results += [client.dislike(item), client.get_rating(item), client.get_ratings([item])]
        results += [client.delete_rating(item), client.get_rating(item)]
        results += [client.delete_rating(item)]

        assert results == [
            None,
            *(Rating(item, LIKE), LIKE, {item: LIKE}),
            *(Rating(item, DISLIKE), DISLIKE, {item: DISLIKE}),
            *(None, None, None),
        ]
    assert set(IDS) == set(ResourceType)


@pytest.mark.parametrize(
    ("write", "value"),
    [
        (lambda client: client.set_rating(SONG, LIKE), LIKE),
        (lambda client: client.set_rating(SONG, DISLIKE), DISLIKE),
        (lambda client: client.set_rating(SONG, 1), LIKE),
        (lambda client: client.set_rating(SONG, -1), DISLIKE),
        (lambda client: client.like(SONG), LIKE),
        (lambda client: client.dislike(SONG), DISLIKE),
    ],
)
def test_rating_is_written_as_documented(
    runtime: Runtime, write: Callable[[Any], Any], value: RatingValue
) -> None:
    """A PUT with the type `rating` and the value; the rating is returned."""
    wire = ScriptedTransport(a_response(200, ratings((SONG, value))))
    rating = write(runtime.client(wire))

    (sent,) = wire.sent
    assert Rating(SONG, value) == rating
    assert type(rating.value) is RatingValue
    assert (sent.method, sent.target) == ("PUT", "/v1/me/ratings/songs/907242702")
    assert sent.headers["Content-Type"] == "application/json"
    assert json.loads(sent.body) == {"type": "rating", "attributes": {"value": int(value)}}


def test_invalid_value_is_raised_before_a_request(runtime: Runtime) -> None:
    """Only a RatingValue or ±1 is a rating; `True` is not, though it equals 1."""
    wire = ScriptedTransport(a_response(204))
    client = runtime.client(wire)
    invalid: list[Any] = [True, False, 0, 2, -2, 10**30, "1", "-1", "like", b"1"]
    invalid += [1.0, -1.0, 1 + 0j, None, [], [1]]
    for value in invalid:
        with pytest.raises(InvalidRatingError):
            client.set_rating(SONG, value)

    assert wire.sent == []


@pytest.mark.parametrize("value", [0, None])
def test_message_about_an_empty_value_names_the_method_that_deletes(
    sync: Runtime, value: Any
) -> None:
    """0 and None are what users try; delete_rating is what they need."""
    with pytest.raises(InvalidRatingError, match="delete_rating"):
        sync.client(ScriptedTransport(a_response(204))).set_rating(SONG, value)


def test_empty_success_is_accepted(runtime: Runtime) -> None:
    """The service need not repeat the rating that was set, nor confirm a delete with 204."""
    for response in EMPTY_SUCCESSES:
        wire = ScriptedTransport(response)
        client = runtime.client(wire)

        assert client.set_rating(SONG, LIKE) == Rating(SONG, LIKE)
        assert client.delete_rating(SONG) is None
        assert [(sent.method, sent.target) for sent in wire.sent] == [
            ("PUT", "/v1/me/ratings/songs/907242702"),
            ("DELETE", "/v1/me/ratings/songs/907242702"),
        ]
        assert wire.sent[1].body == b""


@pytest.mark.parametrize("body", [{"data": []}, ratings((SONG, None))], ids=["list", "entry"])
def test_success_without_the_rating_is_accepted(runtime: Runtime, body: Any) -> None:
    """A 200 that contains less than documented is still a success."""
    assert runtime.client(ScriptedTransport(a_response(200, body))).like(SONG) == Rating(SONG, LIKE)


def test_contradicting_response_is_unexpected(runtime: Runtime) -> None:
    """The response contains another rating than the one that was set."""
    wire = ScriptedTransport(a_response(200, ratings((SONG, -1))))
    with pytest.raises(UnexpectedResponseError) as caught:
        runtime.client(wire).like(SONG)

    assert (caught.value.status_code, caught.value.attempts) == (200, 1)


@pytest.mark.parametrize(
    "response",
    [
        a_response(404),
        an_error_response(404, "40400"),
    ],
)
def test_delete_of_an_unrated_item_succeeds(runtime: Runtime, response: Any) -> None:
    """404 means that the item was not rated, which is the result wanted."""
    wire = ScriptedTransport(response)

    assert runtime.client(wire).delete_rating(SONG) is None
    assert len(wire.sent) == 1


def test_delete_repeated_after_a_lost_response_succeeds(runtime: Runtime) -> None:
    """The first request may have deleted the rating although its response was lost."""
    wire = ScriptedTransport(a_fault(httpx.ReadTimeout), a_response(404))

    assert runtime.client(wire).delete_rating(SONG) is None
    assert len(wire.sent) == 2


def test_rating_an_unknown_item_is_an_error(runtime: Runtime) -> None:
    """404 of a PUT does not mean "unrated": the rating was not stored."""
    with pytest.raises(NotFoundError):
        runtime.client(ScriptedTransport(an_error_response(404, "40400"))).like(SONG)


def test_later_rating_replaces_the_earlier_one(sync: Runtime, service: MockService) -> None:
    """The last write counts, and other items keep their ratings."""
    client = sync.client(service.transport, developer_token=service.developer_token())
    client.like(SONG)
    client.like(OTHER_SONG)
    client.dislike(SONG)

    assert client.get_ratings([SONG, OTHER_SONG]) == {SONG: DISLIKE, OTHER_SONG: LIKE}


def test_users_have_separate_ratings(sync: Runtime, service: MockService) -> None:
    """The Music User Token decides whose ratings are read and set."""
    token = service.developer_token()
    one = sync.client(service.transport, developer_token=token, music_user_token="one")
    other = sync.client(service.transport, developer_token=token, music_user_token="other")
    one.like(SONG)

    assert (one.get_rating(SONG), other.get_rating(SONG)) == (LIKE, None)
