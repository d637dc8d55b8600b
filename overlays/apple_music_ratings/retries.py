"""Decide whether a request is worth another send, and after how long.

Nothing here sleeps, sends or reads a clock: the clients do that and ask us.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

from attrs import Attribute, define, field, fields, frozen

from .errors import ConfigurationError

# All four operations may be sent twice: a PUT of the same rating changes nothing, and a DELETE
# that meets 404 has reached its end as well.
RETRYABLE_STATUSES = frozenset({429, 500, 502, 503, 504})
# Beyond this many doublings every delay is at its ceiling, and 2.0 ** 1024 would overflow.
_MOST_DOUBLINGS = 64


@frozen
class Wait:
    """Send again after this many seconds."""

    seconds: float


@frozen
class Stop:
    """Hand the caller what we have."""


@define
class Attempts:
    """What one call has spent so far.

    Args:
        limit: Sends allowed in all.
        made: Sends made.
        waited: Seconds waited between them.
        mended: Whether a 401 was answered with a new developer token already.
        secrets: Every token sent, so that none is shown should it come back.
        gateway_timeouts: Answers with 504, as far as the policy counts them.
    """

    limit: int
    made: int = 0
    waited: float = 0.0
    mended: bool = False
    secrets: set[str] = field(factory=set, repr=False)
    gateway_timeouts: int = 0


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
    """How patient the client is.

    Attempts *and* waiting are bounded, so no answer from the service can keep a caller waiting for
    ever. The delays fit what was measured of Apple: nearly every 429 was gone after half a second,
    all within 3.5 s (observed, music-assistant/server pull requests 5188 and 5333).

    Args:
        max_attempts: Sends in all, the first one included, and the one after a renewed developer
            token too. 1 means no second try.
        max_total_wait: Seconds of waiting after which no new attempt is planned.
        first_delay: Seconds before the second attempt; doubles from there. Each wait is shortened
            by chance by up to a quarter.
        max_delay: Upper bound for one wait, Retry-After included.

    Raises:
        ConfigurationError: A number is out of range.
    """

    max_attempts: int = field(default=5, validator=_at_least(1))
    max_total_wait: float = field(default=60.0, validator=_at_least(0))
    first_delay: float = field(default=0.5, validator=_at_least(0))
    max_delay: float = field(default=30.0, validator=_at_least(0))

    def after_status(
        self,
        status: int,
        attempts: Attempts,
        *,
        retry_after: float | None,
        jitter: Callable[[], float],
    ) -> Wait | Stop:
        """Judge an answer that arrived.

        Args:
            status: HTTP status of the answer.
            attempts: What the call has spent.
            retry_after: Seconds the service asked for, already parsed.
            jitter: Gives a number in [0, 1); a test passes a constant.

        Returns:
            Wait, or Stop when the answer is final.
        """
        if status not in RETRYABLE_STATUSES:
            return Stop()
        return self._within_bounds(attempts, retry_after, jitter)

    def after_error(
        self, attempts: Attempts, *, is_passing: bool, jitter: Callable[[], float]
    ) -> Wait | Stop:
        """Judge a send that brought no whole answer.

        Args:
            attempts: What the call has spent.
            is_passing: Whether another send could fare better.
            jitter: As in `after_status`.

        Returns:
            Wait, or Stop when the fault is final.
        """
        if not is_passing:
            return Stop()
        return self._within_bounds(attempts, None, jitter)

    def _within_bounds(
        self, attempts: Attempts, asked: float | None, jitter: Callable[[], float]
    ) -> Wait | Stop:
        if attempts.made >= self.max_attempts:
            return Stop()
        delay = self._backoff(attempts.made, jitter) if asked is None else asked
        # A longer wait than we are allowed is an answer in itself: the caller can plan better than
        # a blocked thread can.
        if delay > self.max_delay or attempts.waited + delay > self.max_total_wait:
            return Stop()
        return Wait(delay)

    def _backoff(self, made: int, jitter: Callable[[], float]) -> float:
        doublings = min(max(made - 1, 0), _MOST_DOUBLINGS)
        ceiling = min(self.first_delay * 2.0**doublings, self.max_delay)
        return ceiling * (1 - jitter() / 4)


@frozen(kw_only=True)
class BatchRetryPolicy(RetryPolicy):
    """The patience for a request with many ids: the second 504 is final.

    A gateway gives up on what is too heavy for it, and the same batch would be as heavy again: 300
    ids in one request met 504, half of them did not (observed, music-assistant/server).
    """

    @classmethod
    def like(cls, policy: RetryPolicy) -> BatchRetryPolicy:
        """Make one that is as patient as another policy in every other way."""
        return cls(**{each.name: getattr(policy, each.name) for each in fields(RetryPolicy)})

    def after_status(
        self,
        status: int,
        attempts: Attempts,
        *,
        retry_after: float | None,
        jitter: Callable[[], float],
    ) -> Wait | Stop:
        """Judge an answer that arrived, and count it. See `RetryPolicy.after_status`."""
        if status == 504:
            attempts.gateway_timeouts += 1
            if attempts.gateway_timeouts > 1:
                return Stop()
        return super().after_status(status, attempts, retry_after=retry_after, jitter=jitter)
