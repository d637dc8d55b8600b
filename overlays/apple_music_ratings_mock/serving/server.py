"""The mock on a socket, under uvicorn.

Needs the extra `mock`; importing this module without it raises ImportError.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import uvicorn

from .access_log import AccessLog
from .admin import Admin
from .asgi import MockASGIApp
from .http11 import RatingsProtocol

if TYPE_CHECKING:
    from apple_music_ratings_mock.service import MockService

try:
    # Saves about a sixth of the cost of a response; asyncio's own loop works too.
    from uvloop import new_event_loop
except ImportError:  # pragma: no cover -- Windows, and other Pythons than CPython
    from asyncio import new_event_loop  # type: ignore[assignment]  # an event loop too

# Enough for a loaded machine; usually it takes a few milliseconds.
_START_TIMEOUT = 10.0


class _Server(uvicorn.Server):
    """A uvicorn server that calls back once it listens."""

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
                # The calling program configures logging.
                log_config=None,
                server_header=False,
                # The address that a proxy reports is not used.
                proxy_headers=False,
                timeout_graceful_shutdown=2,
                # Longer than the pools of common clients keep an idle connection.
                timeout_keep_alive=75,
                # More than a test has, and fewer than the files that a process may open; further
                # requests get 503.
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
    """Return the admin API for an address.

    Args:
        service: The service to inspect and change.
        bound: Where it is served.
        token: The token that clients have to send; `None` for none.

    Raises:
        ValueError: Other machines can reach the address, and there is no token.
    """
    if is_loopback(bound):
        return Admin(service, token=token)
    if token is None:
        raise ValueError("the admin API needs a token if other machines can reach it")
    # A page behind a rebound name does not know the token.
    return Admin(service, token=token, hosts=None)


def bind(host: str, port: int) -> socket.socket:
    """Bind an address.

    Args:
        host: A host name or an IP address.
        port: The port; 0 for any free one.

    Raises:
        OSError: The host is unknown (`socket.gaierror`), or the address is in use or not local.
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
    """Return the base URL of an address, as seen from this machine."""
    host, port = bound.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "::1" if bound.family == socket.AF_INET6 else "127.0.0.1"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def is_loopback(bound: socket.socket) -> bool:
    """Return whether only this machine can reach the address."""
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
    """Serve in this thread until a signal stops it.

    Args:
        service: The service.
        bound: The address, from `bind`.
        on_listening: Called once the server accepts connections.
        admin_token: The token that clients of the admin API have to send; required if other
            machines can reach it.
        certificate: A certificate in PEM form, to serve HTTPS.
        key: Its private key, unless it is in the same file.
        log: Logs each response; `None` leaves that to the logger `uvicorn.access`.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; the server has stopped.
        OSError: Certificate or key cannot be read, or do not match.
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
    """Serve in a thread while the block runs.

    The admin API is under `/__admin`. At the end, open requests have two seconds to finish.

    Args:
        service: The service.
        host: A host name or an IP address.
        port: The port; 0 for any free one.
        admin_token: The token that clients of the admin API have to send; required if other
            machines can reach it.
        certificate: A certificate in PEM form, to serve HTTPS.
        key: Its private key, unless it is in the same file.
        request_timeout: Seconds within which a request has to be complete.

    Yields:
        The base URL, once the server accepts connections.

    Raises:
        OSError: The address cannot be bound, or certificate or key cannot be read.
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
        # Reads the certificate here, so that the caller sees its errors.
        server.config.load()
        thread = Thread(target=_run, args=(server, bound), name="ratings-mock", daemon=True)
        thread.start()
        try:
            if not is_listening.wait(_START_TIMEOUT):  # pragma: no cover -- only on a stuck machine
                raise RuntimeError(f"the mock did not start within {_START_TIMEOUT:g} seconds")
            yield base_url(bound, "http" if certificate is None else "https")
        finally:
            server.should_exit = True
            thread.join(_START_TIMEOUT)
