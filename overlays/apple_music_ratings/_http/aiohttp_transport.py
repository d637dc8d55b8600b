"""An httpx transport over aiohttp. Importing it needs the extra `fast`.

httpx-aiohttp has one too. It tells a lost connection as a timeout of connecting, lets aiohttp send
again what lost its answer without anybody counting it, joins repeated headers and keeps cookies.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from functools import lru_cache

import aiohttp
import httpx
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse, ClientSession, ClientTimeout
from yarl import URL

# Seconds; what httpx keeps an idle connection for.
_KEEPALIVE_EXPIRY = 5.0
# What httpx takes, by way of h11, for a whole head.
_LONGEST_LINE = 100 * 1024
# aiohttp reads 0 as no limit.
_SHORTEST_TIMEOUT = 1e-6
# httpx decides what is sent, also where it leaves one of these out.
_NOT_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
# What each error is in httpx's words; the first that fits counts.
_ERROR_MAP: tuple[tuple[type[Exception], type[httpx.RequestError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (TimeoutError, httpx.ReadTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol),
    (aiohttp.ClientConnectionResetError, httpx.WriteError),
    (OSError, httpx.ReadError),
    (aiohttp.ClientError, httpx.RemoteProtocolError),
    # A header that cannot be sent.
    (ValueError, httpx.LocalProtocolError),
)
_ERRORS = tuple(theirs for theirs, _ours in _ERROR_MAP)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends what httpx built, byte for byte, over connections of aiohttp. For asyncio alone.

    Every error is the httpx error that httpx's own transport would raise. Nothing is sent twice.

    Args:
        tls: What checks the certificates of servers.
        most_connections: Open at a time; further requests wait.
    """

    def __init__(self, tls: ssl.SSLContext, *, most_connections: int) -> None:
        self._tls = tls
        self._most_connections = most_connections
        self._session: ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises:
            httpx.RequestError: No answer came.
        """
        if self._loop is not asyncio.get_running_loop():
            await self._open()
        timeouts = request.extensions.get("timeout", {})
        body = await request.aread()
        room = self._room
        await _enter(room, timeouts.get("pool"))
        try:
            response = await self._send(request, body, timeouts)
        except BaseException:
            room.release()
            raise
        return httpx.Response(
            response.status,
            headers=response.raw_headers,
            stream=_Body(response, room),
            extensions={
                "http_version": b"HTTP/1.0" if response.version == (1, 0) else b"HTTP/1.1",
                "reason_phrase": (response.reason or "").encode("latin-1", "replace"),
            },
        )

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _open(self) -> None:
        last = self._session
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Semaphore(self._most_connections)
        self._session = ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._tls, limit=0, keepalive_timeout=_KEEPALIVE_EXPIRY
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_NOT_ADDED,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
            middlewares=(_map_aiohttp_errors,),
        )
        if last is not None:
            # Of a loop that has ended, as between two calls of asyncio.run.
            await last.close()

    async def _send(
        self, request: httpx.Request, body: bytes, timeouts: dict[str, float | None]
    ) -> ClientResponse:
        assert self._session is not None  # noqa: S101  # for the type checker
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.headers.raw
            # The body is whole by now, and aiohttp tells its length.
            if name.lower() != b"transfer-encoding"
        ]
        try:
            return await self._session.request(
                request.method,
                # aiohttp would escape it anew, and literal commas with it.
                URL(str(request.url), encoded=True),
                headers=headers,
                data=body or None,
                allow_redirects=False,
                timeout=_timeout(timeouts.get("connect"), timeouts.get("read")),
            )
        except _ERRORS as error:
            fault = error
        raise _as_httpx_error(fault) from _reason(fault)


class _Body(httpx.AsyncByteStream):
    """The body of an answer. Its connection is free for others once it is closed."""

    def __init__(self, response: ClientResponse, room: asyncio.Semaphore) -> None:
        self._response = response
        self._room: asyncio.Semaphore | None = room

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content = self._response.content
        try:
            while part := await content.readany():
                yield part
        except _ERRORS as error:
            fault = error
        else:
            return
        raise _as_httpx_error(fault) from _reason(fault)

    async def aclose(self) -> None:
        room, self._room = self._room, None
        if room is not None:
            room.release()
        if self._response.content.at_eof():
            self._response.release()
        else:
            # What is left must not be taken for the next answer.
            self._response.close()


async def _enter(room: asyncio.Semaphore, patience: float | None) -> None:
    """Wait, for so many seconds at most, until one more connection may be in use.

    Raises:
        httpx.PoolTimeout: That took too long.
    """
    if not room.locked():
        await room.acquire()
        return
    try:
        async with asyncio.timeout(patience):
            await room.acquire()
    except TimeoutError:
        raise httpx.PoolTimeout("") from None


async def _map_aiohttp_errors(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Send, and raise errors of httpx's.

    As a middleware, since aiohttp would send again, by itself, whatever lost its answer. Only we
    know how often a request may be sent.
    """
    try:
        return await handler(request)
    except _ERRORS as error:
        fault = error
    # Outside, since aiohttp's errors keep the request, and that the tokens.
    raise _as_httpx_error(fault) from _reason(fault)


def _as_httpx_error(error: Exception) -> httpx.RequestError:
    """Find the error that httpx's own transport raises."""
    kind = next(ours for theirs, ours in _ERROR_MAP if isinstance(error, theirs))
    words = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
    return kind(str(_reason(error) or words))


def _reason(error: Exception) -> Exception | None:
    """Find what the machine said, such as why a certificate is not good."""
    # An error of its own first: until 3.13 it did not know the other's attribute.
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return error.certificate_error
    return error.os_error if isinstance(error, aiohttp.ClientConnectorError) else None


@lru_cache
def _timeout(connect: float | None, read: float | None) -> ClientTimeout:
    """Limit the phases. There is none for writing, which the limit for reading takes in."""
    return ClientTimeout(total=None, connect=_limit(connect), sock_read=_limit(read))


def _limit(seconds: float | None) -> float | None:
    return None if seconds is None else max(seconds, _SHORTEST_TIMEOUT)
