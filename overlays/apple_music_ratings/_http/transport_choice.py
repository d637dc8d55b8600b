"""The transports of a client that is given none: those of httpx, for the one host of the client.

A proxy of the environment is resolved once, for that host; a service on this machine is never
reached through one. Two things are added to httpx's transports: the sync one ends an attempt when
its total timeout is over, whatever the server sends meanwhile; and the async one spreads requests
over small pools. For each request httpx's pool walks all its connections, and above the number that
it may keep idle it closes connections that it has given to a request already (httpcore issue 1110).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from threading import local
from time import monotonic
from typing import Any

import httpcore
import httpx
from attrs import define

from .certificates import tls_context
from .proxies import names_proxy, proxy_for

MAX_CONNECTIONS = 100
_CONNECTIONS_PER_POOL = 4
_MAX_POOLS = MAX_CONNECTIONS // _CONNECTIONS_PER_POOL


def default_transport(base_url: httpx.URL) -> httpx.BaseTransport:
    """Return the transport of a sync client that is given none.

    Raises:
        ConfigurationError: A proxy or a certificate file of the environment cannot be used.
    """
    proxy, tls = proxy_for(base_url), tls_context()
    limits = _limits(MAX_CONNECTIONS)
    return DeadlineTransport(verify=tls, limits=limits, proxy=proxy)


def default_async_transport(base_url: httpx.URL) -> httpx.AsyncBaseTransport:
    """Return the transport of an async client that is given none. See `default_transport`."""
    proxy, tls = proxy_for(base_url), tls_context()
    limits = _limits(_CONNECTIONS_PER_POOL)
    return PooledTransport(lambda: httpx.AsyncHTTPTransport(verify=tls, limits=limits, proxy=proxy))


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's transport, which ends an attempt when its total timeout is over."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # httpx has no argument for it.
        self._backend = _DeadlineBackend()
        self._pool._network_backend = self._backend  # noqa: SLF001

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Its response must be read in the same thread."""
        seconds = request.extensions.get("total_timeout")
        self._backend.thread.deadline = None if seconds is None else monotonic() + seconds
        with names_proxy(request.url):
            return super().handle_request(request)


class _DeadlineBackend(httpcore.SyncBackend):
    """Opens connections whose reads end at the deadline of the request in this thread."""

    def __init__(self) -> None:
        self.thread = local()

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _DeadlineStream(super().connect_tcp(*args, **options), self.thread)


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, thread: local) -> None:
        self._stream = stream
        self._thread = thread

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        deadline: float | None = getattr(self._thread, "deadline", None)
        if deadline is not None:
            left = deadline - monotonic()
            if left <= 0:
                raise httpcore.ReadTimeout("no response within the total timeout")
            timeout = left if timeout is None else min(timeout, left)
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _DeadlineStream(self._stream.start_tls(*args, **options), self._thread)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@define(eq=False)
class _Pool:
    """A transport of few connections, and the number of its requests in flight."""

    transport: httpx.AsyncBaseTransport
    in_use: int = 0


class PooledTransport(httpx.AsyncBaseTransport):
    """Spreads requests over small pools; the first ones are filled first.

    Args:
        make: Makes a transport of few connections.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport]) -> None:
        self._make = make
        self._pools = [_Pool(make())]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request through a pool that has a free connection, if there is one."""
        pool = self._choose()
        pool.in_use += 1
        try:
            with names_proxy(request.url):
                response = await pool.transport.handle_async_request(request)
        except BaseException:
            pool.in_use -= 1
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101  # for mypy
        response.stream = _PooledStream(response.stream, pool)
        return response

    async def aclose(self) -> None:
        """Close every pool, even if closing one of them fails."""
        async with AsyncExitStack() as stack:
            for pool in self._pools:
                stack.push_async_callback(pool.transport.aclose)

    def _choose(self) -> _Pool:
        for pool in self._pools:
            if pool.in_use < _CONNECTIONS_PER_POOL:
                return pool
        if len(self._pools) < _MAX_POOLS:
            self._pools.append(_Pool(self._make()))
            return self._pools[-1]
        return min(self._pools, key=lambda pool: pool.in_use)


class _PooledStream(httpx.AsyncByteStream):
    """A response body; its connection is in use until it is closed."""

    def __init__(self, body: httpx.AsyncByteStream, pool: _Pool) -> None:
        self._body = body
        self._pool: _Pool | None = pool

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._body:
            yield part

    async def aclose(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.in_use -= 1
        await self._body.aclose()


def _limits(most: int) -> httpx.Limits:
    return httpx.Limits(max_connections=most, max_keepalive_connections=most)
