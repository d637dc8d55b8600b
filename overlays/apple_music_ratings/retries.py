"""Decide whether to send a request again, and how long to wait first.

Two notions of "again" exist, and no third. `is_transient`, here: the *same* request may succeed a
moment later, so one call repeats it. `is_retryable`, in `_bulk/failures.py`: the call has ended
with an error, but a *later run* may succeed, for instance with a new token.

Pure: nothing here sends, sleeps or reads a clock. `_http/call.py` asks and obeys.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

from attrs import Attribute, field, frozen

from .errors import ConfigurationError

__all__ = ["RetryEvent", "RetryPolicy"]

# Every operation may be sent twice: a second PUT changes nothing, and a second DELETE may meet
# 404, which counts as done.
_TRANSIENT_STATUSES = frozenset({429, 500, 502, 503, 504})
# Beyond this many doublings every delay is at its limit, and 2.0 ** 1024 would overflow.
_MAX_DOUBLINGS = 64


def _at_least(lowest: float) -> Callable[[object, Attribute[Any], float], None]:
    def check(_policy: object, attribute: Attribute[Any], value: float) -> None:
        if not isfinite(value) or value < lowest:
            raise ConfigurationError(
                f"RetryPolicy: {attribute.name} must be a number of at least {lowest:g}, "
                f"not {value!r}."
            )

    return check


@frozen(kw_only=True)
class RetryPolicy:
    """How often a call is retried, and for how long.

    Attempts *and* waiting are bounded, so no response can block a caller indefinitely. The
    defaults fit what was measured of Apple: nearly every 429 was gone after half a second, all
    within 3.5 s (observed, music-assistant/server pull requests 5188 and 5333).

    Args:
        max_attempts: Requests per call, the first one included, and the one after a renewed
            developer token too; 1 disables retries.
        max_total_wait: Seconds of waiting after which no new attempt starts.
        first_delay: Seconds before the second attempt; doubles from there. Jitter shortens each
            delay by up to a quarter.
        max_delay: Longest single wait, `Retry-After` included.

    Raises:
        ConfigurationError: A number is out of range.
    """

    max_attempts: int = field(default=5, validator=_at_least(1))
    max_total_wait: float = field(default=60.0, validator=_at_least(0))
    first_delay: float = field(default=0.5, validator=_at_least(0))
    max_delay: float = field(default=30.0, validator=_at_least(0))


@frozen(kw_only=True)
class RetryEvent:
    """Passed to `on_retry` before the client waits for another attempt.

    Args:
        method: HTTP method of the request.
        path: Path of the request, without the query.
        attempts: Requests sent so far.
        delay: Seconds the client is about to wait.
        status_code: HTTP status of the response; `None` when no complete response arrived.
        reason: What happened, in a few words.
    """

    method: str
    path: str
    attempts: int
    delay: float
    status_code: int | None
    reason: str


def is_transient(status: int | None) -> bool:
    """Return whether the same request may succeed a moment later; `None` is a lost response."""
    return status is None or status in _TRANSIENT_STATUSES


def next_delay(
    policy: RetryPolicy,
    status: int | None,
    *,
    attempts: int,
    waited: float,
    retry_after: float | None,
    jitter: Callable[[], float],
    batch_timeouts: int = 0,
) -> float | None:
    """Return the seconds to wait before the next attempt, or `None` if the failure is final.

    Args:
        policy: The caller's limits.
        status: HTTP status of the response; `None` when no complete response arrived.
        attempts: Requests sent so far, 1 after the first.
        waited: Seconds waited so far.
        retry_after: Seconds the service asked for, already parsed.
        jitter: Returns a number in [0, 1); a test passes a constant.
        batch_timeouts: Responses with status 504 so far to a request with many ids; 0 for any
            other request. The second is final, since the same batch would be too heavy again: 300
            ids in one request met 504, half of them did not (observed, music-assistant/server).
    """
    if not is_transient(status) or attempts >= policy.max_attempts or batch_timeouts > 1:
        return None
    delay = retry_after
    if delay is None:
        doublings = min(attempts - 1, _MAX_DOUBLINGS)
        delay = min(policy.first_delay * 2.0**doublings, policy.max_delay) * (1 - jitter() / 4)
    # A longer wait is raised, not slept: a caller can schedule, a blocked thread cannot.
    is_too_long = delay > policy.max_delay or waited + delay > policy.max_total_wait
    return None if is_too_long else delay
