"""What goes in and what comes out, whatever carries it.

The three carriers (httpx transport, ASGI, socket) translate to these and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came over the wire.

    Args:
        method: The method, in the sender's own spelling.
        path: The path before percent-decoding, so that an encoded slash stays
            inside its segment.
        query: What follows the question mark, before decoding.
        headers: Names and values in the order sent; names in any case.
        body: The body. A carrier may stop reading once it is over the limit.
    """

    method: str
    path: str
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    def header_values(self, name: str) -> list[str]:
        """List the values of one header, given by its name in lower case."""
        return [value for key, value in self.headers if key.lower() == name]


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, ready to be sent as it stands."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
