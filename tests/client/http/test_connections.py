from __future__ import annotations

import gc
import gzip
import json
import logging
import os
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest
from anyio import create_task_group, fail_after
from anyio.from_thread import BlockingPortal
from attrs import frozen
from support.builders import (
    DEVELOPER_TOKEN,
    HOST,
    LIKE,
    SONG,
    USER_TOKEN,
    FakeClock,
    Runtime,
    ScriptedTransport,
    a_response,
    ratings,
    said,
)
from support.servers import Behave, Seen, liked, send, serving, short

from apple_music_ratings import AsyncRatingsClient, RatingsClient, RetryPolicy, TransportError
from apple_music_ratings._http.connections import AsyncConnections, find_aiohttp
from apple_music_ratings.developer_token import ATTEMPTS, DeveloperToken, RatingsAuth
from apple_music_ratings.retries import Attempts

AT_ONCE = 130


@frozen
class Way:
    """One of the ways in which an async client sends, when the caller brings no transport."""

    name: str
    portal: BlockingPortal
    find_fast: Callable[[ssl.SSLContext], httpx.AsyncBaseTransport | None]

    def connections(self, **hooks: Any) -> AsyncConnections:
        """Make connections that count what they send as the clients do."""

        async def count(request: httpx.Request) -> None:
            request.extensions[ATTEMPTS].made += 1

        async def nothing(response: httpx.Response) -> None:
            """Let an answer pass."""

        given = {"before": count, "after": nothing, "find_fast": self.find_fast} | hooks
        return AsyncConnections(None, **given)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run an async function where this way works."""
        return self.portal.call(partial(function, *arguments))


@pytest.fixture(params=["aiohttp", "without the extra", "trio"])
def way(
    request: pytest.FixtureRequest, asyncio_portal: BlockingPortal, trio_portal: BlockingPortal
) -> Way:
    """Each way in turn."""
    if request.param == "without the extra":
        return Way(request.param, asyncio_portal, lambda _tls: None)
    return Way(
        request.param, trio_portal if request.param == "trio" else asyncio_portal, find_aiohttp
    )


@pytest.fixture
def aiohttp_way(asyncio_portal: BlockingPortal) -> Way:
    """The way over aiohttp."""
    return Way("aiohttp", asyncio_portal, find_aiohttp)


def a_request(
    seen: Seen | int, target: str = "/", *, seconds: float | None = 60.0, **options: Any
) -> httpx.Request:
    """Build a request as the clients build it."""
    port = seen if isinstance(seen, int) else seen.port
    return httpx.Request(
        options.pop("method", "GET"),
        f"http://127.0.0.1:{port}{target}",
        extensions={
            ATTEMPTS: Attempts(limit=9),
            "timeout": httpx.Timeout(seconds).as_dict() | options.pop("timeouts", {}),
        },
        **options,
    )


def signed() -> RatingsAuth:
    """Build an auth flow for another service, so that it adds nothing."""
    return RatingsAuth(
        developer_token=DeveloperToken(DEVELOPER_TOKEN),
        music_user_token=USER_TOKEN,
        base_url=httpx.URL("https://api.music.apple.com"),
        clock=FakeClock(),
    )


async def ask(
    connections: AsyncConnections, *requests: httpx.Request, stream: bool = False
) -> list[httpx.Response]:
    """Send one request after the other, and close the connections."""
    try:
        return [await connections.send(it, stream=stream, auth=signed()) for it in requests]
    finally:
        await connections.aclose()


class Gate:
    """Answers the first so many once all of them have asked, and any further one at once.

    Args:
        size: So many.
        times: So often, before anyone is answered at once.
    """

    def __init__(self, size: int, *, times: int = 1) -> None:
        self._barrier = threading.Barrier(size)
        self._left = size * times
        self._lock = threading.Lock()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        """Wait for the others if need be, and answer."""
        with self._lock:
            waits = self._left > 0
            self._left -= 1
        if waits:
            self._barrier.wait(timeout=60)
        liked(handler)


def echo(handler: BaseHTTPRequestHandler) -> None:
    """Answer with the request as it came."""
    length = int(handler.headers.get("Content-Length", 0))
    told = {
        "target": handler.path,
        "headers": handler.headers.items(),
        "body": handler.rfile.read(length).decode(),
    }
    send(handler, 200, json.dumps(told).encode())


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without an answer."""
    handler.close_connection = True


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Break the connection in place of an answer."""
    linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    # The server's own way of closing would end the stream in good order first.
    os.close(handler.connection.detach())
    handler.close_connection = True


def stall(handler: BaseHTTPRequestHandler) -> None:
    """Send half of a body, and nothing until the other side hangs up."""
    send(handler, 200, b'{"data":[', length=1000)
    handler.wfile.flush()
    handler.connection.recv(1)
    handler.close_connection = True


def nonsense(handler: BaseHTTPRequestHandler) -> None:
    """Answer with what is no HTTP."""
    handler.wfile.write(b"SMTP 220 ready\r\n\r\n")
    handler.close_connection = True


# With the seconds to wait for it: few where the timeout is what is seen.
FAULTS: list[tuple[Behave, float, type[httpx.RequestError]]] = [
    (hang_up, 60.0, httpx.RemoteProtocolError),
    (short, 60.0, httpx.RemoteProtocolError),
    (nonsense, 60.0, httpx.RemoteProtocolError),
    (reset, 60.0, httpx.ReadError),
    (stall, 0.2, httpx.ReadTimeout),
]


@pytest.mark.parametrize(
    ("behave", "seconds", "kind"), FAULTS, ids=lambda it: getattr(it, "__name__", "")
)
def test_fault_of_the_server_is_the_same_error_whatever_sends(
    way: Way, behave: Behave, seconds: float, kind: type[httpx.RequestError]
) -> None:
    """Retries tell a lost answer from a connection that never was."""
    with serving(behave) as seen, pytest.raises(httpx.RequestError) as caught:
        way.call(ask, way.connections(), a_request(seen, timeouts={"read": seconds}))

    assert type(caught.value) is kind
    assert len(seen.requests) == 1


def test_closed_port_is_a_connect_error_whatever_sends(way: Way) -> None:
    """And not a timeout."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(httpx.RequestError) as caught:
            way.call(ask, way.connections(), a_request(bound.getsockname()[1]))

    assert type(caught.value) is httpx.ConnectError


def test_handshake_without_an_answer_is_a_connect_timeout(way: Way) -> None:
    """The server takes the connection and never says hello."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        request = a_request(silent.getsockname()[1], timeouts={"connect": 0.1})
        request.url = request.url.copy_with(scheme="https")
        with pytest.raises(httpx.RequestError) as caught:
            way.call(ask, way.connections(), request)

    assert type(caught.value) is httpx.ConnectTimeout


def test_certificate_that_nobody_vouches_for_is_named_as_the_cause(
    way: Way, untrusted: ssl.SSLContext
) -> None:
    """So that the clients know that another attempt would fare no better."""
    with serving(liked, tls=untrusted) as seen:
        request = a_request(seen)
        request.url = request.url.copy_with(scheme="https")
        with pytest.raises(httpx.ConnectError) as caught:
            way.call(ask, way.connections(), request)

    causes = []
    cause: BaseException | None = caught.value
    while cause is not None:
        causes.append(type(cause))
        cause = cause.__cause__ or cause.__context__
    assert ssl.SSLCertVerificationError in causes


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_lost_answer_on_a_kept_connection_is_not_sent_again_by_itself(
    aiohttp_way: Way, method: str
) -> None:
    """Left to itself aiohttp would, once; the clients alone decide and count."""
    with serving(liked, hang_up) as seen, pytest.raises(httpx.RemoteProtocolError):
        aiohttp_way.call(
            ask, aiohttp_way.connections(), a_request(seen), a_request(seen, method=method)
        )

    assert len(seen.requests) == 2
    assert len(seen.connections) == 1


TARGETS = [
    "/v1/me/ratings/songs?ids=1,2,3",
    "/v1/me/ratings/songs?ids=1%2C2&l=en-US",
    "/v1/me/ratings/playlists/pl.u-a%2Fb",
    "/a%20b+c?q=%C3%A9%20+'()*!;:@$&x=",
]


@pytest.mark.parametrize("target", TARGETS)
def test_address_arrives_as_it_was_built(way: Way, target: str) -> None:
    """Nobody below escapes it anew."""
    with serving(echo) as seen:
        [answer] = way.call(ask, way.connections(), a_request(seen, target))

    assert answer.json()["target"] == target


def test_headers_arrive_as_they_were_built(way: Way) -> None:
    """Names as they are spelt, in their order, repeated ones included, and none beside them."""
    with serving(echo) as seen:
        request = a_request(
            seen,
            method="PUT",
            headers=[("Music-User-Token", USER_TOKEN), ("X-Two", "1"), ("X-Two", "2")],
            content=b"{}",
        )
        [answer] = way.call(ask, way.connections(), request)

    sent = [(name.decode(), value.decode()) for name, value in request.headers.raw]
    assert sorted(map(tuple, answer.json()["headers"])) == sorted(sent)
    assert [value for name, value in answer.json()["headers"] if name == "X-Two"] == ["1", "2"]
    assert answer.json()["body"] == "{}"


def test_body_of_unknown_length_arrives_whole(way: Way) -> None:
    """In pieces or at once."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    def read(handler: BaseHTTPRequestHandler) -> None:
        length = handler.headers.get("Content-Length")
        body = b"" if length is None else handler.rfile.read(int(length))
        while length is None and (size := int(handler.rfile.readline(), 16)):
            body += handler.rfile.read(size)
            handler.rfile.readline()
        send(handler, 200, body)
        handler.close_connection = True

    with serving(read) as seen:
        [answer] = way.call(ask, way.connections(), a_request(seen, method="PUT", content=parts()))

    assert answer.content == b"one two"


def test_header_that_cannot_be_sent_is_a_local_error(way: Way) -> None:
    """Before anything is sent."""
    with serving(liked) as seen, pytest.raises(httpx.LocalProtocolError):
        way.call(ask, way.connections(), a_request(seen, headers={"X-Broken": "a\r\nb: c"}))

    assert seen.requests == []


def test_unknown_scheme_is_refused(way: Way) -> None:
    """As httpx refuses it."""
    request = a_request(1)
    request.url = httpx.URL("ftp://127.0.0.1/")
    with pytest.raises(httpx.UnsupportedProtocol):
        way.call(ask, way.connections(), request)


def test_packed_body_is_unpacked_once(way: Way) -> None:
    """By httpx, which asked for it."""

    def packed(handler: BaseHTTPRequestHandler) -> None:
        body = gzip.compress(b"the body")
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with serving(packed) as seen:
        [answer] = way.call(ask, way.connections(), a_request(seen))

    assert answer.content == b"the body"


def test_cookies_are_not_sent_back(way: Way) -> None:
    """Two tokens are all that a request carries of its sender."""

    def setting(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Set-Cookie", "crumb=1; Path=/")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with serving(setting) as seen:
        way.call(ask, way.connections(), a_request(seen), a_request(seen))

    assert [headers.get("Cookie") for headers in seen.headers] == [None, None]


def test_redirect_is_handed_on(way: Way) -> None:
    """It is not followed, whatever sends."""

    def redirect(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", "/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with serving(redirect) as seen:
        [answer] = way.call(ask, way.connections(), a_request(seen))

    assert (answer.status_code, len(seen.requests)) == (302, 1)


def test_answer_says_what_httpx_says(way: Way, caplog: pytest.LogCaptureFixture) -> None:
    """Version, reason, headers as they came, and how long it took."""

    def plain(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(
            b"HTTP/1.0 203 Very Well\r\nX-Two: 1\r\nX-Two: 2\r\nContent-Length: 2\r\n\r\nok"
        )
        handler.close_connection = True

    caplog.set_level(logging.INFO, "httpx")
    with serving(plain) as seen:
        [answer] = way.call(ask, way.connections(), a_request(seen, "/x"))

    assert (answer.http_version, answer.status_code) == ("HTTP/1.0", 203)
    assert answer.reason_phrase == "Very Well"
    assert answer.headers.get_list("X-Two") == ["1", "2"]
    assert answer.elapsed.total_seconds() > 0
    assert [record.getMessage() for record in caplog.records if record.name == "httpx"] == [
        f'HTTP Request: GET http://127.0.0.1:{seen.port}/x "HTTP/1.0 203 Very Well"'
    ]


def test_few_requests_at_a_time_use_few_connections(way: Way) -> None:
    """One after the other they use one."""
    with serving(liked) as seen:
        methods = ["GET", "PUT", "DELETE"] * 4
        way.call(ask, way.connections(), *(a_request(seen, method=it) for it in methods))

    assert (len(seen.requests), len(seen.connections)) == (12, 1)


async def crowd(connections: AsyncConnections, seen: Seen, count: int) -> None:
    """Send so many requests at once."""
    async with create_task_group() as group:
        for _ in range(count):
            group.start_soon(
                partial(
                    connections.send, a_request(seen, seconds=60.0), stream=False, auth=signed()
                )
            )


def test_no_more_than_a_hundred_connections_are_opened(way: Way) -> None:
    """As in bare httpx; what is beyond waits. The first hundred answers wait for each other."""
    connections = way.connections()

    async def work() -> None:
        await crowd(connections, seen, AT_ONCE)
        await connections.aclose()

    with serving(Gate(100)) as seen:
        way.call(work)

    assert (len(seen.requests), len(seen.connections)) == (AT_ONCE, 100)


def test_connections_of_a_crowd_are_kept_for_the_next(way: Way) -> None:
    """One pool of httpx would close those beyond twenty, and open them again."""
    connections = way.connections()

    async def work() -> None:
        await crowd(connections, seen, 40)
        await crowd(connections, seen, 40)
        await connections.aclose()

    with serving(Gate(40, times=2)) as seen:
        way.call(work)

    assert (len(seen.requests), len(seen.connections)) == (80, 40)


def test_wait_for_a_free_connection_ends_in_time(way: Way) -> None:
    """With httpx's own error for it."""
    connections = way.connections()

    async def work() -> None:
        answers = [
            await connections.send(a_request(seen), stream=True, auth=signed()) for _ in range(100)
        ]
        with pytest.raises(httpx.PoolTimeout):
            await connections.send(
                a_request(seen, timeouts={"pool": 0.05}), stream=False, auth=signed()
            )
        await answers[0].aread()
        with fail_after(30):
            await connections.send(a_request(seen), stream=False, auth=signed())
        for answer in answers:
            await answer.aclose()
        await connections.aclose()

    with serving(liked) as seen:
        way.call(work)

    assert len(seen.requests) == 101


def test_body_can_be_read_in_parts(way: Way) -> None:
    """And its connection serves others once the body was read."""
    connections = way.connections()

    async def work() -> list[bytes]:
        first = await connections.send(a_request(seen), stream=True, auth=signed())
        parts = [part async for part in first.aiter_bytes()]
        await connections.send(a_request(seen), stream=False, auth=signed())
        await connections.aclose()
        return parts

    with serving(liked) as seen:
        parts = way.call(work)

    assert json.loads(b"".join(parts)) == ratings((SONG, 1))
    assert len(seen.connections) == 1


def test_connections_of_bodies_that_were_read_are_used_again(way: Way) -> None:
    """Before any further one is opened."""
    connections = way.connections()

    async def work() -> None:
        for _ in range(3):
            answers = [
                await connections.send(a_request(seen), stream=True, auth=signed())
                for _ in range(4)
            ]
            for answer in answers:
                await answer.aread()
        await connections.aclose()

    with serving(liked) as seen:
        way.call(work)

    assert len(seen.requests) == 12
    assert len(seen.connections) <= 4


def test_body_left_unread_gives_its_connection_up(way: Way) -> None:
    """What is left in it must not be taken for the next answer."""
    connections = way.connections()

    async def work() -> httpx.Response:
        left = await connections.send(a_request(seen), stream=True, auth=signed())
        await left.aclose()
        found = await connections.send(a_request(seen), stream=False, auth=signed())
        await connections.aclose()
        return found

    with serving(stall, liked) as seen:
        found = way.call(work)

    assert found.json() == ratings((SONG, 1))
    assert len(seen.connections) == 2


def test_cancelled_request_gives_its_place_back(way: Way) -> None:
    """However many are cancelled, the next one is sent."""
    connections = way.connections()

    async def work() -> httpx.Response:
        for _ in range(3):
            async with create_task_group() as group:
                for _ in range(40):
                    group.start_soon(
                        partial(connections.send, a_request(seen), stream=False, auth=signed())
                    )
                while len(seen.requests) < 1:
                    await connections.send(a_request(seen), stream=False, auth=signed())
                group.cancel_scope.cancel()
        found = await connections.send(a_request(seen), stream=False, auth=signed())
        await connections.aclose()
        return found

    with serving(liked) as seen:
        found = way.call(work)

    assert found.json() == ratings((SONG, 1))


def test_nothing_is_sent_once_they_are_closed(way: Way) -> None:
    """Also where nothing was sent before; closing twice does no harm."""
    connections = way.connections()

    async def work() -> None:
        await connections.aclose()
        await connections.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            await connections.send(a_request(seen), stream=False, auth=signed())

    with serving(liked) as seen:
        way.call(work)

    assert seen.requests == []


def test_used_connections_refuse_once_they_are_closed(way: Way) -> None:
    """As an httpx client does."""
    connections = way.connections()
    with serving(liked) as seen:
        way.call(ask, connections, a_request(seen))
        with pytest.raises(RuntimeError, match="closed"):
            way.call(ask, connections, a_request(seen))

    assert len(seen.requests) == 1


def test_request_that_sets_no_timeout_gets_one(way: Way) -> None:
    """Five seconds, as in httpx: nothing waits for ever unless it is told to."""
    seen_limits = []

    async def look(request: httpx.Request) -> None:
        seen_limits.append(dict(request.extensions["timeout"]))

    with serving(liked) as seen:
        request = a_request(seen)
        del request.extensions["timeout"]
        way.call(ask, way.connections(before=look), request)

    assert seen_limits == [httpx.Timeout(5.0).as_dict()]


def test_zero_seconds_are_no_time_and_not_for_ever(aiohttp_way: Way) -> None:
    """To aiohttp 0 is no limit, to httpx it is."""

    async def work() -> None:
        with fail_after(30):
            await ask(aiohttp_way.connections(), a_request(seen, timeouts={"read": 0.0}))

    with serving(stall) as seen, pytest.raises(httpx.ReadTimeout):
        aiohttp_way.call(work)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_one_client_serves_two_loops_one_after_the_other() -> None:
    """As scripts with two calls of asyncio.run ask of it."""
    import asyncio

    async def like(client: AsyncRatingsClient) -> object:
        return await client.get_rating(SONG)

    async def like_and_close(client: AsyncRatingsClient) -> object:
        async with client:
            return await like(client)

    with serving(liked) as seen:
        client = AsyncRatingsClient(
            developer_token=DEVELOPER_TOKEN,
            music_user_token=USER_TOKEN,
            base_url=f"http://127.0.0.1:{seen.port}",
        )
        found = [asyncio.run(like(client)), asyncio.run(like_and_close(client))]
        # What the first loop left behind can no longer be closed; it goes here, unnoticed.
        gc.collect()

    assert found == [LIKE, LIKE]


class Failing(httpx.AsyncBaseTransport):
    """A transport whose closing fails."""

    def __init__(self, log: list[str], words: str) -> None:
        self._log = log
        self._words = words

    async def handle_async_request(self, _request: httpx.Request) -> httpx.Response:
        """Answer with nothing."""
        return httpx.Response(204)

    async def aclose(self) -> None:
        """Fail."""
        self._log.append(self._words)
        raise OSError(self._words)


def test_transport_of_the_caller_is_used_and_closed_as_it_is(way: Way) -> None:
    """Nothing else is looked for, and its error reaches the caller."""
    log: list[str] = []

    def look(_tls: ssl.SSLContext) -> None:
        log.append("looked for another")

    async def nothing(_about: object) -> None:
        """Let it pass."""

    connections = AsyncConnections(
        Failing(log, "closed"), before=nothing, after=nothing, find_fast=look
    )
    with pytest.raises(OSError, match="closed"):
        way.call(ask, connections, a_request(1))

    assert log == ["closed"]


def test_answer_is_given_up_when_looking_at_it_fails(way: Way) -> None:
    """Its connection is not kept for others."""

    async def fail(_response: httpx.Response) -> None:
        raise OSError("as told")

    with serving(liked) as seen, pytest.raises(OSError, match="as told"):
        way.call(ask, way.connections(after=fail), a_request(seen))

    assert len(seen.requests) == 1


def test_error_over_aiohttp_keeps_no_token(asyncio_portal: BlockingPortal) -> None:
    """The errors of aiohttp hold the whole request."""
    runtime = Runtime("asyncio", asyncio_portal)
    with (
        serving(nonsense) as seen,
        runtime.client(
            base_url=f"http://127.0.0.1:{seen.port}", retry=RetryPolicy(max_attempts=1)
        ) as client,
        pytest.raises(TransportError) as caught,
    ):
        client.get_rating(SONG)

    assert isinstance(caught.value.__cause__, httpx.RemoteProtocolError)
    assert USER_TOKEN not in said(caught.value)
    assert DEVELOPER_TOKEN not in said(caught.value)


def test_request_of_the_caller_s_own_making_gets_a_timeout() -> None:
    """Where it sets none, also through a sync client."""
    wire = ScriptedTransport(a_response(200, ratings((SONG, 1))))
    with RatingsClient(
        developer_token=DEVELOPER_TOKEN, music_user_token=USER_TOKEN, transport=wire
    ) as client:
        client.api.get_httpx_client().send(httpx.Request("GET", f"https://{HOST}/v1/test"))

    assert [sent.timeout for sent in wire.sent] == [httpx.Timeout(5.0).as_dict()]


def test_sync_client_refuses_once_it_is_closed() -> None:
    """As an httpx client does; closing twice does no harm."""
    with serving(liked) as seen:
        client = RatingsClient(
            developer_token=DEVELOPER_TOKEN,
            music_user_token=USER_TOKEN,
            base_url=f"http://127.0.0.1:{seen.port}",
        )
        client.get_rating(SONG)
        client.close()
        client.close()
        with pytest.raises(RuntimeError, match="closed"):
            client.get_rating(SONG)

    assert len(seen.requests) == 1


@pytest.fixture(scope="module")
def untrusted(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's side of TLS that nobody vouches for."""
    from support.certificates import a_certificate

    _authority, own = a_certificate(tmp_path_factory.mktemp("untrusted"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    return context
