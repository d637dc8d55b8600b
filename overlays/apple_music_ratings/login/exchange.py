"""What the sign-in server answers: one request in, one answer out, and who gets a token.

The link that the person opens ends in a secret, in its fragment, which browsers do not send. The
page hands it in once and gets the developer token and a second secret, which only that page knows.
From then on the link opens nothing: browsers write the addresses they open into their history,
whatever the page does to its address afterwards, and a list of processes may show it too. With the
second secret the page brings the Music User Token back, once.

No sockets here, and nothing is logged.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Iterable
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
    """A request as it came. No repr, since it holds secrets.

    Args:
        method: The method.
        target: Path and query.
        headers: Names, in lower case, and values.
        body: The body.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def only(self, name: str) -> str | None:
        """Give the value of a header that is there exactly once."""
        values = [value for known, value in self.headers if known == name]
        return values[0] if len(values) == 1 else None


@frozen(repr=False)
class Response:
    """An answer to send. No repr, since it may hold a token."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@frozen(kw_only=True)
class App:
    """What MusicKit tells the person about who asks.

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
    """What the page is given once it has shown the secret of the link.

    Args:
        developer_token: The developer token MusicKit is configured with.
        app: Who asks.
        seconds_left: Tells how long the page still has.
    """

    developer_token: str
    app: App
    seconds_left: Callable[[], float]


class Exchange:
    """Hands out one developer token and takes in one Music User Token.

    Args:
        origin: Where the page is, such as `http://127.0.0.1:50123`.
        offer: What the page is given.
        save: Called once with the Music User Token. It may refuse with `ConfigurationError`.
        link_secret: The secret of the link; made by chance unless given.
        page_secret: The secret of the page; likewise.
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
        self._is_link_used = False
        self._posts = {"/session": self._open_session, "/token": self._take_token}

    @property
    def link(self) -> str:
        """The link to open. It is a secret until a page has used it."""
        return f"{self._origin}/#{self._link_secret}"

    def respond(self, request: Request) -> Response:
        """Answer a request. Whoever comes from elsewhere gets nothing, whatever it knows."""
        answer = self._respond(request)
        return answer if request.method != "HEAD" else evolve(answer, body=b"")

    def _respond(self, request: Request) -> Response:
        # A page of somebody else whose name was pointed at this machine sends its own name here.
        if request.only("host") != self._origin.removeprefix("http://"):
            return _refusal(HTTPStatus.MISDIRECTED_REQUEST, "host")
        if request.target in page.FILES:
            return self._file(request) if request.method == "GET" else _not_allowed("GET")
        take = self._posts.get(request.target)
        if take is None:
            return _refusal(HTTPStatus.NOT_FOUND, "path")
        if request.method != "POST":
            return _not_allowed("POST")
        return self._post(request, take)

    def _post(self, request: Request, take: Callable[[dict[str, str]], Response]) -> Response:
        if request.only("origin") != self._origin:
            return _refusal(HTTPStatus.FORBIDDEN, "origin")
        # No form and no page of somebody else can send this type without asking first.
        if request.only("content-type") != "application/json":
            return _refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "type")
        fields = _texts(request.body)
        return _refusal(HTTPStatus.BAD_REQUEST, "body") if fields is None else take(fields)

    def _file(self, request: Request) -> Response:
        file, kind = page.FILES[request.target]
        nonce = secrets.token_urlsafe(16)
        return _answer(HTTPStatus.OK, page.content(file, nonce), kind, nonce=nonce)

    def _open_session(self, fields: dict[str, str]) -> Response:
        # The page shows its own secret after a reload.
        if not _is_same(fields.get("secret"), self._page_secret):
            if not _is_same(fields.get("secret"), self._link_secret):
                return _refusal(HTTPStatus.FORBIDDEN, "secret")
            if self._is_link_used:
                return _refusal(HTTPStatus.GONE, "used")
            self._is_link_used = True
        if self.is_over:
            return _refusal(HTTPStatus.GONE, "used")
        offer = self._offer
        return _json(
            HTTPStatus.OK,
            {
                "secret": self._page_secret,
                "developer_token": offer.developer_token,
                "app": {"name": offer.app.name, "build": offer.app.build},
                "seconds_left": max(0.0, offer.seconds_left()),
            },
        )

    def _take_token(self, fields: dict[str, str]) -> Response:
        if not _is_same(fields.get("secret"), self._page_secret):
            return _refusal(HTTPStatus.FORBIDDEN, "secret")
        if self.is_over:
            return _refusal(HTTPStatus.GONE, "used")
        try:
            token = validate_token(fields.get("token"), "Music User Token")
        except ConfigurationError:
            return _refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "token")
        self.is_over = True
        try:
            self._save(token)
        except ConfigurationError as error:
            # Told to the person where the program runs.
            self.failure = error
            return _refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "save")
        return _json(HTTPStatus.OK, {})


def reject_unread(status: HTTPStatus) -> Response:
    """Answer a request that was not read to its end."""
    return _refusal(status, "request")


def _is_same(given: str | None, secret: str) -> bool:
    # Bytes, since text must be ASCII for this; nobody learns from the time it takes.
    return hmac.compare_digest((given or "").encode("utf-8", "replace"), secret.encode())


def _texts(body: bytes) -> dict[str, str] | None:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    return {name: value for name, value in document.items() if isinstance(value, str)}


def _refusal(status: HTTPStatus, problem: str) -> Response:
    return _json(status, {"problem": problem})


def _not_allowed(method: str) -> Response:
    return _json(HTTPStatus.METHOD_NOT_ALLOWED, {"problem": "method"}, [("Allow", method)])


def _json(
    status: HTTPStatus, document: dict[str, Any], extra: Iterable[tuple[str, str]] = ()
) -> Response:
    return _answer(status, json.dumps(document).encode(), "application/json", extra=extra)


def _answer(
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
