"""httpx transports over pyreqwest. Importing this module needs the extra `fast`.

pyreqwest has one too. It adds the four timeouts into one, decompresses bodies without a limit, and
names errors by where they are noticed instead of by what failed.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from pyreqwest import exceptions
from pyreqwest.client import BaseClientBuilder, Client, ClientBuilder, SyncClient, SyncClientBuilder
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.request import BaseRequestBuilder, StreamRequest, SyncStreamRequest
from pyreqwest.response import BaseResponse, Response, SyncResponse

from apple_music_ratings.errors import ConfigurationError

from .certificates import named_authorities, tls_context
from .proxies import names_proxy, proxy_for

_MAX_CONNECTIONS = 100
# Seconds that httpx keeps an idle connection for.
_KEEPALIVE_EXPIRY = 5.0
# pyreqwest writes both itself.
_NOT_COPIED = frozenset({"content-length", "transfer-encoding"})
# A ValueError is a URL or a header that cannot be sent.
_ERRORS = (exceptions.PyreqwestError, ValueError)

T = TypeVar("T")
C = TypeVar("C", bound=BaseClientBuilder)
R = TypeVar("R", bound=BaseRequestBuilder)


class FastTransport(httpx.BaseTransport):
    """Sends over pyreqwest, with one client for each service and its timeouts."""

    def __init__(self) -> None:
        self._clients: dict[object, SyncClient] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        with names_proxy(request.url):
            try:
                builder = _prepared(self._client(request).request, request)
                sent = builder.body_bytes(request.read()).build_streamed()
                response = sent.__enter__()
            except _ERRORS as error:
                raise _as_httpx_error(error) from _reason(error)
        return _as_httpx_response(response, _Body(sent, response))

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()

    def _client(self, request: httpx.Request) -> SyncClient:
        key = _client_key(request)
        if key not in self._clients:
            self._clients[key] = _built(SyncClientBuilder, request)
        return self._clients[key]


class FastAsyncTransport(httpx.AsyncBaseTransport):
    """Sends over pyreqwest, with one client for each service and its timeouts."""

    def __init__(self) -> None:
        self._clients: dict[object, Client] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        _require_asyncio()
        with names_proxy(request.url):
            try:
                builder = _prepared(self._client(request).request, request)
                sent = builder.body_bytes(await request.aread()).build_streamed()
                response = await _cancelable(sent.__aenter__())
            except _ERRORS as error:
                raise _as_httpx_error(error) from _reason(error)
        return _as_httpx_response(response, _AsyncBody(sent, response))

    async def aclose(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.close()

    def _client(self, request: httpx.Request) -> Client:
        key = _client_key(request)
        if key not in self._clients:
            self._clients[key] = _built(ClientBuilder, request)
        return self._clients[key]


class _Body(httpx.SyncByteStream):
    """A response body; its connection is in use until it is closed."""

    def __init__(self, sent: SyncStreamRequest, response: SyncResponse) -> None:
        self._sent = sent
        self._reader = response.body_reader

    def __iter__(self) -> Iterator[bytes]:
        try:
            while (part := self._reader.read_chunk()) is not None:
                yield bytes(part)
        except _ERRORS as error:
            raise _as_httpx_error(error) from _reason(error)

    def close(self) -> None:
        self._sent.__exit__(None, None, None)


class _AsyncBody(httpx.AsyncByteStream):
    """A response body; its connection is in use until it is closed."""

    def __init__(self, sent: StreamRequest, response: Response) -> None:
        self._sent = sent
        self._reader = response.body_reader

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while (part := await _cancelable(self._reader.read_chunk())) is not None:
                yield bytes(part)
        except _ERRORS as error:
            raise _as_httpx_error(error) from _reason(error)

    async def aclose(self) -> None:
        await self._sent.__aexit__(None, None, None)


def _require_asyncio() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "fast_async_transport needs asyncio. Under trio, leave transport= out."
        ) from None


async def _cancelable(awaitable: Awaitable[T]) -> T:
    """Await pyreqwest, which replaces the CancelledError of anyio, so that its scopes miss it."""
    try:
        return await awaitable
    except asyncio.CancelledError:
        await asyncio.sleep(0)  # a scope of anyio cancels again, here
        raise


def _client_key(request: httpx.Request) -> tuple[Any, ...]:
    """Return what is fixed for a pyreqwest client: its process, timeouts and service."""
    timeouts, url = request.extensions.get("timeout", {}), request.url
    connect, read, pool = (timeouts.get(phase) for phase in ("connect", "read", "pool"))
    # In a forked process the connections of its parent would hang.
    return (os.getpid(), connect, read, pool, url.scheme, url.host, url.port)


@contextmanager
def _no_fork() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise ConfigurationError(
            "The fast transports cannot be used in a forked process. Start workers with the "
            "method spawn or forkserver, or leave transport= out."
        ) from error


def _built(make_builder: Any, request: httpx.Request) -> Any:
    with _no_fork():
        try:
            return _configured(make_builder(), request).build()
        except exceptions.BuilderError:
            # The system has no authorities, such as a small container; httpx has its own.
            builder = _configured(make_builder(), request)
            for authority in tls_context().get_ca_certs(binary_form=True):
                builder = builder.add_root_certificate_der(authority)
            return builder.build()


def _configured(builder: C, request: httpx.Request) -> C:
    builder = (
        builder.max_connections(_MAX_CONNECTIONS)
        .pool_idle_timeout(timedelta(seconds=_KEEPALIVE_EXPIRY))
        .follow_redirects(enable=False)
        .referer(enable=False)
        .gzip(enable=False)
        .deflate(enable=False)
        .brotli(enable=False)
        .zstd(enable=False)
        .no_proxy()
    )
    for phase in ("connect", "read", "pool"):
        if (seconds := request.extensions.get("timeout", {}).get(phase)) is not None:
            builder = getattr(builder, f"{phase}_timeout")(timedelta(seconds=seconds))
    if (proxy := proxy_for(request.url)) is not None:
        builder = builder.proxy(ProxyBuilder.all(proxy))
    # pyreqwest trusts the authorities of the system.
    for authority in named_authorities():
        builder = builder.add_root_certificate_pem(authority)
    return builder


def _prepared(make: Callable[[str, str], R], request: httpx.Request) -> R:
    headers = [pair for pair in request.headers.multi_items() if pair[0] not in _NOT_COPIED]
    builder = make(request.method, str(request.url)).headers(headers)
    total = request.extensions.get("total_timeout")
    return builder if total is None else builder.timeout(timedelta(seconds=max(total, 0.001)))


def _as_httpx_response(
    response: BaseResponse, stream: httpx.SyncByteStream | httpx.AsyncByteStream
) -> httpx.Response:
    return httpx.Response(
        response.status,
        headers=list(response.headers.items()),
        stream=stream,
        extensions={"http_version": response.version.encode()},
    )


def _as_httpx_error(error: Exception) -> httpx.RequestError:
    """Return the error that httpx's own transport raises, by what the layers below report."""
    reasons = _reasons(error)
    is_connecting = any("(Connect)" in reason for reason in reasons)
    if isinstance(error, exceptions.PoolTimeoutError):
        return httpx.PoolTimeout(reasons[-1])
    if isinstance(error, exceptions.RequestTimeoutError):
        return (httpx.ConnectTimeout if is_connecting else httpx.ReadTimeout)(reasons[-1])
    if is_connecting:
        return httpx.ConnectError(reasons[-1])
    if isinstance(error, exceptions.RequestError):
        is_broken = any("os error" in reason for reason in reasons)
        return (httpx.ReadError if is_broken else httpx.RemoteProtocolError)(reasons[-1])
    return httpx.LocalProtocolError(reasons[-1])


def _reason(error: Exception) -> Exception:
    """Return the cause of an error in Python's terms, since callers look for these two."""
    reason = _reasons(error)[-1]
    if "certificate" in reason:
        return ssl.SSLCertVerificationError(reason)
    return ConnectionRefusedError(reason) if "Connection refused" in reason else error


def _reasons(error: Exception) -> list[str]:
    """Return the messages of an error of pyreqwest, the innermost last."""
    causes = (getattr(error, "details", None) or {}).get("causes") or []
    return [str(error), *(cause["message"] for cause in causes)]
