"""A mock behind a transport that records requests and replaces some responses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx

from apple_music_ratings import Item
from apple_music_ratings_mock import LibraryEntry, MockService
from support.builders import USER_TOKEN, Runtime

# Returns a response in place of the mock's, or `None` to let the request through.
Interceptor = Callable[[httpx.Request], httpx.Response | None]


class InterceptingTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport for both worlds in front of a mock.

    Args:
        service: Handles the requests.
        meddle: Looks at each request first.
        crowd: This many requests wait for each other before the mock handles them.
        alone: This many at first do not.
    """

    def __init__(
        self,
        service: MockService,
        meddle: Interceptor | None = None,
        *,
        crowd: int = 1,
        alone: int = 0,
    ) -> None:
        self.sent: list[str] = []
        self.most_at_once = 0
        self.threads: set[int] = set()
        self.developer_token = service.developer_token()
        self._mock = service.transport
        self._meddle = meddle
        self._crowd = crowd
        self._alone = alone
        self._barrier = threading.Barrier(crowd)
        self._at_once = 0
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Handle a request of a sync client."""
        request.read()
        self._enter(request)
        try:
            if self._crowd > 1 and len(self.sent) > self._alone:
                self._barrier.wait(timeout=30)
            return self._respond(request) or self._mock.handle_request(request)
        finally:
            self._leave()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Handle a request of an async client."""
        from anyio.lowlevel import checkpoint

        await request.aread()
        self._enter(request)
        try:
            for _ in range(20 * self._crowd):
                await checkpoint()
            return self._respond(request) or await self._mock.handle_async_request(request)
        finally:
            self._leave()

    def count(self, start: str) -> int:
        """Count the requests that start so, such as `PUT /v1/me/ratings/songs/1`."""
        return sum(line.startswith(start) for line in self.sent)

    def _respond(self, request: httpx.Request) -> httpx.Response | None:
        with self._lock:
            return None if self._meddle is None else self._meddle(request)

    def _enter(self, request: httpx.Request) -> None:
        with self._lock:
            self.sent.append(f"{request.method} {request.url.raw_path.decode()}")
            self.threads.add(threading.get_ident())
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)

    def _leave(self) -> None:
        with self._lock:
            self._at_once -= 1


def songs(count: int) -> list[Item]:
    """Build this many songs."""
    return [Item("songs", str(number)) for number in range(1, count + 1)]


def a_library(count: int, type: str = "library-songs", prefix: str = "i.") -> list[LibraryEntry]:
    """Build this many entries of a library, named in the order of their numbers."""
    return [
        LibraryEntry(
            type,
            f"{prefix}{number}",
            None if number % 10 == 0 else str(number),
            name=f"Name {number:05}",
            artist="The Harbor Lights",
            album="Tides",
            date_added="2024-05-01T09:00:00Z",
        )
        for number in range(1, count + 1)
    ]


def an_error_response(
    status: int, code: str = "40000", *, parameter: str | None = None
) -> httpx.Response:
    """Build a response with the service's list of errors."""
    entry: dict[str, Any] = {"status": str(status), "code": code, "title": "Title"}
    if parameter is not None:
        entry["source"] = {"parameter": parameter}
    return httpx.Response(status, json={"errors": [entry]})


def a_client(runtime: Runtime, transport: Any = None, **options: Any) -> Any:
    """Make a client that blocks, with a token that its mock takes."""
    if isinstance(transport, InterceptingTransport):
        options = {"developer_token": transport.developer_token} | options
    return runtime.client(transport, **options)


def ids_of(request: httpx.Request) -> list[str]:
    """Read the ids that a request asks for."""
    return str(request.url.params.get("ids", "")).split(",")


def ratings_of(service: MockService, items: list[Item]) -> list[int | None]:
    """Look up the current rating, without a request."""
    return [service.get_rating(USER_TOKEN, item.type, item.id) for item in items]


def collected(client: Any, results: Any) -> list[Any]:
    """Take everything from an iterator of either world."""
    if not hasattr(results, "__aiter__"):
        return list(results)

    async def collect() -> list[Any]:
        return [result async for result in results]

    collected: list[Any] = client._portal.call(collect)
    return collected
