"""Where time, sleeping and chance come from, so that a test can bring its own."""

from __future__ import annotations

import random
import time
from typing import Protocol


class Clock(Protocol):
    """The facts of the world that the clients need.

    `SystemClock` is what runs by default; a test passes one whose time stands still.
    """

    def now(self) -> float:
        """Give the unix time in seconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Block the thread for so many seconds."""
        ...

    async def sleep_async(self, seconds: float) -> None:
        """Pause the task for so many seconds."""
        ...

    def jitter(self) -> float:
        """Give a number in [0, 1) by chance."""
        ...


class Interrupted(Exception):  # noqa: N818  # no error: somebody asked for it
    """Ends a wait before its time, since the work it belongs to is over."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Give the unix time in seconds."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Block the thread for so many seconds."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Pause the task for so many seconds, under asyncio and trio alike."""
        # httpx brings anyio along and runs on it.
        from anyio import sleep  # noqa: PLC0415  # not needed before the first wait

        await sleep(seconds)

    def jitter(self) -> float:
        """Give a number in [0, 1) by chance."""
        return random.random()  # noqa: S311  # jitter, not a secret
