"""A faster httpx transport, for async programs that send many requests. It needs the extra `fast`.

Pass it as `transport=` like any other; it is never chosen automatically. It sends over aiohttp and
behaves as httpx's own transport does: redirects, cookies and compressed bodies are left to the
caller, nothing is sent twice, and every error is the httpx error. A service behind a proxy is
reached through httpx's transport. Sync programs have no such choice: below this client, urllib3 and
pyreqwest are slower than httpx's own transport.
"""

from __future__ import annotations

import httpx

from .errors import ConfigurationError

__all__ = ["fast_async_transport"]


def fast_async_transport() -> httpx.AsyncBaseTransport:
    """Return a transport for `AsyncRatingsClient` that needs less time and CPU than httpx's.

    It runs under asyncio; trio is not supported.

    Raises:
        ConfigurationError: The extra `fast` is not installed.
    """
    try:
        from ._http.aiohttp_transport import FastAsyncTransport  # noqa: PLC0415  # the extra
    except ImportError as error:
        raise ConfigurationError.missing_extra("A fast transport", "fast", error.name) from error
    return FastAsyncTransport()
