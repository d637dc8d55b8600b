"""A rate limiter for the clients of one process.

Apple throttles per developer team, so threads, tasks, processes and hosts that sign with keys of
one team share one budget. `limiters.redis` has a limiter for many processes and hosts.
"""

from __future__ import annotations

import time
from math import isfinite
from threading import Event, Lock
from typing import TYPE_CHECKING

from apple_music_ratings.clock import Clock, SystemClock
from apple_music_ratings.errors import ConfigurationError, LimiterError

from .protocol import interrupted_error

if TYPE_CHECKING:
    from anyio import Event as AsyncEvent

    from .gcra import Rate, Reservation

__all__ = ["RateLimiter"]

DEFAULT_MAX_WAIT = 60.0


class SteadyClock(SystemClock):
    """A clock whose time starts anywhere, and which setting the machine's clock does not change."""

    def now(self) -> float:
        """Return the seconds since some moment."""
        return time.monotonic()


class RateLimiter:
    """Lets this many requests through per second, for the clients of one process.

    Share one between clients; it may be used from threads, asyncio and trio at the same time. Slots
    are reserved in the order of the calls, and a canceled wait releases its slot. Any `t` seconds
    have at most `burst + rate * t` requests.

    Args:
        rate: Requests per second in the long run; above 0, may be a fraction.
        burst: Requests at once after a pause. The default spaces them evenly, which suits a
            throttle that counts over any second.
        max_wait: Seconds to wait at most. A longer wait is rejected immediately instead, so it must
            be enough for all callers that wait at the same time: `max_concurrency / rate` for a
            bulk call.
        clock: The source of time and sleep; for tests.

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
        from .gcra import GcraScheduler  # noqa: PLC0415  # most programs make no limiter

        self._rate, self._max_wait = as_rate(type(self).__name__, rate, burst, max_wait)
        self._clock = clock or SteadyClock()
        self._scheduler = GcraScheduler(self._rate)
        self._lock = Lock()

    def acquire(self, *, until: Event | None = None) -> None:
        """Return when a request may be sent; block the thread until then.

        Args:
            until: Ends the wait early when it is set.

        Raises:
            LimiterError: The wait would be longer than `max_wait`, which raises immediately, or
                ended early.
        """
        reservation, wait = self._reserve()
        if wait > 0:
            try:
                is_interrupted = self._clock.sleep(wait, until=until)
            except BaseException:
                self._release(reservation)
                raise
            self._check(reservation, is_interrupted=is_interrupted)

    async def aacquire(self, *, until: AsyncEvent | None = None) -> None:
        """Return when a request may be sent; pause the task until then. See `acquire`."""
        reservation, wait = self._reserve()
        if wait > 0:
            try:
                is_interrupted = await self._clock.sleep_async(wait, until=until)
            except BaseException:
                self._release(reservation)
                raise
            self._check(reservation, is_interrupted=is_interrupted)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._rate.rate:g}, burst={self._rate.burst})"

    def _reserve(self) -> tuple[Reservation, float]:
        with self._lock:
            now = self._clock.now()
            reservation = self._scheduler.take(now=now, max_wait=self._max_wait)
            if reservation is None:
                raise wait_too_long_error(self._scheduler.wait(now=now), self._max_wait)
        return reservation, reservation.at - now

    def _check(self, reservation: Reservation, *, is_interrupted: bool) -> None:
        if is_interrupted:
            self._release(reservation)
            raise interrupted_error()

    def _release(self, reservation: Reservation) -> None:
        with self._lock:
            self._scheduler.release(reservation)


def as_rate(name: str, rate: float, burst: int, max_wait: float) -> tuple[Rate, float]:
    """Validate the numbers of a limiter.

    Raises:
        ConfigurationError: One is out of range, or not a number.
    """
    from .gcra import Rate  # noqa: PLC0415  # as above

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
    """Validate a number of seconds.

    Raises:
        ConfigurationError: It is not a number, or below 0.
    """
    if not _is_number(seconds) or seconds < 0:
        raise ConfigurationError(
            f"{name}: {argument} must be a number of at least 0, in seconds, not {seconds!r}."
        )


def wait_too_long_error(wait: float, max_wait: float) -> LimiterError:
    """Return the error for a slot that is too far ahead."""
    return LimiterError(
        f"The rate limiter's first free slot is {wait:.1f} s ahead, and max_wait is {max_wait:g} "
        "s. Try again later, send fewer requests at a time, or allow a longer max_wait."
    )


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and isfinite(value)  # type: ignore[arg-type]  # a number
