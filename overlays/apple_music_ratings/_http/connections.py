"""What the clients send through: the caller's transport, or connections of our own.

httpx's pool is slow when many requests are on their way at once: for each request it walks all
connections, and as soon as there are more than it may keep idle it closes one after the other and
opens new ones. So the async client spreads its requests over several pools, or uses aiohttp.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any, TypeAlias
from urllib.request import getproxies

import httpx
from attrs import define

from .direct import (
    AfterAsyncSend,
    AfterSend,
    AsyncDirect,
    BeforeAsyncSend,
    BeforeSend,
    Direct,
    check_open,
)

# As many as httpx opens unless told otherwise.
MOST_CONNECTIONS = 100
_CONNECTIONS_IN_A_SHARD = 4
_MOST_SHARDS = MOST_CONNECTIONS // _CONNECTIONS_IN_A_SHARD

Connections: TypeAlias = Direct | httpx.Client
_Hooks: TypeAlias = dict[str, list[Callable[..., Any]]]
# Gives a transport that takes the place of httpx's, or `None` where there is none.
FindFast: TypeAlias = Callable[[ssl.SSLContext], httpx.AsyncBaseTransport | None]


def connections(
    transport: httpx.BaseTransport | None, *, before: BeforeSend, after: AfterSend
) -> Connections:
    """Make what a sync client and its copies send through.

    Args:
        transport: The caller's own.
        before: Called before each send.
        after: Called with each answer, before its body is read.
    """
    limits = _limits(MOST_CONNECTIONS)
    if transport is None and _has_proxies():
        # Without a transport httpx looks at the proxy variables itself.
        hooks: _Hooks = {"request": [before], "response": [after]}
        return httpx.Client(event_hooks=hooks, limits=limits)
    return Direct(transport or httpx.HTTPTransport(limits=limits), before=before, after=after)


class AsyncConnections:
    """What an async client and its copies send through.

    It is chosen at the first send: the caller's own transport, else aiohttp where `find_fast` finds
    it to be of use, else httpx's.

    Args:
        transport: The caller's own.
        before: Called before each send.
        after: Called with each answer, before its body is read.
        find_fast: Looks for a faster transport than httpx's.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport | None,
        *,
        before: BeforeAsyncSend,
        after: AfterAsyncSend,
        find_fast: FindFast,
    ) -> None:
        self._before = before
        self._after = after
        self._find_fast = find_fast
        self._is_closed = False
        self._sender: AsyncDirect | _Shards | None = None
        if transport is not None:
            self._sender = AsyncDirect(transport, before=before, after=after)
        else:
            # Made here, so that an authority that cannot be read is noticed here; and once, since
            # that is slow. httpx looks at SSL_CERT_FILE.
            self._tls = httpx.create_ssl_context()

    async def send(
        self, request: httpx.Request, *, stream: bool, auth: httpx.Auth
    ) -> httpx.Response:
        """Send a request, and again where its auth flow asks for it. See `Direct.send`."""
        check_open(is_closed=self._is_closed)
        self._sender = self._sender or self._chosen()
        return await self._sender.send(request, stream=stream, auth=auth)

    async def aclose(self) -> None:
        """Close all connections."""
        self._is_closed = True
        if self._sender is not None:
            await self._sender.aclose()

    def _chosen(self) -> AsyncDirect | _Shards:
        fast = None if _has_proxies() else self._find_fast(self._tls)
        if fast is not None:
            return AsyncDirect(fast, before=self._before, after=self._after)
        return _Shards(self._shard)

    def _shard(self) -> _Shard:
        limits = _limits(_CONNECTIONS_IN_A_SHARD)
        if _has_proxies():
            # As for sync clients.
            hooks: _Hooks = {"request": [self._before], "response": [self._after]}
            return _Shard(httpx.AsyncClient(verify=self._tls, event_hooks=hooks, limits=limits))
        transport = httpx.AsyncHTTPTransport(verify=self._tls, limits=limits)
        return _Shard(AsyncDirect(transport, before=self._before, after=self._after))


def find_aiohttp(tls: ssl.SSLContext) -> httpx.AsyncBaseTransport | None:
    """Give a transport over aiohttp, where aiohttp is installed and can run: not under trio."""
    from asyncio import current_task  # noqa: PLC0415  # slow to import; trio does without

    try:
        # Trio can run as a guest in a loop of asyncio, but not in a task.
        if current_task() is None:
            return None
        from .aiohttp_transport import AiohttpTransport  # noqa: PLC0415  # an extra
    except (RuntimeError, ImportError):
        return None
    return AiohttpTransport(tls, most_connections=MOST_CONNECTIONS)


@define(eq=False)
class _Shard:
    """One of several pools, and how many requests it has on their way."""

    sender: AsyncDirect | httpx.AsyncClient
    busy: int = 0


class _Shards:
    """Spreads requests over pools of few connections each.

    Those made first are filled first, so that few requests at a time use few connections.
    """

    def __init__(self, make_shard: Callable[[], _Shard]) -> None:
        self._make_shard = make_shard
        self._shards = [make_shard()]

    async def send(
        self, request: httpx.Request, *, stream: bool, auth: httpx.Auth
    ) -> httpx.Response:
        shard = self._free_shard()
        shard.busy += 1
        is_held = False
        try:
            response = await shard.sender.send(
                request, stream=stream, auth=auth, follow_redirects=False
            )
            if stream and isinstance(response.stream, httpx.AsyncByteStream):
                # The connection is in use until the answer is closed.
                response.stream = _Held(response.stream, shard)
                is_held = True
            return response
        finally:
            if not is_held:
                shard.busy -= 1

    async def aclose(self) -> None:
        async with AsyncExitStack() as stack:
            # All are closed, also when closing one of them fails.
            for shard in self._shards:
                stack.push_async_callback(shard.sender.aclose)

    def _free_shard(self) -> _Shard:
        for shard in self._shards:
            if shard.busy < _CONNECTIONS_IN_A_SHARD:
                return shard
        if len(self._shards) < _MOST_SHARDS:
            self._shards.append(self._make_shard())
            return self._shards[-1]
        return min(self._shards, key=lambda shard: shard.busy)


class _Held(httpx.AsyncByteStream):
    """A body that is read by the caller; its shard counts it until it is closed."""

    def __init__(self, body: httpx.AsyncByteStream, shard: _Shard) -> None:
        self._body = body
        self._shard: _Shard | None = shard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._body:
            yield part

    async def aclose(self) -> None:
        shard, self._shard = self._shard, None
        if shard is not None:
            shard.busy -= 1
        await self._body.aclose()


def _limits(most: int) -> httpx.Limits:
    # All may be kept: above the number to keep, httpx's pool closes connections that it has given
    # to a request already (httpcore issue 1110).
    return httpx.Limits(max_connections=most, max_keepalive_connections=most)


def _has_proxies() -> bool:
    """Tell whether the environment names a proxy, as httpx tells it."""
    proxies = getproxies()
    return any(proxies.get(scheme) for scheme in ("http", "https", "all"))
