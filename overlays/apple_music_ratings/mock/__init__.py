"""A stateful mock of Apple Music's ratings API.

Written from the contract and from what is known of the service, and from
nothing of the client: a second, independent reading.
"""

from .messages import Request, Response
from .service import MockService
from .state import LibraryEntry

__all__ = ["LibraryEntry", "MockService", "Request", "Response"]
