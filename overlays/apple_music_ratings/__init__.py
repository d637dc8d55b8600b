"""Read, set and delete the likes and dislikes of an Apple Music user.

Unofficial; not affiliated with Apple.
"""

from __future__ import annotations

from ._clock import Clock
from ._core.retry import RetryPolicy
from ._http import RetryWait
from ._version import __version__
from .auth import DeveloperToken
from .client import AsyncRatingsClient, RatingsClient
from .errors import (
    ApiError,
    BadRequestError,
    ConfigurationError,
    ErrorDetail,
    ForbiddenError,
    InvalidItemError,
    InvalidRatingError,
    NoSubscriptionError,
    NotFoundError,
    RateLimitError,
    RatingsError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnauthorizedError,
    UnexpectedResponseError,
)
from .models import Item, Rating, RatingValue, ResourceType

__all__ = [
    "ApiError",
    "AsyncRatingsClient",
    "BadRequestError",
    "Clock",
    "ConfigurationError",
    "DeveloperToken",
    "ErrorDetail",
    "ForbiddenError",
    "InvalidItemError",
    "InvalidRatingError",
    "Item",
    "NoSubscriptionError",
    "NotFoundError",
    "RateLimitError",
    "Rating",
    "RatingValue",
    "RatingsClient",
    "RatingsError",
    "RequestTimeoutError",
    "ResourceType",
    "RetryPolicy",
    "RetryWait",
    "ServerError",
    "TransportError",
    "UnauthorizedError",
    "UnexpectedResponseError",
    "__version__",
]
