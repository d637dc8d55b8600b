"""Contains all the data models used in inputs/outputs"""

from .error import Error
from .error_source import ErrorSource
from .errors_response import ErrorsResponse
from .forbidden_response import ForbiddenResponse
from .rating_request import RatingRequest
from .rating_request_attributes import RatingRequestAttributes
from .rating_request_type import RatingRequestType
from .rating_value import RatingValue
from .ratings import Ratings
from .ratings_attributes import RatingsAttributes
from .ratings_content_relationship import RatingsContentRelationship
from .ratings_include import RatingsInclude
from .ratings_relationships import RatingsRelationships
from .ratings_response import RatingsResponse
from .resource import Resource
from .too_many_requests_response import TooManyRequestsResponse
from .unauthorized_response import UnauthorizedResponse

__all__ = (
    "Error",
    "ErrorSource",
    "ErrorsResponse",
    "ForbiddenResponse",
    "RatingRequest",
    "RatingRequestAttributes",
    "RatingRequestType",
    "Ratings",
    "RatingsAttributes",
    "RatingsContentRelationship",
    "RatingsInclude",
    "RatingsRelationships",
    "RatingsResponse",
    "RatingValue",
    "Resource",
    "TooManyRequestsResponse",
    "UnauthorizedResponse",
)
