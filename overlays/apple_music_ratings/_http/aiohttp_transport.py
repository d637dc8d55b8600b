"""An httpx transport over aiohttp. Importing this module needs the extra `fast`.

aiohttp writes requests, parses responses and keeps connections. A host behind a proxy is left to
httpx's transport: the proxy takes longer than what is saved.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TypeAlias

import aiohttp
import httpx
from yarl import URL

from apple_music_ratings.errors import ConfigurationError

from .certificates import tls_context
from .proxies import proxy_for
from .transport_choice import MAX_CONNECTIONS, default_async_transport

# Seconds that httpx keeps an idle connection for.
_KEEPALIVE_EXPIRY = 5.0
_NOT_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
# aiohttp writes both itself.
_NOT_COPIED = frozenset({b"content-length", b"transfer-encoding"})

_Key: TypeAlias = tuple[asyncio.AbstractEventLoop, str, str, int | None]


class FastAsyncTransport(httpx.AsyncBaseTransport):
    """Sends over aiohttp, with one session for each host and event loop."""

    def __init__(self) -> None:
        self._hosts: dict[_Key, httpx.AsyncBaseTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        url = request.url
        key = (_running_loop(), url.scheme, url.host, url.port)
        if key not in self._hosts:
            is_direct = proxy_for(url) is None
            self._hosts[key] = _Host() if is_direct else default_async_transport(url)
            for ended in [each for each in self._hosts if each[0].is_closed()]:
                await self._close(ended)
        return await self._hosts[key].handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections."""
        for key in list(self._hosts):
            await self._close(key)

    async def _close(self, key: _Key) -> None:
        # Those of httpx cannot be closed in another event loop.
        with suppress(RuntimeError):
            await self._hosts.pop(key).aclose()


class _Host(httpx.AsyncBaseTransport):
    """Sends requests to one host."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=tls_context(), limit=MAX_CONNECTIONS, keepalive_timeout=_KEEPALIVE_EXPIRY
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_NOT_ADDED,
        )
        # aiohttp would send a request again whose response was lost, and has no argument for it.
        self._session._retry_connection = False  # noqa: SLF001

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        timeouts = request.extensions.get("timeout", {})
        connect, pool = timeouts.get("connect"), timeouts.get("pool")
        body = await request.aread()
        try:
            response = await self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=[
                    (name.decode(), value.decode())
                    for name, value in request.headers.raw
                    if name.lower() not in _NOT_COPIED
                ],
                data=body or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    # Includes waiting for a free connection.
                    connect=None if connect is None or pool is None else connect + pool,
                    sock_connect=connect,
                    sock_read=timeouts.get("read"),
                ),
            )
        except (aiohttp.ClientError, ValueError) as error:
            raise _as_httpx_error(error) from error
        return httpx.Response(
            response.status,
            headers=response.raw_headers,
            stream=_Body(response),
            extensions={"http_version": b"HTTP/1.1"},
        )

    async def aclose(self) -> None:
        await self._session.close()


class _Body(httpx.AsyncByteStream):
    """A response body; its connection is in use until it is closed."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while part := await self._response.content.readany():
                yield part
        except (aiohttp.ClientError, ValueError) as error:
            raise _as_httpx_error(error) from error
        finally:
            self._response.release()

    async def aclose(self) -> None:
        self._response.release()


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "fast_async_transport needs asyncio. Under trio, leave transport= out."
        ) from None


def _as_httpx_error(error: Exception) -> httpx.TransportError:
    """Return the error that httpx's own transport raises."""
    kinds = (
        (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
        (aiohttp.ServerTimeoutError, httpx.ReadTimeout),
        (aiohttp.ClientConnectorError, httpx.ConnectError),
        (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol),
        (aiohttp.ClientOSError, httpx.ReadError),
        (ValueError, httpx.LocalProtocolError),
    )
    kind = next((ours for theirs, ours in kinds if isinstance(error, theirs)), None)
    return (kind or httpx.RemoteProtocolError)(str(error) or type(error).__name__)
