"""An httpx transport over `http.client` of the standard library.

`http.client` writes requests and parses responses; here are the connections, kept for each host,
and the limits of time. A host behind a proxy is left to httpx's transport: the proxy takes longer
than what is saved.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from functools import partial
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
    IncompleteRead,
    parse_headers,
)
from io import BufferedReader, RawIOBase
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Any, cast

import httpx

from .certificates import tls_context
from .proxies import proxy_for
from .transport_choice import MAX_CONNECTIONS, default_transport

# Seconds that httpx keeps an idle connection for.
_KEEPALIVE_EXPIRY = 5.0
_PART_SIZE = 65_536
_NOT_HEADERS = (FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect)
_ERRORS = {
    "connect": (httpx.ConnectTimeout, httpx.ConnectError),
    "write": (httpx.WriteTimeout, httpx.WriteError),
    "read": (httpx.ReadTimeout, httpx.ReadError),
}


class FastTransport(httpx.BaseTransport):
    """Sends over `http.client`, with connections for each host."""

    def __init__(self) -> None:
        self._hosts: dict[object, httpx.BaseTransport] = {}
        self._lock = Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        url = request.url
        # A forked process must not use the connections of its parent.
        key = (os.getpid(), url.scheme, url.host, url.port)
        if (host := self._hosts.get(key)) is None:
            with self._lock:
                if (host := self._hosts.get(key)) is None:
                    is_direct = proxy_for(url) is None
                    host = _Host(url) if is_direct else default_transport(url)
                    self._hosts[key] = host
        return host.handle_request(request)

    def close(self) -> None:
        """Close all idle connections."""
        for host in self._hosts.values():
            host.close()


class _Host(httpx.BaseTransport):
    """Sends requests to one host, each over a connection of its own."""

    def __init__(self, url: httpx.URL) -> None:
        # An invalid setting is an error for any service.
        host, port, tls = url.raw_host.decode("ascii"), url.port, tls_context()
        if url.scheme == "https":
            tls.set_alpn_protocols(["http/1.1"])
            make: Callable[[], HTTPConnection] = partial(HTTPSConnection, host, port, context=tls)
        elif url.scheme == "http":
            make = partial(HTTPConnection, host, port)
        else:
            raise httpx.UnsupportedProtocol(f"{url.scheme!r} is neither http nor https")
        self._make = make
        self._free = BoundedSemaphore(MAX_CONNECTIONS)
        self._idle: list[tuple[float, HTTPConnection]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        limits = _Limits(request)
        if not self._free.acquire(timeout=limits.seconds("pool")):
            raise httpx.PoolTimeout(f"{MAX_CONNECTIONS} requests are in flight")
        connection = self._taken() or self._make()
        try:
            response = _sent(connection, request, limits)
        except BaseException:
            self._give_back(connection, None)
            raise
        return httpx.Response(
            response.status,
            headers=[
                (name.encode("latin-1"), value.strip().encode("latin-1"))
                for name, value in response.getheaders()
            ],
            stream=_Body(response, partial(self._give_back, connection, response)),
            extensions={"http_version": b"HTTP/1.0" if response.version == 10 else b"HTTP/1.1"},
        )

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[1].close()

    def _taken(self) -> HTTPConnection | None:
        """Take a connection that is still open, the one used last."""
        while self._idle:
            since, connection = self._idle.pop()
            if monotonic() - since < _KEEPALIVE_EXPIRY and _is_open(connection.sock):
                return connection
            connection.close()
        return None

    def _give_back(self, connection: HTTPConnection, response: HTTPResponse | None) -> None:
        """Keep a connection whose response has been read to its end, and close any other."""
        if response is not None and response.isclosed() and not response.will_close:
            self._idle.append((monotonic(), connection))
        else:
            connection.close()
            if response is not None:
                response.close()
        self._free.release()


class _Limits:
    """The limits of one request: seconds for each step, and a deadline for all of them."""

    def __init__(self, request: httpx.Request) -> None:
        total: float | None = request.extensions.get("total_timeout")
        self._timeouts: dict[str, float | None] = request.extensions.get("timeout", {})
        self._deadline = None if total is None else monotonic() + total

    def seconds(self, step: str) -> float | None:
        """Return the seconds that a step may take; `None` for any number.

        Raises:
            httpx.ReadTimeout: The deadline is over.
        """
        seconds = self._timeouts.get(step)
        if self._deadline is None:
            return seconds
        left = self._deadline - monotonic()
        if left <= 0:
            raise httpx.ReadTimeout("no response within the total timeout")
        return left if seconds is None else min(seconds, left)


class _Reader(RawIOBase):
    """Reads from a connection, and keeps each read within the limits."""

    def __init__(self, connection: socket.socket, limits: _Limits) -> None:
        self._connection = connection
        self._raw = connection.makefile("rb", buffering=0)
        self._limits = limits
        self.has_ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._connection.settimeout(self._limits.seconds("read"))
        size = self._raw.readinto(buffer)
        self.has_ended = size == 0
        return size

    def close(self) -> None:
        super().close()
        self._raw.close()


class _Response(HTTPResponse):
    """A response whose reads are within limits.

    `http.client` takes headers that were cut for complete ones, and `103 Early Hints` for the
    response; both are corrected.
    """

    def __init__(
        self, connection: socket.socket, *args: Any, limits: _Limits, **kwargs: Any
    ) -> None:
        super().__init__(connection, *args, **kwargs)
        self.fp.close()
        self._reader = _Reader(connection, limits)
        self.fp = BufferedReader(self._reader)

    def begin(self) -> None:
        super().begin()
        if self._reader.has_ended or any(
            isinstance(defect, _NOT_HEADERS) for defect in self.headers.defects
        ):
            raise HTTPException("the headers are incomplete or invalid")

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            status = cast("tuple[str, int, str]", super()._read_status())  # type: ignore[misc]
            if not 101 < status[1] < 200:
                return status
            parse_headers(self.fp)


class _Body(httpx.SyncByteStream):
    """A response body; its connection is in use until it is closed."""

    def __init__(self, response: HTTPResponse, give_back: Any) -> None:
        self._response = response
        self._give_back = give_back

    def __iter__(self) -> Iterator[bytes]:
        try:
            while part := self._response.read(_PART_SIZE):
                yield part
            if self._response.length:
                raise IncompleteRead(b"", self._response.length)
        except (OSError, HTTPException) as error:
            raise _as_httpx_error(error, "read") from error
        finally:
            self.close()

    def close(self) -> None:
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()


def _sent(connection: HTTPConnection, request: httpx.Request, limits: _Limits) -> HTTPResponse:
    """Send a request, and return its response before the body is read."""
    headers, body = request.headers.raw, request.read()
    try:
        target = request.url.raw_path.decode("ascii")
        connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
    except (ValueError, HTTPException) as error:
        raise httpx.LocalProtocolError(str(error)) from error
    step = "connect"
    try:
        if connection.sock is None:
            connection.timeout = limits.seconds("connect")
            connection.connect()
        step = "write"
        connection.sock.settimeout(limits.seconds("write"))
        connection.endheaders(body or None, encode_chunked="Transfer-Encoding" in request.headers)
        step = "read"
        connection.response_class = partial(_Response, limits=limits)  # type: ignore[assignment]
        return connection.getresponse()
    except (OSError, HTTPException) as error:
        raise _as_httpx_error(error, step) from error


def _is_open(connection: socket.socket) -> bool:
    """Return whether an idle connection is open and, as it must be, silent."""
    connection.settimeout(0)
    try:
        # Also for TLS, whose own `recv` has no flags.
        socket.socket.recv(connection, 1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _as_httpx_error(error: Exception, step: str) -> httpx.TransportError:
    on_timeout, on_failure = _ERRORS[step]
    message = str(error) or type(error).__name__
    if isinstance(error, TimeoutError):
        return on_timeout(message)
    return (httpx.RemoteProtocolError if isinstance(error, HTTPException) else on_failure)(message)
