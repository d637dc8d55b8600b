from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apple_music_ratings.limiters.gcra import GcraScheduler, Rate, Reservation

# Binary fractions, so that sums are exact.
RATES = st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0, 64.0])
MOMENTS = st.integers(0, 400).map(lambda quarters: quarters / 4)
MAX_WAIT = 1000.0


def a_queue(rate: float = 1.0, burst: int = 1) -> GcraScheduler:
    """Return a scheduler without reservations."""
    return GcraScheduler(Rate(rate=rate, burst=burst))


def take(queue: GcraScheduler, now: float) -> Reservation:
    """Reserve a slot, however far ahead."""
    place = queue.take(now=now, max_wait=MAX_WAIT)
    assert place is not None
    return place


RESERVATIONS: list[tuple[float, int, list[float], list[float]]] = [
    (1.0, 1, [0, 0, 0], [0, 1, 2]),
    (4.0, 1, [0, 0, 0], [0, 0.25, 0.5]),
    (0.5, 1, [0, 0], [0, 2]),
    (1.0, 1, [0, 5, 5], [0, 5, 6]),
    (1.0, 1, [0, 0.5, 0.5], [0, 1, 2]),
    (1.0, 3, [0, 0, 0, 0, 0], [0, 0, 0, 1, 2]),
    (1.0, 3, [0, 0, 0, 10, 10, 10, 10], [0, 0, 0, 10, 10, 10, 11]),
    (1.0, 3, [0, 0, 0, 1, 1, 2], [0, 0, 0, 1, 2, 3]),
    (2.0, 2, [0, 0, 0, 1, 1], [0, 0, 0.5, 1, 1.5]),
]


def test_slots_are_reserved_in_the_order_of_the_calls() -> None:
    """A step apart, but for a burst after a pause; what was not used is not saved up."""
    for rate, burst, asked_at, expected in RESERVATIONS:
        queue = a_queue(rate, burst)

        assert [take(queue, now).at for now in asked_at] == expected


def test_slot_too_far_ahead_is_not_reserved() -> None:
    """As many as lie within the wait; a rejected call changes nothing."""
    for max_wait, expected in [(0.0, 1), (0.99, 1), (1.0, 2), (2.5, 3), (10.0, 11)]:
        queue = a_queue()
        found = [queue.take(now=0.0, max_wait=max_wait) for _ in range(20)]

        assert sum(each is not None for each in found) == expected
        assert queue.wait(now=0.0) == expected


def test_wait_is_known_without_a_reservation() -> None:
    """It shrinks as time goes by, and is never below zero."""
    queue = a_queue()
    take(queue, 0.0)

    assert [queue.wait(now=now) for now in (0.0, 0.0, 0.75, 1.0, 9.0)] == [1.0, 1.0, 0.25, 0.0, 0.0]


def test_released_slot_goes_to_the_next_call() -> None:
    """Later reservations stay, and none is made twice."""
    queue = a_queue()
    places = [take(queue, 0.0) for _ in range(4)]
    queue.release(places[1])

    assert queue.wait(now=0.0) == 1.0
    assert [take(queue, 0.0).at, take(queue, 0.0).at] == [1.0, 4.0]


def test_slot_released_too_late_is_gone() -> None:
    """Its time has passed, and used later it would come on top of those that follow."""
    queue = a_queue()
    places = [take(queue, 0.0) for _ in range(4)]
    queue.release(places[1])

    assert take(queue, 1.5).at == 4.0


@pytest.mark.parametrize("order", [[1, 2, 3], [3, 2, 1], [2, 1, 3], [2, 3, 1]])
def test_scheduler_whose_reservations_are_released_is_as_before(order: list[int]) -> None:
    """A run that is interrupted leaves no wait behind."""
    queue = a_queue()
    places = [take(queue, 0.0) for _ in range(4)]
    for index in order:
        queue.release(places[index])

    assert [take(queue, 0.0).at for _ in range(4)] == [1.0, 2.0, 3.0, 4.0]


@given(
    rate=RATES,
    burst=st.integers(1, 5),
    moves=st.lists(st.tuples(MOMENTS, st.one_of(st.none(), st.integers(0, 30))), max_size=60),
)
def test_no_stretch_of_time_holds_too_many(
    rate: float, burst: int, moves: list[tuple[float, int | None]]
) -> None:
    """Never more than burst + rate * t, in any order of calls and releases."""
    queue = a_queue(rate, burst)
    held: list[Reservation] = []
    for now, given_back in sorted(moves, key=lambda move: move[0]):
        waiting = [place for place in held if place.at > now]
        if given_back is not None and waiting:
            leaver = waiting[given_back % len(waiting)]
            held.remove(leaver)
            queue.release(leaver)
        else:
            place = take(queue, now)
            assert place.at >= now
            held.append(place)
    times = sorted(place.at for place in held)

    for first, start in enumerate(times):
        for last, end in enumerate(times[first:], first):
            assert last - first + 1 <= burst + rate * (end - start)


@given(rate=RATES, burst=st.integers(1, 5), askers=st.integers(1, 50))
def test_nothing_of_the_rate_is_lost(rate: float, burst: int, askers: int) -> None:
    """Of many who ask at once each waits as long as the rate demands, and no longer."""
    queue = a_queue(rate, burst)
    times = [take(queue, 0.0).at for _ in range(askers)]

    assert times == [max(0.0, (number - burst + 1) / rate) for number in range(askers)]


@given(asked_at=st.lists(MOMENTS, min_size=2, max_size=30).map(sorted), burst=st.integers(1, 5))
def test_first_call_goes_first(asked_at: list[float], burst: int) -> None:
    """As long as no reservation is released."""
    queue = a_queue(burst=burst)
    times = [take(queue, now).at for now in asked_at]

    assert times == sorted(times)
