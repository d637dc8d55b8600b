"""The mock in process, as a transport for httpx; no socket is opened."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Protocol

import httpx

from apple_music_ratings_mock.api.messages import Delivery, Request, Response

_AT_ONCE = Delivery()


class _Handler(Protocol):
    @property
    def handle(self) -> Callable[[Request], Response]: ...


class MockTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport for both `httpx.Client` and `httpx.AsyncClient`.

    It stays usable when a client is closed: there is nothing to close. Faults show as they do on a
    socket: a reset as `httpx.ReadError`, a truncated body as `httpx.RemoteProtocolError`, and a
    delay beyond the client's timeout as `httpx.ReadTimeout`.

    Args:
        service: Handles the requests.
        sleep: Sleeps where a fault delays a response; `None` really sleeps.
        sleep_async: The same for async clients.
    """

    def __init__(
        self,
        service: _Handler,
        *,
        sleep: Callable[[float], None] | None = None,
        sleep_async: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        self._service = service
        self._sleep = sleep or time.sleep
        self._sleep_async = sleep_async or _sleep_async

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response to a request of a sync client.

        Raises:
            httpx.ReadError: A fault reset the connection.
            httpx.ReadTimeout: A fault delayed the response beyond the client's timeout.
        """
        response = self._service.handle(_convert(request, request.read()))
        if response.delivery is None:
            return _complete(response)
        read_timeout = _read_timeout_of(request)
        for seconds, error in _delays(response.delivery, read_timeout):
            self._sleep(seconds)
            if error is not None:
                raise error
        return self._streamed(response, read_timeout)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response to a request of an async client.

        Raises:
            httpx.ReadError: A fault reset the connection.
            httpx.ReadTimeout: A fault delayed the response beyond the client's timeout.
        """
        response = self._service.handle(_convert(request, await request.aread()))
        if response.delivery is None:
            return _complete(response)
        read_timeout = _read_timeout_of(request)
        for seconds, error in _delays(response.delivery, read_timeout):
            await self._sleep_async(seconds)
            if error is not None:
                raise error
        return self._streamed(response, read_timeout)

    def _streamed(self, response: Response, read_timeout: float) -> httpx.Response:
        stream = _Stream(response, read_timeout, self._sleep, self._sleep_async)
        return httpx.Response(response.status, headers=list(response.headers), stream=stream)


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that is slow or truncated."""

    def __init__(
        self,
        response: Response,
        read_timeout: float,
        sleep: Callable[[float], None],
        sleep_async: Callable[[float], Awaitable[None]],
    ) -> None:
        self._delivery = response.delivery or _AT_ONCE
        self._body = response.body
        self._read_timeout = read_timeout
        self._sleep = sleep
        self._sleep_async = sleep_async

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._delivery.chunks(self._body):
            self._sleep(min(self._delivery.chunk_delay, self._read_timeout))
            yield self._within_timeout(chunk)
        self._raise_if_truncated()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._delivery.chunks(self._body):
            await self._sleep_async(min(self._delivery.chunk_delay, self._read_timeout))
            yield self._within_timeout(chunk)
        self._raise_if_truncated()

    def _within_timeout(self, chunk: bytes) -> bytes:
        if self._delivery.chunk_delay > self._read_timeout:
            raise httpx.ReadTimeout("The read operation timed out")
        return chunk

    def _raise_if_truncated(self) -> None:
        truncate_at = self._delivery.truncate_at
        if truncate_at is not None:
            raise httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body "
                f"(received {truncate_at} bytes, expected {len(self._body)})"
            )


def _convert(request: httpx.Request, body: bytes) -> Request:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
    ]
    return Request(request.method, path, query, headers, body)


def _complete(response: Response) -> httpx.Response:
    return httpx.Response(response.status, headers=list(response.headers), content=response.body)


def _read_timeout_of(request: httpx.Request) -> float:
    """Return how many seconds the client waits for the next byte."""
    limit = request.extensions.get("timeout", {}).get("read")
    return float("inf") if limit is None else float(limit)


def _delays(delivery: Delivery, read_timeout: float) -> Iterator[tuple[float, Exception | None]]:
    """Yield the delays before the headers, each with the error that follows it.

    On a socket slow headers arrive line by line, and each resets the client's timeout; here they
    are one long delay.
    """
    for seconds in (delivery.delay, delivery.header_delay):
        if seconds > read_timeout:
            yield read_timeout, httpx.ReadTimeout("The read operation timed out")
        elif seconds:
            yield seconds, None
    if delivery.reset:
        yield 0.0, httpx.ReadError("Connection reset by peer")


async def _sleep_async(seconds: float) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # Not asyncio, so it is trio, which the caller has imported.
        await sys.modules["trio"].sleep(seconds)
    else:
        await asyncio.sleep(seconds)
