"""Contains all the data models used in inputs/outputs"""

from .artwork import Artwork
from .error import Error
from .error_source import ErrorSource
from .errors_response import ErrorsResponse
from .forbidden_response import ForbiddenResponse
from .library_attributes import LibraryAttributes
from .library_meta import LibraryMeta
from .library_resource import LibraryResource
from .library_response import LibraryResponse
from .play_parameters import PlayParameters
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
from .storefronts import Storefronts
from .storefronts_attributes import StorefrontsAttributes
from .storefronts_response import StorefrontsResponse
from .too_many_requests_response import TooManyRequestsResponse
from .unauthorized_response import UnauthorizedResponse

__all__ = (
    "Artwork",
    "Error",
    "ErrorSource",
    "ErrorsResponse",
    "ForbiddenResponse",
    "LibraryAttributes",
    "LibraryMeta",
    "LibraryResource",
    "LibraryResponse",
    "PlayParameters",
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
    "Storefronts",
    "StorefrontsAttributes",
    "StorefrontsResponse",
    "TooManyRequestsResponse",
    "UnauthorizedResponse",
)
