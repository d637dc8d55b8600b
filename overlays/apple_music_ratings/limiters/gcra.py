"""Decide when each send may go, so that there are never too many in any stretch of time.

This is the generic cell rate algorithm, a token bucket kept as one time: each place that is given
moves the time of the next one. Nothing here reads a clock or sleeps.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from attrs import define, field, frozen


@frozen(kw_only=True)
class Rate:
    """How often something may be sent.

    Args:
        rate: Sends a second in the long run.
        burst: Sends at once after a pause; 1 for even steps.
    """

    rate: float
    burst: int = 1

    @property
    def step(self) -> float:
        """Seconds between two sends."""
        return 1 / self.rate

    @property
    def burst_tolerance(self) -> float:
        """Seconds by which a send may come before its turn."""
        return (self.burst - 1) * self.step


@frozen
class Reservation:
    """Leave to send once, from a certain time on.

    Args:
        at: The time from which on it holds.
        turn: When its turn would be were all steps even; names it when it is given back.
    """

    at: float
    turn: float


@define
class Queue:
    """The places that were given, as far as they matter.

    In any stretch of `t` seconds there are never more places than `burst + rate * t`, as long as
    nobody sends before the time of a place. Times are seconds of whatever clock the owner reads.

    Args:
        pace: How often something may be sent.
    """

    pace: Rate
    _next_turn: float = field(default=float("-inf"), init=False)
    # Turns that were given and given back, in order.
    _free: list[float] = field(factory=list, init=False)

    def take(self, *, now: float, max_wait: float) -> Reservation | None:
        """Give the first place that is free.

        Args:
            now: The time.
            max_wait: Seconds that a place may lie ahead.

        Returns:
            A place at `now` or later; `None` where the first one is too far off, and none is taken.
        """
        # Used after its turn, a place would be one more among those that follow.
        del self._free[: bisect_left(self._free, now)]
        turn = self._free[0] if self._free else max(self._next_turn, now)
        at = max(now, turn - self.pace.burst_tolerance)
        if at - now > max_wait:
            return None
        if self._free:
            del self._free[0]
        else:
            self._next_turn = turn + self.pace.step
        return Reservation(at, turn)

    def wait(self, *, now: float) -> float:
        """Tell how many seconds ahead the first free place lies, without taking it."""
        turn = next((turn for turn in self._free if turn >= now), max(self._next_turn, now))
        return max(0.0, turn - self.pace.burst_tolerance - now)

    def release(self, place: Reservation) -> None:
        """Take back a place that was not used, for whoever asks next."""
        insort(self._free, place.turn)
        # What is free at the end of the queue need not be remembered.
        while self._free and self._free[-1] + self.pace.step == self._next_turn:
            self._next_turn = self._free.pop()
