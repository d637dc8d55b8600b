"""Decide what a failed call means for its item and for the run.

The retries within the call are over by then. `retries.is_transient` asks whether the same request
may succeed in a moment; `is_retryable` asks whether a later run may, with a new token for instance.
"""

from __future__ import annotations

from enum import Enum, auto

from apple_music_ratings.errors import (
    ApiError,
    BadRequestError,
    ConfigurationError,
    ForbiddenError,
    LimiterError,
    NoSubscriptionError,
    RateLimitError,
    RatingsError,
    ServerError,
    TransportError,
    UnauthorizedError,
    UnexpectedResponseError,
)
from apple_music_ratings.retries import RetryPolicy, is_transient

# How often an item may return to the end of the queue.
MAX_REQUEUES = 2
# This many consecutive failures mean that the service is down.
MAX_CONSECUTIVE_FAILURES = 100
# Authentication, subscription and rate-limit failures affect every item, so they stop the run.
_AFFECTS_EVERY_ITEM = (
    UnauthorizedError,
    ForbiddenError,
    NoSubscriptionError,
    ConfigurationError,
    LimiterError,
)


class OnFailure(Enum):
    """What to do with an item whose call failed, and with the run."""

    REQUEUE = auto()
    FAIL = auto()
    STOP = auto()


def classify(error: RatingsError, *, policy: RetryPolicy, requeues: int) -> OnFailure:
    """Decide what a final error means for the run.

    Args:
        error: How the call ended.
        policy: The limits of the call.
        requeues: How often the item returned to the end of the queue already.

    Returns:
        `STOP` for what affects every item: a rejected token, a missing subscription, a rejecting
        rate limiter, or a longer wait than the policy allows. `REQUEUE` for a transient error, at
        most twice per item. `FAIL` for the rest.
    """
    if isinstance(error, _AFFECTS_EVERY_ITEM) or exceeds_allowed_wait(error, policy):
        return OnFailure.STOP
    if _may_pass(error, policy) and requeues < MAX_REQUEUES:
        return OnFailure.REQUEUE
    return OnFailure.FAIL


def exceeds_allowed_wait(error: RatingsError, policy: RetryPolicy) -> bool:
    """Return whether the service requested a longer wait than the policy allows."""
    if not isinstance(error, ApiError) or not is_transient(error.status_code):
        return False
    if error.retry_after is None:
        return False
    # With attempts left, only the wait can have ended the call.
    return error.attempts < policy.max_attempts or error.retry_after > policy.max_delay


def is_retryable(error: RatingsError) -> bool:
    """Return whether a later run may succeed, by itself or once a token is renewed."""
    kinds = (RateLimitError, ServerError, TransportError, UnexpectedResponseError)
    return isinstance(error, (*kinds, *_AFFECTS_EVERY_ITEM))


def is_batch_too_large(error: RatingsError, *, requeues: int = 0) -> bool:
    """Return whether to halve a batch: after 413, 414, 400 for its `ids`, or a second 504.

    A 504 that ended a call after one attempt is the first one, unless the batch was sent before;
    see `retries.next_delay`.
    """
    if isinstance(error, BadRequestError):
        # `ids` of a read, `ids[songs]` and the like of favorites.
        return any((detail.parameter or "").partition("[")[0] == "ids" for detail in error.errors)
    if not isinstance(error, ApiError):
        return False
    if error.status_code == 504:
        return error.attempts > 1 or requeues > 0
    return error.status_code in {413, 414}


def _may_pass(error: RatingsError, policy: RetryPolicy) -> bool:
    """Return whether the call may succeed at the end of the run."""
    if isinstance(error, ApiError):
        return is_transient(error.status_code)
    if isinstance(error, TransportError):
        # A call that ended after one attempt failed for a reason that no retry removes, such as an
        # untrusted certificate.
        return error.attempts > 1 or policy.max_attempts == 1
    # A 2xx with an invalid body: the write may have happened, and repeating it is harmless.
    return isinstance(error, UnexpectedResponseError) and error.status_code < 300
