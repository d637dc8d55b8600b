from __future__ import annotations

from typing import Any

import httpx
import pytest
from support.builders import LIKE, FakeClock, Runtime
from support.meddling import InterceptingTransport, a_client, an_error_response, songs

from apple_music_ratings import ForbiddenError, InvalidItemError, Item
from apple_music_ratings_mock import MockService

MIXED = [
    Item("songs", "1"),
    Item("albums", "2"),
    Item("music-videos", "3"),
    Item("playlists", "pl.abc"),
    Item("stations", "ra.4"),
    Item("songs", "5"),
]


def ids_in(line: str) -> int:
    """Count the ids of a request."""
    return sum(len(value.split(",")) for value in httpx.URL(line.split(" ")[1]).params.values())


def test_favorites_of_any_types_go_together(runtime: Runtime, service: MockService) -> None:
    """In one request, and their ratings read 1 afterwards."""
    transport = InterceptingTransport(service)
    client = a_client(runtime, transport)
    client.add_favorites(MIXED + MIXED[:2])

    [line] = transport.sent
    assert line.startswith("POST /v1/me/favorites?")
    assert dict(httpx.URL(line.split(" ")[1]).params) == {
        "ids[songs]": "1,5",
        "ids[albums]": "2",
        "ids[music-videos]": "3",
        "ids[playlists]": "pl.abc",
        "ids[stations]": "ra.4",
    }
    assert client.get_rating(MIXED[0]) is LIKE


def test_many_favorites_go_in_several_requests(runtime: Runtime, service: MockService) -> None:
    """Of limited size."""
    transport = InterceptingTransport(service)
    a_client(runtime, transport, batch_size=40).add_favorites(songs(100))

    assert [ids_in(line) for line in transport.sent] == [40, 40, 20]


@pytest.mark.parametrize("nothing", [[], iter(())])
def test_no_favorites_no_request(runtime: Runtime, service: MockService, nothing: Any) -> None:
    """Nothing is sent for nothing."""
    transport = InterceptingTransport(service)
    a_client(runtime, transport).add_favorites(nothing)

    assert transport.sent == []


def test_item_of_the_library_is_refused(runtime: Runtime, service: MockService) -> None:
    """With a word on what to use, and before anything is sent."""
    transport = InterceptingTransport(service)
    with pytest.raises(InvalidItemError, match=r"library-songs/i\.1 .* catalog id"):
        a_client(runtime, transport).add_favorites([*songs(3), Item("library-songs", "i.1")])

    assert transport.sent == []


def test_request_that_is_too_big_is_halved(runtime: Runtime, service: MockService) -> None:
    """Every item arrives."""
    taken: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response | None:
        ids = request.url.params["ids[songs]"].split(",")
        if len(ids) > 30:
            return httpx.Response(414)
        taken.extend(ids)
        return None

    a_client(runtime, InterceptingTransport(service, refuse)).add_favorites(songs(100))

    assert taken == [song.id for song in songs(100)]


@pytest.mark.parametrize("status", [413, 403])
def test_refusal_is_raised(runtime: Runtime, service: MockService, status: int) -> None:
    """Also that of a request that cannot be smaller."""
    transport = InterceptingTransport(service, lambda _request: an_error_response(status))
    with pytest.raises(Exception, match=str(status)):
        a_client(runtime, transport).add_favorites(songs(1))

    assert len(transport.sent) == 1


def test_favorites_end_at_the_first_refusal(runtime: Runtime, service: MockService) -> None:
    """What came before was taken."""
    answers = iter([None, an_error_response(403)])
    transport = InterceptingTransport(service, lambda _request: next(answers))
    with pytest.raises(ForbiddenError):
        a_client(runtime, transport, batch_size=10).add_favorites(songs(40))

    assert len(transport.sent) == 2


def test_lost_answer_is_sent_for_again(runtime: Runtime, service: MockService) -> None:
    """To add a favorite twice does no harm."""
    clock = FakeClock()
    answers = iter([httpx.Response(503), None])
    transport = InterceptingTransport(service, lambda _request: next(answers))
    a_client(runtime, transport, clock=clock, language="de").add_favorites(songs(1))

    assert clock.slept == [0.5]
    assert transport.sent[1].endswith("ids%5Bsongs%5D=1&l=de")


def test_docstring_says_that_there_is_no_way_back(runtime: Runtime) -> None:
    """Who reads it knows how a favorite differs from a like."""
    from apple_music_ratings import RatingsClient

    doc = RatingsClient.add_favorites.__doc__ or ""

    assert runtime.client_class.add_favorites.__doc__
    assert "no documented way back" in doc
    assert "not the same as a like" in doc
