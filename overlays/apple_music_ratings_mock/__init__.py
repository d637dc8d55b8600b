"""A stateful mock of Apple Music's ratings API.

Written from the contract and from what is known of the service, and from
nothing of the client: a second, independent reading.
"""

from .api.behaviors import Behaviors
from .api.messages import Delivery, Request, Response
from .api.state import LibraryEntry
from .faults.kinds import Fault, FaultKind
from .service import MockService

__all__ = [
    "Behaviors",
    "Delivery",
    "Fault",
    "FaultKind",
    "LibraryEntry",
    "MockService",
    "Request",
    "Response",
]
