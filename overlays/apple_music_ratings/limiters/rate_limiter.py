"""A rate limiter for the clients of one process.

Apple throttles per developer team, so threads, tasks, processes and hosts that sign with keys of
one team share one budget. `limiters.redis` has a limiter for many processes and hosts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import copy
from math import isfinite
from threading import Lock
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from apple_music_ratings.clock import Clock, SystemClock
from apple_music_ratings.errors import ConfigurationError, LimiterError

from .gcra import GcraScheduler, Rate, Reservation
from .protocol import Limiter

if TYPE_CHECKING:
    from typing import Self

__all__ = ["RateLimiter"]

DEFAULT_MAX_WAIT = 60.0


@runtime_checkable
class SleepingLimiter(Limiter, Protocol):
    """A limiter that sleeps on a clock, so that its sleep can be ended early."""

    def sleeping_by(self, wrap: Callable[[Clock], Clock]) -> Limiter:
        """Give the same limiter, with the same places, that sleeps on a wrapped clock."""
        ...


class SteadyClock(SystemClock):
    """The machine's time since some moment, which setting its clock does not change."""

    def now(self) -> float:
        """Give the seconds since some moment."""
        return time.monotonic()


class RateLimiter:
    """Lets so many requests through in a second, for the clients of one process.

    Share one between clients; it may be used from threads, asyncio and trio at the same time.
    Places are given in the order of asking, and a wait that is cancelled gives its place back. In
    any `t` seconds there are at most `burst + rate * t` sends.

    Args:
        rate: Requests a second in the long run; above 0, and may be a fraction.
        burst: Requests that may go at once after a pause. The default spaces them evenly, which
            suits a throttle that counts over any second.
        max_wait: Seconds to wait at most. A longer wait is refused at once instead, so it must be
            enough for all who ask at the same time: `max_concurrency / rate` for a bulk call.
        clock: Where time and sleeping come from; for tests.

    Raises:
        ConfigurationError: A number is out of range.

    Example:
        >>> limiter = RateLimiter(20)
        >>> limiter.acquire()
    """

    def __init__(
        self,
        rate: float,
        *,
        burst: int = 1,
        max_wait: float = DEFAULT_MAX_WAIT,
        clock: Clock | None = None,
    ) -> None:
        self._rate, self._max_wait = as_rate(type(self).__name__, rate, burst, max_wait)
        self._clock = clock or SteadyClock()
        self._scheduler = GcraScheduler(self._rate)
        self._lock = Lock()

    def acquire(self) -> None:
        """Return when a request may be sent; block the thread until then.

        Raises:
            LimiterError: That would take longer than `max_wait`. Said at once.
        """
        place, wait = self._taken()
        if wait > 0:
            try:
                self._clock.sleep(wait)
            except BaseException:
                self._give_back(place)
                raise

    async def aacquire(self) -> None:
        """Return when a request may be sent; pause the task until then.

        Raises:
            LimiterError: That would take longer than `max_wait`. Said at once.
        """
        place, wait = self._taken()
        if wait > 0:
            try:
                await self._clock.sleep_async(wait)
            except BaseException:
                self._give_back(place)
                raise

    def sleeping_by(self, wrap: Callable[[Clock], Clock]) -> Self:
        """Give the same limiter, with the same places, that sleeps on a wrapped clock."""
        same = copy(self)
        same._clock = wrap(self._clock)  # noqa: SLF001  # our own
        return same

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._rate.rate:g}, burst={self._rate.burst})"

    def _taken(self) -> tuple[Reservation, float]:
        with self._lock:
            now = self._clock.now()
            place = self._scheduler.take(now=now, max_wait=self._max_wait)
            if place is None:
                raise wait_too_long_error(self._scheduler.wait(now=now), self._max_wait)
        return place, place.at - now

    def _give_back(self, place: Reservation) -> None:
        with self._lock:
            self._scheduler.release(place)


def as_rate(name: str, rate: float, burst: int, max_wait: float) -> tuple[Rate, float]:
    """Refuse numbers that no limiter could keep to.

    Raises:
        ConfigurationError: A number is out of range, or none.
    """
    if not _is_number(rate) or rate <= 0:
        raise ConfigurationError(
            f"{name}: rate must be a number above 0, requests a second, not {rate!r}."
        )
    if type(burst) is not int or burst < 1:
        raise ConfigurationError(
            f"{name}: burst must be a whole number of at least 1, not {burst!r}."
        )
    validate_seconds(name, "max_wait", max_wait)
    return Rate(rate=float(rate), burst=burst), float(max_wait)


def validate_seconds(name: str, argument: str, seconds: float) -> None:
    """Refuse what is no time to wait.

    Raises:
        ConfigurationError: It is no number, or below 0.
    """
    if not _is_number(seconds) or seconds < 0:
        raise ConfigurationError(
            f"{name}: {argument} must be a number of at least 0, in seconds, not {seconds!r}."
        )


def wait_too_long_error(wait: float, max_wait: float) -> LimiterError:
    """Word that a place lies too far ahead."""
    return LimiterError(
        f"The limiter has no room for {wait:.1f} s, and {max_wait:g} s is the most to wait. Try "
        "again later, send less at a time, or allow a longer max_wait."
    )


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and isfinite(value)  # type: ignore[arg-type]  # a number
