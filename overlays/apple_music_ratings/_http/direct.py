"""Sending through one transport, with no more of httpx's client around it than is needed.

That client also keeps cookies, follows redirects and picks a transport for each address, none of
which is wanted here; for a short call it takes longer than everything else together. The sync and
the async one look alike on purpose.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import closing
from datetime import timedelta
from time import perf_counter
from typing import TypeAlias

import httpx

# What httpx allows a request that says nothing itself.
_TIMEOUT = httpx.Timeout(5.0).as_dict()
# Its log is to be the same, whatever sends.
_logger = logging.getLogger("httpx")

BeforeSend: TypeAlias = Callable[[httpx.Request], None]
AfterSend: TypeAlias = Callable[[httpx.Response], None]
BeforeAsyncSend: TypeAlias = Callable[[httpx.Request], Awaitable[None]]
AfterAsyncSend: TypeAlias = Callable[[httpx.Response], Awaitable[None]]


class Direct:
    """Stands in for an `httpx.Client` with one transport.

    Args:
        transport: Sends the requests; closed with this.
        before: Called before each send.
        after: Called with each answer, before its body is read.
    """

    def __init__(
        self, transport: httpx.BaseTransport, *, before: BeforeSend, after: AfterSend
    ) -> None:
        self._transport = transport
        self._before = before
        self._after = after
        self._is_closed = False

    def send(
        self,
        request: httpx.Request,
        *,
        stream: bool,
        auth: httpx.Auth,
        follow_redirects: bool = False,  # noqa: ARG002  # none is ever followed
    ) -> httpx.Response:
        """Send a request, and again where its auth flow asks for it.

        Returns:
            An answer, read to its end unless `stream` was asked for.

        Raises:
            httpx.RequestError: No answer came, or only a part of one.
            RuntimeError: This is closed.
        """
        check_open(is_closed=self._is_closed)
        request.extensions.setdefault("timeout", _TIMEOUT)
        start = perf_counter()
        with closing(auth.auth_flow(request)) as flow:
            signed: httpx.Request | None = next(flow)
            while signed is not None:
                self._before(signed)
                response = _answering(signed, self._transport.handle_request(signed))
                try:
                    self._after(response)
                    signed = _next(flow, response)
                    if signed is not None or not stream:
                        response.read()
                except BaseException:
                    response.close()
                    raise
        response.elapsed = timedelta(seconds=perf_counter() - start)
        return response

    def close(self) -> None:
        """Close the transport."""
        if not self._is_closed:
            self._is_closed = True
            self._transport.close()


class AsyncDirect:
    """Stands in for an `httpx.AsyncClient` with one transport. See `Direct`."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        *,
        before: BeforeAsyncSend,
        after: AfterAsyncSend,
    ) -> None:
        self._transport = transport
        self._before = before
        self._after = after
        self._is_closed = False

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool,
        auth: httpx.Auth,
        follow_redirects: bool = False,  # noqa: ARG002  # as above
    ) -> httpx.Response:
        """Send a request, and again where its auth flow asks for it. See `Direct.send`."""
        check_open(is_closed=self._is_closed)
        request.extensions.setdefault("timeout", _TIMEOUT)
        start = perf_counter()
        with closing(auth.auth_flow(request)) as flow:
            signed: httpx.Request | None = next(flow)
            while signed is not None:
                await self._before(signed)
                response = _answering(signed, await self._transport.handle_async_request(signed))
                try:
                    await self._after(response)
                    signed = _next(flow, response)
                    if signed is not None or not stream:
                        await response.aread()
                except BaseException:
                    await response.aclose()
                    raise
        response.elapsed = timedelta(seconds=perf_counter() - start)
        return response

    async def aclose(self) -> None:
        """Close the transport."""
        if not self._is_closed:
            self._is_closed = True
            await self._transport.aclose()


def check_open(*, is_closed: bool) -> None:
    """Refuse to send once the client is closed, in httpx's words.

    Raises:
        RuntimeError: It is closed.
    """
    if is_closed:
        raise RuntimeError("Cannot send a request, as the client has been closed.")


def _answering(request: httpx.Request, response: httpx.Response) -> httpx.Response:
    response.request = request
    _logger.info(
        'HTTP Request: %s %s "%s %d %s"',
        request.method,
        request.url,
        response.http_version,
        response.status_code,
        response.reason_phrase,
    )
    return response


def _next(
    flow: Generator[httpx.Request, httpx.Response, None], response: httpx.Response
) -> httpx.Request | None:
    try:
        return flow.send(response)
    except StopIteration:
        return None
