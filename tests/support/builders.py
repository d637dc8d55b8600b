"""What tests of the clients are built from: items, responses, a wire to watch, a clock, keys.

Every token and key in here opens nothing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache, partial
from inspect import iscoroutinefunction
from typing import Any, Self

import httpx
from anyio.from_thread import BlockingPortal
from attrs import define, field, frozen
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from apple_music_ratings import AsyncRatingsClient, Item, RatingsClient, RatingValue

HOST = "api.music.apple.com"
SONG = Item("songs", "907242702")
OTHER_SONG = Item("songs", "1151618586")
LIKE, DISLIKE = RatingValue.LIKE, RatingValue.DISLIKE
KEY_ID, TEAM_ID = "TESTKEY001", "TESTTEAM01"
# Base64, as the real ones seem to be, so that a slash and a plus are in it.
DEVELOPER_TOKEN = "head-of-test.claims-of-test.signature-of-test"
USER_TOKEN = "0.UserOfTest/with+signs/in+it=="

Responder = Callable[[httpx.Request], httpx.Response]


@define
class FakeClock:
    """Time that advances only when a caller sleeps, and constant jitter."""

    time: float = 1_800_000_000.0
    chance: float = 0.0
    slept: list[float] = field(factory=list)

    def now(self) -> float:
        """Return the time."""
        return self.time

    def sleep(self, seconds: float, *, until: Any = None) -> bool:
        """Record how long, and let that much time pass at once."""
        self.slept.append(seconds)
        self.time += seconds
        return until is not None and until.is_set()

    async def sleep_async(self, seconds: float, *, until: Any = None) -> bool:
        """The same for async callers."""
        return self.sleep(seconds, until=until)

    def jitter(self) -> float:
        """Return the constant."""
        return self.chance


@frozen
class SentRequest:
    """One request as it was on the wire."""

    method: str
    target: str
    host: str
    headers: httpx.Headers
    body: bytes
    timeout: dict[str, float | None]

    @property
    def developer_token(self) -> str:
        """The token in the Authorization header."""
        return self.headers["Authorization"].removeprefix("Bearer ")


class ScriptedTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport for both worlds that plays a script and keeps what was sent.

    Args:
        responses: Played in order; the last one again and again.
    """

    def __init__(self, *responses: Responder) -> None:
        self.sent: list[SentRequest] = []
        self.times_closed = 0
        self._answers = responses
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Play the next response to a sync client."""
        request.read()
        return self._play(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Play the next response to an async client."""
        await request.aread()
        return self._play(request)

    def close(self) -> None:
        """Note it."""
        self.times_closed += 1

    async def aclose(self) -> None:
        """Note it."""
        self.times_closed += 1

    @property
    def targets(self) -> list[str]:
        """Path and query of each request, as sent."""
        return [sent.target for sent in self.sent]

    @property
    def developer_tokens(self) -> list[str]:
        """The distinct developer tokens, in the order in which they were first seen."""
        return list(dict.fromkeys(sent.developer_token for sent in self.sent))

    def _play(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            response = self._answers[min(len(self.sent), len(self._answers) - 1)]
            self.sent.append(
                SentRequest(
                    request.method,
                    request.url.raw_path.decode(),
                    request.url.host,
                    httpx.Headers(request.headers.raw),
                    request.content,
                    dict(request.extensions.get("timeout", {})),
                )
            )
        return response(request)


def a_response(
    status: int = 200, body: bytes | str | dict[str, Any] | list[Any] = b"", **headers: str
) -> Responder:
    """Build a response; a header's name is written with underscores."""
    content = json.dumps(body) if isinstance(body, (dict, list)) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: httpx.Response(status, headers=named, content=content)


def ratings(*entries: tuple[Item, int | None]) -> dict[str, Any]:
    """Build the body of a 200; `None` is an entry without attributes."""
    return {
        "data": [
            {"id": item.id, "type": "ratings", "href": f"/v1/me/ratings/{item}"}
            | ({} if value is None else {"attributes": {"value": int(value)}})
            for item, value in entries
        ]
    }


def an_error_response(
    status: int, code: str, title: str = "Title", detail: str | None = None
) -> Responder:
    """Build a response with the service's list of errors."""
    entry = {"status": str(status), "code": code, "title": title}
    return a_response(status, {"errors": [entry | ({} if detail is None else {"detail": detail})]})


def a_fault(kind: type[httpx.RequestError], words: str = "as scripted") -> Responder:
    """Build a failure without a response."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise kind(words, request=request)

    return fail


def a_truncated_response(status: int = 200, **headers: str) -> Responder:
    """Build a response whose body breaks off."""
    return lambda _request: httpx.Response(status, headers=headers, stream=_CutStream())


class _CutStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield b'{"data":['
        raise httpx.RemoteProtocolError("peer closed connection in the middle of the body")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


def rejecting(*tokens: str) -> Responder:
    """Build a service that rejects these developer tokens and likes the song for others."""
    good = a_response(200, ratings((SONG, 1)))

    def response(request: httpx.Request) -> httpx.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        return httpx.Response(401) if token in tokens else good(request)

    return response


@frozen
class Operation:
    """One of the four operations, as people call it."""

    name: str
    run: Callable[[Any], Any]
    good: Responder

    def __str__(self) -> str:
        return self.name


OPERATIONS = [
    Operation(
        "get_rating", lambda client: client.get_rating(SONG), a_response(200, ratings((SONG, 1)))
    ),
    Operation(
        "get_ratings",
        lambda client: client.get_ratings([SONG, OTHER_SONG]),
        a_response(200, ratings((SONG, 1), (OTHER_SONG, -1))),
    ),
    Operation(
        "set_rating",
        lambda client: client.set_rating(SONG, LIKE),
        a_response(200, ratings((SONG, 1))),
    ),
    Operation("delete_rating", lambda client: client.delete_rating(SONG), a_response(204)),
]


class Runtime:
    """One of the worlds in which the clients live, with one way to drive them all.

    Args:
        name: sync, asyncio or trio.
        portal: Where the async ones run; `None` for sync.
    """

    def __init__(self, name: str, portal: BlockingPortal | None) -> None:
        self.name = name
        self._portal = portal

    @property
    def client_class(self) -> Any:
        """The class that people use in this world."""
        return RatingsClient if self._portal is None else AsyncRatingsClient

    def client(self, transport: Any = None, **options: Any) -> Any:
        """Make a client whose methods block, whatever the world, with tokens and a fake clock."""
        given = {
            "developer_token": DEVELOPER_TOKEN,
            "music_user_token": USER_TOKEN,
            "clock": FakeClock(),
        } | options
        if given["clock"] is None:  # the system's
            del given["clock"]
        return self.blocking(self.client_class(transport=transport, **given))

    def blocking(self, client: Any) -> Any:
        """Wrap a client of this world, so that its methods block."""
        return client if self._portal is None else _Blocking(client, self._portal)

    def raw(self, client: Any, module: Any, **arguments: Any) -> Any:
        """Run a generated operation with `client.api`."""
        if self._portal is None:
            return module.sync_detailed(client=client.api, **arguments)
        return self._portal.call(partial(module.asyncio_detailed, client=client.api, **arguments))

    def request(self, client: Any, method: str, url: str, **arguments: Any) -> httpx.Response:
        """Send a request of the caller's own through the httpx client in `client.api`."""
        if self._portal is None:
            http: httpx.Client = client.api.get_httpx_client()
            return http.request(method, url, **arguments)
        async_http: httpx.AsyncClient = client.api.get_async_httpx_client()
        return self._portal.call(partial(async_http.request, method, url, **arguments))


class _Blocking:
    """An async client whose methods block, so that one test serves both worlds."""

    def __init__(self, client: AsyncRatingsClient, portal: BlockingPortal) -> None:
        self._client = client
        self._portal = portal

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._client, name)
        if iscoroutinefunction(member):
            return lambda *args, **options: self._portal.call(partial(member, *args, **options))
        return member

    def __repr__(self) -> str:
        return repr(self._client)

    def with_options(self, **options: Any) -> _Blocking:
        return _Blocking(self._client.with_options(**options), self._portal)

    def close(self) -> None:
        self._portal.call(self._client.aclose)

    def __enter__(self) -> Self:
        self._portal.call(self._client.__aenter__)
        return self

    def __exit__(self, *exc: object) -> None:
        leave: Any = self._client.__aexit__
        self._portal.call(leave, *exc)


@cache
def a_private_key() -> ec.EllipticCurvePrivateKey:
    """Make a P-256 key, one for the whole run."""
    return ec.generate_private_key(ec.SECP256R1())


@cache
def a_key() -> str:
    """Return the text of a `.p8` file."""
    return pem(a_private_key())


def pem(key: Any, password: bytes | None = None) -> str:
    """Write a private key the way Apple's developer site does."""
    encryption = (
        serialization.NoEncryption()
        if password is None
        else serialization.BestAvailableEncryption(password)
    )
    text: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
    return text.decode()


def text_of(error: BaseException) -> str:
    """Collect whatever an error, its causes and its contexts say or keep."""
    texts: list[str] = []
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        texts += [str(current), repr(current), repr(current.args)]
        texts += [_kept(value) for value in vars(current).values()]
        # Some exceptions of Python keep more than they show.
        texts += [repr(getattr(current, name, None)) for name in ("object", "doc", "filename")]
        waiting += [current.__cause__, current.__context__]
    return "\n".join(texts)


def _kept(value: object) -> str:
    if isinstance(value, httpx.Request):
        return f"{value!r} {value.headers.raw!r} {value.content!r}"
    if isinstance(value, httpx.Response):
        return f"{value!r} {value.headers.raw!r} {value.content!r} {_kept(value.request)}"
    if isinstance(value, httpx.Headers):
        return repr(value.raw)
    return repr(value)
