"""The source of time, sleep and jitter, so that a test can replace it."""

from __future__ import annotations

import random
import time
from threading import Event
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from anyio import Event as AsyncEvent

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """The time, sleep and jitter that the clients need.

    `SystemClock` is the default; a test passes one whose time moves only when it sleeps.
    """

    def now(self) -> float:
        """Return the Unix time in seconds."""
        ...

    def sleep(self, seconds: float, *, until: Event | None = None) -> bool:
        """Block the thread for this many seconds, or until the event is set.

        Returns:
            Whether the event was set.
        """
        ...

    async def sleep_async(self, seconds: float, *, until: AsyncEvent | None = None) -> bool:
        """Pause the task for this many seconds, or until the event is set.

        Returns:
            Whether the event was set.
        """
        ...

    def jitter(self) -> float:
        """Return a random number in [0, 1)."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return the Unix time in seconds."""
        return time.time()

    def sleep(self, seconds: float, *, until: Event | None = None) -> bool:
        """Block the thread for this many seconds, or until the event is set."""
        if until is not None:
            return until.wait(seconds)
        time.sleep(seconds)
        return False

    async def sleep_async(self, seconds: float, *, until: AsyncEvent | None = None) -> bool:
        """Pause the task for this many seconds, or until the event is set."""
        # httpx requires anyio; it is slow to import and not needed before the first wait.
        from anyio import move_on_after, sleep  # noqa: PLC0415

        if until is None:
            await sleep(seconds)
            return False
        with move_on_after(seconds):
            await until.wait()
        return until.is_set()

    def jitter(self) -> float:
        """Return a random number in [0, 1)."""
        return random.random()  # noqa: S311  # jitter, not a secret
