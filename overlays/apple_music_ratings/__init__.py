"""Read, set and delete the likes and dislikes of an Apple Music user.

Unofficial; not affiliated with Apple.
"""

from __future__ import annotations

from ._clock import Clock
from ._core.planning import plan
from ._core.retry import RetryPolicy
from ._http import RetryWait
from ._version import __version__
from .auth import DeveloperToken
from .bulk import Action, BulkResult, Outcome, OutcomeStatus, Plan, Progress, Step
from .client import AsyncRatingsClient, RatingsClient
from .errors import (
    ApiError,
    BadRequestError,
    BulkError,
    ConfigurationError,
    ErrorDetail,
    ForbiddenError,
    InvalidItemError,
    InvalidRatingError,
    JournalError,
    LimiterError,
    NoSubscriptionError,
    NotFoundError,
    RateLimitError,
    RatingsError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnauthorizedError,
    UnexpectedResponseError,
    VerificationError,
)
from .limiters import Limiter, RateLimiter
from .models import Item, LibraryItem, Rating, RatingValue, ResourceType, Storefront

__all__ = [
    "Action",
    "ApiError",
    "AsyncRatingsClient",
    "BadRequestError",
    "BulkError",
    "BulkResult",
    "Clock",
    "ConfigurationError",
    "DeveloperToken",
    "ErrorDetail",
    "ForbiddenError",
    "InvalidItemError",
    "InvalidRatingError",
    "Item",
    "JournalError",
    "LibraryItem",
    "Limiter",
    "LimiterError",
    "NoSubscriptionError",
    "NotFoundError",
    "Outcome",
    "OutcomeStatus",
    "Plan",
    "Progress",
    "RateLimitError",
    "RateLimiter",
    "Rating",
    "RatingValue",
    "RatingsClient",
    "RatingsError",
    "RequestTimeoutError",
    "ResourceType",
    "RetryPolicy",
    "RetryWait",
    "ServerError",
    "Step",
    "Storefront",
    "TransportError",
    "UnauthorizedError",
    "UnexpectedResponseError",
    "VerificationError",
    "__version__",
    "plan",
]
