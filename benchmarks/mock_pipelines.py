"""Random pipelines for the mock: every method, prefixes of valid requests, split anywhere.

The long form is part of `make abuse-mock`, the short form of `make test`.
"""

from __future__ import annotations

import re
import socket
from itertools import pairwise
from random import Random

METHODS = (
    *("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PRI"),
    *("BREW", "SOURCE", "M-SEARCH", "QUERY", "get", "connect", "Connect"),
)
TARGETS = ("/v1/me/ratings/songs/1", "/v1/me/ratings/songs?ids=1,2", "/", "*", "mock:443", "x:1")
HEADERS = (
    "Connection: close\r\n",
    "Connection: upgrade\r\nUpgrade: h2c\r\n",
    "Connection: upgrade\r\nUpgrade: websocket\r\n",
    "upgrade: tls/1.2\r\n",
    "Expect: 100-continue\r\n",
    "X-Long: " + "x" * 900 + "\r\n",
)
BODIES = ("", '{"attributes":{"value":1}}', "GET / HTTP/1.1\r\n\r\n", "x" * 3000)
BETWEEN = ("", "", "", "\r\n", "\r\n\r\n", "\n", " ", "\0")


def a_pipeline(random: Random) -> list[bytes]:
    """Return the segments of one connection: some requests, joined and split at random."""
    parts = []
    for _ in range(random.randint(1, 4)):
        request = _a_request(random)
        if random.random() < 0.15:
            request = request[: random.randint(1, len(request))]
        parts.append(random.choice(BETWEEN) + request)
    whole = "".join(parts).encode()
    cuts = sorted(random.randrange(len(whole) + 1) for _ in range(random.choice((0, 0, 1, 3))))
    edges = [0, *cuts, len(whole)]
    return [whole[start:end] for start, end in pairwise(edges)]


def _a_request(random: Random) -> str:
    method, target = random.choice(METHODS), random.choice(TARGETS)
    head = f"{method} {target} HTTP/1.{random.choice('1110')}\r\n"
    if random.random() < 0.9:
        head += "Host: mock\r\n"
    head += "".join(random.sample(HEADERS, random.choice((0, 0, 1, 2))))
    body = random.choice(BODIES)
    if body and random.random() < 0.3:
        return f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n{body}\r\n0\r\n\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}" if body else f"{head}\r\n"


def send(where: tuple[str, int], segments: list[bytes], *, timeout: float = 10.0) -> list[int]:
    """Send segments over one connection, and return the statuses of the responses.

    Raises:
        TimeoutError: The mock neither responded nor closed the connection.
    """
    received = b""
    with socket.create_connection(where, timeout=timeout) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for segment in segments:
                connection.sendall(segment)
            connection.shutdown(socket.SHUT_WR)
            while data := connection.recv(65_536):
                received += data
        except TimeoutError:
            raise
        except OSError:
            # A rejected pipeline is reset.
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]
