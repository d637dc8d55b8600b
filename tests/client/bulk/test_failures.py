from __future__ import annotations

from typing import Any

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
    """Build the final response of a call."""
    return kind("x", **CALL, status_code=status, attempts=attempts, retry_after=retry_after)


def no_response(attempts: int = 5) -> TransportError:
    """Build the end of a call without a response."""
    return RequestTimeoutError("x", **CALL, attempts=attempts)


def unreadable(status: int) -> UnexpectedResponseError:
    """Build a response that the contract does not allow."""
    return UnexpectedResponseError("x", **CALL, status_code=status)


def rejecting_parameter(parameter: str | None) -> BadRequestError:
    """Build a 400 that points at a parameter."""
    return BadRequestError("x", **CALL, status_code=400, errors=(ErrorDetail(parameter=parameter),))


DECISIONS = [
    (an_error_response(UnauthorizedError, 401, attempts=2), OnFailure.STOP),
    (an_error_response(ForbiddenError, 403, attempts=1), OnFailure.STOP),
    (an_error_response(NoSubscriptionError, 400, attempts=1), OnFailure.STOP),
    (ConfigurationError("the key is gone"), OnFailure.STOP),
    (an_error_response(RateLimitError, 429), OnFailure.REQUEUE),
    (an_error_response(RateLimitError, 429, retry_after=20.0), OnFailure.REQUEUE),
    (an_error_response(RateLimitError, 429, attempts=1, retry_after=31.0), OnFailure.STOP),
    # After the last attempt it would have been rejected as well.
    (an_error_response(RateLimitError, 429, retry_after=31.0), OnFailure.STOP),
    # A short wait, but one too many for the total: rejected as well.
    (an_error_response(RateLimitError, 429, attempts=3, retry_after=20.0), OnFailure.STOP),
    (an_error_response(ServerError, 503, attempts=1, retry_after=600.0), OnFailure.STOP),
    # The service asked for no wait; our own were used up.
    (an_error_response(ServerError, 503, attempts=3), OnFailure.REQUEUE),
    (an_error_response(ServerError, 500), OnFailure.REQUEUE),
    (an_error_response(ServerError, 501, attempts=1), OnFailure.FAIL),
    (an_error_response(ServerError, 501, attempts=1, retry_after=600.0), OnFailure.FAIL),
    (an_error_response(NotFoundError, 404, attempts=1), OnFailure.FAIL),
    (an_error_response(BadRequestError, 400, attempts=1), OnFailure.FAIL),
    (an_error_response(ApiError, 409, attempts=1), OnFailure.FAIL),
    (no_response(), OnFailure.REQUEUE),
    (no_response(attempts=1), OnFailure.FAIL),
    (unreadable(200), OnFailure.REQUEUE),
    (unreadable(302), OnFailure.FAIL),
    (RatingsError("from a journal"), OnFailure.FAIL),
]


def test_final_error_decides_over_item_and_run() -> None:
    """What affects all stops the run, what may pass is requeued, the rest has failed."""
    found = [(error, classify(error, policy=POLICY, requeues=0)) for error, _ in DECISIONS]

    assert found == DECISIONS


def test_item_is_requeued_twice_at_most() -> None:
    """Then it has failed."""
    decisions = [classify(no_response(), policy=POLICY, requeues=count) for count in range(4)]

    assert decisions == [OnFailure.REQUEUE, OnFailure.REQUEUE, OnFailure.FAIL, OnFailure.FAIL]


def test_one_attempt_may_be_all_the_policy_allows() -> None:
    """Then one attempt says nothing about what a second would meet."""
    policy = RetryPolicy(max_attempts=1)

    assert classify(no_response(attempts=1), policy=policy, requeues=0) is OnFailure.REQUEUE


RETRYABLE = [
    (an_error_response(ForbiddenError, 403), True),
    (an_error_response(RateLimitError, 429), True),
    (an_error_response(ServerError, 501), True),
    (no_response(1), True),
    (unreadable(302), True),
    (an_error_response(NotFoundError, 404), False),
    (an_error_response(BadRequestError, 400), False),
    (InvalidItemError("no"), False),
    (RatingsError("from a journal"), False),
]


def test_later_run_may_succeed_where_this_one_failed() -> None:
    """A rejected token can be renewed; a missing item stays missing."""
    assert [(error, is_retryable(error)) for error, _ in RETRYABLE] == RETRYABLE


TOO_LARGE = [
    (an_error_response(ApiError, 413, attempts=1), True),
    (an_error_response(ApiError, 414, attempts=1), True),
    (rejecting_parameter("ids"), True),
    (rejecting_parameter("ids[songs]"), True),
    (rejecting_parameter("l"), False),
    (rejecting_parameter(None), False),
    (an_error_response(ServerError, 504, attempts=2), True),
    (an_error_response(ServerError, 504, attempts=1), False),
    (an_error_response(ServerError, 500), False),
    (an_error_response(NotFoundError, 404), False),
    (no_response(), False),
    (unreadable(200), False),
]


def test_batch_is_halved_for_its_size_alone() -> None:
    """413, 414, 400 for `ids`, a second 504, and nothing else."""
    assert [(error, is_batch_too_large(error)) for error, _ in TOO_LARGE] == TOO_LARGE


def test_first_504_of_a_requeued_batch_is_the_second() -> None:
    """It counts across requeues."""
    assert is_batch_too_large(an_error_response(ServerError, 504, attempts=1), requeues=1)
