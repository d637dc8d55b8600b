from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Any

import anyio
import pytest
from support.clocks import ImpatientClock, StandingClock, WaitingRoom

from apple_music_ratings import ConfigurationError, LimiterError, RateLimiter


class SharedClock(StandingClock):
    """A clock of many threads: each sleeps for itself, and time never moves."""

    def __init__(self) -> None:
        super().__init__()
        self._guard = Lock()

    def sleep(self, seconds: float, *, until: Any = None) -> bool:
        """Record how long."""
        with self._guard:
            self.slept.append(seconds)
        return until is not None and until.is_set()


@pytest.mark.parametrize(
    ("rate", "burst", "expected"),
    [(4, 1, [0.25, 0.25, 0.25]), (4.0, 3, [0.25]), (0.5, 1, [2.0, 2.0, 2.0]), (4, 9, [])],
)
def test_sends_are_a_step_apart(
    clock: StandingClock, rate: float, burst: int, expected: list[float]
) -> None:
    """Four in a row: as many as the burst at once, the others after a step each."""
    limiter = RateLimiter(rate, burst=burst, clock=clock)
    for _ in range(4):
        limiter.acquire()

    assert clock.slept == expected


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_tasks_and_threads_share_one_budget(clock: StandingClock, backend: str) -> None:
    """A sync and an async client of one program go by turns."""
    limiter = RateLimiter(4, clock=clock)

    async def by_turns() -> None:
        for _ in range(2):
            await limiter.aacquire()
            limiter.acquire()

    anyio.run(by_turns, backend=backend)

    assert clock.slept == [0.25, 0.25, 0.25]


def test_threads_get_a_slot_each() -> None:
    """Eighty threads ask at once, and no two go at the same time."""
    clock = SharedClock()
    limiter = RateLimiter(8, clock=clock)
    with ThreadPoolExecutor(80) as pool:
        for future in [pool.submit(limiter.acquire) for _ in range(80)]:
            future.result()

    assert sorted(clock.slept) == [number / 8 for number in range(1, 80)]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_tasks_wait_in_the_order_of_their_calls(backend: str) -> None:
    """Each task of a group waits one step longer than the one before."""

    async def crowd() -> list[float]:
        clock = WaitingRoom(is_full=lambda slept: len(slept) == 9)
        limiter = RateLimiter(8, clock=clock)
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(limiter.aacquire)
            await clock.full.wait()
            group.cancel_scope.cancel()
        return clock.slept

    slept: list[float] = anyio.run(crowd, backend=backend)

    assert slept == [number / 8 for number in range(1, 10)]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_canceled_tasks_lose_nothing(backend: str) -> None:
    """Their slots are free for the next calls."""

    async def crowd() -> list[float]:
        clock = WaitingRoom(is_full=lambda slept: len(slept) == 9)
        limiter = RateLimiter(8, clock=clock)
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(limiter.aacquire)
            await clock.full.wait()
            group.cancel_scope.cancel()
        with anyio.move_on_after(0):
            await limiter.aacquire()
        return clock.slept

    slept: list[float] = anyio.run(crowd, backend=backend)

    assert slept[9:] == [1 / 8]


def test_ctrl_c_while_waiting_releases_the_slot() -> None:
    """A user who tries again at once does not wait for those who are gone."""
    clock = ImpatientClock()
    limiter = RateLimiter(1, clock=clock)
    limiter.acquire()
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            limiter.acquire()

    assert clock.slept == [1.0, 1.0, 1.0]


def test_wait_that_is_too_long_is_rejected_at_once() -> None:
    """With the numbers, and nothing is taken or slept."""
    clock = SharedClock()
    limiter = RateLimiter(0.5, max_wait=3.0, clock=clock)
    limiter.acquire()
    limiter.acquire()
    for _ in range(2):
        with pytest.raises(LimiterError, match=r"4\.0 s ahead, and max_wait is 3 s") as caught:
            limiter.acquire()

    assert clock.slept == [2.0]
    assert caught.value.attempts == 0


@pytest.mark.parametrize("is_async", [False, True])
def test_interrupted_wait_releases_its_slot(clock: StandingClock, *, is_async: bool) -> None:
    """An event that is set ends the wait with an error, and the next caller gets the slot."""

    async def acquire_async() -> None:
        until = anyio.Event()
        until.set()
        await limiter.aacquire(until=until)

    until = Event()
    until.set()
    limiter = RateLimiter(4, clock=clock)
    limiter.acquire()
    with pytest.raises(LimiterError, match="interrupted"):
        anyio.run(acquire_async) if is_async else limiter.acquire(until=until)
    clock.time -= 0.25
    limiter.acquire()

    assert clock.slept == [0.25, 0.25]


def test_limiter_needs_no_clock() -> None:
    """By itself it reads the machine's, and thousands a second pass in no time."""
    limiter = RateLimiter(1e6)
    for _ in range(5):
        limiter.acquire()
    anyio.run(limiter.aacquire)

    assert repr(limiter) == "RateLimiter(1e+06, burst=1)"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rate": 0}, "rate must be a number above 0, requests a second, not 0"),
        ({"rate": -1.5}, "not -1.5"),
        ({"rate": math.inf}, "not inf"),
        ({"rate": math.nan}, "not nan"),
        ({"rate": True}, "not True"),
        ({"rate": "20"}, "not '20'"),
        ({"rate": None}, "not None"),
        ({"burst": 0}, "burst must be a whole number of at least 1, not 0"),
        ({"burst": 2.0}, "not 2.0"),
        ({"burst": True}, "not True"),
        ({"max_wait": -1}, "max_wait must be a number of at least 0, in seconds, not -1"),
        ({"max_wait": None}, "not None"),
        ({"max_wait": math.inf}, "not inf"),
    ],
)
def test_number_out_of_range_is_rejected(arguments: dict[str, Any], words: str) -> None:
    """What, where, and what is wanted instead."""
    with pytest.raises(ConfigurationError, match=r"^RateLimiter: ") as caught:
        RateLimiter(**({"rate": 20} | arguments))

    assert words in str(caught.value)
