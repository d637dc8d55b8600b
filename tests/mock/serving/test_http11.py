from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, cast

import httpx
import pytest
import uvicorn
from uvicorn.server import ServerState

from apple_music_ratings_mock import MockService
from apple_music_ratings_mock.serving.http11 import MAX_HEAD, RatingsProtocol
from apple_music_ratings_mock.serving.server import serve

SONG = "/v1/me/ratings/songs/1"
LIKE = '{"attributes":{"value":1}}'
H2C = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
LAST = "Connection: close\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"

Exchange = Callable[..., list[int]]


@pytest.fixture
def tokens(service: MockService) -> str:
    """The two headers that open the mock."""
    return f"Authorization: Bearer {service.developer_token()}\r\nMusic-User-Token: anna\r\n"


@pytest.fixture
def exchange(service: MockService) -> Iterator[Exchange]:
    """Sends chunks over one connection; returns the statuses of all responses until it closes."""
    with serve(service) as base_url:
        url = httpx.URL(base_url)

        def send(*chunks: str, then_ends: bool = False) -> list[int]:
            where = (url.host, url.port or 0)
            with socket.create_connection(where, timeout=20) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return _statuses(connection, chunks, then_ends=then_ends)

        yield send


def _statuses(connection: socket.socket, chunks: tuple[str, ...], *, then_ends: bool) -> list[int]:
    got = b""
    # A request that is rejected before its end is reset.
    try:
        for chunk in chunks:
            connection.sendall(chunk.encode("latin-1"))
        if then_ends:
            connection.shutdown(socket.SHUT_WR)
        while received := connection.recv(65_536):
            got += received
    except ConnectionError:
        pass
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", got)]


def a_request(
    tokens: str, *, method: str = "GET", headers: str = "", body: str | None = None
) -> str:
    """Build a request for the rating of a song."""
    length = "" if body is None else f"Content-Length: {len(body)}\r\n"
    head = f"{method} {SONG} HTTP/1.1\r\nHost: mock\r\n{tokens}{headers}{length}\r\n"
    return head + (body or "")


def test_pipelined_requests_get_responses_in_turn(exchange: Exchange, tokens: str) -> None:
    """Several requests may be in flight at once."""
    put = a_request(tokens, method="PUT", body=LIKE)
    delete = a_request(tokens, method="DELETE")
    get = a_request(tokens)
    last = a_request(tokens, headers=LAST)

    assert exchange(put + get + delete + last) == [200, 200, 204, 404]


def test_requests_may_come_in_any_pieces(exchange: Exchange, tokens: str) -> None:
    """A connection continues with the next request, wherever packets end."""
    put = a_request(tokens, method="PUT", body=LIKE)
    both = put + a_request(tokens, headers=LAST)

    assert exchange(*both) == [200, 200]


@pytest.mark.parametrize("method", ["BREW", "get", "put", "CONNECT", "TRACE", "SOURCE"])
def test_unknown_method_gets_a_response_of_the_mock(
    exchange: Exchange, service: MockService, tokens: str, method: str
) -> None:
    """It is 405 and in the journal, with or without a body, and the connection stays open."""
    last = a_request(tokens, headers=LAST)

    assert exchange(a_request(tokens, method=method) + last) == [405, 404]
    assert exchange(a_request(tokens, method=method, body=LIKE) + last) == [405, 404]
    assert [entry.method for entry in service.requests()] == [method, "GET"] * 2


@pytest.mark.parametrize("offer", [H2C, H2C.replace("h2c", "websocket")])
def test_offer_of_another_protocol_is_declined(
    exchange: Exchange, service: MockService, tokens: str, offer: str
) -> None:
    """Java's client offers HTTP/2 with each first request; it is served as if it had not."""
    put = a_request(tokens, method="PUT", headers=offer, body=LIKE)
    get = a_request(tokens, headers=offer)
    last = a_request(tokens, headers=LAST)

    assert exchange(put + get + put + last) == [200, 200, 200, 200]
    assert exchange(*(put + get + last)) == [200, 200, 200]
    assert service.get_rating("anna", "songs", "1") == 1


def test_declined_offer_keeps_its_other_headers(exchange: Exchange, tokens: str) -> None:
    """What else the request says still counts: here, that nothing after it does."""
    offer = "Connection: Upgrade, close\r\nUpgrade: h2c\r\n"

    assert exchange(a_request(tokens, headers=offer) + a_request(tokens)) == [404]


def test_body_is_asked_for_where_a_client_waits(exchange: Exchange, tokens: str) -> None:
    """A client that expects 100 Continue gets it."""
    headers = f"Expect: 100-continue\r\n{LAST}"

    assert exchange(a_request(tokens, method="PUT", headers=headers, body=LIKE)) == [100, 200]


def test_old_version_of_http_is_one_request(exchange: Exchange, tokens: str) -> None:
    """HTTP/1.0 needs no host, and closes after the response."""
    request = a_request(tokens).replace("HTTP/1.1", "HTTP/1.0").replace("Host: mock\r\n", "")

    assert exchange(request) == [404]


def test_request_without_host_is_rejected(
    exchange: Exchange, service: MockService, tokens: str
) -> None:
    """HTTP/1.1 wants to know who is meant."""
    assert exchange(a_request(tokens).replace("Host: mock\r\n", "")) == [400]
    assert service.request_count == 0


def test_bytes_after_a_body_are_not_headers(exchange: Exchange, tokens: str) -> None:
    """Tokens that come after the body come too late."""
    head = a_request("", method="PUT", headers=CHUNKED + LAST)

    assert exchange(f"{head}{len(LIKE):x}\r\n{LIKE}\r\n0\r\n{tokens}\r\n") == [401]


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param("{head}X: {x}", id="a header without an end"),
        pytest.param("{head}{lines}", id="headers without an end"),
        pytest.param("GET /{x}", id="a target without an end"),
        pytest.param("{chunked}1;{x}", id="a chunk's extension without an end"),
        pytest.param("{chunked}0\r\nX: {x}", id="a trailer without an end"),
        pytest.param("{chunked}0\r\n{lines}", id="trailers without an end"),
    ],
)
def test_flood_around_a_body_is_cut_off(
    exchange: Exchange, service: MockService, tokens: str, flood: str
) -> None:
    """An endless request is rejected while it arrives, and others are served."""
    head = a_request(tokens)[:-2]
    chunked = a_request(tokens, method="PUT", headers=CHUNKED)
    size = 20 * MAX_HEAD
    raw = flood.format(head=head, chunked=chunked, x="x" * size, lines="X: y\r\n" * (size // 6))

    # A reset may overtake the messages; what counts is that it ends, and here, not there.
    assert exchange(raw) in ([400], [])
    assert exchange(a_request(tokens, headers=LAST)) == [404]
    assert service.get_rating("anna", "songs", "1") is None


def test_headers_up_to_the_limit_are_taken(exchange: Exchange, tokens: str) -> None:
    """Long cookies and many headers are no flood."""
    many = "X: y\r\n" * ((MAX_HEAD - 2000) // 6)

    assert exchange(a_request(tokens, headers=many + LAST)) == [404]


def test_large_body_is_not_a_flood(exchange: Exchange, tokens: str) -> None:
    """The limit applies to what surrounds a body; the body has its own."""
    body = " " * (8 * MAX_HEAD) + LIKE
    put = a_request(tokens, method="PUT", body=body)
    chunks = "".join(f"{len(part):x}\r\n{part}\r\n" for part in (body[:70_000], body[70_000:]))
    chunked = a_request(tokens, method="PUT", headers=CHUNKED + LAST)

    assert exchange(put, f"{chunked}{chunks}0\r\n\r\n") == [200, 200]


def test_what_comes_after_a_last_request_is_not_read(exchange: Exchange, tokens: str) -> None:
    """Who says that a request is the last is taken at its word."""
    last = a_request(tokens, headers=LAST)

    assert exchange(last + a_request(tokens)) == [404]


class Clock:
    """An event loop with a clock that a test moves."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._now = 0.0
        self._timers: list[tuple[asyncio.TimerHandle, Callable[..., object]]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def time(self) -> float:
        """Return the time."""
        return self._now

    def call_later(self, delay: float, call: Callable[..., object]) -> asyncio.TimerHandle:
        """Keep a call for later."""
        timer = asyncio.TimerHandle(self._now + delay, call, (), self._loop)
        self._timers.append((timer, call))
        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass, and what is due happen."""
        self._now += seconds
        due = [each for each in self._timers if each[0].when() <= self._now]
        self._timers = [each for each in self._timers if each not in due]
        for timer, call in due:
            if not timer.cancelled():
                call()


class Line(asyncio.Transport):
    """A fake transport for the server."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Note what is written."""
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        """Return whether it was closed."""
        return self.is_closed

    def close(self) -> None:
        """Note that it is closed."""
        self.is_closed = True

    def pause_reading(self) -> None:
        """Do nothing: what is read is up to the test."""

    def resume_reading(self) -> None:
        """Do nothing."""


class Wire:
    """A protocol between a line and an application, with a clock of its own."""

    def __init__(self, app: Any) -> None:
        config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None)
        # The server takes no keep-alive in a test that moves its clock.
        config.timeout_keep_alive = 10_000
        config.load()
        self.clock = Clock(asyncio.get_running_loop())
        self.line = Line()
        self._protocol = RatingsProtocol(config, ServerState(), {}, cast("Any", self.clock))
        self._protocol.connection_made(self.line)

    async def receive(self, *packets: str) -> None:
        """Let packets come in, and wait for what the application does about it."""
        for packet in packets:
            self._protocol.data_received(packet.encode())
            for _ in range(20):
                await asyncio.sleep(0)


def run(scene: Callable[[Wire], Coroutine[Any, Any, None]], app: Any) -> Wire:
    """Play a scene to its end, and give what is left."""

    async def play() -> Wire:
        wire = Wire(app)
        await scene(wire)
        return wire

    return asyncio.run(play())


def test_response_is_one_write(service: MockService, tokens: str) -> None:
    """Head and body of a response are one write, since a write costs more than the response."""

    async def scene(wire: Wire) -> None:
        await wire.receive(a_request(tokens), a_request(tokens))

    wire = run(scene, service.asgi)

    assert [response[:12] for response in wire.line.written] == [b"HTTP/1.1 404"] * 2
    assert all(response.endswith(b"}]}") for response in wire.line.written)


def test_words_within_a_request_are_no_method(service: MockService, tokens: str) -> None:
    """Only the start of a request can be an unknown method."""
    put = a_request(tokens, method="PUT", body="messages in a body")
    split = put.index("messages")

    async def scene(wire: Wire) -> None:
        await wire.receive(put[:split], put[split:], a_request(tokens))

    wire = run(scene, service.asgi)

    assert [response[:12] for response in wire.line.written] == [b"HTTP/1.1 400", b"HTTP/1.1 404"]


def test_deadline_is_that_of_a_request(service: MockService, tokens: str) -> None:
    """Between requests the deadline does not apply; each request that begins has its own."""
    seen = []

    async def scene(wire: Wire) -> None:
        for _ in range(4):
            wire.clock.advance(20)
            await wire.receive(a_request(tokens))
        for _ in range(3):
            seen.append(wire.line.is_closed)
            wire.clock.advance(14)
        await wire.receive("GET / HT")
        for _ in range(3):
            seen.append(wire.line.is_closed)
            wire.clock.advance(14)
        seen.append(wire.line.is_closed)

    run(scene, service.asgi)

    assert seen == [False] * 6 + [True]


def test_who_is_waiting_for_an_response_is_not_sent_away(tokens: str) -> None:
    """The deadline applies to clients; a response may take longer."""
    is_time = asyncio.Event()
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await is_time.wait()
        await MockService().asgi(scope, receive, send)

    async def scene(wire: Wire) -> None:
        await wire.receive(a_request(tokens))
        for _ in range(10):
            wire.clock.advance(30)
        seen.append(wire.line.is_closed)
        is_time.set()
        await wire.receive("")

    wire = run(scene, app)

    assert seen == [False]
    assert wire.line.written[0].startswith(b"HTTP/1.1 ")
