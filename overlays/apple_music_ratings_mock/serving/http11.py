"""HTTP/1.1 of the server: uvicorn's, on the C parser of httptools.

Needs the extra `mock`; importing this module without it raises ImportError.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .delivery import CONNECTION, Connection

# A limit of the mock: four times the longest accepted target.
MAX_HEAD = 65_536

_USUAL = (b"GET ", b"PUT ", b"DELETE ", b"POST ", b"OPTIONS ", b"HEAD ", b"PATCH ")
_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?= )")


class RatingsProtocol(HttpToolsProtocol):
    """HTTP/1.1 with a deadline per request, which exposes its transport to the fault injector.

    uvicorn closes idle connections, but a client that sends a byte now and then could keep one
    open indefinitely. Here a request has to be complete within its timeout.

    The parser has no limit for the size of a head, parses what follows a body as headers, knows
    only a list of methods, treats CONNECT as a tunnel, and drops the body of a request that offers
    another protocol. Each is worked around here.
    """

    request_timeout: float = 30.0
    # Whether uvicorn writes its own access log.
    logs_access: bool = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start the deadline of a new connection."""
        super().connection_made(transport)
        self._connection = Connection(transport)
        self.app_state: dict[str, Any] = {**self.app_state, CONNECTION: self._connection}
        self._since = self.loop.time()
        self._watch = self.loop.call_later(self.request_timeout, self._check_deadline)
        self.access_log: bool = self.access_log and self.logs_access
        self._is_between = True
        # Between a response and the next request only the keep-alive timeout of uvicorn applies.
        self._is_idle = False
        self._unread = 0
        self._method: str | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the deadline with the connection."""
        self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse more data; reject what is not HTTP, or has too large a head."""
        self._unset_keepalive_if_required()
        if self._is_idle:
            self._is_idle, self._since = False, self.loop.time()
        if self._is_between and not data.startswith(_USUAL):
            data = self._mask_method(data)
        self._unread += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self._reject()
        else:
            if self._unread > MAX_HEAD:
                self._reject()

    def _feed(self, data: bytes) -> None:
        # Every turn ends one head with an offer, and none is shorter than this.
        for _ in range(len(data) // 16 + 2):
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                data = self._drop_upgrade(data[offer.args[0] :])
            else:
                return
        raise httptools.HttpParserError("too many offers of another protocol")

    def _mask_method(self, data: bytes) -> bytes:
        """Replace a method that the parser does not know with one that it knows."""
        method = _METHOD.match(data)
        if method is None:
            return data
        self._method = method[0].decode()
        return b"POST" + data[method.end() :]

    def _drop_upgrade(self, rest: bytes) -> bytes:
        """Return the request without its offer to change protocols, for a new parser."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            # To the parser every CONNECT is an offer, wherever in a pipeline it is.
            self._method, method = "CONNECT", b"POST"
        lines = [b"%b %b HTTP/%b" % (method, self.url, self.parser.get_http_version().encode())]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser: httptools.HttpRequestParser = httptools.HttpRequestParser(self)
        # As in uvicorn: data after the last request does not invalidate that request.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return b"\r\n".join([*lines, b"", rest])

    def _reject(self) -> None:
        message = "Invalid HTTP request received."
        self.logger.warning(message)
        self.send_400_response(message)

    def on_message_begin(self) -> None:
        """Record that what follows is not a method."""
        self._is_between = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Start the response, unless the request will be parsed again without its offer.

        Raises:
            ValueError: There is no Host header. The parser then rejects the request.
        """
        if self.parser.should_upgrade():
            return
        # RFC 9112, section 3.2.
        if self.parser.get_http_version() == "1.1" and b"host" not in dict(self.headers):
            raise ValueError("there is no Host header")
        super().on_headers_complete()
        self.cycle.transport = self._connection  # type: ignore[assignment]  # it has what is used
        # What follows the body is not part of the request.
        self.headers: list[tuple[bytes, bytes]] = []
        if self._method is not None:
            self.scope["method"] = self._method
            self._method = None

    def on_body(self, body: bytes) -> None:
        """Accept a part of a body of any size; the service limits it."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Record that what follows is a method."""
        if self.parser.should_upgrade():
            return
        self._unread = 0
        self._is_between = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start the deadline of the next request."""
        self._since = self.loop.time()
        self._is_idle = self._is_between
        super().on_response_complete()

    def _check_deadline(self) -> None:
        cycle = self.cycle
        is_sending = cycle is None or cycle.response_complete or cycle.more_body
        left = self._since + self.request_timeout - self.loop.time()
        if is_sending and left <= 0 and not self._is_idle:
            self.transport.close()
            return
        self._watch = self.loop.call_later(
            max(left, self.request_timeout / 4), self._check_deadline
        )
