"""The mock in process, as a transport for httpx. No socket is opened."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Protocol

import httpx

from apple_music_ratings_mock.api.messages import Delivery, Request, Response

_PROMPT = Delivery()


class _Handler(Protocol):
    @property
    def handle(self) -> Callable[[Request], Response]: ...


class MockTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers for `httpx.Client` and `httpx.AsyncClient` alike.

    Closing a client leaves it usable: it holds nothing that could be closed.
    Faults show as they do on a socket: a reset as `httpx.ReadError`, a body
    that ends early as `httpx.RemoteProtocolError`, and a wait beyond the
    client's timeout as `httpx.ReadTimeout`.

    Args:
        service: What answers.
        sleep: Waits so many seconds where a fault delays an answer; None
            really waits.
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
        """Answer a request of a sync client.

        Raises:
            httpx.ReadError: A fault reset the connection.
            httpx.ReadTimeout: A fault made the client wait too long.
        """
        answer = self._service.handle(_read(request, request.read()))
        if answer.delivery is None:
            return _whole(answer)
        read_timeout = _read_timeout_of(request)
        for seconds, error in _delays(answer.delivery, read_timeout):
            self._sleep(seconds)
            if error is not None:
                raise error
        return self._streamed(answer, read_timeout)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of an async client.

        Raises:
            httpx.ReadError: A fault reset the connection.
            httpx.ReadTimeout: A fault made the client wait too long.
        """
        answer = self._service.handle(_read(request, await request.aread()))
        if answer.delivery is None:
            return _whole(answer)
        read_timeout = _read_timeout_of(request)
        for seconds, error in _delays(answer.delivery, read_timeout):
            await self._sleep_async(seconds)
            if error is not None:
                raise error
        return self._streamed(answer, read_timeout)

    def _streamed(self, answer: Response, read_timeout: float) -> httpx.Response:
        stream = _Stream(answer, read_timeout, self._sleep, self._sleep_async)
        return httpx.Response(answer.status, headers=list(answer.headers), stream=stream)


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that comes slowly, or not to its end."""

    def __init__(
        self,
        answer: Response,
        read_timeout: float,
        sleep: Callable[[float], None],
        sleep_async: Callable[[float], Awaitable[None]],
    ) -> None:
        self._delivery = answer.delivery or _PROMPT
        self._body = answer.body
        self._read_timeout = read_timeout
        self._sleep = sleep
        self._sleep_async = sleep_async

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._delivery.chunks(self._body):
            self._sleep(min(self._delivery.chunk_delay, self._read_timeout))
            yield self._within_timeout(chunk)
        self._end()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._delivery.chunks(self._body):
            await self._sleep_async(min(self._delivery.chunk_delay, self._read_timeout))
            yield self._within_timeout(chunk)
        self._end()

    def _within_timeout(self, chunk: bytes) -> bytes:
        if self._delivery.chunk_delay > self._read_timeout:
            raise httpx.ReadTimeout("The read operation timed out")
        return chunk

    def _end(self) -> None:
        truncate_at = self._delivery.truncate_at
        if truncate_at is not None:
            raise httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body "
                f"(received {truncate_at} bytes, expected {len(self._body)})"
            )


def _read(request: httpx.Request, body: bytes) -> Request:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
    ]
    return Request(request.method, path, query, headers, body)


def _whole(answer: Response) -> httpx.Response:
    return httpx.Response(answer.status, headers=list(answer.headers), content=answer.body)


def _read_timeout_of(request: httpx.Request) -> float:
    """Give the seconds that the client waits for the next byte."""
    limit = request.extensions.get("timeout", {}).get("read")
    return float("inf") if limit is None else float(limit)


def _delays(delivery: Delivery, read_timeout: float) -> Iterator[tuple[float, Exception | None]]:
    """Give what to wait before the headers are there, and the error after each wait.

    On a socket slow headers come line by line, and each renews a client's
    read_timeout; here they are one long wait.
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
        # Not asyncio, so it is trio, and whoever runs it has imported it.
        await sys.modules["trio"].sleep(seconds)
    else:
        await asyncio.sleep(seconds)
