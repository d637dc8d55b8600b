"""The mock as an ASGI application, for any server and for Schemathesis."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Protocol, cast
from urllib.parse import quote

from apple_music_ratings_mock.api.messages import Request, Response
from apple_music_ratings_mock.api.routing import MAX_BODY

from .access_log import AccessLog
from .admin import MAX_ADMIN_BODY, Admin
from .admin import ROOT as ADMIN_ROOT
from .delivery import send_faulty, send_response

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class _Handler(Protocol):
    @property
    def handle(self) -> Callable[[Request], Response]: ...


class MockASGIApp:
    """Speaks ASGI 3 for a mock service.

    Args:
        service: What answers.
        admin: What answers under `/__admin`; None for nobody.
        log: Is told of each answer; None for nobody.
    """

    def __init__(
        self,
        service: _Handler,
        admin: Admin | None = None,
        log: AccessLog | None = None,
    ) -> None:
        self._service = service
        self._admin = admin
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's scope.

        Raises:
            NotImplementedError: It is neither `http` nor `lifespan`.
        """
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            raise NotImplementedError(f"the mock does not speak {scope['type']}")

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = _raw_path(scope)
        is_admin = self._admin is not None and path.startswith(ADMIN_ROOT)
        body = await _read_body(receive, MAX_ADMIN_BODY if is_admin else MAX_BODY)
        if body is None:
            return
        handler = self._admin if is_admin and self._admin is not None else self._service
        response = handler.handle(
            Request(
                scope["method"],
                path,
                scope["query_string"].decode("utf-8", "replace"),
                _text_headers(scope["headers"]),
                body,
            )
        )
        if response.delivery is not None:
            await send_faulty(
                response, response.delivery, scope, receive, self._noting(scope, send)
            )
            return
        if self._log is not None:
            self._log(scope, response.status)
        await send_response(response, scope, send)

    def _noting(self, scope: Scope, send: Send) -> Send:
        """Tell the log of an answer once it begins, if it does."""

        async def note(message: Message) -> None:
            if self._log is not None and message["type"] == "http.response.start":
                self._log(scope, message["status"])
            await send(message)

        return note


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _read_body(receive: Receive, limit: int) -> bytes | None:
    """Read the body, or what is enough of it to see that it is too large.

    What is left unread is the server's to throw away; uvicorn does so without
    keeping it.

    Returns:
        At most one byte over the limit; None when the sender went away.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        # Nearly all bodies come in one piece.
        return bytes(message.get("body", b"")[: limit + 1])
    kept = bytearray()
    while True:
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        kept += chunk[: limit + 1 - len(kept)]
        if not message.get("more_body", False) or len(kept) > limit:
            return bytes(kept)
        message = await receive()


def _raw_path(scope: Scope) -> str:
    raw = cast("bytes | None", scope.get("raw_path"))
    if raw is not None:
        return raw.decode("utf-8", "replace")
    # ASGI lets a server leave the raw path out; what was encoded is lost then.
    return quote(scope["path"])


def _text_headers(pairs: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs]
