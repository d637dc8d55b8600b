"""The mock in process, as a transport for httpx. No socket is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import httpx

from .messages import Request, Response


class _Handler(Protocol):
    @property
    def handle(self) -> Callable[[Request], Response]: ...


class MockTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers for `httpx.Client` and `httpx.AsyncClient` alike.

    Closing a client leaves it usable: it holds nothing that could be closed.
    """

    def __init__(self, service: _Handler) -> None:
        self._service = service

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of a sync client."""
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of an async client."""
        return self._answer(request, await request.aread())

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
        ]
        response = self._service.handle(Request(request.method, path, query, headers, body))
        return httpx.Response(
            response.status, headers=list(response.headers), content=response.body
        )
