"""What a client asks of a rate limiter, and the check that it can."""

from __future__ import annotations

from functools import lru_cache
from inspect import iscoroutinefunction, signature
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol

from apple_music_ratings.errors import ConfigurationError, LimiterError

if TYPE_CHECKING:
    from anyio import Event as AsyncEvent


class Limiter(Protocol):
    """Decides when a request may be sent. Called before every attempt, retries included.

    Sync clients call `acquire`, from several threads at a time; async clients await `aacquire`, in
    several tasks. The return value is ignored: returning is the permission. Whatever either raises
    becomes the cause of a `LimiterError`, and the request is not sent. The clients do not limit how
    long it takes, so it should.

    A limiter whose methods also accept `until`, an event, can stop waiting when it is set: a bulk
    call that is interrupted sets it. Without `until` the wait is continued to its end.
    """

    def acquire(self) -> object:
        """Return when a request may be sent; block the thread until then."""
        ...

    async def aacquire(self) -> object:
        """Return when a request may be sent; pause the task until then."""
        ...


def acquire(limiter: Limiter, *, until: Event | None) -> None:
    """Acquire a limiter.

    Raises:
        LimiterError: `until` was set before the request could be sent.
    """
    limiter.acquire(**_options(limiter.acquire, until))
    _raise_if_set(until)


async def aacquire(limiter: Limiter, *, until: AsyncEvent | None) -> None:
    """Acquire a limiter. See `acquire`."""
    await limiter.aacquire(**_options(limiter.aacquire, until))
    _raise_if_set(until)


def validate_limiter(limiter: object, *, method: str) -> None:
    """Validate that a client can use a limiter; `None` passes.

    Raises:
        ConfigurationError: It lacks the method, or the method is async where a sync one is needed.
    """
    if limiter is None:
        return
    function = getattr(limiter, method, None)
    if isinstance(limiter, type) or not callable(function):
        raise ConfigurationError(
            f"{_name(limiter)} is not a limiter for this client: it has no {method}(). Use a "
            "RateLimiter(rate), or an object with the methods of Limiter."
        )
    if method == "acquire" and iscoroutinefunction(function):
        raise ConfigurationError(
            f"{_name(limiter)} cannot limit a RatingsClient: its acquire() is async and would not "
            "be awaited. Use an AsyncRatingsClient, which awaits aacquire()."
        )


def interrupted_error() -> LimiterError:
    """Return the error for a wait that ended early."""
    return LimiterError("The run was interrupted while it waited for the rate limiter.")


def _raise_if_set(until: Event | AsyncEvent | None) -> None:
    if until is not None and until.is_set():
        raise interrupted_error()


def _options(method: Any, until: Event | AsyncEvent | None) -> dict[str, Any]:
    if until is None or not _accepts_until(getattr(method, "__func__", method)):
        return {}
    return {"until": until}


@lru_cache(maxsize=64)
def _accepts_until(function: Any) -> bool:
    try:
        return "until" in signature(function).parameters
    except (TypeError, ValueError):  # of a function written in C
        return False


def _name(limiter: object) -> str:
    return limiter.__name__ if isinstance(limiter, type) else type(limiter).__name__
