"""Reads and writes the messages of ASGI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, cast
from urllib.parse import quote

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def run_lifespan(receive: Receive, send: Send) -> None:
    """Confirm that the server starts and stops."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """Return the body, or enough of it to show that it is too large.

    The server discards the rest; uvicorn does so without buffering it.

    Returns:
        At most one byte over the limit; `None` if the client disconnected.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        # Nearly all bodies arrive in one message.
        return bytes(message.get("body", b"")[: limit + 1])
    body = bytearray()
    while True:
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        body += chunk[: limit + 1 - len(body)]
        if not message.get("more_body", False) or len(body) > limit:
            return bytes(body)
        message = await receive()


def raw_path(scope: Scope) -> str:
    """Return the path as it was sent, with its percent escapes."""
    raw = cast("bytes | None", scope.get("raw_path"))
    if raw is not None:
        return raw.decode("utf-8", "replace")
    # In ASGI the raw path is optional; without it, the original encoding is lost.
    return quote(scope["path"])


def text_headers(pairs: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Return headers as text."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs]
