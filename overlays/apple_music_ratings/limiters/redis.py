"""A rate limiter for many processes and hosts, whose slots are stored in Redis.

Needs the extra `redis`. The bucket is that of pyrate-limiter: the generic cell rate algorithm, run
in Redis by one script, so that reading and writing are one step. Time is that of the Redis server,
since the clocks of hosts differ.
"""

from __future__ import annotations

from math import ceil
from threading import Event
from typing import TYPE_CHECKING, Any

from apple_music_ratings.clock import Clock
from apple_music_ratings.errors import ConfigurationError, LimiterError

from .protocol import interrupted_error
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

    from anyio import Event as AsyncEvent

__all__ = ["RedisLimiter"]

# The bucket counts in milliseconds and rounds up to whole ones, a tenth of each step at a hundred
# requests a second. So each of its milliseconds is a tenth of a millisecond here. Its script counts
# in thousandths of them, exactly up to 2 ** 53; from 2026 on that lasts until 2054.
_TICKS = 10_000
_FIRST_SECOND = 1_767_225_600
# Seconds that the bucket outlives its last slot, in case a clock is set back.
_EXTRA_LIFETIME = 60.0


class RedisLimiter:
    """Lets this many requests through per second, for all users of one key of one Redis.

    Each `acquire` reserves the next free slot at once and sleeps until its time. So hosts go in the
    order of their calls, and no slot is missed while a process wakes up. That takes two round
    trips, three where there is a wait, and one more for each caller that comes between. A slot
    whose owner stops waiting or dies goes unused.

    May be used from threads, asyncio and trio at the same time; async callers reach Redis from a
    worker thread.

    Args:
        url: The URL of Redis, such as `redis://:password@host:6379/0`, `rediss://...` or
            `unix:///path`. Neither errors nor `repr` show it.
        rate: Requests per second in the long run, of all users together; above 0, may be a
            fraction.
        burst: Requests at once after a pause.
        key: Names the budget. All users of a budget pass the same key, rate and burst; one key for
            each developer team.
        max_wait: Seconds to wait at most. A longer wait is rejected immediately instead, so it must
            be enough for all callers that wait at the same time.
        timeout: Seconds that connecting to Redis, and each of its responses, may take.
        clock: The source of sleep; for tests.

    Raises:
        ConfigurationError: The extra is not installed, the URL is not valid, or a number is out of
            range. Redis is not contacted yet.

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
        self._redis = _connect(url, timeout)
        self._password = str(self._redis.connection_pool.connection_kwargs.get("password") or "")
        # Whole numbers that keep the fractions of a rate.
        whole = (round(rate * 1000), 1000 * _TICKS) if rate >= 1 else (1, ceil(_TICKS / rate))
        self._rates = [Rate(*whole, burst=burst)]
        self._algorithm = GCRA()
        lifetime = max_wait + self._rate.step * (burst + 1) + _EXTRA_LIFETIME
        self._store: Any = RedisStateStore(self._redis, key, ttl_ms=ceil(1000 * lifetime))
        self._redis_error = RedisError

    def acquire(self, *, until: Event | None = None) -> None:
        """Return when a request may be sent; block the thread until then.

        Args:
            until: Ends the wait early when it is set; the slot goes unused.

        Raises:
            LimiterError: The wait would be longer than `max_wait`, which raises immediately, or
                ended early, or Redis cannot be reached.
        """
        wait = self._reserve() - self._clock.now()
        if wait > 0 and self._clock.sleep(wait, until=until):
            raise interrupted_error()

    async def aacquire(self, *, until: AsyncEvent | None = None) -> None:
        """Return when a request may be sent; pause the task until then. See `acquire`."""
        # The async client of redis does not support trio, and its connections are bound to a loop.
        from anyio import to_thread  # noqa: PLC0415  # slow to import; httpx requires it

        at = await to_thread.run_sync(self._reserve, abandon_on_cancel=True)
        wait = at - self._clock.now()
        if wait > 0 and await self._clock.sleep_async(wait, until=until):
            raise interrupted_error()

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
        rate = f"{self._rate.rate:g}, burst={self._rate.burst}"
        return f"{type(self).__name__}(..., {rate}, key={self._key!r})"

    def _reserve(self) -> float:
        """Reserve the next free slot, and return its time on our clock."""
        try:
            return self._first_free()
        except self._redis_error as error:
            message = str(error)
            if self._password:
                message = message.replace(self._password, "[hidden]")
                error.args = (message,)
            raise LimiterError(
                f"Redis failed: {type(error).__name__}: {message.rstrip('.')}. Check that it runs "
                "and can be reached from here."
            ) from error

    def _first_free(self) -> float:
        seconds, micros = map(int, self._redis.time())
        read_at: float = self._clock.now()
        now = (seconds - _FIRST_SECOND) * _TICKS + micros * _TICKS // 1_000_000
        slot = now
        # Asking for a time ahead reserves a slot at that time. If another caller was faster, the
        # bucket returns the next one; so each turn of this loop is a slot of another caller.
        while slot - now <= self._max_wait * _TICKS:
            decision = self._store.check(self._algorithm, self._rates, slot, 1)
            if decision.allowed:
                return read_at + float(slot - now) / _TICKS
            slot += max(1, int(decision.retry_after_ms))
        raise wait_too_long_error((slot - now) / _TICKS, self._max_wait)


def _connect(url: str, timeout: float) -> Any:
    """Return a client for Redis. Nothing is sent yet.

    Raises:
        ConfigurationError: The URL is not one of Redis.
    """
    from redis import ConnectionError as RedisConnectionError  # noqa: PLC0415  # of the extra
    from redis import Redis  # noqa: PLC0415  # as above
    from redis.backoff import NoBackoff  # noqa: PLC0415  # as above
    from redis.retry import Retry  # noqa: PLC0415  # as above

    try:
        # Raises for text that cannot be sent, which an error would keep otherwise.
        url.encode()
        return Redis.from_url(
            url,
            socket_connect_timeout=timeout,
            socket_timeout=timeout,
            # A connection that broke while it was idle is opened again, once.
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )
    except (ValueError, TypeError, AttributeError):
        # The reason is neither shown nor kept as the context: it may quote part of the password.
        pass
    raise ConfigurationError(
        "The URL of Redis is not valid. Write redis://host:6379/0, rediss://host:6379/0 or "
        "unix:///path, and in a user name or password each / ? # @ : and % as %2F, %3F, %23, "
        "%40, %3A and %25."
    )
