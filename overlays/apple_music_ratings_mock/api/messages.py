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


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How an answer travels, where a fault wants it to travel badly.

    Args:
        delay: Seconds before the first byte.
        header_delay: Seconds from the first byte to the last of the headers.
        piece_size: Bytes of the body that go out together; None for all.
        piece_delay: Seconds before each piece.
        kept: Bytes of the body after which the connection ends; None for a
            connection that lasts.
        resets: Whether the connection ends before the first byte.
    """

    delay: float = 0.0
    header_delay: float = 0.0
    piece_size: int | None = None
    piece_delay: float = 0.0
    kept: int | None = None
    resets: bool = False

    def pieces(self, body: bytes) -> list[bytes]:
        """Cut a body into what goes out together, up to where it ends."""
        arriving = body if self.kept is None else body[: self.kept]
        size = self.piece_size or max(len(arriving), 1)
        return [arriving[start : start + size] for start in range(0, len(arriving), size)]


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, and how it travels; None is at once and whole."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    delivery: Delivery | None = None
