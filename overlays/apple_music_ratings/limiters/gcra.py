"""Decide when each request may be sent, so that no stretch of time has too many.

This is the generic cell rate algorithm, a token bucket stored as one time: each reservation moves
the time of the next one. Pure: nothing here reads a clock or sleeps.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from attrs import define, field, frozen


@frozen(kw_only=True)
class Rate:
    """How often something may be sent.

    Args:
        rate: Requests per second in the long run.
        burst: Requests at once after a pause; 1 for even steps.
    """

    rate: float
    burst: int = 1

    @property
    def step(self) -> float:
        """Seconds between two requests."""
        return 1 / self.rate

    @property
    def burst_tolerance(self) -> float:
        """Seconds by which a request may be sent before its slot."""
        return (self.burst - 1) * self.step


@frozen
class Reservation:
    """Permission to send once, from a certain time on.

    Args:
        at: The time from which on it is valid.
        slot: Its time if all steps were even; identifies it when it is released.
    """

    at: float
    slot: float


@define
class GcraScheduler:
    """The reservations made so far, as far as they matter.

    Any stretch of `t` seconds has at most `burst + rate * t` reservations, as long as no request
    is sent before the time of its reservation. Times are seconds of any clock the owner reads.

    Args:
        rate: How often something may be sent.
    """

    rate: Rate
    _next_slot: float = field(default=float("-inf"), init=False)
    # Slots that were reserved and released, in order.
    _free: list[float] = field(factory=list, init=False)

    def take(self, *, now: float, max_wait: float) -> Reservation | None:
        """Reserve the first free slot.

        Args:
            now: The time.
            max_wait: Seconds that the reservation may lie ahead.

        Returns:
            A reservation at `now` or later; `None` if the first one is too far ahead, and then none
            is made.
        """
        # Used after its time, a slot would be one more among those that follow.
        del self._free[: bisect_left(self._free, now)]
        slot = self._free[0] if self._free else max(self._next_slot, now)
        at = max(now, slot - self.rate.burst_tolerance)
        if at - now > max_wait:
            return None
        if self._free:
            del self._free[0]
        else:
            self._next_slot = slot + self.rate.step
        return Reservation(at, slot)

    def wait(self, *, now: float) -> float:
        """Return how many seconds ahead the first free slot is, without reserving it."""
        slot = next((slot for slot in self._free if slot >= now), max(self._next_slot, now))
        return max(0.0, slot - self.rate.burst_tolerance - now)

    def release(self, reservation: Reservation) -> None:
        """Make the slot of an unused reservation free for the next caller."""
        insort(self._free, reservation.slot)
        # What is free at the end need not be stored.
        while self._free and self._free[-1] + self.rate.step == self._next_slot:
            self._next_slot = self._free.pop()
