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

from apple_music_ratings_mock.service import MockService

from .access_log import AccessLog
from .admin import Admin
from .asgi import MockASGIApp
from .http11 import RatingsProtocol

try:
    # Saves about a sixth of what an answer costs; asyncio's own does as well.
    from uvloop import new_event_loop
except ImportError:  # pragma: no cover -- Windows, and other Pythons than CPython
    from asyncio import new_event_loop  # type: ignore[assignment]  # a loop like any other

# Enough for a loaded machine; a healthy one needs a few milliseconds.
_START_TIMEOUT = 10.0


class _Server(uvicorn.Server):
    """A uvicorn server that says when it listens."""

    def __init__(
        self,
        app: MockASGIApp,
        on_listening: Callable[[], None],
        *,
        certificate: Path | None,
        key: Path | None,
        request_timeout: float,
        logs_access: bool = True,
    ) -> None:
        members = {"request_timeout": request_timeout, "logs_access": logs_access}
        protocol = type("_Protocol", (RatingsProtocol,), members)
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                ws="none",
                http=protocol,
                # The program that runs us decides about logs.
                log_config=None,
                server_header=False,
                # Nobody asks who a proxy says is asking.
                proxy_headers=False,
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


def make_admin(service: MockService, bound: socket.socket, token: str | None = None) -> Admin:
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


def base_url(bound: socket.socket, scheme: str = "http") -> str:
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
    log: AccessLog | None = None,
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
        log: Is told of each answer; None leaves that to the logger
            `uvicorn.access`.

    Raises:
        KeyboardInterrupt: Somebody pressed Ctrl-C; the server has stopped.
        OSError: Certificate or key cannot be read, or do not fit.
    """
    app = MockASGIApp(service, make_admin(service, bound, admin_token), log)
    server = _Server(
        app,
        on_listening,
        certificate=certificate,
        key=key,
        request_timeout=RatingsProtocol.request_timeout,
        logs_access=log is None,
    )
    _run(server, bound)


def _run(server: _Server, bound: socket.socket) -> None:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(server.serve(sockets=[bound]))


@contextmanager
def serve(
    service: MockService,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    admin_token: str | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
    request_timeout: float = 30.0,
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
        request_timeout: Seconds within which a request has to be there as a whole.

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
        app = MockASGIApp(service, make_admin(service, bound, admin_token))
        server = _Server(
            app, is_listening.set, certificate=certificate, key=key, request_timeout=request_timeout
        )
        # Reads the certificate here, where somebody can hear of it.
        server.config.load()
        thread = Thread(target=_run, args=(server, bound), name="ratings-mock", daemon=True)
        thread.start()
        try:
            if not is_listening.wait(_START_TIMEOUT):  # pragma: no cover -- a machine that is stuck
                raise RuntimeError(f"the mock did not start within {_START_TIMEOUT:g} seconds")
            yield base_url(bound, "http" if certificate is None else "https")
        finally:
            server.should_exit = True
            thread.join(_START_TIMEOUT)
