"""Faster httpx transports, for programs that send many requests.

Pass one as `transport=` like any other; it is never chosen automatically. The sync one sends over
`http.client` of the standard library, the async one over aiohttp, which is the extra `fast`. Both
behave as httpx's own transports do: redirects, cookies and compressed bodies are left to the
caller, nothing is sent twice, and every error is the httpx error. A service behind a proxy is
reached through httpx's transport.
"""

from __future__ import annotations

import httpx

from ._http.http_client_transport import FastTransport
from .errors import ConfigurationError

__all__ = ["fast_async_transport", "fast_transport"]


def fast_transport() -> httpx.BaseTransport:
    """Return a transport for `RatingsClient` that needs less time and CPU than httpx's."""
    return FastTransport()


def fast_async_transport() -> httpx.AsyncBaseTransport:
    """Return a transport for `AsyncRatingsClient` under asyncio; trio is not supported.

    Raises:
        ConfigurationError: The extra `fast` is not installed.
    """
    try:
        from ._http.aiohttp_transport import FastAsyncTransport  # noqa: PLC0415  # the extra
    except ImportError as error:
        raise ConfigurationError.missing_extra("A fast transport", "fast", error.name) from error
    return FastAsyncTransport()
