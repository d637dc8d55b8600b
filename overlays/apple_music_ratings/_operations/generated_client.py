"""The generated client over our connections, for operations that a caller runs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import httpx

from apple_music_ratings._http.clients import AsyncRetryingClient, RetryingClient
from apple_music_ratings.errors import (
    ConfigurationError,
)

if TYPE_CHECKING:
    from typing import TypeAlias

    from apple_music_ratings_client import Client

    GeneratedClient: TypeAlias = Client

_CLIENT = "apple_music_ratings_client"


def sync_api(http: RetryingClient, base_url: httpx.URL) -> GeneratedClient:
    """Return the generated client whose sync operations go through ours."""
    client: GeneratedClient = import_module(_CLIENT).Client(base_url=str(base_url))
    client.set_httpx_client(http)
    # By default it would open connections of its own, without tokens.
    client.set_async_httpx_client(httpx.AsyncClient(transport=_RejectingTransport()))
    return client


def async_api(http: AsyncRetryingClient, base_url: httpx.URL) -> GeneratedClient:
    """Return the generated client whose async operations go through ours."""
    client: GeneratedClient = import_module(_CLIENT).Client(base_url=str(base_url))
    client.set_async_httpx_client(http)
    client.set_httpx_client(httpx.Client(transport=_RejectingTransport()))
    return client


class _RejectingTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """The transport of the half of a generated client that has no connections."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise ConfigurationError(
            f"{request.method} {request.url.path}: this client has no such connection. Use the "
            "sync operations of a RatingsClient and the async ones of an AsyncRatingsClient."
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)
