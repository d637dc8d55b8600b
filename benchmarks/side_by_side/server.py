"""A separate server program with prepared responses.

It knows the three questions that are measured and reads no more of a request than it must, so that
the clients are what takes the time. It says what CPU time it used, as a proof of that. It prints
its port, and runs until it receives a signal or its standard input ends.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import field, frozen

CPU_TIME = "/cpu-time"
_PATH = "/v1/me/ratings/songs"
_MAX_RESPONSES = 4096


def body_for(target: str) -> bytes:
    """Return a like for every id that is asked for."""
    path, _, asked = target.partition("?ids=")
    ids = asked.replace("%2C", ",").split(",") if asked else [path.rpartition("/")[2]]
    data = [
        {
            "id": id,
            "type": "ratings",
            "href": f"{_PATH}/{id}",
            "attributes": {"value": 1},
        }
        for id in ids
    ]
    return json.dumps({"data": data}, separators=(",", ":")).encode()


def response_for(head: bytes) -> bytes:
    """Return the response to a request with this head."""
    target = head.split(b" ", 2)[1].decode()
    is_ours = target == CPU_TIME
    body = repr(time.process_time()).encode() if is_ours else body_for(target)
    lines = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{lines}\r\n\r\n".encode() + body


def length_of(data: bytes) -> int | None:
    """Return how long the first request in some bytes is; `None` while its head is incomplete."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    found = data[:end].lower().find(b"\r\ncontent-length:")
    if found < 0:
        return end + 4
    line_end = data.find(b"\r\n", found + 2)
    return end + 4 + int(data[found + 17 : line_end])


@frozen(eq=False)
class Connection:
    """A connection and what has been read of its next request."""

    socket: socket.socket
    buffer: bytearray = field(factory=bytearray)

    def serve(self, responses: dict[bytes, bytes]) -> bool:
        """Read and respond; return false if the peer has closed the connection."""
        try:
            data = self.socket.recv(65536)
        except OSError:
            return False
        if not data:
            return False
        # The same question in the same bytes: no need to look at them again.
        known = None if self.buffer else responses.get(data)
        if known is not None:
            self.socket.sendall(known)
            return True
        self.buffer.extend(data)
        while (length := length_of(bytes(self.buffer))) is not None and length <= len(self.buffer):
            request = bytes(self.buffer[:length])
            del self.buffer[:length]
            response = response_for(request)
            if CPU_TIME.encode() not in request and len(responses) < _MAX_RESPONSES:
                responses[request] = response
            self.socket.sendall(response)
        return True


def serve(listener: socket.socket) -> None:
    """Serve every connection until standard input ends."""
    responses: dict[bytes, bytes] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is sys.stdin:
                    return
                if key.fileobj is listener:
                    accepted, _ = listener.accept()
                    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    selector.register(accepted, selectors.EVENT_READ, Connection(accepted))
                elif not key.data.serve(responses):
                    selector.unregister(key.fileobj)
                    key.data.socket.close()


@frozen
class Server:
    """Where the server is, for those who measure."""

    port: int

    @property
    def base_url(self) -> str:
        """The address of the service."""
        return f"http://127.0.0.1:{self.port}"

    def cpu_time(self) -> float:
        """Ask for the seconds of CPU that it has used."""
        with urllib.request.urlopen(f"{self.base_url}{CPU_TIME}", timeout=10) as response:  # noqa: S310  # ours
            return float(response.read())


@contextmanager
def running() -> Iterator[Server]:
    """Run the server on the last core and this process on the first, where there are two."""
    with subprocess.Popen(  # noqa: S603  # this very file
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            server = Server(int(process.stdout.readline()))
            cores = pin(first=True)
            try:
                yield server
            finally:
                unpin(cores)
        finally:
            process.stdin.close()
            process.wait(10)


def pin(*, first: bool) -> set[int]:
    """Keep this process to one core, if the system can; give those it had."""
    if not hasattr(os, "sched_setaffinity"):
        return set()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores) if first else max(cores)})
    return cores


def unpin(cores: set[int]) -> None:
    """Return this process its cores back."""
    if cores:
        os.sched_setaffinity(0, cores)


def main() -> None:
    """Listen on a free port of this machine."""
    pin(first=False)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        print(listener.getsockname()[1], flush=True)
        serve(listener)


if __name__ == "__main__":
    main()
