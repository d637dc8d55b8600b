"""The options of a client, each named once. Defaults and checks are in `_http/settings.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

import httpx

from .clock import Clock
from .limiters.protocol import Limiter
from .retries import RetryEvent, RetryPolicy

__all__ = ["ClientOptions"]


class ClientOptions(TypedDict, total=False):
    """The options of a client, beside its tokens, base URL and transport.

    `RatingsClient(...)` and `from_env` accept them, and `with_options` changes them. An option
    that is left out has its default, or in `with_options` keeps its value.

    Args:
        timeout: Seconds that connecting, reading, writing and waiting for a free connection may
            take each, or an `httpx.Timeout`; 10 by default. `None` disables this limit.
        total_timeout: Seconds that all attempts of one call may take together, without the waits
            between them; 300 by default. `None` disables this limit.
        max_response_size: Bytes of the largest response body that is read, before and after
            decompression; 16 MiB by default.
        retry: How often a call is retried, and for how long.
        language: A language tag such as `en-US` for the service's localized texts, sent as `l`.
            `None` uses the language of the user's storefront.
        on_retry: Called before each wait for another attempt, from the thread that waits. With an
            async client it is still a plain function.
        clock: The source of time, sleep and jitter; for tests.
        limiter: Acquired before every attempt, such as a `RateLimiter`. Its waits do not count
            toward the limits of `retry`. When it rejects a request, the call raises
            `LimiterError`. `None` sends immediately.
        batch_size: Maximum number of ids in one request. The service documents no limit; 100 and
            200 are in use (observed).
        max_concurrency: Maximum number of requests of one bulk call in flight, up to 100.
    """

    timeout: float | httpx.Timeout | None
    total_timeout: float | None
    max_response_size: int
    retry: RetryPolicy
    language: str | None
    on_retry: Callable[[RetryEvent], object] | None
    clock: Clock
    limiter: Limiter | None
    batch_size: int
    max_concurrency: int
