from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.builders import (
    DISLIKE,
    LIKE,
    OTHER_SONG,
    SONG,
    USER_TOKEN,
    Responder,
    Runtime,
    ScriptedTransport,
    a_response,
    an_error_response,
    ratings,
)

from apple_music_ratings import ForbiddenError, InvalidItemError, Item, NotFoundError
from apple_music_ratings_mock import LibraryEntry, MockService

ALBUM = Item("albums", "1138988512")
ENTRY = {"id": SONG.id, "type": "ratings", "href": f"/v1/me/ratings/{SONG}"}
UNRATED = {
    "404 without body": a_response(404),
    "404 40400": an_error_response(404, "40400", "Resource Not Found"),
    "404 40403": an_error_response(404, "40403", "No related resources"),
    "empty list": a_response(200, {"data": []}),
    "empty list and more": a_response(200, {"data": [], "meta": {}, "next": "/x"}),
    "no attributes": a_response(200, {"data": [ENTRY]}),
    "no value": a_response(200, {"data": [ENTRY | {"attributes": {}}]}),
    "other value": a_response(200, {"data": [ENTRY | {"attributes": {"new": 1}}]}),
}


def songs(count: int) -> list[Item]:
    """Build this many songs."""
    return [Item("songs", str(number)) for number in range(1, count + 1)]


def test_rating_is_returned_as_a_value(runtime: Runtime) -> None:
    """A like is LIKE and a dislike DISLIKE, as members of the enum."""
    wire = ScriptedTransport(*(a_response(200, ratings((SONG, value))) for value in (1, -1)))
    client = runtime.client(wire)

    assert client.get_rating(SONG) is LIKE
    assert client.get_rating(SONG) is DISLIKE
    assert [(sent.method, sent.target, sent.body) for sent in wire.sent] == [
        ("GET", "/v1/me/ratings/songs/907242702", b"")
    ] * 2


@pytest.mark.parametrize("response", UNRATED.values(), ids=UNRATED.keys())
def test_unrated_item_is_none(sync: Runtime, response: Responder) -> None:
    """However the service reports it, for one item and for several, after one request."""
    one, several = ScriptedTransport(response), ScriptedTransport(response)
    found = sync.client(several).get_ratings([OTHER_SONG, SONG])

    assert sync.client(one).get_rating(SONG) is None
    assert list(found.items()) == [(OTHER_SONG, None), (SONG, None)]
    assert [len(one.sent), len(several.sent)] == [1, 1]


def test_omitted_item_is_none(sync: Runtime) -> None:
    """Omitted, listed without a value and rated items are in one result."""
    third = Item("songs", "3")
    wire = ScriptedTransport(a_response(200, ratings((third, -1), (SONG, None))))
    found = sync.client(wire).get_ratings([SONG, OTHER_SONG, third])

    assert list(found.items()) == [(SONG, None), (OTHER_SONG, None), (third, DISLIKE)]


@pytest.mark.parametrize(
    "read",
    [
        lambda client: client.get_rating(SONG),
        lambda client: client.get_ratings([SONG]),
        lambda client: client.get_ratings([SONG, OTHER_SONG]),
    ],
)
def test_missing_path_is_not_unrated(runtime: Runtime, read: Callable[[Any], Any]) -> None:
    """404 with code 40401 means that the URL does not exist, and is an error."""
    wire = ScriptedTransport(an_error_response(404, "40401", "Path Not Found"))
    with pytest.raises(NotFoundError) as caught:
        read(runtime.client(wire))

    assert caught.value.errors[0].code == "40401"
    assert len(wire.sent) == 1


def test_several_items_are_requested_together(runtime: Runtime) -> None:
    """One request for all of a type; the commas between ids are not escaped."""
    wire = ScriptedTransport(a_response(200, ratings((SONG, 1), (OTHER_SONG, -1))))
    found = runtime.client(wire).get_ratings([SONG, OTHER_SONG])

    assert found == {SONG: LIKE, OTHER_SONG: DISLIKE}
    assert wire.targets == ["/v1/me/ratings/songs?ids=907242702,1151618586"]


def test_results_are_matched_by_id(runtime: Runtime) -> None:
    """The result follows the order of the items, whatever the order of the response."""
    one, two, three = songs(3)
    wire = ScriptedTransport(a_response(200, ratings((three, 1), (one, -1), (two, 1))))
    found = runtime.client(wire).get_ratings([two, three, one])

    assert list(found.items()) == [(two, LIKE), (three, LIKE), (one, DISLIKE)]


def test_each_distinct_item_is_requested_once(runtime: Runtime) -> None:
    """Duplicates are dropped, also when they were parsed from a link."""
    wire = ScriptedTransport(a_response(200, ratings((SONG, 1))))
    same = Item.parse(f"https://music.apple.com/us/song/any-name/{SONG.id}")
    found = runtime.client(wire).get_ratings([SONG, OTHER_SONG, same, SONG])

    assert list(found) == [SONG, OTHER_SONG]
    assert wire.targets == ["/v1/me/ratings/songs?ids=907242702,1151618586"]


def test_same_id_of_two_types_is_two_items(sync: Runtime) -> None:
    """A song and an album with one number are not confused."""
    album = Item("albums", SONG.id)
    wire = ScriptedTransport(
        a_response(200, ratings((SONG, 1))), a_response(200, ratings((album, -1)))
    )
    # One request at a time, since the script has an order.
    found = sync.client(wire, max_concurrency=1).get_ratings([SONG, album])

    assert found == {SONG: LIKE, album: DISLIKE}


def test_no_items_no_request(runtime: Runtime) -> None:
    """In any iterable."""
    wire = ScriptedTransport(a_response(500))
    client = runtime.client(wire)
    empty: list[Any] = [[], (), set(), {}, iter(())]

    assert [client.get_ratings(items) for items in empty] == [{}] * len(empty)
    assert wire.sent == []


def test_any_iterable_is_accepted(runtime: Runtime) -> None:
    """A generator is read once."""
    wire = ScriptedTransport(a_response(200, ratings((SONG, 1))))

    assert runtime.client(wire).get_ratings(item for item in [SONG]) == {SONG: LIKE}


def test_many_items_are_requested_in_batches_by_type(
    runtime: Runtime, service: MockService
) -> None:
    """At most a hundred ids of one type in a request; the result keeps the order of the items."""
    service.set_rating(USER_TOKEN, "songs", "150", 1)
    service.set_rating(USER_TOKEN, "albums", ALBUM.id, -1)
    wire = ScriptedTransport(service.transport.handle_request)
    items = [*songs(120), ALBUM, *songs(250)[120:]]
    found = runtime.client(wire, developer_token=service.developer_token()).get_ratings(items)

    expected = dict.fromkeys(items) | {Item("songs", "150"): LIKE, ALBUM: DISLIKE}
    assert list(expected.items()) == list(found.items())
    assert sorted(target.count(",") + 1 for target in wire.targets) == [1, 50, 100, 100]
    assert all(len(target) < 2000 for target in wire.targets)


@pytest.mark.parametrize(
    "call",
    [
        lambda client, invalid: client.get_rating(invalid),
        lambda client, invalid: client.get_ratings([SONG, invalid]),
        lambda client, invalid: client.set_rating(invalid, 1),
        lambda client, invalid: client.like(invalid),
        lambda client, invalid: client.dislike(invalid),
        lambda client, invalid: client.delete_rating(invalid),
    ],
)
def test_invalid_item_is_raised_before_a_request(
    runtime: Runtime, call: Callable[[Any, Any], Any]
) -> None:
    """Text, numbers and pairs are not items."""
    wire = ScriptedTransport(a_response(204))
    client = runtime.client(wire)
    for invalid in ("songs/907242702", None, 907242702, ("songs", "907242702")):
        with pytest.raises(InvalidItemError):
            call(client, invalid)

    assert wire.sent == []


def test_error_of_a_later_batch_is_raised(runtime: Runtime) -> None:
    """An incomplete result is never returned."""
    wire = ScriptedTransport(a_response(200, {"data": []}), an_error_response(403, "40300"))
    with pytest.raises(ForbiddenError):
        runtime.client(wire).get_ratings(songs(101))

    assert len(wire.sent) == 2


def test_catalog_and_library_id_of_one_item_have_one_rating(runtime: Runtime) -> None:
    """A rating set under one id is read under the other."""
    own = Item("library-songs", "i.7PJNN4mfXlD68R")
    service = MockService(library=[LibraryEntry("library-songs", own.id, SONG.id)])
    client = runtime.client(service.transport, developer_token=service.developer_token())
    client.like(own)

    assert client.get_rating(SONG) is LIKE
    assert client.get_ratings([SONG, own]) == {SONG: LIKE, own: LIKE}


def test_lenient_id_is_escaped(sync: Runtime) -> None:
    """An unknown form of id stays one segment of the path and one element of the list."""
    odd = [Item("songs", id, strict=False) for id in ("a?b", "c#d", "%2e%2e", "\u00e9", "a&ids=b")]
    wire = ScriptedTransport(a_response(200, {"data": []}))
    client = sync.client(wire)
    for item in odd:
        client.get_rating(item)
    client.get_ratings(odd)

    *single, several = wire.targets
    assert single == [
        f"/v1/me/ratings/songs/{part}"
        for part in ("a%3Fb", "c%23d", "%252e%252e", "%C3%A9", "a%26ids%3Db")
    ]
    assert several == "/v1/me/ratings/songs?ids=a%3Fb,c%23d,%252e%252e,%C3%A9,a%26ids%3Db"


def test_full_batch_is_one_request(sync: Runtime) -> None:
    """A hundred items need one request, and one item more needs a second."""
    counts = {}
    for count in (1, 2, 99, 100, 101):
        wire = ScriptedTransport(a_response(200, {"data": []}))
        sync.client(wire).get_ratings(songs(count))
        counts[count] = len(wire.sent)

    assert counts == {1: 1, 2: 1, 99: 1, 100: 1, 101: 2}
