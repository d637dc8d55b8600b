"""What goes in and what comes out, whatever carries it.

The three carriers (httpx transport, ASGI, socket) translate to these and back.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen


@frozen
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


@frozen(kw_only=True)
class Delivery:
    """How an answer travels, where a fault wants it to travel badly.

    Args:
        delay: Seconds before the first byte.
        header_delay: Seconds from the first byte to the last of the headers.
        chunk_size: Bytes of the body that go out together; None for all.
        chunk_delay: Seconds before each chunk.
        truncate_at: Bytes of the body after which the connection ends; None for a
            connection that lasts.
        reset: Whether the connection ends before the first byte.
    """

    delay: float = 0.0
    header_delay: float = 0.0
    chunk_size: int | None = None
    chunk_delay: float = 0.0
    truncate_at: int | None = None
    reset: bool = False

    def chunks(self, body: bytes) -> list[bytes]:
        """Cut a body into what goes out together, up to where it ends."""
        arriving = body if self.truncate_at is None else body[: self.truncate_at]
        size = self.chunk_size or max(len(arriving), 1)
        return [arriving[start : start + size] for start in range(0, len(arriving), size)]


@frozen
class Response:
    """An answer, and how it travels; None is at once and whole."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    delivery: Delivery | None = None
