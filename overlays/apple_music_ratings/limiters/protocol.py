"""What a client asks of a rate limiter, and the check that it can."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import Protocol

from apple_music_ratings.errors import ConfigurationError


class Limiter(Protocol):
    """Decides when a request may be sent. Called before every attempt, retries included.

    Sync clients call `acquire`, from several threads at a time; async clients await `aacquire`, in
    several tasks. The return value is ignored: returning is the permission. Whatever either raises
    becomes the cause of a `LimiterError`, and the request is not sent. The clients do not limit how
    long it takes, so it should.
    """

    def acquire(self) -> object:
        """Return when a request may be sent; block the thread until then."""
        ...

    async def aacquire(self) -> object:
        """Return when a request may be sent; pause the task until then."""
        ...


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


def _name(limiter: object) -> str:
    return limiter.__name__ if isinstance(limiter, type) else type(limiter).__name__
