"""The mock as an ASGI application, for any server and for Schemathesis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from apple_music_ratings_mock.api.messages import (
    ADMIN_ROOT,
    MAX_ADMIN_BODY,
    MAX_BODY,
    Note,
    Request,
    Response,
)

from .access_log import AccessLog
from .admin import Admin
from .asgi_messages import (
    Message,
    Receive,
    Scope,
    Send,
    raw_path,
    read_body,
    run_lifespan,
    text_headers,
)
from .delivery import send_faulty, send_response


class _Handler(Protocol):
    @property
    def handle(self) -> Callable[[Request], Response]: ...


class MockASGIApp:
    """An ASGI 3 application for a mock service.

    Args:
        service: Handles the requests.
        admin: Handles requests under `/__admin` and for `/`; `None` for no admin API.
        log: Logs each response; `None` for no log.
    """

    def __init__(
        self, service: _Handler, admin: Admin | None = None, log: AccessLog | None = None
    ) -> None:
        self._service = service
        self._admin = admin
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one scope.

        Raises:
            NotImplementedError: Its type is neither `http` nor `lifespan`.
        """
        if scope["type"] == "lifespan":
            await run_lifespan(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            raise NotImplementedError(f"the mock does not support {scope['type']}")

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = raw_path(scope)
        is_admin = self._admin is not None and _is_admin(scope["method"], path)
        body = await read_body(receive, MAX_ADMIN_BODY if is_admin else MAX_BODY)
        if body is None:
            return
        handler = self._admin if is_admin and self._admin is not None else self._service
        response = handler.handle(
            Request(
                scope["method"],
                path,
                scope["query_string"].decode("utf-8", "replace"),
                text_headers(scope["headers"]),
                body,
            )
        )
        if response.delivery is not None:
            await send_faulty(
                response,
                response.delivery,
                scope,
                receive,
                self._logging(scope, send, response.note),
            )
            return
        if self._log is not None:
            self._log(scope, response.status, response.note)
        await send_response(response, scope, send)

    def _logging(self, scope: Scope, send: Send, note: Note | None) -> Send:
        """Return a `send` that logs a response when it begins, if it does."""

        async def log_and_send(message: Message) -> None:
            if self._log is not None and message["type"] == "http.response.start":
                self._log(scope, message["status"], note)
            await send(message)

        return log_and_send


def _is_admin(method: str, path: str) -> bool:
    # A browser's look at the root is redirected; everything else there is a client's mistake.
    return path.startswith(ADMIN_ROOT) or (path == "/" and method in ("GET", "HEAD"))
