from __future__ import annotations

from typing import Any

import pytest

from apple_music_ratings import (
    ApiError,
    BadRequestError,
    ConfigurationError,
    ErrorDetail,
    ForbiddenError,
    InvalidItemError,
    NoSubscriptionError,
    NotFoundError,
    RateLimitError,
    RatingsError,
    RequestTimeoutError,
    RetryPolicy,
    ServerError,
    TransportError,
    UnauthorizedError,
    UnexpectedResponseError,
)
from apple_music_ratings._bulk.failures import (
    OnFailure,
    classify,
    is_batch_too_large,
    is_retryable,
)

POLICY = RetryPolicy(max_attempts=5, max_delay=30.0)
CALL: dict[str, Any] = {"method": "PUT", "path": "/p"}


def an_error_response(
    kind: type[ApiError], status: int, *, attempts: int = 5, retry_after: float | None = None
) -> ApiError:
    """Build the final answer of a call."""
    return kind("x", **CALL, status_code=status, attempts=attempts, retry_after=retry_after)


def no_answer(attempts: int = 5) -> TransportError:
    """Build the end of a call without an answer."""
    return RequestTimeoutError("x", **CALL, attempts=attempts)


def unreadable(status: int) -> UnexpectedResponseError:
    """Build an answer that the contract does not allow."""
    return UnexpectedResponseError("x", **CALL, status_code=status)


def complaining_of(parameter: str | None) -> BadRequestError:
    """Build a 400 that points at a parameter."""
    return BadRequestError("x", **CALL, status_code=400, errors=(ErrorDetail(parameter=parameter),))


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (an_error_response(UnauthorizedError, 401, attempts=2), OnFailure.STOP),
        (an_error_response(ForbiddenError, 403, attempts=1), OnFailure.STOP),
        (an_error_response(NoSubscriptionError, 400, attempts=1), OnFailure.STOP),
        (ConfigurationError("the key is gone"), OnFailure.STOP),
        (an_error_response(RateLimitError, 429), OnFailure.REQUEUE),
        (an_error_response(RateLimitError, 429, retry_after=20.0), OnFailure.REQUEUE),
        (an_error_response(RateLimitError, 429, attempts=1, retry_after=31.0), OnFailure.STOP),
        # On the last send it would have been refused as well.
        (an_error_response(RateLimitError, 429, retry_after=31.0), OnFailure.STOP),
        # A short wait, but one too many for the total: refused as well.
        (an_error_response(RateLimitError, 429, attempts=3, retry_after=20.0), OnFailure.STOP),
        (an_error_response(ServerError, 503, attempts=1, retry_after=600.0), OnFailure.STOP),
        # The service said nothing; our own waits were used up.
        (an_error_response(ServerError, 503, attempts=3), OnFailure.REQUEUE),
        (an_error_response(ServerError, 500), OnFailure.REQUEUE),
        (an_error_response(ServerError, 501, attempts=1), OnFailure.FAIL),
        (an_error_response(ServerError, 501, attempts=1, retry_after=600.0), OnFailure.FAIL),
        (an_error_response(NotFoundError, 404, attempts=1), OnFailure.FAIL),
        (an_error_response(BadRequestError, 400, attempts=1), OnFailure.FAIL),
        (an_error_response(ApiError, 409, attempts=1), OnFailure.FAIL),
        (no_answer(), OnFailure.REQUEUE),
        (no_answer(attempts=1), OnFailure.FAIL),
        (unreadable(200), OnFailure.REQUEUE),
        (unreadable(302), OnFailure.FAIL),
        (RatingsError("from a journal"), OnFailure.FAIL),
    ],
)
def test_final_error_decides_over_item_and_run(error: RatingsError, verdict: OnFailure) -> None:
    """What meets all stops the run, what passes goes back to the end, the rest has failed."""
    assert classify(error, policy=POLICY, requeues=0) is verdict


@pytest.mark.parametrize(
    ("requeues", "verdict"), [(0, OnFailure.REQUEUE), (1, OnFailure.REQUEUE), (2, OnFailure.FAIL)]
)
def test_item_goes_back_to_the_end_twice_at_most(requeues: int, verdict: OnFailure) -> None:
    """Then it has failed."""
    assert classify(no_answer(), policy=POLICY, requeues=requeues) is verdict


def test_one_send_may_be_all_the_policy_allows() -> None:
    """Then one send says nothing of what a second would meet."""
    impatient = RetryPolicy(max_attempts=1)

    assert classify(no_answer(attempts=1), policy=impatient, requeues=0) is OnFailure.REQUEUE


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (an_error_response(ForbiddenError, 403), True),
        (an_error_response(RateLimitError, 429), True),
        (an_error_response(ServerError, 501), True),
        (no_answer(1), True),
        (unreadable(302), True),
        (an_error_response(NotFoundError, 404), False),
        (an_error_response(BadRequestError, 400), False),
        (InvalidItemError("no"), False),
        (RatingsError("from a journal"), False),
    ],
)
def test_later_is_another_matter(error: RatingsError, expected: object) -> None:
    """A refused token can be renewed; a missing item stays missing."""
    assert is_retryable(error) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (an_error_response(ApiError, 413, attempts=1), True),
        (an_error_response(ApiError, 414, attempts=1), True),
        (complaining_of("ids"), True),
        (complaining_of("ids[songs]"), True),
        (complaining_of("l"), False),
        (complaining_of(None), False),
        (an_error_response(ServerError, 504, attempts=2), True),
        (an_error_response(ServerError, 504, attempts=1), False),
        (an_error_response(ServerError, 500), False),
        (an_error_response(NotFoundError, 404), False),
        (no_answer(), False),
        (unreadable(200), False),
    ],
)
def test_batch_is_halved_for_its_size_alone(error: RatingsError, expected: object) -> None:
    """413, 414, 400 for `ids`, a second 504, and nothing else."""
    assert is_batch_too_large(error) is expected


def test_first_504_of_a_second_try_is_the_second() -> None:
    """It counts across tries."""
    assert is_batch_too_large(an_error_response(ServerError, 504, attempts=1), requeues=1)
