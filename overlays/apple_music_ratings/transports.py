"""Faster httpx transports, for programs that send many requests. They need the extra `fast`.

Pass one as `transport=` like any other; it is never chosen automatically. Both send over pyreqwest,
whose HTTP and TLS are compiled, and behave as httpx's own transports do: redirects, cookies and
compressed bodies are left to the caller, nothing is sent twice, and every error is the httpx error.
Two differences: Ctrl-C interrupts a sync request only when it has ended, at the latest by its
timeout; and a forked process cannot use them.
"""

from __future__ import annotations

import httpx

from .errors import ConfigurationError

__all__ = ["fast_async_transport", "fast_transport"]


def fast_transport() -> httpx.BaseTransport:
    """Return a transport for `RatingsClient` that needs less time and CPU than httpx's.

    Raises:
        ConfigurationError: The extra `fast` is not installed.
    """
    try:
        from ._http.pyreqwest_transports import FastTransport  # noqa: PLC0415  # the extra
    except ImportError as error:
        raise ConfigurationError.missing_extra("A fast transport", "fast", error.name) from error
    return FastTransport()


def fast_async_transport() -> httpx.AsyncBaseTransport:
    """Return a transport for `AsyncRatingsClient` under asyncio; trio is not supported.

    Raises:
        ConfigurationError: The extra `fast` is not installed.
    """
    try:
        from ._http.pyreqwest_transports import FastAsyncTransport  # noqa: PLC0415  # the extra
    except ImportError as error:
        raise ConfigurationError.missing_extra("A fast transport", "fast", error.name) from error
    return FastAsyncTransport()
