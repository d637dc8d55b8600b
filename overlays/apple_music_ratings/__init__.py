"""Read, set and delete the likes and dislikes of an Apple Music user.

Unofficial; not affiliated with Apple.
"""

from __future__ import annotations

from ._version import __version__
from .client import AsyncRatingsClient, ClientOptions, RatingsClient
from .clock import Clock
from .developer_token import DeveloperToken
from .errors import (
    ApiError,
    BadRequestError,
    BulkError,
    ConfigurationError,
    ErrorDetail,
    FileError,
    ForbiddenError,
    InvalidItemError,
    InvalidRatingError,
    JournalError,
    LimiterError,
    NoSubscriptionError,
    NotFoundError,
    OtherAccountError,
    RateLimitError,
    RatingsError,
    RequestTimeoutError,
    RowError,
    ServerError,
    TransportError,
    UnauthorizedError,
    UnexpectedResponseError,
    VerificationError,
)
from .limiters import Limiter, RateLimiter
from .models import Item, LibraryItem, Rating, RatingValue, ResourceType, Storefront
from .plans import (
    Action,
    BulkResult,
    Outcome,
    OutcomeStatus,
    Plan,
    Progress,
    Step,
    UndoPlan,
    make_plan,
)
from .retries import RetryEvent, RetryPolicy

__all__ = [
    "Action",
    "ApiError",
    "AsyncRatingsClient",
    "BadRequestError",
    "BulkError",
    "BulkResult",
    "ClientOptions",
    "Clock",
    "ConfigurationError",
    "DeveloperToken",
    "ErrorDetail",
    "FileError",
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
    "OtherAccountError",
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
    "RetryEvent",
    "RetryPolicy",
    "RowError",
    "ServerError",
    "Step",
    "Storefront",
    "TransportError",
    "UnauthorizedError",
    "UndoPlan",
    "UnexpectedResponseError",
    "VerificationError",
    "__version__",
    "make_plan",
]
