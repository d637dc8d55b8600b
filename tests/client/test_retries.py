from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apple_music_ratings import ConfigurationError, RetryPolicy
from apple_music_ratings.retries import is_transient, next_delay

TRANSIENT = [429, 500, 502, 503, 504]
STATUSES = range(100, 1000)


def after(
    status: int | None = 503,
    *,
    attempts: int = 1,
    waited: float = 0.0,
    retry_after: float | None = None,
    chance: float = 0.0,
    batch_timeouts: int = 0,
    **policy: float,
) -> float | None:
    """Return the delay after an attempt."""
    return next_delay(
        RetryPolicy(**policy),  # type: ignore[arg-type]  # max_attempts is a whole number here
        status,
        attempts=attempts,
        waited=waited,
        retry_after=retry_after,
        jitter=lambda: chance,
        batch_timeouts=batch_timeouts,
    )


def test_five_statuses_are_transient_and_no_others() -> None:
    """429, 500, 502, 503 and 504 are retried; every other status is final."""
    assert [status for status in STATUSES if is_transient(status)] == TRANSIENT
    assert is_transient(None)


def test_five_statuses_get_another_attempt_and_no_others() -> None:
    """Also when the service asks to wait."""
    assert [status for status in STATUSES if after(status) is not None] == TRANSIENT
    assert [status for status in STATUSES if after(status, retry_after=1.0)] == TRANSIENT
    assert after(None) == 0.5


def test_defaults_of_the_policy_are_the_documented_ones() -> None:
    """Five attempts, 60 s of waiting, 0.5 s at first, 30 s at most."""
    assert RetryPolicy() == RetryPolicy(
        max_attempts=5, max_total_wait=60.0, first_delay=0.5, max_delay=30.0
    )


@pytest.mark.parametrize(
    ("facts", "delay"),
    [
        # The delay doubles, up to the longest one, without overflow.
        ({"attempts": 1}, 0.5),
        ({"attempts": 2}, 1.0),
        ({"attempts": 3}, 2.0),
        ({"attempts": 4}, 4.0),
        ({"attempts": 2, "max_delay": 1.5}, 1.0),
        ({"attempts": 3, "max_delay": 1.5}, 1.5),
        ({"attempts": 2, "first_delay": 3.0}, 6.0),
        ({"attempts": 4, "first_delay": 0.0}, 0.0),
        ({"attempts": 99_999, "max_attempts": 100_000}, 30.0),
        # `max_attempts` counts the first one too.
        ({"attempts": 1, "max_attempts": 1}, None),
        ({"attempts": 1, "max_attempts": 2}, 0.5),
        ({"attempts": 2, "max_attempts": 2}, None),
        ({"attempts": 5}, None),
        ({"attempts": 6}, None),
        # Jitter shortens by up to a quarter.
        ({"chance": 0.5}, 0.4375),
        ({"chance": 0.999}, pytest.approx(0.375, abs=0.001)),
        # Retry-After replaces the delay, without jitter; a longer one than allowed is final.
        ({"retry_after": 7.0, "chance": 0.999}, 7.0),
        ({"retry_after": 0.0}, 0.0),
        ({"retry_after": 30.0}, 30.0),
        ({"retry_after": 30.001}, None),
        ({"retry_after": math.inf}, None),
        # The sum of all waits is limited.
        ({"waited": 50.0, "retry_after": 10.0}, 10.0),
        ({"waited": 50.0, "retry_after": 10.001}, None),
        ({"waited": 59.5}, 0.5),
        ({"waited": 59.6}, None),
        ({"waited": 60.0, "retry_after": 0.0}, 0.0),
        ({"max_total_wait": 0.0}, None),
        ({"max_total_wait": 0.0, "first_delay": 0.0}, 0.0),
        # The second 504 of a batch is final.
        ({"status": 504, "batch_timeouts": 1}, 0.5),
        ({"status": 504, "batch_timeouts": 2}, None),
    ],
    ids=str,
)
def test_delay_follows_from_the_facts(facts: dict[str, float], delay: float | None) -> None:
    """One row for each fact, and each side of each limit."""
    assert after(**facts) == delay  # type: ignore[arg-type]  # as above


@given(
    policy=st.builds(
        RetryPolicy,
        max_attempts=st.integers(1, 12),
        max_total_wait=st.floats(0, 100),
        first_delay=st.floats(0, 10),
        max_delay=st.floats(0, 50),
    ),
    responses=st.lists(
        st.tuples(
            st.sampled_from([*TRANSIENT, None]),
            st.none() | st.floats(0, allow_nan=False, allow_infinity=True),
            st.floats(0, 1, exclude_max=True),
        ),
        min_size=12,
        max_size=12,
    ),
)
def test_no_response_blocks_a_caller_indefinitely(
    policy: RetryPolicy, responses: list[tuple[int | None, float | None, float]]
) -> None:
    """Attempts, each wait and their sum stay within the limits."""
    attempts, waited = 0, 0.0
    for status, retry_after, chance in responses:
        attempts += 1
        delay = next_delay(
            policy,
            status,
            attempts=attempts,
            waited=waited,
            retry_after=retry_after,
            jitter=lambda: chance,  # noqa: B023  # called at once
        )
        if delay is None:
            break
        assert 0 <= delay <= policy.max_delay
        waited += delay

    assert attempts <= policy.max_attempts
    assert waited <= policy.max_total_wait


@pytest.mark.parametrize("name", ["max_attempts", "max_total_wait", "first_delay", "max_delay"])
def test_policy_without_limits_is_rejected(name: str) -> None:
    """A number that limits nothing is a mistake; the message names it."""
    lowest = 1 if name == "max_attempts" else 0
    values: tuple[Any, ...] = (lowest - 0.1, -1, math.nan, math.inf)
    for value in values:
        with pytest.raises(ConfigurationError, match=name):
            RetryPolicy(**{name: value})


def test_policy_is_a_value() -> None:
    """Policies compare by their numbers and cannot be changed."""
    policy = RetryPolicy(max_attempts=2)

    assert RetryPolicy(max_attempts=2) == policy
    assert RetryPolicy() != policy
    with pytest.raises(AttributeError):
        policy.max_attempts = 3  # type: ignore[misc]  # what is tested
