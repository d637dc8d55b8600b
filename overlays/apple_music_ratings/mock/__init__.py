"""A stateful mock of Apple Music's ratings API.

Written from the contract and from what is known of the service, and from
nothing of the client: a second, independent reading.
"""

from .faults import Fault, FaultKind
from .messages import Delivery, Request, Response
from .service import MockService
from .state import LibraryEntry
from .switches import Switches

__all__ = [
    "Delivery",
    "Fault",
    "FaultKind",
    "LibraryEntry",
    "MockService",
    "Request",
    "Response",
    "Switches",
]
