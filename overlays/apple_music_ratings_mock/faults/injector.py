"""The faults that are armed, and when each of them strikes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from apple_music_ratings_mock.api.fingerprints import fingerprint
from apple_music_ratings_mock.api.intent import Aim

from .kinds import Fault, FaultKind

_MAX_TEAMS = 256
_WINDOWED = (FaultKind.THROTTLE, FaultKind.LONG_THROTTLE)


@dataclass(slots=True, kw_only=True)
class ArmedFault:
    """A fault in place, and what has become of it.

    Args:
        number: By which it is disarmed, from 1.
        fault: What goes wrong.
        matched: Requests so far that it was meant for.
        struck: How often it has struck.
    """

    number: int
    fault: Fault
    matched: int = 0
    struck: int = 0
    closes_at: float | None = None
    lets_pass: bool = False
    teams: dict[str, deque[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault that hits one request.

    Args:
        fault: The fault.
        seconds: How long whatever it does lasts, chance included.
    """

    fault: Fault
    seconds: float


class Armory:
    """Keeps faults and rolls the dice.

    Args:
        seed: The same seed and the same requests give the same strikes.
        faults: What is armed from the start.
    """

    def __init__(self, seed: int = 0, faults: Iterable[Fault] = ()) -> None:
        self._random = Random(seed)  # noqa: S311  # no secret
        self._armed: list[ArmedFault] = []
        self._number = 0
        for fault in faults:
            self.arm(fault)

    def __bool__(self) -> bool:
        return bool(self._armed)

    @property
    def armed(self) -> list[ArmedFault]:
        """The faults in place, in the order in which they were armed."""
        return list(self._armed)

    def arm(self, fault: Fault) -> int:
        """Put a fault in place, after those that are there, and give its number."""
        self._number += 1
        self._armed.append(ArmedFault(number=self._number, fault=fault))
        return self._number

    def disarm(self, number: int | None = None) -> bool:
        """Take away one fault, or all; tell whether there was any."""
        kept = [each for each in self._armed if number is not None and each.number != number]
        is_less = len(kept) < len(self._armed)
        self._armed = kept
        return is_less

    def strikes(self, aim: Aim, user: str | None, team: str, now: float) -> list[Strike]:
        """Find what hits a request, in the order in which it was armed.

        Of the faults that refuse a request only one strikes; the others do
        not so much as count it.
        """
        found: list[Strike] = []
        is_refused = False
        for each in self._armed:
            if not _fits(each.fault, aim, user) or (is_refused and each.fault.refuses):
                continue
            seconds = self._seconds_of(each, team, now)
            if seconds is not None:
                found.append(Strike(each.fault, seconds))
                is_refused = is_refused or each.fault.refuses
        return found

    def _seconds_of(self, armed: ArmedFault, team: str, now: float) -> float | None:
        """Let a fault strike or not; None when it does not."""
        fault = armed.fault
        if fault.kind in _WINDOWED and armed.closes_at is not None:
            if now < armed.closes_at:
                return self._in_window(armed, now)
            armed.closes_at, armed.lets_pass = None, True
        armed.matched += 1
        if armed.lets_pass:
            armed.lets_pass = False
            return None
        if fault.kind == FaultKind.TEAM_THROTTLE and not _is_crowded(armed, team, now):
            return None
        if not self._rolls(armed):
            return None
        armed.struck += 1
        seconds = self._draw(fault)
        if fault.kind in _WINDOWED:
            armed.closes_at = now + seconds
        return seconds

    def _in_window(self, armed: ArmedFault, now: float) -> float:
        if armed.fault.kind == FaultKind.LONG_THROTTLE:
            # Observed in one regime: each try makes the window longer.
            armed.closes_at = now + (armed.fault.seconds or 0.0)
        return (armed.closes_at or now) - now

    def _rolls(self, armed: ArmedFault) -> bool:
        fault = armed.fault
        if armed.matched < fault.nth or (fault.count is not None and armed.struck >= fault.count):
            return False
        return fault.rate >= 1.0 or self._random.random() < fault.rate

    def _draw(self, fault: Fault) -> float:
        seconds = fault.seconds or 0.0
        if fault.kind == FaultKind.LATENCY and fault.distribution == "log-normal":
            return seconds * self._random.lognormvariate(0.0, fault.sigma or 0.0)
        is_fixed = fault.kind == FaultKind.LATENCY and fault.distribution == "fixed"
        if fault.to is None or is_fixed:
            return seconds
        return self._random.uniform(seconds, fault.to)


def _fits(fault: Fault, aim: Aim, user: str | None) -> bool:
    return (
        (fault.operation is None or fault.operation == aim.operation)
        and (fault.type is None or fault.type == aim.type)
        and (fault.id is None or fault.id in aim.ids)
        and (fault.user is None or fingerprint(fault.user) == user)
    )


def _is_crowded(armed: ArmedFault, team: str, now: float) -> bool:
    """Count a request of a team, and tell whether it is one too many in a second."""
    if team not in armed.teams and len(armed.teams) >= _MAX_TEAMS:
        armed.teams.clear()
    recent = armed.teams.setdefault(team, deque(maxlen=armed.fault.limit))
    if len(recent) == recent.maxlen and now - recent[0] < 1.0:
        return True
    recent.append(now)
    return False
