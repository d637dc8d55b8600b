"""Requests and responses, independent of how they are carried, and their size limits.

The httpx transport, the ASGI application and the server convert to these and back.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

# Limits of the mock. Apple publishes none; the first is thousands of times the size of a rating,
# the second holds several hundred of the longest ids seen.
MAX_BODY = 1_048_576
MAX_TARGET = 16_384

ADMIN_ROOT = "/__admin"
# The state of a library of ten thousand songs is about two mebibytes.
MAX_ADMIN_BODY = 16 * MAX_BODY


@frozen
class Request:
    """A request as it was received.

    Args:
        method: The method, in the client's spelling.
        path: The path before percent-decoding, so that an encoded slash stays in its segment.
        query: What follows the question mark, before decoding.
        headers: Names and values in the order received; names in any case.
        body: The body. A carrier may stop reading once it exceeds the limit.
    """

    method: str
    path: str
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def header_values(self, name: str) -> list[str]:
        """Return the values of one header, given by its name in lower case."""
        return [value for key, value in self.headers if key.lower() == name]


@frozen(kw_only=True)
class Delivery:
    """How a response is delivered, when a fault delays, splits or drops it.

    Args:
        delay: Seconds before the first byte.
        header_delay: Seconds from the first byte to the end of the headers.
        chunk_size: Bytes of the body that are sent together; `None` for all.
        chunk_delay: Seconds before each chunk.
        truncate_at: Bytes of the body after which the connection closes; `None` to keep it open.
        reset: Whether the connection is reset before the first byte.
    """

    delay: float = 0.0
    header_delay: float = 0.0
    chunk_size: int | None = None
    chunk_delay: float = 0.0
    truncate_at: int | None = None
    reset: bool = False

    def chunks(self, body: bytes) -> list[bytes]:
        """Split a body into what is sent together, up to where it is truncated."""
        sent = body if self.truncate_at is None else body[: self.truncate_at]
        size = self.chunk_size or max(len(sent), 1)
        return [sent[start : start + size] for start in range(0, len(sent), size)]


@frozen
class Note:
    """What the mock says about a request.

    Args:
        verdict: `ok`, `invalid`, `rejected` or `outside`.
        reason: Why it is invalid or rejected.
    """

    verdict: str
    reason: str | None = None


@frozen
class Response:
    """A response.

    Args:
        status: The HTTP status.
        headers: Names and values.
        body: The body.
        delivery: How it is delivered; `None` is at once and complete.
        note: What the mock says about the request; `None` for requests it does not record.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    delivery: Delivery | None = None
    note: Note | None = None
