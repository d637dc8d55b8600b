"""Clocks for tests of limiters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anyio import Event, sleep
from attrs import define, field


@define
class StandingClock:
    """Time that advances only when a caller sleeps."""

    time: float = 1000.0
    slept: list[float] = field(factory=list)

    def now(self) -> float:
        """Return the time."""
        return self.time

    def sleep(self, seconds: float, *, until: Any = None) -> bool:
        """Record how long, and let that much time pass at once."""
        self.slept.append(seconds)
        self.time += seconds
        return until is not None and until.is_set()

    async def sleep_async(self, seconds: float, *, until: Any = None) -> bool:
        """The same for async callers."""
        return self.sleep(seconds, until=until)

    def jitter(self) -> float:
        """Return a constant."""
        return 0.0


@define
class WaitingRoom(StandingClock):
    """Time that does not advance; sleeping callers stay until they are canceled.

    Args:
        is_full: Tells from the sleeps so far whether everybody is there.
    """

    is_full: Callable[[list[float]], bool] = field(default=lambda _slept: False, kw_only=True)
    full: Event = field(factory=Event, init=False)

    async def sleep_async(self, seconds: float, *, until: Any = None) -> bool:  # noqa: ARG002
        """Record how long, and stay."""
        self.slept.append(seconds)
        if self.is_full(self.slept):
            self.full.set()
        await sleep(3600)
        return False


class ImpatientClock(StandingClock):
    """A clock whose sleeps are broken off."""

    def sleep(self, seconds: float, *, until: Any = None) -> bool:  # noqa: ARG002
        """Record how long, and be interrupted.

        Raises:
            KeyboardInterrupt: Always.
        """
        self.slept.append(seconds)
        raise KeyboardInterrupt
