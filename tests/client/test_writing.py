from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from support.builders import (
    DISLIKE,
    LIKE,
    OTHER_SONG,
    SONG,
    Answer,
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

DONE_WITHOUT_WORDS = [a_response(status) for status in (200, 201, 202, 204, 206, 299)]
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


@pytest.mark.parametrize("type", list(ResourceType))
def test_every_type_can_be_rated_read_and_cleared(
    runtime: Runtime, service: MockService, type: ResourceType
) -> None:
    """Like, dislike, read by one and by several, delete, delete again: all nine types."""
    client = runtime.client(service.transport, developer_token=service.developer_token())
    item = Item(type, IDS[type])
    told = [client.get_rating(item)]
    told += [client.like(item), client.get_rating(item), client.get_ratings([item])]
    told += [client.dislike(item), client.get_rating(item), client.get_ratings([item])]
    told += [client.delete_rating(item), client.get_rating(item), client.delete_rating(item)]

    assert told == [
        None,
        Rating(item, LIKE),
        LIKE,
        {item: LIKE},
        Rating(item, DISLIKE),
        DISLIKE,
        {item: DISLIKE},
        None,
        None,
        None,
    ]


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
    """A PUT with the type `rating` and the value; what stands afterwards is returned."""
    wire = ScriptedTransport(a_response(200, ratings((SONG, value))))
    stands = write(runtime.client(wire))

    (sent,) = wire.sent
    assert Rating(SONG, value) == stands
    assert type(stands.value) is RatingValue
    assert (sent.method, sent.target) == ("PUT", "/v1/me/ratings/songs/907242702")
    assert sent.headers["Content-Type"] == "application/json"
    assert json.loads(sent.body) == {"type": "rating", "attributes": {"value": int(value)}}


@pytest.mark.parametrize(
    "value",
    [True, False, 0, 2, -2, 10**30, "1", "-1", "like", b"1", 1.0, -1.0, 1 + 0j, None, [], [1]],
    ids=repr,
)
def test_other_value_is_refused_before_anything_is_sent(runtime: Runtime, value: Any) -> None:
    """Only a RatingValue or ±1 is a rating; `True` is not, though it equals 1."""
    wire = ScriptedTransport(a_response(204))
    with pytest.raises(InvalidRatingError):
        runtime.client(wire).set_rating(SONG, value)

    assert wire.sent == []


@pytest.mark.parametrize("value", [0, None])
def test_refusal_of_a_clearing_value_says_how_to_clear(runtime: Runtime, value: Any) -> None:
    """0 and None are what people try; delete_rating is what they want."""
    with pytest.raises(InvalidRatingError, match="delete_rating"):
        runtime.client(ScriptedTransport(a_response(204))).set_rating(SONG, value)


@pytest.mark.parametrize("answer", DONE_WITHOUT_WORDS)
def test_empty_2xx_counts_as_done(runtime: Runtime, answer: Answer) -> None:
    """The service need not repeat what was written."""
    wire = ScriptedTransport(answer)

    assert runtime.client(wire).set_rating(SONG, LIKE) == Rating(SONG, LIKE)
    assert len(wire.sent) == 1


@pytest.mark.parametrize("answer", DONE_WITHOUT_WORDS)
def test_delete_is_done_by_any_2xx(runtime: Runtime, answer: Answer) -> None:
    """204 is documented; another success is one too."""
    wire = ScriptedTransport(answer)

    assert runtime.client(wire).delete_rating(SONG) is None
    assert [(sent.method, sent.target, sent.body) for sent in wire.sent] == [
        ("DELETE", "/v1/me/ratings/songs/907242702", b"")
    ]


@pytest.mark.parametrize("body", [{"data": []}, ratings((SONG, None))], ids=["list", "entry"])
def test_answer_that_does_not_repeat_the_rating_is_done(runtime: Runtime, body: Any) -> None:
    """A 200 that says less than it could is still a success."""
    assert runtime.client(ScriptedTransport(a_response(200, body))).like(SONG) == Rating(SONG, LIKE)


def test_answer_that_contradicts_is_unexpected(runtime: Runtime) -> None:
    """When the service says that another value stands, the caller is told."""
    wire = ScriptedTransport(a_response(200, ratings((SONG, -1))))
    with pytest.raises(UnexpectedResponseError) as caught:
        runtime.client(wire).like(SONG)

    assert (caught.value.status_code, caught.value.attempts) == (200, 1)


@pytest.mark.parametrize(
    "answer",
    [
        a_response(404),
        an_error_response(404, "40400"),
        a_response(404, "<html>", content_type="text/html"),
    ],
)
def test_delete_of_an_unrated_item_is_done(runtime: Runtime, answer: Answer) -> None:
    """404 means that nothing was there, which is what was wanted."""
    wire = ScriptedTransport(answer)

    assert runtime.client(wire).delete_rating(SONG) is None
    assert len(wire.sent) == 1


def test_delete_repeated_after_lost_answer_counts_as_done(runtime: Runtime) -> None:
    """The first delete may have worked though its answer was lost."""
    import httpx

    wire = ScriptedTransport(a_fault(httpx.ReadTimeout), a_response(404))

    assert runtime.client(wire).delete_rating(SONG) is None
    assert len(wire.sent) == 2


def test_rating_an_item_that_the_service_does_not_know_is_an_error(runtime: Runtime) -> None:
    """404 of a PUT is not "unrated": nothing was stored."""
    with pytest.raises(NotFoundError):
        runtime.client(ScriptedTransport(an_error_response(404, "40400"))).like(SONG)


def test_later_rating_replaces_the_earlier_one(runtime: Runtime, service: MockService) -> None:
    """The last word stands, and other items keep theirs."""
    client = runtime.client(service.transport, developer_token=service.developer_token())
    client.like(SONG)
    client.like(OTHER_SONG)
    client.dislike(SONG)

    assert client.get_ratings([SONG, OTHER_SONG]) == {SONG: DISLIKE, OTHER_SONG: LIKE}


def test_people_have_ratings_of_their_own(runtime: Runtime, service: MockService) -> None:
    """The Music User Token says whose ratings these are."""
    token = service.developer_token()
    anna = runtime.client(service.transport, developer_token=token, music_user_token="anna")
    bert = runtime.client(service.transport, developer_token=token, music_user_token="bert")
    anna.like(SONG)

    assert (anna.get_rating(SONG), bert.get_rating(SONG)) == (LIKE, None)
