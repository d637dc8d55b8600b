"""Send an answer badly: late, in drops, not to its end, or not at all.

Needs the connection below ASGI for what ASGI cannot say. Our server lends it
under the name below; under another server a connection is ended by an error.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from http.client import responses
from typing import Any

from apple_music_ratings_mock.api.messages import Delivery, Response

CONNECTION = "ratings-mock.connection"

# Zero seconds of lingering: what is unsent is dropped and the peer is told RST.
_NO_LINGER = struct.pack("ii", 1, 0)

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Connection:
    """What a server lends: the connection below it, and a buffer on what is written.

    Head and body are two writes to a server, and a system call for each is
    most of what an answer costs. What is written within a buffer is one.

    Args:
        transport: The connection itself.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.is_closing: Callable[[], bool] = transport.is_closing
        self._buffered: list[bytes] | None = None

    def buffer(self) -> None:
        """Keep what is written from now on."""
        self._buffered = []

    def flush(self) -> None:
        """Write what was truncate_at."""
        if self._buffered:
            self.transport.write(b"".join(self._buffered))
        self._buffered = None

    def write(self, data: bytes) -> None:
        """Write, or keep while there is a buffer."""
        if self._buffered is None:
            self.transport.write(data)
        else:
            self._buffered.append(data)

    def close(self) -> None:
        """End it once all is written."""
        self.flush()
        self.transport.close()

    def reset(self) -> None:
        """End it at once, so that the peer is told of a failure."""
        peer = self.transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()


class ConnectionEndedError(RuntimeError):
    """Tells a server that lent no connection to end it.

    Raised for a fault, and answered by servers with an end of the connection,
    or with a 500 when nothing was sent before.
    """


@lru_cache(maxsize=256)
def _encoded(headers: tuple[tuple[str, str], ...]) -> list[tuple[bytes, bytes]]:
    """Give headers as ASGI wants them. There are few that differ, and nobody changes them."""
    return [(name.lower().encode(), value.encode()) for name, value in headers]


async def send_response(response: Response, scope: MutableMapping[str, Any], send: Send) -> None:
    """Send an answer at once and whole.

    Args:
        response: What to send.
        scope: The scope of the request, with the connection in its state.
        send: The server's.
    """
    connection: Connection | None = scope.get("state", {}).get(CONNECTION)
    if connection is not None:
        connection.buffer()
    await _send_head(response, send)
    await send({"type": "http.response.body", "body": response.body})
    if connection is not None:
        connection.flush()


async def _send_head(response: Response, send: Send) -> None:
    headers = _encoded(response.headers)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})


async def send_faulty(
    response: Response,
    delivery: Delivery,
    scope: MutableMapping[str, Any],
    receive: Receive,
    send: Send,
) -> None:
    """Send an answer as a fault wants it.

    Args:
        response: What to send.
        delivery: How.
        scope: The scope of the request, with the connection in its state.
        receive: The server's.
        send: The server's.

    Raises:
        ConnectionEndedError: The connection has to end, and was not lent.
    """
    connection: Connection | None = scope.get("state", {}).get(CONNECTION)
    await _pause(delivery.delay)
    if delivery.reset:
        _reset(connection)
    elif delivery.header_delay and connection is not None:
        await _write_slowly(response, delivery, connection)
    else:
        await _pause(delivery.header_delay)
        await _send_in_chunks(response, delivery, connection, send)
    if connection is not None and connection.is_closing():
        # A server complains of an answer without an end, unless it knows that
        # nobody is there.
        while (await receive())["type"] != "http.disconnect":
            pass


async def _send_in_chunks(
    response: Response, delivery: Delivery, connection: Connection | None, send: Send
) -> None:
    await _send_head(response, send)
    for chunk in delivery.chunks(response.body):
        await _pause(delivery.chunk_delay)
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    if delivery.truncate_at is None:
        await send({"type": "http.response.body", "body": b""})
    elif connection is None:
        raise ConnectionEndedError("a fault ended the connection")
    else:
        connection.close()


async def _write_slowly(response: Response, delivery: Delivery, connection: Connection) -> None:
    """Write a whole answer past the server, header by header, and close."""
    lines = [f"HTTP/1.1 {response.status} {responses.get(response.status, '')}".encode()]
    lines += [f"{name}: {value}".encode() for name, value in response.headers]
    lines += [b"Connection: close", b""]
    for line in lines:
        if connection.is_closing():
            return
        connection.write(line + b"\r\n")
        await _pause(delivery.header_delay / len(lines))
    for chunk in delivery.chunks(response.body):
        await _pause(delivery.chunk_delay)
        connection.write(chunk)
    connection.close()


def _reset(connection: Connection | None) -> None:
    if connection is None:
        raise ConnectionEndedError("a fault reset the connection")
    connection.reset()


async def _pause(seconds: float) -> None:
    # Under a server of another kind than asyncio's nothing can be late, and
    # everything else works.
    if seconds:
        await asyncio.sleep(seconds)
