"""Small servers on the loopback interface, for what only a real connection shows."""

from __future__ import annotations

import json
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from attrs import field, frozen

from support.builders import SONG, ratings

Behave = Callable[[BaseHTTPRequestHandler], None]


@frozen
class Seen:
    """What a server has seen so far."""

    port: int
    requests: list[str] = field(factory=list)
    headers: list[dict[str, str]] = field(factory=list)
    connections: list[Any] = field(factory=list)


def liked(handler: BaseHTTPRequestHandler) -> None:
    """Send that the song is liked."""
    send(handler, 200, json.dumps(ratings((SONG, 1))).encode())


def short(handler: BaseHTTPRequestHandler) -> None:
    """Promise more bytes than come, and hang up."""
    send(handler, 200, b'{"data":[', length=1000)
    handler.close_connection = True


def rejecting_tunnels(handler: BaseHTTPRequestHandler) -> None:
    """Reject the tunnel, as a proxy does."""
    send(handler, 502, b"")
    handler.close_connection = True


def send(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, *, length: int | None = None
) -> None:
    """Write a response; its length may be a lie."""
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


class _Server(ThreadingHTTPServer):
    # A crowd may come at once.
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Report an error of a script, but not a client that closed its connection."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def serving(*script: Behave, tls: ssl.SSLContext | None = None) -> Iterator[Seen]:
    """Serve in a thread; the script is played in order, its last part again and again."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            seen.connections.append(self.client_address)

        def behave(self) -> None:
            behave = script[min(len(seen.requests), len(script) - 1)]
            seen.requests.append(f"{self.command} {self.path}")
            seen.headers.append(dict(self.headers))
            behave(self)

        do_GET = do_PUT = do_DELETE = do_CONNECT = behave  # noqa: N815  # the names it looks for

        def log_message(self, *_args: object) -> None:
            """Do nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    seen = Seen(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
