"""Each transport of ours behaves as httpx's does, on real connections of this machine."""

from __future__ import annotations

import gzip
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.from_thread import BlockingPortal
from attrs import frozen
from support.builders import DEVELOPER_TOKEN, SONG, USER_TOKEN
from support.certificates import a_certificate
from support.servers import Seen, liked, send, serving, short

from apple_music_ratings import AsyncRatingsClient, ConfigurationError, RatingsClient
from apple_music_ratings._http.transport_choice import default_async_transport, default_transport
from apple_music_ratings.transports import fast_async_transport

TIMEOUTS = {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0}
ANYWHERE = httpx.URL("http://127.0.0.1")


@frozen
class Sender:
    """One transport, whose requests block whatever it is; with its portal if it is async."""

    transport: Any
    portal: BlockingPortal | None = None

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and read its response."""
        if self.portal is None:
            response: httpx.Response = self.transport.handle_request(request)
            response.read()
        else:
            response = self.portal.call(self._send, request)
        return response

    def get(
        self, seen: Seen, path: str = "/", *, scheme: str = "http", **timeouts: float
    ) -> httpx.Response:
        """Send a GET request."""
        url = f"{scheme}://localhost:{seen.port}{path}"
        return self.send(a_request(url, **timeouts))

    async def _send(self, request: httpx.Request) -> httpx.Response:
        response: httpx.Response = await self.transport.handle_async_request(request)
        await response.aread()
        return response


def a_request(url: str, **timeouts: float) -> httpx.Request:
    """Build a request with timeouts; `total` limits the whole attempt."""
    total = timeouts.pop("total", None)
    extensions = {"timeout": TIMEOUTS | timeouts, "total_timeout": total}
    return httpx.Request("GET", url, extensions=extensions)


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and all behind it."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                yield from causes_of(each)
        error = error.__cause__ or error.__context__


@pytest.fixture(params=["sync", "asyncio", "trio", "fast asyncio"])
def sender(
    request: pytest.FixtureRequest, asyncio_portal: BlockingPortal, trio_portal: BlockingPortal
) -> Iterator[Sender]:
    """Each transport in turn."""
    if request.param == "sync":
        transport = default_transport(ANYWHERE)
        yield Sender(transport)
        transport.close()
        return
    portal = trio_portal if request.param == "trio" else asyncio_portal
    is_fast = "fast" in request.param
    made = fast_async_transport() if is_fast else default_async_transport(ANYWHERE)
    yield Sender(made, portal)
    portal.call(made.aclose)


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Reset the connection instead of responding."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection instead of responding."""
    handler.close_connection = True


def echo(handler: BaseHTTPRequestHandler) -> None:
    """Respond with the request's head."""
    head = [handler.requestline, *(f"{name}: {value}" for name, value in handler.headers.items())]
    length = int(handler.headers.get("Content-Length") or 0)
    body = handler.rfile.read(length).decode()
    send(handler, 200, json.dumps({"head": head, "body": body}).encode())


def nonsense(handler: BaseHTTPRequestHandler) -> None:
    """Respond with what is not HTTP."""
    handler.wfile.write(b"nonsense\r\n\r\n")
    handler.close_connection = True


def slowly(*parts: bytes, delay: float = 0.05) -> Callable[[BaseHTTPRequestHandler], None]:
    """Build a response that is written in parts, with a delay before each."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        for part in parts:
            time.sleep(delay)
            try:
                handler.wfile.write(part)
                handler.wfile.flush()
            except OSError:
                return

    return respond


@pytest.mark.parametrize(
    ("behave", "errors"),
    [
        (hang_up, (httpx.RemoteProtocolError, httpx.ReadError)),
        (reset, (httpx.ReadError, httpx.RemoteProtocolError)),
        (short, (httpx.RemoteProtocolError, httpx.ReadError)),
        (nonsense, (httpx.RemoteProtocolError,)),
    ],
)
def test_failure_of_the_server_is_an_httpx_error_and_is_sent_once(
    sender: Sender, behave: Any, errors: tuple[type[Exception], ...]
) -> None:
    """Connection closed or reset, body cut short, a response that is not HTTP."""
    with serving(behave) as seen, pytest.raises(errors):
        sender.get(seen)

    assert len(seen.requests) == 1


@pytest.mark.parametrize("behave", [hang_up, reset])
def test_response_lost_on_a_kept_connection_is_not_sent_again(sender: Sender, behave: Any) -> None:
    """The request may have been carried out; only the caller knows whether it may be repeated."""
    with serving(liked, behave) as seen:
        sender.get(seen)
        with pytest.raises(httpx.TransportError):
            sender.send(a_request(f"http://localhost:{seen.port}/"))

    assert len(seen.requests) == 2


def test_closed_port_is_a_connect_error(sender: Sender) -> None:
    """With the machine's error among its causes."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
        with pytest.raises(httpx.ConnectError) as caught:
            sender.send(a_request(url))

    assert any(isinstance(each, ConnectionRefusedError) for each in causes_of(caught.value))


def test_each_timeout_has_its_own_limit(sender: Sender) -> None:
    """A silent server is a read timeout after the seconds for reading alone."""
    with serving(slowly(b"HTTP/1.1 200 OK\r\n\r\n", delay=2.0)) as seen:
        started_at = time.monotonic()
        with pytest.raises(httpx.ReadTimeout):
            sender.get(seen, read=0.1)

    assert time.monotonic() - started_at < 1.9


def test_handshake_without_a_response_is_a_connect_timeout(sender: Sender) -> None:
    """The limit for connecting covers TLS."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://localhost:{silent.getsockname()[1]}/"
        started_at = time.monotonic()
        with pytest.raises((httpx.ConnectTimeout, httpx.ConnectError)):
            sender.send(a_request(url, connect=0.2))

    assert time.monotonic() - started_at < 4.0


@pytest.mark.parametrize(
    "parts",
    [
        [b"HTTP/1.1 200 OK\r\n", *[b"X-Line: 1\r\n"] * 100],
        [b"HTTP/1.1 103 Early Hints\r\n\r\n"] * 100,
        [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", *[b"x"] * 100],
    ],
    ids=["headers", "103", "body"],
)
def test_response_that_drips_ends_at_the_deadline(parts: list[bytes]) -> None:
    """Through a client: every part arrives in time, and all of them together do not."""
    from apple_music_ratings import RequestTimeoutError

    with serving(slowly(*parts)) as seen:
        client = RatingsClient(
            developer_token=DEVELOPER_TOKEN,
            music_user_token=USER_TOKEN,
            base_url=f"http://127.0.0.1:{seen.port}",
            timeout=2.0,
            total_timeout=0.3,
        )
        started_at = time.monotonic()
        with client, pytest.raises(RequestTimeoutError) as caught:
            client.get_rating(SONG)

    assert caught.value.attempts == 1
    assert time.monotonic() - started_at < 2.0


@pytest.mark.anyio
async def test_response_that_drips_ends_at_the_deadline_in_a_task(anyio_backend_name: str) -> None:
    """Whatever the transport does."""
    from apple_music_ratings import RequestTimeoutError

    transports = [None] if anyio_backend_name == "trio" else [None, fast_async_transport()]
    drip = slowly(b"HTTP/1.1 200 OK\r\n", *[b"X-Line: 1\r\n"] * 100)
    for transport in transports:
        with serving(drip) as seen:
            async with AsyncRatingsClient(
                developer_token=DEVELOPER_TOKEN,
                music_user_token=USER_TOKEN,
                base_url=f"http://127.0.0.1:{seen.port}",
                transport=transport,
                total_timeout=0.3,
            ) as client:
                with pytest.raises(RequestTimeoutError) as caught:
                    await client.get_rating(SONG)

        assert caught.value.attempts == 1


def test_untrusted_certificate_is_named_as_the_cause(sender: Sender, tmp_path: Path) -> None:
    """Nothing is sent, and the caller can see that another attempt would fail too."""
    _authority, own = a_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    with serving(liked, tls=context) as seen, pytest.raises(httpx.ConnectError) as caught:
        sender.get(seen, scheme="https")

    causes = causes_of(caught.value)
    assert any(isinstance(each, ssl.SSLCertVerificationError) for each in causes)
    assert seen.requests == []


def test_request_arrives_as_it_was_built(sender: Sender) -> None:
    """Method, target with literal commas, headers in their order, and body; and no more headers."""
    with serving(echo) as seen:
        url = f"http://localhost:{seen.port}/v1/a%2Fb?ids=1,2&l=en-US"
        request = httpx.Request(
            "PUT",
            url,
            headers={"Authorization": "x", "X-Second": "2", "Accept": "a/b", "User-Agent": "u"},
            content=b"body",
            extensions={"timeout": TIMEOUTS},
        )
        response = sender.send(request).json()

    line, *headers = response["head"]
    names = [header.partition(":")[0].lower() for header in headers]
    assert (line, response["body"]) == ("PUT /v1/a%2Fb?ids=1,2&l=en-US HTTP/1.1", "body")
    assert sorted(names) == [
        *("accept", "authorization", "content-length", "host", "user-agent", "x-second")
    ]
    assert names.index("authorization") < names.index("x-second") < names.index("accept")


def test_redirects_cookies_and_compression_are_left_to_the_caller(sender: Sender) -> None:
    """A redirect is a response, no cookie comes back, a body is as it was sent."""
    packed = gzip.compress(b'{"data":[]}')

    def redirect(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", "http://[not an address")
        handler.send_header("Set-Cookie", "a=1; Path=/")
        handler.send_header("Set-Cookie", "b=2; Path=/")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def compressed(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(packed)))
        handler.end_headers()
        handler.wfile.write(packed)

    with serving(redirect, compressed) as seen:
        first, second = sender.get(seen), sender.get(seen)

    assert (first.status_code, len(seen.requests)) == (302, 2)
    assert first.headers.get_list("Set-Cookie") == ["a=1; Path=/", "b=2; Path=/"]
    assert "Cookie" not in seen.headers[1]
    assert second.headers["Content-Encoding"] == "gzip"
    assert second.json() == {"data": []}


def test_what_cannot_be_sent_is_a_local_error(sender: Sender) -> None:
    """A header with a line break, and an unknown scheme."""
    with serving(liked) as seen:
        for url, headers in (
            (f"http://localhost:{seen.port}/", {"X-Bad": "a\nb"}),
            ("nonsense://localhost/", {}),
        ):
            extensions = {"timeout": TIMEOUTS}
            with pytest.raises((httpx.LocalProtocolError, httpx.UnsupportedProtocol)):
                sender.send(httpx.Request("GET", url, headers=headers, extensions=extensions))

    assert seen.requests == []


def test_connections_are_kept_and_a_hundred_requests_are_in_flight(sender: Sender) -> None:
    """One after the other they share a connection; together they have one each."""
    together = threading.Barrier(100, timeout=20)

    def meet(handler: BaseHTTPRequestHandler) -> None:
        together.wait()
        liked(handler)

    with serving(liked, liked, meet) as seen:
        sender.get(seen)
        sender.get(seen)
        alone = len(seen.connections)
        with ThreadPoolExecutor(100) as pool:
            responses = list(pool.map(lambda _: sender.get(seen, read=30.0), range(100)))

    assert alone == 1
    assert {response.status_code for response in responses} == {200}
    assert len(seen.connections) <= 101


def raw(*parts: bytes, is_last: bool = False) -> Callable[[BaseHTTPRequestHandler], None]:
    """Build a response that is written as it stands; the connection is closed after the last."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = is_last
        for part in parts:
            handler.wfile.write(part)
            handler.wfile.flush()

    return respond


@pytest.mark.parametrize(
    "response",
    [
        raw(
            b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"
        ),
        raw(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"),
        raw(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n"
        ),
        raw(b"HTTP/1.1 200\r\nConnection: close\r\n\r\nbo", b"dy", is_last=True),
        raw(b"HTTP/1.0 200 OK\r\n\r\nbody", is_last=True),
    ],
    ids=["103", "100", "chunked", "until the end", "HTTP/1.0"],
)
def test_response_is_read_in_every_form(sender: Sender, response: Any) -> None:
    """Twice, as the connection may be kept."""
    with serving(response) as seen:
        found = [sender.get(seen) for _ in range(2)]

    assert [(each.status_code, each.content) for each in found] == [(200, b"body")] * 2


@pytest.mark.parametrize(
    "response",
    [
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbo", is_last=True),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n", is_last=True),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nbody\r\n", is_last=True),
        raw(b"HTTP/1.1 200 OK\r\nContent-Len", is_last=True),
        raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n", is_last=True),
        raw(b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 0\r\n\r\n", is_last=True),
        raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, is_last=True),
    ],
    ids=[
        "cut chunk",
        "no last chunk",
        "no number",
        "cut name",
        "cut headers",
        "no header",
        "many headers",
    ],
)
def test_response_that_is_cut_or_not_http_is_an_error(sender: Sender, response: Any) -> None:
    """None is taken for a shorter one."""
    with serving(response) as seen, pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        sender.get(seen)


def test_connection_that_the_server_closed_is_not_used_again(sender: Sender) -> None:
    """The second request has a new one, and does not fail."""
    closed = threading.Event()

    def respond(handler: BaseHTTPRequestHandler) -> None:
        liked(handler)
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True
        closed.set()

    with serving(respond) as seen:
        for _ in range(2):
            assert sender.get(seen).status_code == 200
            assert closed.wait(10)
            time.sleep(0.1)  # for the end of the connection to arrive

    assert len(seen.connections) == 2


def test_response_headers_arrive_as_bytes(sender: Sender) -> None:
    """Whatever their encoding, without the spaces around them."""
    response = raw(b"HTTP/1.1 200 OK\r\nX-Name:  caf\xe9 \r\nContent-Length: 0\r\n\r\n")
    with serving(response) as seen:
        headers = sender.get(seen).headers

    assert [(name.lower(), value) for name, value in headers.raw] == [
        (b"x-name", b"caf\xe9"),
        (b"content-length", b"0"),
    ]


@pytest.mark.parametrize("sender", ["fast asyncio"], indirect=True)
def test_response_without_a_request_is_never_that_of_the_next(sender: Sender) -> None:
    """Bytes after a response are dropped, or cost an error. httpx's transport takes them for it."""
    unasked = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nunasked"
    first = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst" + unasked)
    second = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond")
    with serving(first, second) as seen:
        assert sender.get(seen).content == b"first"
        with suppress(httpx.RemoteProtocolError):
            assert sender.get(seen).content == b"second"


def test_first_requests_of_many_threads_share_their_connections(sender: Sender) -> None:
    """Those that are sent at once before there is any, and the next ones."""
    with serving(liked) as seen, ThreadPoolExecutor(20) as pool:
        for _ in range(3):
            list(pool.map(lambda _: sender.get(seen), range(20)))

    assert len(seen.connections) <= 20


@pytest.mark.anyio
async def test_canceled_request_releases_its_connection(anyio_backend_name: str) -> None:
    """A hundred canceled requests do not keep the next one from being sent."""
    made: list[Any] = [default_async_transport(ANYWHERE)]
    if anyio_backend_name == "asyncio":
        made.append(fast_async_transport())
    release = threading.Event()

    def wait(handler: BaseHTTPRequestHandler) -> None:
        release.wait(10)
        liked(handler)

    for transport in made:
        release.clear()
        with serving(*[wait] * 100, liked) as seen:
            url = f"http://localhost:{seen.port}/"
            async with anyio.create_task_group() as group:
                for _ in range(100):
                    group.start_soon(transport.handle_async_request, a_request(url))
                while len(seen.requests) < 100:  # noqa: ASYNC110  # another thread's list
                    await anyio.sleep(0.01)
                group.cancel_scope.cancel()
            response = await transport.handle_async_request(a_request(url, pool=2.0))
            body = await response.aread()
            await response.aclose()
            release.set()
            await transport.aclose()

        assert json.loads(body)["data"][0]["attributes"] == {"value": 1}


PROGRAM = """
import asyncio, json, sys
from apple_music_ratings import AsyncRatingsClient, Item, RetryPolicy
from apple_music_ratings.transports import fast_async_transport

async def outcome_of(url):
    async with AsyncRatingsClient(developer_token="dev.elop.er", music_user_token="user-token",
            base_url=url, transport=fast_async_transport(), retry=RetryPolicy(max_attempts=1),
    ) as client:
        try:
            return int(await client.get_rating(Item("songs", "907242702")))
        except Exception as error:
            return type(error).__name__

print(json.dumps([asyncio.run(outcome_of(url)) for url in sys.argv[1:]]))
"""


def run_program(*urls: str, **variables: str) -> list[Any]:
    """Run the program with these variables, and no others of the kind."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not any(word in name.upper() for word in ("PROXY", "SSL_CERT", "APPLE_MUSIC"))
    }
    done = subprocess.run(  # noqa: S603  # ourselves
        [sys.executable, "-c", PROGRAM, *urls],
        env=inherited | variables,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return list(json.loads(done.stdout))


def test_fast_transport_heeds_the_environment(tmp_path: Path) -> None:
    """SSL_CERT_FILE is trusted; the proxy tunnels https, and is not used for this machine."""
    authority, own = a_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)

    def reject(handler: BaseHTTPRequestHandler) -> None:
        send(handler, 502, b"")
        handler.close_connection = True

    with serving(reject) as proxy, serving(liked, tls=context) as service:
        address = f"http://127.0.0.1:{proxy.port}"
        results = run_program(
            f"https://localhost:{service.port}",
            "https://service.invalid",
            SSL_CERT_FILE=str(authority),
            HTTPS_PROXY=address,
            ALL_PROXY=address,
        )

    assert results == [1, "TransportError"]
    assert proxy.requests == ["CONNECT service.invalid:443"]
    assert "user-token" not in repr(proxy.headers)


def test_fast_transport_needs_no_authorities_of_the_system() -> None:
    """A small container may have none; an empty variable names none."""
    with serving(liked) as service:
        results = run_program(f"http://127.0.0.1:{service.port}", SSL_CERT_FILE="", SSL_CERT_DIR="")

    assert results == [1]


CTRL_C = """
import asyncio, os, signal, socket, threading, time
from apple_music_ratings import AsyncRatingsClient, Item
from apple_music_ratings.transports import fast_async_transport

silent = socket.create_server(("127.0.0.1", 0))
async def main():
    async with AsyncRatingsClient(developer_token="dev.elop.er", music_user_token="user-token",
            base_url=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=20.0,
            transport=fast_async_transport()) as client:
        await client.get_rating(Item("songs", "907242702"))

threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
started_at = time.monotonic()
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted", "at once" if time.monotonic() - started_at < 15 else "late")
"""
FORK = """
import asyncio, os, sys
from apple_music_ratings import AsyncRatingsClient, Item
from apple_music_ratings.transports import fast_async_transport

client = AsyncRatingsClient(developer_token="dev.elop.er", music_user_token="user-token",
    base_url=sys.argv[1], transport=fast_async_transport())
def rate():
    asyncio.run(client.get_rating(Item("songs", "907242702")))
rate()
child = os.fork()
rate()
if child == 0:
    os._exit(0)
print("rated in the child:", os.waitpid(child, 0)[1] == 0)
"""


PROXIED = """
import asyncio, httpx
from apple_music_ratings.transports import fast_async_transport

transport = fast_async_transport()
async def send():
    request = httpx.Request("GET", "http://service.invalid/")
    response = await transport.handle_async_request(request)
    await response.aread()
    print(response.status_code)
asyncio.run(send())
asyncio.run(send())
asyncio.run(transport.aclose())
"""


def run_source(source: str, *arguments: str, **variables: str) -> str:
    """Run a program with more variables, and return its output."""
    done = subprocess.run(  # noqa: S603  # ourselves
        [sys.executable, "-u", "-c", source, *arguments],
        env=os.environ | variables,
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.stdout


def test_fast_transport_is_interrupted_at_once() -> None:
    """Ctrl-C raises KeyboardInterrupt while a response is awaited, long before its timeout."""
    assert run_source(CTRL_C) == "interrupted at once\n"


def test_fast_transport_works_in_a_forked_process() -> None:
    """It opens connections of its own, as the parent uses those opened before."""
    with serving(liked) as seen:
        output = run_source(FORK, f"http://127.0.0.1:{seen.port}")

    assert output == "rated in the child: True\n"
    # One for each event loop.
    assert len(seen.connections) == 3


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_one_fast_client_serves_two_event_loops() -> None:
    """As between two calls of asyncio.run, which leave open connections behind."""
    import asyncio
    import gc

    with serving(liked) as seen:
        client = AsyncRatingsClient(
            developer_token=DEVELOPER_TOKEN,
            music_user_token=USER_TOKEN,
            base_url=f"http://127.0.0.1:{seen.port}",
            transport=fast_async_transport(),
        )
        found = [asyncio.run(client.get_rating(SONG)) for _ in range(2)]
        asyncio.run(client.aclose())
        gc.collect()

    assert found == [1, 1]


def test_proxy_is_used_in_two_event_loops() -> None:
    """By the fast transport, which leaves it to httpx."""
    with serving(liked) as proxy:
        output = run_source(PROXIED, HTTP_PROXY=f"http://127.0.0.1:{proxy.port}")

    assert output == "200\n200\n"
    assert proxy.requests == ["GET http://service.invalid/"] * 2


def test_fast_async_transport_is_for_asyncio() -> None:
    """Under trio it says so."""
    import trio

    transport = fast_async_transport()
    with pytest.raises(ConfigurationError, match="asyncio"):
        trio.run(transport.handle_async_request, a_request("http://127.0.0.1:9/"))
