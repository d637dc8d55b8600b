"""The mock on a socket, under uvicorn.

Needs the extra `mock`; importing this module without it is an ImportError.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .admin import Admin
from .asgi import MockASGIApp
from .service import MockService
from .wire import CONNECTION

# Enough for a loaded machine; a healthy one needs a few milliseconds.
_PATIENCE = 10.0


class _Protocol(H11Protocol):
    """HTTP/1.1 that lends its connection to the answer, and does not wait for ever.

    uvicorn ends idle connections; who sends a byte now and then would keep one
    for ever. Here a request has to be there as a whole within its time.
    """

    patience = 30.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.app_state = {**self.app_state, CONNECTION: transport}
        self._since = self.loop.time()
        self._watch = self.loop.call_later(self.patience, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._since = self.loop.time()
        super().on_response_complete()

    def _look(self) -> None:
        is_sending = str(self.conn.their_state) in ("IDLE", "SEND_BODY")
        left = self._since + self.patience - self.loop.time()
        if is_sending and left <= 0:
            self.transport.close()
            return
        self._watch = self.loop.call_later(max(left, self.patience / 4), self._look)


class _Server(uvicorn.Server):
    """A uvicorn server that says when it listens."""

    def __init__(
        self,
        app: MockASGIApp,
        on_listening: Callable[[], None],
        *,
        certificate: Path | None,
        key: Path | None,
        patience: float,
    ) -> None:
        protocol = type("_Protocol", (_Protocol,), {"patience": patience})
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                ws="none",
                http=protocol,
                # The program that runs us decides about logs.
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=2,
                # More than a test has, and fewer than the files a process may
                # open; who comes after is told 503.
                limit_concurrency=800,
                ssl_certfile=certificate,
                ssl_keyfile=key,
            )
        )
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening()


def admin_of(service: MockService, bound: socket.socket, token: str | None = None) -> Admin:
    """Make the admin API that belongs to an address.

    Args:
        service: What is looked at and changed.
        bound: Where it is served.
        token: What callers have to send; None for none.

    Raises:
        ValueError: The address is open to other machines, and there is no
            token.
    """
    if is_loopback(bound):
        return Admin(service, token=token)
    if token is None:
        raise ValueError("the admin API needs a token where other machines can reach it")
    # A rebound name does not know the token.
    return Admin(service, token=token, hosts=None)


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


def url_of(bound: socket.socket, scheme: str = "http") -> str:
    """Give the base URL under which this machine reaches the address."""
    host, port = bound.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "::1" if bound.family == socket.AF_INET6 else "127.0.0.1"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def is_loopback(bound: socket.socket) -> bool:
    """Tell whether only this machine can reach the address."""
    return ip_address(bound.getsockname()[0]).is_loopback


def run(
    service: MockService,
    bound: socket.socket,
    on_listening: Callable[[], None],
    *,
    admin_token: str | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
) -> None:
    """Serve in this thread until a signal ends it.

    Args:
        service: What to serve.
        bound: Where, as `bind` gave it.
        on_listening: Called once connections are taken.
        admin_token: What callers of the admin API have to send; it needs one
            where other machines can reach it.
        certificate: A certificate in PEM form, to serve HTTPS.
        key: The private key that belongs to it, unless it is in the same file.

    Raises:
        KeyboardInterrupt: Somebody pressed Ctrl-C; the server has stopped.
        OSError: Certificate or key cannot be read, or do not fit.
    """
    app = MockASGIApp(service, admin_of(service, bound, admin_token))
    server = _Server(
        app, on_listening, certificate=certificate, key=key, patience=_Protocol.patience
    )
    asyncio.run(server.serve(sockets=[bound]))


@contextmanager
def serve(
    service: MockService,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    admin_token: str | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
    patience: float = 30.0,
) -> Iterator[str]:
    """Serve in a thread for as long as the block lasts.

    The admin API is under `/__admin`. Open requests get two seconds to end.

    Args:
        service: What to serve.
        host: A name or a number, IPv4 or IPv6.
        port: The port; 0 for any that is free.
        admin_token: What callers of the admin API have to send; it needs one
            where other machines can reach it.
        certificate: A certificate in PEM form, to serve HTTPS.
        key: The private key that belongs to it, unless it is in the same file.
        patience: Seconds within which a request has to be there as a whole.

    Yields:
        The base URL, once connections are taken.

    Raises:
        OSError: The address cannot be had, or certificate or key cannot be
            read.
        ValueError: Other machines can reach it, and there is no admin token.
        RuntimeError: The server did not start.

    Example:
        >>> import httpx
        >>> with serve(MockService()) as base_url:
        ...     httpx.get(f"{base_url}/v1/me/ratings/songs/907242702").status_code
        401
    """
    with bind(host, port) as bound:
        is_listening = Event()
        app = MockASGIApp(service, admin_of(service, bound, admin_token))
        server = _Server(app, is_listening.set, certificate=certificate, key=key, patience=patience)
        # Reads the certificate here, where somebody can hear of it.
        server.config.load()
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
            yield url_of(bound, "http" if certificate is None else "https")
        finally:
            server.should_exit = True
            thread.join(_PATIENCE)
