"""What a command is doing: how far it is, and what it waits for. Progress displays read it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from apple_music_ratings import Progress, RetryEvent

STOPPING = "Stopping after the requests in flight (at most 8). Press Ctrl-C again to stop now."
_HINT = "try --rate 5"


@define(kw_only=True)
class Activity:
    """The state of a command, updated from any thread.

    Args:
        task: What it does, such as `Applying`; empty between tasks.
        finished: Items that have ended.
        total: Items in all; `None` if unknown.
        failed: How many of the finished ones failed.
        waits: How often a request waited for another attempt.
        limited: How many of the waits were for a rate limit.
        reason: What is waited for now; empty after the next progress.
        service: The name of the service.
        on_wait: Called with a line for each wait.
        skipped: Items that needed nothing, left out of the count.
        is_drawn: Whether a progress display shows it.
        is_stopping: Whether it ends after the requests in flight.
    """

    task: str = ""
    finished: int = 0
    total: int | None = None
    failed: int = 0
    waits: int = 0
    limited: int = 0
    reason: str = ""
    service: str = "Apple"
    on_wait: Callable[[str], object] | None = None
    skipped: int = 0
    is_drawn: bool = False
    is_stopping: bool = False
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def start(self, task: str, *, total: int | None = None, skipped: int = 0) -> None:
        """Begin a task."""
        self.task, self.finished, self.total, self.failed = task, 0, total, 0
        self.skipped = skipped
        self.reason = ""

    def on_progress(self, progress: Progress, *, task: str | None = None) -> None:
        """Take over the progress of a bulk call, or of a task that follows the first one."""
        self.task = task or self.task
        self.finished = max(progress.finished - self.skipped, 0)
        self.total = progress.total - self.skipped
        self.failed, self.reason = progress.failed, ""

    def on_retry(self, event: RetryEvent) -> None:
        """Record a wait."""
        cause = self._cause(event)
        with self._lock:
            self.waits += 1
            self.limited += event.status_code == 429
            hint = f"; {_HINT}" if self.limited else ""
            self.reason = f"{cause}; waiting {event.delay:.1f} s; {_times(self.waits)} so far{hint}"
        if self.on_wait is not None:
            self.on_wait(f"{event.method} {event.path}: {cause}; waiting {event.delay:.1f} s.")

    def _cause(self, event: RetryEvent) -> str:
        if event.status_code == 429:
            return f"{self.service} is rate-limiting this developer team (429)"
        if event.status_code is not None:
            return f"{self.service} failed ({event.status_code})"
        return f"No response ({event.reason})"

    @property
    def count(self) -> str:
        """How far the task is, such as `2,703 of 8,300`; empty if unknown."""
        if self.total is None:
            return f"{self.finished:,}" if self.finished else ""
        return f"{self.finished:,} of {self.total:,}"

    @property
    def note(self) -> str:
        """What a progress display shows besides the count."""
        failed = f"{self.failed:,} failed" if self.failed else ""
        return "; ".join(filter(None, (failed, STOPPING if self.is_stopping else self.reason)))

    @property
    def line(self) -> str:
        """The state as one line of text."""
        parts = [part for part in (self.count, self.note) if part]
        return f"{self.task}: {'; '.join(parts)}." if parts else f"{self.task}."

    @property
    def summary(self) -> str:
        """The number of all waits; empty if there were none."""
        if not self.waits:
            return ""
        limits = f", {self.limited:,} for the rate limit" if self.limited else ""
        hint = f" To send fewer requests, {_HINT}." if self.limited else ""
        # Not the seconds: requests wait side by side.
        return f"{_times(self.waits)} before further attempts{limits}.{hint}"


def _times(count: int) -> str:
    return "1 wait" if count == 1 else f"{count:,} waits"
