"""The mock on a socket, under uvicorn.

Needs the extra `mock`; importing this module without it is an ImportError.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from threading import Event, Thread

import uvicorn

from .service import MockService

# Enough for a loaded machine; a healthy one needs a few milliseconds.
_PATIENCE = 10.0


class _Server(uvicorn.Server):
    """A uvicorn server that says when it listens."""

    def __init__(self, service: MockService, on_listening: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                service.asgi,
                lifespan="off",
                ws="none",
                # The program that runs us decides about logs.
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening()


def bind(host: str, port: int) -> socket.socket:
    """Reserve an address.

    Args:
        host: A name or a number, IPv4 or IPv6.
        port: The port; 0 for any that is free.

    Raises:
        OSError: The host is unknown (`socket.gaierror`), or the address is
            taken or not ours to take.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def url_of(bound: socket.socket) -> str:
    """Give the base URL under which this machine reaches the address."""
    host, port = bound.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "::1" if bound.family == socket.AF_INET6 else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(bound: socket.socket) -> bool:
    """Tell whether only this machine can reach the address."""
    return ip_address(bound.getsockname()[0]).is_loopback


def run(service: MockService, bound: socket.socket, on_listening: Callable[[], None]) -> None:
    """Serve in this thread until a signal ends it.

    Args:
        service: What to serve.
        bound: Where, as `bind` gave it.
        on_listening: Called once connections are taken.

    Raises:
        KeyboardInterrupt: Somebody pressed Ctrl-C; the server has stopped.
    """
    asyncio.run(_Server(service, on_listening).serve(sockets=[bound]))


@contextmanager
def serve(service: MockService, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve in a thread for as long as the block lasts.

    Open requests get two seconds to end.

    Args:
        service: What to serve.
        host: A name or a number, IPv4 or IPv6.
        port: The port; 0 for any that is free.

    Yields:
        The base URL, once connections are taken.

    Raises:
        OSError: The address cannot be had.
        RuntimeError: The server did not start.

    Example:
        >>> import httpx
        >>> with serve(MockService()) as base_url:
        ...     httpx.get(f"{base_url}/v1/me/ratings/songs/907242702").status_code
        401
    """
    with bind(host, port) as bound:
        is_listening = Event()
        server = _Server(service, is_listening.set)
        thread = Thread(
            target=asyncio.run,
            args=(server.serve(sockets=[bound]),),
            name="ratings-mock",
            daemon=True,
        )
        thread.start()
        try:
            if not is_listening.wait(_PATIENCE):  # pragma: no cover -- a machine that is stuck
                raise RuntimeError(f"the mock did not start within {_PATIENCE:g} seconds")
            yield url_of(bound)
        finally:
            server.should_exit = True
            thread.join(_PATIENCE)
