from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from apple_music_ratings_mock import Fault, MockService
from apple_music_ratings_mock.serving.delivery import CONNECTION, Connection

pytestmark = pytest.mark.anyio

PUT = b'{"attributes":{"value":1}}'


def a_scope(service: MockService, **changes: Any) -> dict[str, Any]:
    """Build the scope of a get that is in order but for the changes; `...` leaves out."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/me/ratings/songs/1",
        "raw_path": b"/v1/me/ratings/songs/1",
        "query_string": b"",
        "headers": [
            (b"authorization", f"Bearer {service.developer_token()}".encode()),
            (b"music-user-token", b"anna"),
        ],
    }
    return {key: value for key, value in (scope | changes).items() if value is not ...}


def a_body(*chunks: bytes) -> list[dict[str, Any]]:
    """Build the messages of a body that comes in these chunks."""
    *others, last = [{"type": "http.request", "body": chunk} for chunk in chunks]
    return [*({**message, "more_body": True} for message in others), last]


async def serve(
    service: MockService, scope: dict[str, Any], messages: Iterable[dict[str, Any]]
) -> list[Any]:
    """Run the application over scripted messages; asking for one more is an error."""
    incoming, sent = iter(messages), []

    async def receive() -> dict[str, Any]:
        return next(incoming)

    async def send(message: Any) -> None:
        sent.append(message)

    await service.asgi(scope, receive, send)
    return sent


async def test_request_gets_a_response() -> None:
    """One start and one body, with headers in lower case."""
    service = MockService()
    service.set_rating("anna", "songs", "1", 1)

    start, body = await serve(service, a_scope(service), a_body(b""))

    headers = dict(start["headers"])
    assert (start["type"], start["status"]) == ("http.response.start", 200)
    assert headers[b"content-type"] == b"application/json;charset=utf-8"
    assert headers[b"content-length"] == str(len(body["body"])).encode()
    assert b'"value":1' in body["body"]


async def test_body_in_pieces_is_joined() -> None:
    """A body may come in several messages."""
    service = MockService()

    start, _ = await serve(service, a_scope(service, method="PUT"), a_body(PUT[:9], b"", PUT[9:]))

    assert start["status"] == 200
    assert service.get_rating("anna", "songs", "1") == 1


async def test_message_without_body_is_an_empty_body() -> None:
    """A server may leave out what is empty."""
    service = MockService()

    start, _ = await serve(service, a_scope(service), [{"type": "http.request"}])

    assert start["status"] == 404


async def test_reading_stops_once_the_body_is_too_large() -> None:
    """A body is rejected as soon as it exceeds the limit."""
    service = MockService()
    read = []

    def chunks() -> Iterable[dict[str, Any]]:
        for number in range(100):
            read.append(number)
            yield {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

    start, _ = await serve(service, a_scope(service, method="PUT"), chunks())

    assert start["status"] == 413
    assert len(read) == 17


async def test_one_large_piece_is_rejected() -> None:
    """A body that arrives in one message is rejected too."""
    service = MockService()

    start, _ = await serve(service, a_scope(service), a_body(b"x" * 5_000_000))

    assert start["status"] == 413


async def test_sender_that_went_away_gets_no_response() -> None:
    """A request that never came to its end changes nothing."""
    service = MockService()
    *half, _ = a_body(PUT, b"")
    messages = [*half, {"type": "http.disconnect"}]

    sent = await serve(service, a_scope(service, method="PUT"), messages)

    assert sent == []
    assert service.get_rating("anna", "songs", "1") is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"raw_path": b"/v1/me/ratings/songs/1%2F2"}, 404),
        ({"raw_path": b"/v1/me/ratings/songs/\xff"}, 404),
        ({"raw_path": b"/v1/me/ratings/s\xc3\xb6ngs/1"}, 400),
        ({"raw_path": ...}, 200),
        ({"raw_path": None}, 200),
        ({"raw_path": ..., "path": "/v1/me/ratings/songs/1 2"}, 404),
        ({"query_string": b"l=\xff"}, 400),
    ],
)
async def test_path_and_query_are_read_as_bytes(changes: dict[str, Any], expected: int) -> None:
    """The raw path counts where there is one, whatever bytes it has."""
    service = MockService()
    service.set_rating("anna", "songs", "1", 1)

    start, _ = await serve(service, a_scope(service, **changes), a_body(b""))

    assert start["status"] == expected


class LeavingPeer:
    """The transport of a client that has read the headers of a response, and is gone."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def is_closing(self) -> bool:
        """Return whether the headers are complete."""
        return self.written[-1:] == [b"\r\n"]

    def write(self, data: bytes) -> None:
        """Raise once closed, as uvloop does."""
        if self.is_closing():
            raise RuntimeError("the handler is closed")
        self.written.append(data)


def test_client_that_leaves_in_the_middle_of_a_slow_response_raises_nothing() -> None:
    """Nothing is written to a connection that is closed."""
    service = MockService(faults=[Fault("slow-headers", seconds=0.01)])
    peer: Any = LeavingPeer()
    scope = a_scope(service, state={CONNECTION: Connection(peer)})
    sent = asyncio.run(serve(service, scope, [*a_body(b""), {"type": "http.disconnect"}]))

    assert sent == []
    assert peer.written[0] == b"HTTP/1.1 404 Not Found\r\n"
    assert peer.is_closing()


async def test_lifespan_is_acknowledged() -> None:
    """Start-up and shutdown are confirmed, and then the application ends."""
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    sent = await serve(MockService(), {"type": "lifespan"}, messages)

    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


async def test_other_protocols_are_rejected() -> None:
    """A web socket is not treated as a request."""
    with pytest.raises(NotImplementedError, match="websocket"):
        await serve(MockService(), {"type": "websocket"}, [])
