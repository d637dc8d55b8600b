"""Decides the responses of the sign-in server: one request in, one response out.

The link that the user opens ends in a secret, in its fragment, which browsers do not send. The page
sends it once and gets the developer token and a second secret, which only that page knows. The
link is then useless: browsers write the URLs they open into their history. With the second secret
the page returns the Music User Token, once. A short code on page and terminal shows the user that
the two belong together.

No sockets here, and nothing is logged.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import b32encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from attrs import evolve, frozen

from apple_music_ratings.developer_token.tokens import validate_token
from apple_music_ratings.errors import ConfigurationError

from . import page

# A Music User Token has a few hundred characters.
MAX_BODY = 16 * 1024


@frozen(repr=False)
class Request:
    """A request. No repr, because it holds secrets.

    Args:
        method: The method.
        target: Path and query.
        headers: Names, in lowercase, and values.
        body: The body.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def only(self, name: str) -> str | None:
        """Return the value of a header that occurs exactly once, or `None`."""
        values = [value for known, value in self.headers if known == name]
        return values[0] if len(values) == 1 else None


@frozen(repr=False)
class Response:
    """A response. No repr, because it may hold a token."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@frozen(kw_only=True)
class App:
    """The app that MusicKit names to the user.

    Args:
        name: The name of the app.
        build: Its version.
    """

    name: str
    build: str


def _secret() -> str:
    return secrets.token_urlsafe(32)


@frozen(kw_only=True, repr=False)
class Offer:
    """The data that the page gets for the secret of the link.

    Args:
        developer_token: The developer token MusicKit is configured with.
        app: The app that asks for access.
        seconds_left: Returns how long the page still waits.
    """

    developer_token: str
    app: App
    seconds_left: Callable[[], float]


class Exchange:
    """Sends one developer token to the page, and receives one Music User Token.

    Args:
        origin: The origin of the page, such as `http://127.0.0.1:50123`.
        offer: The data for the page.
        save: Called once with the Music User Token. It may raise `ConfigurationError`.
        link_secret: The secret of the link; random by default.
        page_secret: The secret of the page; random by default.
    """

    def __init__(
        self,
        *,
        origin: str,
        offer: Offer,
        save: Callable[[str], object],
        link_secret: str | None = None,
        page_secret: str | None = None,
    ) -> None:
        self.is_over: bool = False
        self.failure: ConfigurationError | None = None
        self._origin = origin
        self._offer = offer
        self._save = save
        self._link_secret = link_secret or _secret()
        self._page_secret = page_secret or _secret()
        self.is_link_used: bool = False
        self._posts = {"/session": self._open_session, "/token": self._take_token}

    @property
    def link(self) -> str:
        """The link to open. It is a secret until a page has used it."""
        return f"{self._origin}/#{self._link_secret}"

    @property
    def code(self) -> str:
        """The code that page and terminal both show."""
        digest = sha256(f"code of {self._link_secret}".encode()).digest()
        letters = b32encode(digest)[:6].decode()
        return f"{letters[:3]}-{letters[3:]}"

    def respond(self, request: Request) -> Response:
        """Return the response to a request. Another origin gets nothing, even with the secret."""
        response = self._respond(request)
        return response if request.method != "HEAD" else evolve(response, body=b"")

    def _respond(self, request: Request) -> Response:
        # A foreign page whose name was pointed at this machine sends its own name here.
        if request.only("host") != self._origin.removeprefix("http://"):
            return _rejection(HTTPStatus.MISDIRECTED_REQUEST, "host")
        if request.target in page.FILES:
            return self._file(request) if request.method == "GET" else _not_allowed("GET")
        take = self._posts.get(request.target)
        if take is None:
            return _rejection(HTTPStatus.NOT_FOUND, "path")
        if request.method != "POST":
            return _not_allowed("POST")
        return self._post(request, take)

    def _post(self, request: Request, take: Callable[[dict[str, str]], Response]) -> Response:
        if request.only("origin") != self._origin:
            return _rejection(HTTPStatus.FORBIDDEN, "origin")
        # No form and no foreign page can send this type without a preflight request.
        if request.only("content-type") != "application/json":
            return _rejection(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "type")
        fields = _texts(request.body)
        return _rejection(HTTPStatus.BAD_REQUEST, "body") if fields is None else take(fields)

    def _file(self, request: Request) -> Response:
        file, kind = page.FILES[request.target]
        nonce = secrets.token_urlsafe(16)
        return _response(HTTPStatus.OK, page.content(file, nonce), kind, nonce=nonce)

    def _open_session(self, fields: dict[str, str]) -> Response:
        # The page sends its own secret after a reload.
        if not _is_same(fields.get("secret"), self._page_secret):
            if not _is_same(fields.get("secret"), self._link_secret):
                return _rejection(HTTPStatus.FORBIDDEN, "secret")
            if self.is_link_used:
                return _rejection(HTTPStatus.GONE, "used")
            self.is_link_used = True
        if self.is_over:
            return _rejection(HTTPStatus.GONE, "used")
        offer = self._offer
        return _json(
            HTTPStatus.OK,
            {
                "secret": self._page_secret,
                "code": self.code,
                "developer_token": offer.developer_token,
                "app": {"name": offer.app.name, "build": offer.app.build},
                "seconds_left": max(0.0, offer.seconds_left()),
            },
        )

    def _take_token(self, fields: dict[str, str]) -> Response:
        if not _is_same(fields.get("secret"), self._page_secret):
            return _rejection(HTTPStatus.FORBIDDEN, "secret")
        if self.is_over:
            return _rejection(HTTPStatus.GONE, "used")
        try:
            token = validate_token(fields.get("token"), "Music User Token")
        except ConfigurationError:
            return _rejection(HTTPStatus.UNPROCESSABLE_ENTITY, "token")
        self.is_over = True
        try:
            self._save(token)
        except ConfigurationError as error:
            # Reported in the terminal.
            self.failure = error
            return _rejection(HTTPStatus.INTERNAL_SERVER_ERROR, "save")
        return _json(HTTPStatus.OK, {})


def reject_unread(status: HTTPStatus) -> Response:
    """Return the response to a request that was not read to its end."""
    return _rejection(status, "request")


def _is_same(given: str | None, secret: str) -> bool:
    # Bytes, because text must be ASCII for this. It takes the same time for every value.
    return hmac.compare_digest((given or "").encode("utf-8", "replace"), secret.encode())


def _texts(body: bytes) -> dict[str, str] | None:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    return {name: value for name, value in document.items() if isinstance(value, str)}


def _rejection(status: HTTPStatus, problem: str) -> Response:
    return _json(status, {"problem": problem})


def _not_allowed(method: str) -> Response:
    return _json(HTTPStatus.METHOD_NOT_ALLOWED, {"problem": "method"}, [("Allow", method)])


def _json(
    status: HTTPStatus, document: dict[str, Any], extra: Iterable[tuple[str, str]] = ()
) -> Response:
    return _response(status, json.dumps(document).encode(), "application/json", extra=extra)


def _response(
    status: HTTPStatus,
    body: bytes,
    kind: str,
    *,
    nonce: str = "",
    extra: Iterable[tuple[str, str]] = (),
) -> Response:
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        *page.headers(nonce or secrets.token_urlsafe(16)),
        *extra,
    ]
    return Response(status, tuple(headers), body)
