from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apple_music_ratings import ConfigurationError, RetryPolicy
from apple_music_ratings.retries import Attempts, Stop, Wait

deterministic = settings(derandomize=True, deadline=None)
RETRYABLE = [429, 500, 502, 503, 504]
FINAL = [200, 204, 301, 302, 304, 400, 401, 403, 404, 405, 409, 413, 414, 418, 501, 505, 520, 599]


def spent(made: int, waited: float = 0.0, limit: int = 5) -> Attempts:
    """Build what a call has spent."""
    return Attempts(limit=limit, made=made, waited=waited)


def after(
    status: int = 503,
    *,
    made: int = 1,
    waited: float = 0.0,
    retry_after: float | None = None,
    chance: float = 0.0,
    policy: RetryPolicy | None = None,
) -> Wait | Stop:
    """Ask a policy about an answer."""
    return (policy or RetryPolicy()).after_status(
        status, spent(made, waited), retry_after=retry_after, jitter=lambda: chance
    )


def test_policy_by_default_is_the_one_promised() -> None:
    """Five sends, half a minute for one wait and a minute for all, half a second to begin with."""
    policy = RetryPolicy()

    assert (
        policy.max_attempts,
        policy.max_total_wait,
        policy.first_delay,
        policy.max_delay,
    ) == (5, 60.0, 0.5, 30.0)


@pytest.mark.parametrize("status", RETRYABLE)
def test_passing_status_is_worth_another_send(status: int) -> None:
    """429, 500, 502, 503 and 504 pass."""
    assert Wait(0.5) == after(status)


@pytest.mark.parametrize("status", FINAL)
def test_other_status_is_final(status: int) -> None:
    """Everything else does not, 403, 520 and 599 included, even when a wait is asked for."""
    assert Stop() == after(status)
    assert Stop() == after(status, retry_after=1.0)


@deterministic
@given(st.integers(min_value=100, max_value=999))
def test_five_statuses_and_no_others_are_worth_another_send(status: int) -> None:
    """No other status of any number is sent again."""
    assert (status in RETRYABLE) == isinstance(after(status), Wait)


@pytest.mark.parametrize(("made", "delay"), [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0)])
def test_delay_doubles(made: int, delay: float) -> None:
    """The waits are 0.5, 1, 2 and 4 seconds."""
    assert Wait(delay) == after(made=made)


@pytest.mark.parametrize(
    ("made", "max_attempts", "is_final"),
    [(1, 1, True), (1, 2, False), (2, 2, True), (4, 5, False), (5, 5, True), (6, 5, True)],
)
def test_sends_are_counted_in_all(made: int, max_attempts: int, *, is_final: bool) -> None:
    """`max_attempts` counts every send, the first one too."""
    decision = after(made=made, policy=RetryPolicy(max_attempts=max_attempts))

    assert is_final == isinstance(decision, Stop)


@deterministic
@given(
    made=st.integers(1, 4),
    chance=st.floats(0, 1, exclude_max=True),
)
def test_jitter_shortens_by_at_most_a_quarter(made: int, chance: float) -> None:
    """Chance takes off something between nothing and a quarter, and adds nothing."""
    decision = after(made=made, chance=chance)

    full = 0.5 * 2 ** (made - 1)
    assert isinstance(decision, Wait)
    assert 0.75 * full <= decision.seconds <= full


def test_jitter_reaches_nearly_a_quarter() -> None:
    """The whole quarter is used, so that clients spread out."""
    decision = after(chance=0.999)

    assert isinstance(decision, Wait)
    assert pytest.approx(0.375, abs=0.001) == decision.seconds


@pytest.mark.parametrize("chance", [0.0, 0.999])
def test_wait_that_the_service_asks_for_is_kept_to_the_letter(chance: float) -> None:
    """Retry-After takes the place of our own delay, without jitter."""
    assert Wait(7.0) == after(429, retry_after=7.0, chance=chance)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (0.0, Wait(0.0)),
        (0.1, Wait(0.1)),
        (30.0, Wait(30.0)),
        (30.001, Stop()),
        (3600.0, Stop()),
        (1e35, Stop()),
        (math.inf, Stop()),
    ],
)
def test_wait_over_the_cap_is_an_answer_for_the_caller(asked: float, expected: Wait | Stop) -> None:
    """Up to the cap it is waited, beyond it is not clipped but handed on."""
    assert expected == after(429, retry_after=asked)


@pytest.mark.parametrize(
    ("waited", "asked", "expected"),
    [
        (50.0, 10.0, Wait(10.0)),
        (50.0, 10.001, Stop()),
        (59.5, None, Wait(0.5)),
        (59.6, None, Stop()),
        (60.0, 0.0, Wait(0.0)),
    ],
)
def test_waiting_is_bounded_in_all(
    waited: float, asked: float | None, expected: Wait | Stop
) -> None:
    """No wait is planned that would bring the sum over `max_total_wait`."""
    assert expected == after(503, waited=waited, retry_after=asked)


@pytest.mark.parametrize(
    ("policy", "made", "expected"),
    [
        (RetryPolicy(max_delay=1.5, max_attempts=9), 2, Wait(1.0)),
        (RetryPolicy(max_delay=1.5, max_attempts=9), 3, Wait(1.5)),
        (RetryPolicy(max_delay=1.5, max_attempts=9), 4, Wait(1.5)),
        (RetryPolicy(first_delay=3.0), 2, Wait(6.0)),
        (RetryPolicy(first_delay=0.0), 4, Wait(0.0)),
        (RetryPolicy(max_total_wait=0.0), 1, Stop()),
        (RetryPolicy(max_total_wait=0.0, first_delay=0.0), 1, Wait(0.0)),
    ],
)
def test_settings_govern_the_delay(policy: RetryPolicy, made: int, expected: Wait | Stop) -> None:
    """Each number of the policy does what it says."""
    assert expected == after(made=made, policy=policy)


def test_very_late_attempt_still_has_a_delay() -> None:
    """A huge number of sends does not overflow the doubling."""
    policy = RetryPolicy(max_attempts=100_000)

    assert Wait(30.0) == after(made=99_999, policy=policy)


@pytest.mark.parametrize(
    ("is_passing", "made", "expected"),
    [(True, 1, Wait(0.5)), (True, 4, Wait(4.0)), (True, 5, Stop()), (False, 1, Stop())],
)
def test_fault_is_judged_like_a_passing_status(
    made: int, expected: Wait | Stop, *, is_passing: bool
) -> None:
    """A connection that broke is tried again within the same bounds, a hopeless one is not."""
    decision = RetryPolicy().after_error(spent(made), is_passing=is_passing, jitter=lambda: 0.0)

    assert expected == decision


@deterministic
@given(
    policy=st.builds(
        RetryPolicy,
        max_attempts=st.integers(1, 12),
        max_total_wait=st.floats(0, 100),
        first_delay=st.floats(0, 10),
        max_delay=st.floats(0, 50),
    ),
    answers=st.lists(
        st.tuples(
            st.sampled_from([*RETRYABLE, None]),
            st.none() | st.floats(0, allow_nan=False, allow_infinity=True),
            st.floats(0, 1, exclude_max=True),
        ),
        min_size=12,
        max_size=12,
    ),
)
def test_no_answer_keeps_a_caller_for_ever(
    policy: RetryPolicy, answers: list[tuple[int | None, float | None, float]]
) -> None:
    """Whatever the service answers, sends, each wait and their sum stay within bounds."""
    attempts = Attempts(limit=policy.max_attempts)
    for status, retry_after, chance in answers:
        attempts.made += 1
        decision = (
            policy.after_error(attempts, is_passing=True, jitter=lambda: chance)  # noqa: B023  # asked at once
            if status is None
            else policy.after_status(
                status,
                attempts,
                retry_after=retry_after,
                jitter=lambda: chance,  # noqa: B023  # asked at once
            )
        )
        if isinstance(decision, Stop):
            break
        assert 0 <= decision.seconds <= policy.max_delay
        attempts.waited += decision.seconds

    assert attempts.made <= policy.max_attempts
    assert attempts.waited <= policy.max_total_wait


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_attempts": 0},
        {"max_attempts": -1},
        {"max_total_wait": -0.1},
        {"max_total_wait": math.nan},
        {"max_total_wait": math.inf},
        {"first_delay": -1.0},
        {"first_delay": math.nan},
        {"max_delay": -1.0},
        {"max_delay": math.inf},
    ],
    ids=str,
)
def test_policy_without_bounds_is_refused(wrong: dict[str, float]) -> None:
    """A number that bounds nothing is a mistake, and is named."""
    with pytest.raises(ConfigurationError) as caught:
        RetryPolicy(**wrong)

    assert next(iter(wrong)) in str(caught.value)


def test_policy_is_a_value() -> None:
    """Policies compare by their numbers and cannot be changed."""
    policy = RetryPolicy(max_attempts=2)

    assert RetryPolicy(max_attempts=2) == policy
    assert RetryPolicy() != policy
    with pytest.raises(AttributeError):
        policy.max_attempts = 3
