from __future__ import annotations

import math
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import anyio
import pytest
from redis import Redis
from support.clocks import ImpatientClock, StandingClock

from apple_music_ratings import ConfigurationError, LimiterError
from apple_music_ratings.limiters.redis import RedisLimiter

# So slow that nothing comes due while a test runs, however slow the machine.
SLOW = 1 / 1000
PASSWORD = "s3cret/with#signs"


@pytest.fixture
def key() -> str:
    """A budget that no other test has."""
    return f"budget-{token_hex(8)}"


def places(limiter: RedisLimiter, clock: StandingClock, number: int) -> list[float]:
    """Reserve slots, and return how far ahead each is, in steps."""
    for _ in range(number):
        limiter.acquire()
    return steps(clock)


def steps(clock: StandingClock) -> list[float]:
    """Return the waits in thousands of seconds; the time of the test itself is rounded away."""
    return [round(seconds * SLOW, 1) for seconds in clock.slept]


def a_limiter(url: str, key: str, clock: StandingClock, **options: Any) -> RedisLimiter:
    """Build a limiter that lets one through in a thousand seconds."""
    return RedisLimiter(url, SLOW, key=key, clock=clock, **{"max_wait": 1e6} | options)


class OwnClock(StandingClock):
    """Sleeps take no time here, so that waits are counted from the start."""

    def sleep(self, seconds: float, *, until: Any = None) -> bool:
        """Record how long."""
        self.slept.append(seconds)
        return until is not None and until.is_set()


@contextmanager
def mute_server() -> Iterator[int]:
    """Accept connections, and never respond."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in taken:
                connection.close()


@pytest.mark.parametrize(("burst", "expected"), [(1, [1.0, 2.0, 3.0]), (3, [1.0])])
def test_slots_are_a_step_apart(
    redis_url: str, key: str, burst: int, expected: list[float]
) -> None:
    """Four in a row: as many as the burst at once, the others after a step each."""
    clock = OwnClock()
    with a_limiter(redis_url, key, clock, burst=burst) as limiter:
        assert places(limiter, clock, 4) == expected


def test_limiters_of_one_key_share_a_budget(redis_url: str, key: str) -> None:
    """And those of another key do not."""
    clock, other_clock = OwnClock(), OwnClock()
    with (
        a_limiter(redis_url, key, clock) as one,
        a_limiter(redis_url, key, clock) as two,
        a_limiter(redis_url, f"{key}-other", other_clock) as other,
    ):
        for limiter in (one, two, one, other):
            limiter.acquire()

    assert steps(clock) == [1.0, 2.0]
    assert other_clock.slept == []


def test_threads_get_a_slot_each(redis_url: str, key: str) -> None:
    """Forty ask at the same moment through limiters of their own."""
    clock = OwnClock()
    together = threading.Barrier(40)

    def ask() -> None:
        with a_limiter(redis_url, key, clock) as limiter:
            together.wait()
            limiter.acquire()

    with ThreadPoolExecutor(40) as pool:
        for future in [pool.submit(ask) for _ in range(40)]:
            future.result()

    assert sorted(steps(clock)) == [float(number) for number in range(1, 40)]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_tasks_and_threads_share_one_budget(redis_url: str, key: str, backend: str) -> None:
    """A sync and an async client go by turns, under either loop."""
    clock = OwnClock()

    async def by_turns(limiter: RedisLimiter) -> None:
        for _ in range(2):
            await limiter.aacquire()
            limiter.acquire()

    with a_limiter(redis_url, key, clock) as limiter:
        anyio.run(by_turns, limiter, backend=backend)

    assert steps(clock) == [1.0, 2.0, 3.0]


def test_time_is_that_of_redis(redis_url: str, key: str) -> None:
    """Two hosts whose clocks are years apart wait for each other all the same."""
    here, there = OwnClock(1000.0), OwnClock(1e9)
    with a_limiter(redis_url, key, here) as one, a_limiter(redis_url, key, there) as two:
        one.acquire()
        two.acquire()
        one.acquire()

    assert (steps(there), steps(here)) == ([1.0], [2.0])


@pytest.mark.parametrize("rate", [1.0, 7.0, 60.7, 97.3])
def test_no_part_of_a_fast_rate_is_lost(redis_url: str, key: str, rate: float) -> None:
    """Each place is rounded by less than a tenth of a millisecond, and not by a whole one."""
    clock = OwnClock()
    with (
        RedisLimiter(redis_url, rate, key=key, max_wait=600.0, clock=clock) as limiter,
        Redis.from_url(redis_url) as redis,
    ):
        # From here on the queue is so long that none comes due while the test runs.
        for _ in range(49):
            limiter.acquire()
        earliest_50, latest_50 = next_place(limiter, clock, redis)
        for _ in range(149):
            limiter.acquire()
        earliest_200, latest_200 = next_place(limiter, clock, redis)

    assert earliest_200 - latest_50 - 150 * 0.0001 <= 150 / rate
    assert latest_200 - earliest_50 + 0.001 >= 150 / rate


def next_place(limiter: RedisLimiter, clock: StandingClock, redis: Redis) -> tuple[float, float]:
    """Reserve a slot, and return the times of Redis before and after."""
    before = seconds_of(redis)
    limiter.acquire()
    return before + clock.slept[-1], seconds_of(redis) + clock.slept[-1]


def seconds_of(redis: Redis) -> float:
    """Read the clock of a Redis."""
    seconds, micros = redis.time()
    return float(seconds + micros / 1e6)


def test_wait_that_is_too_long_is_rejected_and_reserves_no_slot(redis_url: str, key: str) -> None:
    """With the number of seconds; a caller with a longer timeout gets the slot."""
    clock = OwnClock()
    with (
        a_limiter(redis_url, key, clock, max_wait=1500.0) as hasty,
        a_limiter(redis_url, key, clock) as waiting,
    ):
        hasty.acquire()
        hasty.acquire()
        for _ in range(3):
            with pytest.raises(LimiterError, match=r"\d{4}\.\d s ahead, and max_wait is 1500 s"):
                hasty.acquire()
        waiting.acquire()

    assert steps(clock) == [1.0, 2.0]


def test_slots_far_ahead_are_not_forgotten(redis_url: str, key: str) -> None:
    """Redis keeps the bucket as long as a caller may wait for a slot in it."""
    clock = OwnClock()
    with a_limiter(redis_url, key, clock) as limiter, Redis.from_url(redis_url) as redis:
        places(limiter, clock, 5)

        assert redis.pttl(key) > 1e9


def test_ctrl_c_while_waiting_is_raised(redis_url: str, key: str) -> None:
    """Nothing makes an error of ours of it."""
    clock = ImpatientClock()
    with a_limiter(redis_url, key, clock) as limiter:
        limiter.acquire()
        with pytest.raises(KeyboardInterrupt):
            limiter.acquire()


def test_interrupted_wait_is_an_error(redis_url: str, key: str) -> None:
    """An event that is set ends the wait, in threads and in tasks."""

    async def acquire_async() -> None:
        until = anyio.Event()
        until.set()
        await limiter.aacquire(until=until)

    until = threading.Event()
    until.set()
    with a_limiter(redis_url, key, OwnClock()) as limiter:
        limiter.acquire()
        with pytest.raises(LimiterError, match="interrupted"):
            limiter.acquire(until=until)
        with pytest.raises(LimiterError, match="interrupted"):
            anyio.run(acquire_async)


def test_redis_that_forgot_its_scripts_gets_them_again(redis_url: str, key: str) -> None:
    """As after a restart, or when another host takes over."""
    clock = OwnClock()
    with a_limiter(redis_url, key, clock) as limiter, Redis.from_url(redis_url) as redis:
        limiter.acquire()
        redis.script_flush()
        limiter.acquire()

    assert steps(clock) == [1.0]


def text_of(error: BaseException | None) -> str:
    """Collect what an error and those behind it say."""
    words = ""
    while error is not None:
        words += f"{error!s} {error!r} {error.args!r}"
        error = error.__cause__ or error.__context__
    return words


def test_redis_that_is_gone_is_our_error(key: str, tmp_path: Path) -> None:
    """With the cause, and without the password."""
    url = f"unix://user:{PASSWORD.replace('/', '%2F').replace('#', '%23')}@{tmp_path}/missing"
    with RedisLimiter(url, 20, key=key) as limiter:
        with pytest.raises(LimiterError, match="No such file") as caught:
            limiter.acquire()
        with pytest.raises(LimiterError, match="Check that it runs"):
            anyio.run(limiter.aacquire)

    assert type(caught.value.__cause__).__name__ == "ConnectionError"
    assert PASSWORD not in text_of(caught.value) + repr(limiter)


def test_redis_that_rejects_the_password_is_our_error(redis_url: str, key: str) -> None:
    """It says that the password is wrong, and not what it is."""
    url = (
        f"{redis_url}?password={PASSWORD.replace('/', '%2F').replace('#', '%23')}&username=unknown"
    )
    with (
        RedisLimiter(url, 20, key=key) as limiter,
        pytest.raises(LimiterError, match="invalid username-password pair") as caught,
    ):
        limiter.acquire()

    assert PASSWORD not in text_of(caught.value) + repr(limiter)


def test_redis_that_does_not_respond_times_out(key: str) -> None:
    """After the timeout, so no caller waits indefinitely."""
    with (
        mute_server() as port,
        RedisLimiter(f"redis://127.0.0.1:{port}", 20, key=key, timeout=0.05) as limiter,
        pytest.raises(LimiterError, match="TimeoutError"),
    ):
        limiter.acquire()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_task_that_is_canceled_does_not_wait_for_redis(key: str, backend: str) -> None:
    """However long the response takes."""

    async def give_up(port: int) -> bool:
        url = f"redis://127.0.0.1:{port}"
        with RedisLimiter(url, 20, key=key, timeout=3600.0) as limiter:
            with anyio.move_on_after(0.05) as scope:
                await limiter.aacquire()
            return scope.cancelled_caught

    with mute_server() as port:
        assert anyio.run(give_up, port, backend=backend)


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{PASSWORD}@127.0.0.1:6379/0",
        f"http://:{PASSWORD}@127.0.0.1",
        f"redis://:{PASSWORD[:6]}@127.0.0.1:99999",
        f"redis://:{PASSWORD[:6]}@127.0.0.1?socket_timeout={PASSWORD[:6]}",
        f"redis://:{PASSWORD}@[::1",
        f"redis://:{PASSWORD[:6]}\udcff@127.0.0.1",
        "127.0.0.1",
        "",
        None,
        6379,
    ],
)
def test_url_that_cannot_be_used_is_rejected_without_showing_it(url: Any) -> None:
    """What is wrong could be a part of the password."""
    with pytest.raises(ConfigurationError, match="The URL of Redis is not valid") as caught:
        RedisLimiter(url, 20)

    assert PASSWORD[:6] not in text_of(caught.value)
    assert "signs" not in text_of(caught.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rate": 0}, "rate must be a number above 0"),
        ({"burst": 0}, "burst must be a whole number"),
        ({"max_wait": -1}, "max_wait must be a number of at least 0"),
        ({"timeout": math.nan}, "timeout must be a number of at least 0"),
        ({"key": ""}, "key must be a text, not ''"),
        ({"key": None}, "key must be a text, not None"),
    ],
)
def test_number_out_of_range_is_rejected(arguments: dict[str, Any], words: str) -> None:
    """As for the limiter of one process."""
    with pytest.raises(ConfigurationError, match=r"^RedisLimiter: ") as caught:
        RedisLimiter("redis://127.0.0.1", **({"rate": 20} | arguments))

    assert words in str(caught.value)
