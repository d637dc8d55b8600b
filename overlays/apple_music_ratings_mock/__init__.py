"""A stateful mock of Apple Music's ratings API.

Written from the contract and from what is known of the service, and independent of the client: a
second reading of the contract. Names are imported on first use, so that importing the package, as
pytest does for its plugin, costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_MODULES = {
    "Behaviors": ".api.behaviors",
    "Delivery": ".api.messages",
    "Fault": ".faults.kinds",
    "FaultKind": ".faults.kinds",
    "LibraryEntry": ".api.state",
    "MockService": ".service",
    "Request": ".api.messages",
    "Response": ".api.messages",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
