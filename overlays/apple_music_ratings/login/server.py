"""The socket of the sign-in page: reads requests with h11, within bounds of size, number and time.

One thread serves all connections, so a slow one holds up nobody, and no two requests can both be
the first.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import h11
from attrs import define, field

from .exchange import MAX_BODY, Exchange, Request, Response, reject_unread

LOOPBACK = "127.0.0.1"
# When one more comes, the oldest has to go: a flood that holds connections open keeps nobody out.
MAX_CONNECTIONS = 128
_MAX_HEAD = 16 * 1024
# Seconds for a whole request, and for a whole answer.
DEADLINE = 10.0

Sleep = Callable[[float], Awaitable[object]]


def bind() -> socket.socket:
    """Take a free port on the loopback address.

    Raises:
        OSError: There is none.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.bind((LOOPBACK, 0))
    except OSError:  # pragma: no cover -- no loopback address, or no port left
        bound.close()
        raise
    return bound


def origin_url(bound: socket.socket) -> str:
    """Give the origin of pages that are served there."""
    return f"http://{LOOPBACK}:{bound.getsockname()[1]}"


@define
class Server:
    """Serves one exchange.

    Args:
        exchange: Answers the requests.
        deadline: Seconds that reading a request, and writing an answer, may take.
    """

    _exchange: Exchange
    _deadline: float
    # In the order in which they came.
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
            bound: Where, as `bind` gave it.
            duration: Seconds.
            sleep: Lets that much time pass; a test passes one that it controls.
            on_listening: Called once connections are taken.
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
            # Here, since a task that is cancelled before it starts runs no `finally`.
            del self._tasks[task]
            writer.close()

        task.add_done_callback(forget)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD)
        try:
            async with asyncio.timeout(self._deadline):
                request = await _read(wire, reader)
            # Keeping the token may take as long as the person needs to unlock a keyring.
            answer = (
                self._exchange.respond(request)
                if isinstance(request, Request)
                else reject_unread(request)
            )
            async with asyncio.timeout(self._deadline):
                await _write(wire, writer, answer)
        except (OSError, TimeoutError):
            # Nobody is there to be told.
            pass
        finally:
            if self._exchange.is_over:
                self._over.set()


async def _read(wire: h11.Connection, reader: asyncio.StreamReader) -> Request | HTTPStatus:
    """Read a request, or say why not.

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


async def _write(wire: h11.Connection, writer: asyncio.StreamWriter, answer: Response) -> None:
    for event in (
        h11.Response(status_code=answer.status, headers=list(answer.headers)),
        h11.Data(data=answer.body),
        h11.EndOfMessage(),
    ):
        writer.write(wire.send(event) or b"")
    await writer.drain()
