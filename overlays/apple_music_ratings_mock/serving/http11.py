"""HTTP/1.1 as our server speaks it: uvicorn's, on the C parser of httptools.

Needs the extra `mock`; importing this module without it is an ImportError.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .delivery import CONNECTION, Connection

# Ours: four times the longest target that is answered.
MAX_HEAD = 65_536

_USUAL = (b"GET ", b"PUT ", b"DELETE ", b"POST ", b"OPTIONS ", b"HEAD ", b"PATCH ")
_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?= )")


class RatingsProtocol(HttpToolsProtocol):
    """HTTP/1.1 that lends its connection to the answer, and does not wait for ever.

    uvicorn ends idle connections; who sends a byte now and then would keep one
    for ever. Here a request has to be there as a whole within its time.

    The parser has no limit for what stands around a body, takes what follows a
    body for headers, knows a list of methods, and drops the body of who offers
    another protocol. Each of these is made good here.
    """

    request_timeout: float = 30.0
    # Whether uvicorn is to write a log of its own.
    logs_access: bool = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin a connection, and to watch it."""
        super().connection_made(transport)
        self._connection = Connection(transport)
        self.app_state: dict[str, Any] = {**self.app_state, CONNECTION: self._connection}
        self._since = self.loop.time()
        self._watch = self.loop.call_later(self.request_timeout, self._check_deadline)
        self.access_log: bool = self.access_log and self.logs_access
        self._is_between = True
        self._unread = 0
        self._method: str | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """End the watch with the connection."""
        self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and refuse what is no request or has too much around its body."""
        self._unset_keepalive_if_required()
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
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                data = self._drop_upgrade(data[offer.args[0] :])
            else:
                return

    def _mask_method(self, data: bytes) -> bytes:
        """Give a method that the parser does not know, or takes for a tunnel, a name it knows."""
        method = _METHOD.match(data)
        if method is None:
            return data
        self._method = method[0].decode()
        return b"POST" + data[method.end() :]

    def _drop_upgrade(self, rest: bytes) -> bytes:
        """Begin a request anew without its offer to speak another protocol."""
        lines = [
            b"%b %b HTTP/%b"
            % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        ]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser: httptools.HttpRequestParser = httptools.HttpRequestParser(self)
        # As uvicorn has it: data after a last request does not undo the request.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return b"\r\n".join([*lines, b"", rest])

    def _reject(self) -> None:
        words = "Invalid HTTP request received."
        self.logger.warning(words)
        self.send_400_response(words)

    def on_message_begin(self) -> None:
        """Note that what comes next is no method."""
        self._is_between = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin to answer, unless the request is to be read again without its offer.

        Raises:
            ValueError: It does not say which host it is for. The parser makes
                that a request to refuse.
        """
        if self.parser.should_upgrade():
            return
        # RFC 9112, section 3.2.
        if self.parser.get_http_version() == "1.1" and b"host" not in dict(self.headers):
            raise ValueError("there is no Host header")
        super().on_headers_complete()
        self.cycle.transport = self._connection  # type: ignore[assignment]  # all of it that is used
        # What follows the body is not for the answer to see.
        self.headers: list[tuple[bytes, bytes]] = []
        if self._method is not None:
            self.scope["method"] = self._method
            self._method = None

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body, however large: that is judged elsewhere."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that what comes next is a method."""
        if self.parser.should_upgrade():
            return
        self._unread = 0
        self._is_between = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request from now on."""
        self._since = self.loop.time()
        super().on_response_complete()

    def _check_deadline(self) -> None:
        cycle = self.cycle
        is_sending = cycle is None or cycle.response_complete or cycle.more_body
        left = self._since + self.request_timeout - self.loop.time()
        if is_sending and left <= 0:
            self.transport.close()
            return
        self._watch = self.loop.call_later(
            max(left, self.request_timeout / 4), self._check_deadline
        )
