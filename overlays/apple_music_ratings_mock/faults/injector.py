"""The active faults, and the decision which of them apply to a request."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from random import Random

from attrs import define, field, frozen

from apple_music_ratings_mock.api.fingerprints import fingerprint
from apple_music_ratings_mock.api.intent import Intent

from .kinds import Fault, FaultKind

_MAX_TEAMS = 256
_WINDOWED = (FaultKind.THROTTLE, FaultKind.LONG_THROTTLE)


@define(kw_only=True)
class ActiveFault:
    """A fault that is active, and its counts.

    Args:
        number: Its number, from 1; `remove_fault` takes it.
        fault: The fault.
        matched: How many requests it has targeted so far.
        applied: How many of those it was applied to.
    """

    number: int
    fault: Fault
    matched: int = 0
    applied: int = 0
    window_ends_at: float | None = None
    passes_next: bool = False
    teams: dict[str, deque[float]] = field(factory=dict)


@frozen
class Activation:
    """One fault that applies to one request.

    Args:
        fault: The fault.
        seconds: The duration of its effect, randomness included.
    """

    fault: Fault
    seconds: float


class FaultInjector:
    """Decides which active faults apply to a request.

    Args:
        seed: The same seed and the same requests give the same activations.
        faults: The faults that are active from the start.
    """

    def __init__(self, seed: int = 0, faults: Iterable[Fault] = ()) -> None:
        self._random = Random(seed)  # noqa: S311  # not a secret
        self._active: list[ActiveFault] = []
        self._number = 0
        for fault in faults:
            self.inject(fault)

    def __bool__(self) -> bool:
        return bool(self._active)

    @property
    def active(self) -> list[ActiveFault]:
        """The active faults, in the order of injection."""
        return list(self._active)

    def inject(self, fault: Fault) -> int:
        """Add a fault after the active ones, and return its number."""
        self._number += 1
        self._active.append(ActiveFault(number=self._number, fault=fault))
        return self._number

    def remove(self, number: int) -> bool:
        """Remove one fault; return whether it was active."""
        remaining = [each for each in self._active if each.number != number]
        was_active = len(remaining) < len(self._active)
        self._active = remaining
        return was_active

    def clear(self) -> None:
        """Remove every fault."""
        self._active = []

    def activations(
        self, intent: Intent, user: str | None, team: str, now: float
    ) -> list[Activation]:
        """Return what applies to a request, in the order of injection.

        Of the faults that reject a request only one applies, and the others do not count it.
        """
        found: list[Activation] = []
        is_rejected = False
        for each in self._active:
            if not _targets(each.fault, intent, user) or (is_rejected and each.fault.rejects):
                continue
            seconds = self._seconds_of(each, team, now)
            if seconds is not None:
                found.append(Activation(each.fault, seconds))
                is_rejected = is_rejected or each.fault.rejects
        return found

    def _seconds_of(self, active: ActiveFault, team: str, now: float) -> float | None:
        """Count a request, and return the duration of the effect; `None` without one."""
        fault = active.fault
        if fault.kind in _WINDOWED and active.window_ends_at is not None:
            if now < active.window_ends_at:
                return self._in_window(active, now)
            active.window_ends_at, active.passes_next = None, True
        active.matched += 1
        if active.passes_next:
            active.passes_next = False
            return None
        if fault.kind == FaultKind.TEAM_THROTTLE and not _exceeds_team_limit(active, team, now):
            return None
        if not self._is_due(active):
            return None
        active.applied += 1
        seconds = self._draw(fault)
        if fault.kind in _WINDOWED:
            active.window_ends_at = now + seconds
        return seconds

    def _in_window(self, active: ActiveFault, now: float) -> float:
        if active.fault.kind == FaultKind.LONG_THROTTLE:
            # Observed in one regime: each request extends the window.
            active.window_ends_at = now + (active.fault.seconds or 0.0)
        return (active.window_ends_at or now) - now

    def _is_due(self, active: ActiveFault) -> bool:
        fault = active.fault
        is_used_up = fault.count is not None and active.applied >= fault.count
        if active.matched <= fault.skip_first or is_used_up:
            return False
        return fault.probability >= 1.0 or self._random.random() < fault.probability

    def _draw(self, fault: Fault) -> float:
        seconds = fault.seconds or 0.0
        if fault.kind == FaultKind.LATENCY and fault.distribution == "log-normal":
            return seconds * self._random.lognormvariate(0.0, fault.sigma or 0.0)
        is_fixed = fault.kind == FaultKind.LATENCY and fault.distribution == "fixed"
        if fault.max_seconds is None or is_fixed:
            return seconds
        return self._random.uniform(seconds, fault.max_seconds)


def _targets(fault: Fault, intent: Intent, user: str | None) -> bool:
    return (
        (fault.operation is None or fault.operation == intent.operation)
        and (fault.type is None or fault.type == intent.type)
        and (fault.id is None or fault.id in intent.ids)
        and (fault.user is None or fingerprint(fault.user) == user)
    )


def _exceeds_team_limit(active: ActiveFault, team: str, now: float) -> bool:
    """Count a request of a team, and return whether it exceeds the limit per second."""
    if team not in active.teams and len(active.teams) >= _MAX_TEAMS:
        active.teams.clear()
    recent = active.teams.setdefault(team, deque(maxlen=active.fault.max_per_second))
    if len(recent) == recent.maxlen and now - recent[0] < 1.0:
        return True
    recent.append(now)
    return False
