"""Sends responses as faults want them: late, in chunks, truncated, or not at all.

What ASGI cannot express needs the connection below it. Our server exposes it under the name below;
under any other server a connection is closed by raising an error.
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

# Zero seconds of lingering: unsent data is dropped and the peer receives RST.
_NO_LINGER = struct.pack("ii", 1, 0)

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Connection:
    """What the server exposes: the transport, and a buffer for what is written.

    Head and body are two writes to a server, and a system call for each is most of the cost of a
    response. What is buffered is written at once.

    Args:
        transport: The transport of the connection.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.is_closing: Callable[[], bool] = transport.is_closing
        self._buffered: list[bytes] | None = None

    def buffer(self) -> None:
        """Buffer what is written from now on."""
        self._buffered = []

    def flush(self) -> None:
        """Write what was buffered."""
        if self._buffered:
            self.transport.write(b"".join(self._buffered))
        self._buffered = None

    def write(self, data: bytes) -> None:
        """Write, or buffer while buffering."""
        if self._buffered is None:
            self.transport.write(data)
        else:
            self._buffered.append(data)

    def close(self) -> None:
        """Close the connection once everything is written."""
        self.flush()
        self.transport.close()

    def reset(self) -> None:
        """Reset the connection, so that the peer sees an error."""
        peer = self.transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()


class ConnectionEndedError(RuntimeError):
    """Raised for a fault, under a server that does not expose its connection.

    Servers respond by closing the connection, or with a 500 if nothing was sent before.
    """


@lru_cache(maxsize=256)
def _encoded(headers: tuple[tuple[str, str], ...]) -> list[tuple[bytes, bytes]]:
    """Return headers as ASGI requires them. Few differ, so they are cached."""
    return [(name.lower().encode(), value.encode()) for name, value in headers]


async def send_response(response: Response, scope: MutableMapping[str, Any], send: Send) -> None:
    """Send a complete response at once.

    Args:
        response: The response.
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
    """Send a response as a fault wants it.

    Args:
        response: The response.
        delivery: How to send it.
        scope: The scope of the request, with the connection in its state.
        receive: The server's.
        send: The server's.

    Raises:
        ConnectionEndedError: The connection has to be closed, and is not exposed.
    """
    connection: Connection | None = scope.get("state", {}).get(CONNECTION)
    await _sleep(delivery.delay)
    if delivery.reset:
        _reset(connection)
    elif delivery.header_delay and connection is not None:
        await _write_slowly(response, delivery, connection)
    else:
        await _sleep(delivery.header_delay)
        await _send_in_chunks(response, delivery, connection, send)
    if connection is not None and connection.is_closing():
        # A server reports a response without an end, unless it knows that the peer is gone.
        while (await receive())["type"] != "http.disconnect":
            pass


async def _send_in_chunks(
    response: Response, delivery: Delivery, connection: Connection | None, send: Send
) -> None:
    await _send_head(response, send)
    for chunk in delivery.chunks(response.body):
        await _sleep(delivery.chunk_delay)
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    if delivery.truncate_at is None:
        await send({"type": "http.response.body", "body": b""})
    elif connection is None:
        raise ConnectionEndedError("a fault closed the connection")
    else:
        connection.close()


async def _write_slowly(response: Response, delivery: Delivery, connection: Connection) -> None:
    """Write a response past the server, header by header, and close the connection."""
    lines = [f"HTTP/1.1 {response.status} {responses.get(response.status, '')}".encode()]
    lines += [f"{name}: {value}".encode() for name, value in response.headers]
    lines += [b"Connection: close", b""]
    for line in lines:
        if connection.is_closing():
            return
        connection.write(line + b"\r\n")
        await _sleep(delivery.header_delay / len(lines))
    for chunk in delivery.chunks(response.body):
        await _sleep(delivery.chunk_delay)
        if connection.is_closing():
            return
        connection.write(chunk)
    connection.close()


def _reset(connection: Connection | None) -> None:
    if connection is None:
        raise ConnectionEndedError("a fault reset the connection")
    connection.reset()


async def _sleep(seconds: float) -> None:
    # A server that does not run on asyncio can deliver everything that is not delayed.
    if seconds:
        await asyncio.sleep(seconds)
