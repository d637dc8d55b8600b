"""A limiter for many processes and hosts, whose places are kept in Redis. Needs the extra `redis`.

The bucket is that of pyrate-limiter: the generic cell rate algorithm, carried out in Redis by one
script, so nobody comes between reading and writing. Time is that of the Redis server, since the
clocks of hosts differ.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from math import ceil
from typing import TYPE_CHECKING, Any

from apple_music_ratings.clock import Clock
from apple_music_ratings.errors import ConfigurationError, LimiterError

from .rate_limiter import (
    DEFAULT_MAX_WAIT,
    SteadyClock,
    as_rate,
    validate_seconds,
    wait_too_long_error,
)

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["RedisLimiter"]

# The bucket counts in milliseconds and rounds up to whole ones, a tenth of each step at a hundred
# requests a second. So we tell it a tenth of a millisecond for each of its milliseconds. Its script
# reckons in thousandths of them, exactly up to 2 ** 53; from 2026 on that lasts until 2054.
_TICKS = 10_000
_FIRST_SECOND = 1_767_225_600
# How long the bucket is kept beyond the last place in it, for clocks that are set back meanwhile.
_KEPT = 60.0


class RedisLimiter:
    """Lets so many requests through in a second, for all who use the same key of one Redis.

    Each `acquire` takes the next free place at once and sleeps until its time. So hosts go in the
    order of asking, and no place is missed while somebody wakes up. That takes two round trips,
    three where there is a wait, and one more for whoever comes between. A place whose owner gives
    up or dies goes unused.

    May be used from threads, asyncio and trio at the same time; async callers ask Redis on a
    worker thread.

    Args:
        url: Where Redis is, such as `redis://:password@host:6379/0`, `rediss://...` or
            `unix:///path`. Neither errors nor `repr` show it.
        rate: Requests a second in the long run, of all together; above 0, may be a fraction.
        burst: Requests that may go at once after a pause.
        key: Names the budget. All who share a budget give the same key, rate and burst; one key for
            each developer team.
        max_wait: Seconds to wait at most. A longer wait is refused at once instead, so it must be
            enough for all who ask at the same time.
        timeout: Seconds that connecting to Redis, and each answer of it, may take.
        clock: Where sleeping comes from; for tests.

    Raises:
        ConfigurationError: The extra is not installed, the URL cannot be used, or a number is out
            of range. Redis is not asked yet.

    Example:
        >>> with RedisLimiter("redis://127.0.0.1:6379/0", rate=20) as limiter:  # doctest: +SKIP
        ...     client = RatingsClient.from_env(limiter=limiter)
    """

    def __init__(
        self,
        url: str,
        rate: float,
        *,
        burst: int = 1,
        key: str = "apple-music-ratings:limiter",
        max_wait: float = DEFAULT_MAX_WAIT,
        timeout: float = 5.0,
        clock: Clock | None = None,
    ) -> None:
        try:
            from pyrate_limiter import GCRA, Rate, RedisStateStore  # noqa: PLC0415  # of the extra
            from redis import RedisError  # noqa: PLC0415  # as above
        except ImportError as error:
            raise ConfigurationError(
                "RedisLimiter needs redis and pyrate-limiter, and not both are installed in a "
                f"version that fits ({error}). Run: pip install 'apple-music-ratings[redis]'"
            ) from None
        name = type(self).__name__
        self._rate, self._max_wait = as_rate(name, rate, burst, max_wait)
        validate_seconds(name, "timeout", timeout)
        if not isinstance(key, str) or not key:
            raise ConfigurationError(f"{name}: key must be a text, not {key!r}.")
        self._key = key
        self._clock = clock or SteadyClock()
        self._redis = _connected(url, timeout)
        self._password = str(self._redis.connection_pool.connection_kwargs.get("password") or "")
        # Both numbers are whole, and fractions of a rate count all the same.
        whole = (round(rate * 1000), 1000 * _TICKS) if rate >= 1 else (1, ceil(_TICKS / rate))
        self._rates = [Rate(*whole, burst=burst)]
        self._algorithm = GCRA()
        kept = max_wait + self._rate.step * (burst + 1) + _KEPT
        self._store: Any = RedisStateStore(self._redis, key, ttl_ms=ceil(1000 * kept))
        self._trouble = RedisError

    def acquire(self) -> None:
        """Return when a request may be sent; block the thread until then.

        Raises:
            LimiterError: That would take longer than `max_wait`, or Redis cannot be asked. Said at
                once.
        """
        at = self._taken()
        if (wait := at - self._clock.now()) > 0:
            self._clock.sleep(wait)

    async def aacquire(self) -> None:
        """Return when a request may be sent; pause the task until then.

        Raises:
            LimiterError: As for `acquire`.
        """
        # The async client of redis knows no trio, and each of its connections but one loop.
        from anyio import to_thread  # noqa: PLC0415  # slow to import; httpx brings it

        at = await to_thread.run_sync(self._taken, abandon_on_cancel=True)
        if (wait := at - self._clock.now()) > 0:
            await self._clock.sleep_async(wait)

    def sleeping_by(self, wrap: Callable[[Clock], Clock]) -> Self:
        """Give the same limiter, with the same places, that sleeps on a wrapped clock."""
        same = copy(self)
        same._clock = wrap(self._clock)  # noqa: SLF001  # our own
        return same

    def close(self) -> None:
        """Close the connections to Redis."""
        self._redis.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        pace = f"{self._rate.rate:g}, burst={self._rate.burst}"
        return f"{type(self).__name__}(..., {pace}, key={self._key!r})"

    def _taken(self) -> float:
        """Take the next free place, and give its time on our clock."""
        try:
            return self._first_free()
        except self._trouble as error:
            words = str(error)
            if self._password:
                words = words.replace(self._password, "[hidden]")
                error.args = (words,)
            raise LimiterError(
                f"Redis gave no leave to send: {type(error).__name__}: {words.rstrip('.')}. See "
                "whether it runs and can be reached from here."
            ) from error

    def _first_free(self) -> float:
        seconds, micros = map(int, self._redis.time())
        read_at: float = self._clock.now()
        now = (seconds - _FIRST_SECOND) * _TICKS + micros * _TICKS // 1_000_000
        turn = now
        # Asking for a time to come takes a place of that time. Where somebody was faster, the
        # bucket tells the next one; so each turn of this loop is a place that somebody got.
        while turn - now <= self._max_wait * _TICKS:
            decision = self._store.check(self._algorithm, self._rates, turn, 1)
            if decision.allowed:
                return read_at + float(turn - now) / _TICKS
            turn += max(1, int(decision.retry_after_ms))
        raise wait_too_long_error((turn - now) / _TICKS, self._max_wait)


def _connected(url: str, timeout: float) -> Any:
    """Make a client for Redis. Nothing is sent yet.

    Raises:
        ConfigurationError: It is no address of a Redis.
    """
    from redis import ConnectionError as NoConnectionError  # noqa: PLC0415  # of the extra
    from redis import Redis  # noqa: PLC0415  # as above
    from redis.backoff import NoBackoff  # noqa: PLC0415  # as above
    from redis.retry import Retry  # noqa: PLC0415  # as above

    try:
        # What cannot be sent would be kept in an error otherwise.
        url.encode()
        return Redis.from_url(
            url,
            socket_connect_timeout=timeout,
            socket_timeout=timeout,
            # A connection that broke while nobody used it is made anew, once.
            retry=Retry(NoBackoff(), 1, supported_errors=(NoConnectionError,)),
        )
    except (ValueError, TypeError, AttributeError):
        # What is wrong with it is not told, nor kept as the context: it may be a piece of the
        # password.
        pass
    raise ConfigurationError(
        "The URL of Redis cannot be used. Write redis://host:6379/0, rediss://host:6379/0 or "
        "unix:///path, and in a user name or password each / ? # @ : and % as %2F, %3F, %23, "
        "%40, %3A and %25."
    )
