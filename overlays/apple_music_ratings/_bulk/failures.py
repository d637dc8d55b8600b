"""Judge how a call ended: try the item again later, count it as failed, or stop the whole run?

The retries within one call are over by then; see `retry`.
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

# How often an item may go back to the end of the run.
MAX_REQUEUES = 2
# So many items in a row that found no working service mean that there is none.
MAX_CONSECUTIVE_FAILURES = 100
_GATEWAY_TIMEOUT = 504
# What is refused for a token, an account or want of room is refused for every item alike.
_AFFECTS_EVERY_ITEM = (
    UnauthorizedError,
    ForbiddenError,
    NoSubscriptionError,
    ConfigurationError,
    LimiterError,
)


class OnFailure(Enum):
    """What becomes of an item whose call failed, and of the run."""

    REQUEUE = auto()
    FAIL = auto()
    STOP = auto()


def judge(error: RatingsError, *, policy: RetryPolicy, requeues: int) -> OnFailure:
    """Decide what a final error means for the run.

    Args:
        error: How the call ended.
        policy: How patient the call was.
        requeues: How often the item went back to the end of the run already.

    Returns:
        `STOP` for what would meet every other item as well: a refused token, a missing
        subscription, no leave to send, or a wait longer than the policy allows. `REQUEUE` for a
        passing fault, at most twice for an item. `FAIL` for the rest.
    """
    if isinstance(error, _AFFECTS_EVERY_ITEM) or exceeds_allowed_wait(error, policy):
        return OnFailure.STOP
    if is_passing(error, policy) and requeues < MAX_REQUEUES:
        return OnFailure.REQUEUE
    return OnFailure.FAIL


def exceeds_allowed_wait(error: RatingsError, policy: RetryPolicy) -> bool:
    """Tell whether the service asked for a longer wait than the policy allows."""
    if not isinstance(error, ApiError) or not is_transient(error.status_code):
        return False
    if error.retry_after is None:
        return False
    # With attempts left, only the wait can have ended the call.
    return error.attempts < policy.max_attempts or error.retry_after > policy.max_delay


def is_passing(error: RatingsError, policy: RetryPolicy) -> bool:
    """Tell a fault that may be gone a little later from an answer that is final."""
    if isinstance(error, ApiError):
        return is_transient(error.status_code)
    if isinstance(error, TransportError):
        # A call that was given up after one send met something that no second send would mend,
        # such as a certificate that is not trusted.
        return error.attempts > 1 or policy.max_attempts == 1
    # A good status with a body that makes no sense: the write may have come about, and to send it
    # again does no harm.
    return isinstance(error, UnexpectedResponseError) and error.status_code < 300


def is_retryable(error: RatingsError) -> bool:
    """Tell whether the same call may well succeed later, by itself or once a token is renewed."""
    kinds = (RateLimitError, ServerError, TransportError, UnexpectedResponseError)
    return isinstance(error, (*kinds, *_AFFECTS_EVERY_ITEM))


def is_batch_too_large(error: RatingsError, *, requeues: int = 0) -> bool:
    """Tell whether a batch should be halved: 413, 414, 400 for its `ids`, or a second 504.

    A 504 that ended a call after one send is the first one, unless the batch was asked for before;
    see `retries.next_delay`.
    """
    if isinstance(error, BadRequestError):
        # `ids` of a read, `ids[songs]` and the like of favorites.
        return any((detail.parameter or "").partition("[")[0] == "ids" for detail in error.errors)
    if not isinstance(error, ApiError):
        return False
    if error.status_code == _GATEWAY_TIMEOUT:
        return error.attempts > 1 or requeues > 0
    return error.status_code in {413, 414}
