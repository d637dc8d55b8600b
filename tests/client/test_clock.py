from __future__ import annotations

import time

import pytest
from support.builders import SONG, USER_TOKEN, Runtime, ScriptedTransport, a_response, ratings

from apple_music_ratings import Clock
from apple_music_ratings.clock import SystemClock


def test_system_clock_tells_the_time() -> None:
    """Unix time, in seconds."""
    before = time.time()
    now = SystemClock().now()

    assert before <= now <= time.time()


def test_system_clock_draws_a_part_of_one() -> None:
    """Never one itself, and not always the same."""
    drawn = [SystemClock().jitter() for _ in range(100)]

    assert all(0 <= chance < 1 for chance in drawn)
    assert len(set(drawn)) > 1


def test_system_clock_sleeps() -> None:
    """It returns, and no sooner than asked."""
    before = time.monotonic()
    SystemClock().sleep(0.01)

    assert time.monotonic() - before >= 0.009


@pytest.mark.anyio
async def test_system_clock_sleeps_in_a_task() -> None:
    """The same under asyncio and trio."""
    before = time.monotonic()
    await SystemClock().sleep_async(0.01)

    assert time.monotonic() - before >= 0.009


def test_system_clock_is_what_runs_by_default(runtime: Runtime) -> None:
    """Who gives none gets the machine's."""
    wire = ScriptedTransport(
        a_response(429, b"", Retry_After="0"), a_response(200, ratings((SONG, 1)))
    )
    runtime.client(wire, clock=None, music_user_token=USER_TOKEN).get_rating(SONG)
    clock: Clock = SystemClock()

    assert len(wire.sent) == 2
    assert clock.now() > 0
