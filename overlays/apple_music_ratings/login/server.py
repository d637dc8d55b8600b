"""The socket of the sign-in page: reads requests with h11, with limits on size, number and time.

One event loop serves all connections, so a slow one does not delay the others, and no two requests
can both be the first.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import h11
from attrs import define, field

from apple_music_ratings.errors import ConfigurationError

from .exchange import MAX_BODY, Exchange, Request, Response, reject_unread

LOOPBACK = "127.0.0.1"
# One more closes the oldest, so that a flood of open connections does not block the page.
MAX_CONNECTIONS = 128
_MAX_HEAD = 16 * 1024
# Seconds for a whole request, and for a whole response.
DEADLINE = 10.0

Sleep = Callable[[float], Awaitable[object]]


def bind(port: int = 0) -> socket.socket:
    """Bind a port on the loopback address; 0 chooses a free one.

    Raises:
        ConfigurationError: The port is in use, needs privileges or is out of range.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # A port of the previous sign-in can be used again at once.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
    except (OSError, OverflowError) as error:
        bound.close()
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(
            f"The sign-in page cannot use port {port}: {reason}. Choose another port."
        ) from error
    return bound


def origin_url(bound: socket.socket) -> str:
    """Return the origin of pages that are served there."""
    return f"http://{LOOPBACK}:{bound.getsockname()[1]}"


@define
class Server:
    """Serves one exchange.

    Args:
        exchange: Responds to the requests.
        deadline: Seconds that reading a request, and writing a response, may take.
    """

    _exchange: Exchange
    _deadline: float
    # In the order of their arrival.
    _tasks: dict[asyncio.Task[None], None] = field(factory=dict, init=False)
    _over: asyncio.Event = field(factory=asyncio.Event, init=False)

    async def serve(
        self,
        bound: socket.socket,
        *,
        duration: float,
        sleep: Sleep,
        on_listening: Callable[[], object],
    ) -> None:
        """Serve until the exchange is over, for at most `duration`.

        Args:
            bound: The socket, from `bind`.
            duration: Seconds.
            sleep: Waits that long; a test passes one that it controls.
            on_listening: Called once connections are accepted.
        """
        server = await asyncio.start_server(self._connected, sock=bound, backlog=512)
        ends = [asyncio.ensure_future(self._over.wait()), asyncio.ensure_future(sleep(duration))]
        try:
            on_listening()
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            server.close()
            left = [*ends, *self._tasks]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= MAX_CONNECTIONS:
            next(iter(self._tasks)).cancel()
        task = asyncio.ensure_future(self._talk(reader, writer))
        self._tasks[task] = None

        def forget(task: asyncio.Task[None]) -> None:
            # Here, because a task that is canceled before it starts runs no `finally`.
            del self._tasks[task]
            writer.close()

        task.add_done_callback(forget)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD)
        try:
            async with asyncio.timeout(self._deadline):
                request = await _read(wire, reader)
            # Saving the token may take as long as the user needs to unlock a keyring.
            response = (
                self._exchange.respond(request)
                if isinstance(request, Request)
                else reject_unread(request)
            )
            async with asyncio.timeout(self._deadline):
                await _write(wire, writer, response)
        except (OSError, TimeoutError):
            # The other side is gone.
            pass
        finally:
            if self._exchange.is_over:
                self._over.set()


async def _read(wire: h11.Connection, reader: asyncio.StreamReader) -> Request | HTTPStatus:
    """Read a request, or return the status that rejects it.

    Raises:
        OSError: The other side is gone.
    """
    head: h11.Request | None = None
    body = b""
    while True:
        try:
            event = wire.next_event()
        except h11.RemoteProtocolError as error:
            return HTTPStatus(error.error_status_hint)
        match event:
            case h11.NEED_DATA:
                wire.receive_data(await reader.read(_MAX_HEAD))
            case h11.Request():
                head = event
            case h11.Data():
                body += event.data
            case h11.EndOfMessage() if head is not None:
                return _request(head, body)
            case _:
                raise ConnectionError
        if len(body) > MAX_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def _request(head: h11.Request, body: bytes) -> Request:
    return Request(
        head.method.decode("ascii"),
        head.target.decode("latin-1"),
        tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers),
        body,
    )


async def _write(wire: h11.Connection, writer: asyncio.StreamWriter, response: Response) -> None:
    for event in (
        h11.Response(status_code=response.status, headers=list(response.headers)),
        h11.Data(data=response.body),
        h11.EndOfMessage(),
    ):
        writer.write(wire.send(event) or b"")
    await writer.drain()
