from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
from support.builders import (
    DISLIKE,
    LIKE,
    OTHER_SONG,
    SONG,
    USER_TOKEN,
    Answer,
    Runtime,
    ScriptedTransport,
    a_response,
    an_error_response,
    ratings,
)

from apple_music_ratings import InvalidItemError, Item, NotFoundError, RatingValue
from apple_music_ratings_mock import LibraryEntry, MockService

ALBUM = Item("albums", "1138988512")
ENTRY = {"id": SONG.id, "type": "ratings", "href": f"/v1/me/ratings/{SONG}"}
UNRATED = [
    pytest.param(a_response(404), id="404 without body"),
    pytest.param(an_error_response(404, "40400", "Resource Not Found"), id="404 40400"),
    pytest.param(an_error_response(404, "40403", "No related resources"), id="404 40403"),
    pytest.param(a_response(404, "<html>Not Found</html>"), id="404 page"),
    pytest.param(a_response(404, "not json", content_type="application/json"), id="404 text"),
    pytest.param(a_response(200, {"data": []}), id="empty list"),
    pytest.param(a_response(200, {"data": [], "meta": {}, "next": "/x"}), id="empty list and more"),
    pytest.param(a_response(200, {"data": [ENTRY]}), id="no attributes"),
    pytest.param(a_response(200, {"data": [ENTRY | {"attributes": {}}]}), id="no value"),
    pytest.param(a_response(200, {"data": [ENTRY | {"attributes": {"new": 1}}]}), id="other value"),
]


def songs(count: int) -> list[Item]:
    """Build so many songs."""
    return [Item("songs", str(number)) for number in range(1, count + 1)]


@pytest.mark.parametrize("value", list(RatingValue))
def test_rating_is_read_as_a_value(runtime: Runtime, value: RatingValue) -> None:
    """A like is LIKE and a dislike DISLIKE, as the enum."""
    wire = ScriptedTransport(a_response(200, ratings((SONG, value))))
    found = runtime.client(wire).get_rating(SONG)

    assert found is value
    assert [(sent.method, sent.target, sent.body) for sent in wire.sent] == [
        ("GET", "/v1/me/ratings/songs/907242702", b"")
    ]


@pytest.mark.parametrize("answer", UNRATED)
def test_unrated_is_none_for_one(runtime: Runtime, answer: Answer) -> None:
    """Whatever way the service has of saying so, and with one send."""
    wire = ScriptedTransport(answer)

    assert runtime.client(wire).get_rating(SONG) is None
    assert len(wire.sent) == 1


@pytest.mark.parametrize("answer", UNRATED)
def test_unrated_is_none_for_several(runtime: Runtime, answer: Answer) -> None:
    """Every item of the question is answered, though the service lists none."""
    wire = ScriptedTransport(answer)
    found = runtime.client(wire).get_ratings([OTHER_SONG, SONG])

    assert list(found.items()) == [(OTHER_SONG, None), (SONG, None)]
    assert len(wire.sent) == 1


def test_item_left_out_among_rated_ones_is_none(runtime: Runtime) -> None:
    """Left out, listed without a value and rated stand side by side."""
    third = Item("songs", "3")
    wire = ScriptedTransport(a_response(200, ratings((third, -1), (SONG, None))))
    found = runtime.client(wire).get_ratings([SONG, OTHER_SONG, third])

    assert list(found.items()) == [(SONG, None), (OTHER_SONG, None), (third, DISLIKE)]


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.get_rating(SONG),
        lambda client: client.get_ratings([SONG]),
        lambda client: client.get_ratings([SONG, OTHER_SONG]),
    ],
)
def test_missing_path_is_not_unrated(runtime: Runtime, ask: Callable[[Any], Any]) -> None:
    """404 with code 40401 points at a wrong address, and is an error."""
    wire = ScriptedTransport(an_error_response(404, "40401", "Path Not Found"))
    with pytest.raises(NotFoundError) as caught:
        ask(runtime.client(wire))

    assert caught.value.errors[0].code == "40401"
    assert len(wire.sent) == 1


def test_several_are_asked_together_with_literal_commas(runtime: Runtime) -> None:
    """One request for all of a type; the commas between ids are not escaped."""
    wire = ScriptedTransport(a_response(200, ratings((SONG, 1), (OTHER_SONG, -1))))
    found = runtime.client(wire).get_ratings([SONG, OTHER_SONG])

    assert found == {SONG: LIKE, OTHER_SONG: DISLIKE}
    assert wire.targets == ["/v1/me/ratings/songs?ids=907242702,1151618586"]


def test_answers_are_matched_by_id_and_not_by_position(runtime: Runtime) -> None:
    """The order of the question is the order of the result, whatever the order of the answer."""
    one, two, three = songs(3)
    wire = ScriptedTransport(a_response(200, ratings((three, 1), (one, -1), (two, 1))))
    found = runtime.client(wire).get_ratings([two, three, one])

    assert list(found.items()) == [(two, LIKE), (three, LIKE), (one, DISLIKE)]


def test_each_distinct_item_is_asked_once(runtime: Runtime) -> None:
    """Duplicates are dropped, also when they come in another guise."""
    wire = ScriptedTransport(a_response(200, ratings((SONG, 1))))
    twin = Item.parse(f"https://music.apple.com/us/song/any-name/{SONG.id}")
    found = runtime.client(wire).get_ratings([SONG, OTHER_SONG, twin, SONG])

    assert list(found) == [SONG, OTHER_SONG]
    assert wire.targets == ["/v1/me/ratings/songs?ids=907242702,1151618586"]


def test_same_id_of_two_types_is_two_items(runtime: Runtime) -> None:
    """A song and an album with one number are not confused."""
    album = Item("albums", SONG.id)
    wire = ScriptedTransport(
        a_response(200, ratings((SONG, 1))), a_response(200, ratings((album, -1)))
    )
    # One request at a time, since the script has an order.
    found = runtime.client(wire, max_concurrency=1).get_ratings([SONG, album])

    assert found == {SONG: LIKE, album: DISLIKE}


@pytest.mark.parametrize("nothing", [list, tuple, set, dict, lambda: iter(())])
def test_nothing_is_asked_for_nothing(runtime: Runtime, nothing: Callable[[], Any]) -> None:
    """No items, no request."""
    wire = ScriptedTransport(a_response(500))

    assert runtime.client(wire).get_ratings(nothing()) == {}
    assert wire.sent == []


def test_any_iterable_will_do(runtime: Runtime) -> None:
    """A generator is read once."""
    wire = ScriptedTransport(a_response(200, ratings((SONG, 1))))

    assert runtime.client(wire).get_ratings(item for item in [SONG]) == {SONG: LIKE}


def test_many_items_are_asked_in_batches_by_type(runtime: Runtime, service: MockService) -> None:
    """At most a hundred ids of one type in a request, and the order of the question is kept."""
    service.set_rating(USER_TOKEN, "songs", "150", 1)
    service.set_rating(USER_TOKEN, "albums", ALBUM.id, -1)
    wire = ScriptedTransport(service.transport.handle_request)
    asked = [*songs(120), ALBUM, *songs(250)[120:]]
    found = runtime.client(wire, developer_token=service.developer_token()).get_ratings(asked)

    expected = dict.fromkeys(asked) | {Item("songs", "150"): LIKE, ALBUM: DISLIKE}
    assert list(expected.items()) == list(found.items())
    assert sorted(target.count(",") + 1 for target in wire.targets) == [1, 50, 100, 100]
    assert all(len(target) < 2000 for target in wire.targets)


@pytest.mark.parametrize("wrong", ["songs/907242702", None, 907242702, ("songs", "907242702")])
@pytest.mark.parametrize(
    "ask",
    [
        lambda client, wrong: client.get_rating(wrong),
        lambda client, wrong: client.get_ratings([SONG, wrong]),
        lambda client, wrong: client.set_rating(wrong, 1),
        lambda client, wrong: client.like(wrong),
        lambda client, wrong: client.dislike(wrong),
        lambda client, wrong: client.delete_rating(wrong),
    ],
)
def test_what_is_no_item_is_refused_before_anything_is_sent(
    runtime: Runtime, ask: Callable[[Any, Any], Any], wrong: Any
) -> None:
    """Text, numbers and pairs are no items."""
    wire = ScriptedTransport(a_response(204))
    with pytest.raises(InvalidItemError):
        ask(runtime.client(wire), wrong)

    assert wire.sent == []


def test_error_in_a_later_batch_is_raised(runtime: Runtime) -> None:
    """An incomplete answer is never handed out as if it were whole."""
    wire = ScriptedTransport(a_response(200, {"data": []}), an_error_response(403, "40300"))
    with pytest.raises(Exception, match="403"):
        runtime.client(wire).get_ratings(songs(101))

    assert len(wire.sent) == 2


def test_catalog_and_library_ids_of_one_item_are_read_alike(runtime: Runtime) -> None:
    """What was said of one twin is read of the other, each under the id asked for."""
    twin = Item("library-songs", "i.7PJNN4mfXlD68R")
    service = MockService(library=[LibraryEntry("library-songs", twin.id, SONG.id)])
    client = runtime.client(service.transport, developer_token=service.developer_token())
    client.like(twin)

    assert client.get_rating(SONG) is LIKE
    assert client.get_ratings([SONG, twin]) == {SONG: LIKE, twin: LIKE}


def test_lenient_id_is_escaped_on_the_wire(runtime: Runtime) -> None:
    """An unknown form of id stays one part of the path and one part of the list."""
    odd = [Item("songs", id, strict=False) for id in ("a?b", "c#d", "%2e%2e", "\u00e9", "a&ids=b")]
    wire = ScriptedTransport(a_response(200, {"data": []}))
    client = runtime.client(wire)
    for item in odd:
        client.get_rating(item)
    client.get_ratings(odd)

    *single, several = wire.targets
    assert single == [
        f"/v1/me/ratings/songs/{part}"
        for part in ("a%3Fb", "c%23d", "%252e%252e", "%C3%A9", "a%26ids%3Db")
    ]
    assert several == "/v1/me/ratings/songs?ids=a%3Fb,c%23d,%252e%252e,%C3%A9,a%26ids%3Db"


@pytest.mark.parametrize("count", [1, 2, 99, 100, 101])
def test_number_of_requests_fits_the_number_of_items(runtime: Runtime, count: int) -> None:
    """A full batch is one request."""
    wire = ScriptedTransport(a_response(200, {"data": []}))
    runtime.client(wire).get_ratings(islice(songs(count), count))

    assert len(wire.sent) == (1 if count <= 100 else 2)
