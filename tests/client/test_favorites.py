from __future__ import annotations

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


def test_favorites_of_all_types_are_one_request(runtime: Runtime, service: MockService) -> None:
    """Their ratings read 1 afterwards."""
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


def test_many_favorites_are_several_requests(sync: Runtime, service: MockService) -> None:
    """Each at most a batch."""
    transport = InterceptingTransport(service)
    a_client(sync, transport, batch_size=40).add_favorites(songs(100))

    assert [ids_in(line) for line in transport.sent] == [40, 40, 20]


def test_no_favorites_no_request(runtime: Runtime, service: MockService) -> None:
    """An empty iterable sends nothing."""
    transport = InterceptingTransport(service)
    client = a_client(runtime, transport)
    client.add_favorites([])
    client.add_favorites(iter(()))

    assert transport.sent == []


def test_library_item_is_rejected(runtime: Runtime, service: MockService) -> None:
    """Before a request; the message says to use the catalog id."""
    transport = InterceptingTransport(service)
    with pytest.raises(InvalidItemError, match=r"library-songs/i\.1 .* catalog id"):
        a_client(runtime, transport).add_favorites([*songs(3), Item("library-songs", "i.1")])

    assert transport.sent == []


def test_request_that_is_too_large_is_halved(runtime: Runtime, service: MockService) -> None:
    """Every item is added."""
    added: list[str] = []

    def reject(request: httpx.Request) -> httpx.Response | None:
        ids = request.url.params["ids[songs]"].split(",")
        if len(ids) > 30:
            return httpx.Response(414)
        added.extend(ids)
        return None

    a_client(runtime, InterceptingTransport(service, reject)).add_favorites(songs(100))

    assert added == [song.id for song in songs(100)]


@pytest.mark.parametrize("status", [413, 403])
def test_rejection_is_raised(sync: Runtime, service: MockService, status: int) -> None:
    """Also that of a request with a single item."""
    transport = InterceptingTransport(service, lambda _request: an_error_response(status))
    with pytest.raises(Exception, match=str(status)):
        a_client(sync, transport).add_favorites(songs(1))

    assert len(transport.sent) == 1


def test_first_rejection_ends_the_call(runtime: Runtime, service: MockService) -> None:
    """Earlier requests were accepted, later ones are not sent."""
    responses = iter([None, an_error_response(403)])
    transport = InterceptingTransport(service, lambda _request: next(responses))
    with pytest.raises(ForbiddenError):
        a_client(runtime, transport, batch_size=10).add_favorites(songs(40))

    assert len(transport.sent) == 2


def test_transient_failure_is_retried(runtime: Runtime, service: MockService) -> None:
    """Adding a favorite twice changes nothing."""
    clock = FakeClock()
    responses = iter([httpx.Response(503), None])
    transport = InterceptingTransport(service, lambda _request: next(responses))
    a_client(runtime, transport, clock=clock, language="de").add_favorites(songs(1))

    assert clock.slept == [0.5]
    assert transport.sent[1].endswith("ids%5Bsongs%5D=1&l=de")


def test_docstring_says_that_favorites_cannot_be_removed() -> None:
    """And how a favorite differs from a like."""
    from apple_music_ratings import RatingsClient

    doc = RatingsClient.add_favorites.__doc__ or ""

    assert "no way back" in doc
    assert "not the same as a like" in doc
