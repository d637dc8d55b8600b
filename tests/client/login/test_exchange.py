from __future__ import annotations

import json
import re
from typing import Any

from support.sign_ins import APP, DEVELOPER_TOKEN, USER_TOKEN

from apple_music_ratings import ConfigurationError
from apple_music_ratings.login.exchange import Exchange, Offer, Request, Response
from apple_music_ratings.login.page import CONTENT_SECURITY_POLICY

ORIGIN = "http://127.0.0.1:50123"
SECRETS = {"/session": "the-secret-of-the-link", "/token": "the-secret-of-the-page"}
PATHS = ["/session", "/token"]


class Desk:
    """An exchange with known secrets, and what it has kept."""

    def __init__(self, **options: Any) -> None:
        self.kept: list[str] = []
        given = {"save": self.kept.append} | options
        self.exchange = Exchange(
            origin=ORIGIN,
            offer=Offer(
                developer_token=DEVELOPER_TOKEN, app=APP, seconds_left=lambda: given["left"]
            ),
            save=given["save"],
            link_secret=SECRETS["/session"],
            page_secret=SECRETS["/token"],
        )
        given.setdefault("left", 300.0)

    def send(self, request: Request) -> Response:
        """Send a request."""
        return self.exchange.respond(request)

    def open(self) -> Response:
        """Show the secret of the link."""
        return self.send(a_post("/session"))

    def hand_back(self) -> Response:
        """Bring the token."""
        return self.send(a_post("/token"))


def a_request(method: str = "GET", target: str = "/", body: bytes = b"", **headers: Any) -> Request:
    """Build a request as the page sends it; a header of `None` is left out, a list repeated."""
    given = {"host": "127.0.0.1:50123", "origin": ORIGIN, "content_type": "application/json"}
    return Request(
        method,
        target,
        tuple(
            (name.replace("_", "-"), value)
            for name, values in (given | headers).items()
            if values is not None
            for value in (values if isinstance(values, list) else [values])
        ),
        body,
    )


def a_post(path: str, /, *, fields: dict[str, Any] | None = None, **changes: Any) -> Request:
    """Build what the page sends to a path, but for these changes."""
    good = {"secret": SECRETS.get(path, "any"), "token": USER_TOKEN}
    body = json.dumps(good | (fields or {})).encode()
    return a_request(**({"method": "POST", "target": path, "body": body} | changes))


def document(response: Response) -> Any:
    """Read the body of a response."""
    return json.loads(response.body)


def test_link_holds_its_secret_where_browsers_do_not_send_it() -> None:
    """In the fragment."""
    assert Desk().exchange.link == f"{ORIGIN}/#the-secret-of-the-link"


def test_secrets_are_random() -> None:
    """One cannot be guessed from another."""
    offer = Offer(developer_token="a.b.c", app=APP, seconds_left=lambda: 1.0)
    links = {Exchange(origin=ORIGIN, offer=offer, save=print).link for _ in range(20)}

    assert len(links) == 20
    assert min(len(link) for link in links) - len(f"{ORIGIN}/#") >= 43


def test_code_belongs_to_one_link() -> None:
    """Short enough to compare, and useless for finding the secret."""
    offer = Offer(developer_token="a.b.c", app=APP, seconds_left=lambda: 1.0)
    codes = {Exchange(origin=ORIGIN, offer=offer, save=print).code for _ in range(20)}

    assert len(codes) == 20
    assert all(re.fullmatch(r"[A-Z2-7]{3}-[A-Z2-7]{3}", code) for code in codes)


def test_secret_of_the_link_opens_a_session() -> None:
    """The page gets its data and its own secret."""
    response = Desk().open()

    assert response.status == 200
    assert document(response) == {
        "secret": "the-secret-of-the-page",
        "code": Desk().exchange.code,
        "developer_token": DEVELOPER_TOKEN,
        "app": {"name": "apple-music-ratings", "build": "1.2.3"},
        "seconds_left": 300.0,
    }


def test_time_left_is_never_negative() -> None:
    """The last second may be over already."""
    assert document(Desk(left=-1.0).open())["seconds_left"] == 0


def test_token_is_saved_once() -> None:
    """The first one."""
    desk = Desk()
    desk.open()
    responses = [desk.hand_back(), desk.hand_back()]

    assert [response.status for response in responses] == [200, 410]
    assert desk.kept == [USER_TOKEN]
    assert desk.exchange.is_over


def test_link_opens_once() -> None:
    """A link found later in a history or a process list is useless."""
    desk = Desk()
    first, second = desk.open(), desk.open()

    assert [first.status, second.status] == [200, 410]
    assert document(second) == {"problem": "used"}


FOREIGN: dict[str, tuple[dict[str, Any], int]] = {
    "other secret": ({"fields": {"secret": "x" * 43}}, 403),
    "no secret": ({"fields": {"secret": None}}, 403),
    "empty secret": ({"fields": {"secret": ""}}, 403),
    "secret cut short": ({"fields": {"secret": "the-secret-of-the-"}}, 403),
    "secret with more": ({"fields": {"secret": "the-secret-of-the-linkpage"}}, 403),
    "secret of the wrong kind": ({"fields": {"secret": ["the-secret-of-the-link"]}}, 403),
    "secret of no alphabet": ({"fields": {"secret": "\ud800ü"}}, 403),
    "foreign origin": ({"origin": "https://example.com"}, 403),
    "origin on another port": ({"origin": "http://127.0.0.1:50124"}, 403),
    "origin of another name": ({"origin": "http://localhost:50123"}, 403),
    "no origin": ({"origin": None}, 403),
    "origin of a sandbox": ({"origin": "null"}, 403),
    "two origins": ({"origin": [ORIGIN, ORIGIN]}, 403),
    "rebound name": ({"host": "example.com:50123"}, 421),
    "local name": ({"host": "localhost:50123"}, 421),
    "host without port": ({"host": "127.0.0.1"}, 421),
    "no host": ({"host": None}, 421),
    "two hosts": ({"host": ["127.0.0.1:50123", "example.com"]}, 421),
    "form": ({"content_type": "text/plain"}, 415),
    "no type": ({"content_type": None}, 415),
    "GET": ({"method": "GET"}, 405),
    "HEAD": ({"method": "HEAD"}, 405),
    "PUT": ({"method": "PUT"}, 405),
    "OPTIONS": ({"method": "OPTIONS"}, 405),
    "no JSON": ({"body": b"secret=the-secret-of-the-link"}, 400),
    "other JSON": ({"body": b'["the-secret-of-the-link"]'}, 400),
    "deep JSON": ({"body": b"[" * 100_000}, 400),
    "no text": ({"body": bytes([255, 254, 0])}, 400),
    "empty": ({"body": b""}, 400),
    "query": ({"target": "/session?secret=the-secret-of-the-link"}, 404),
    "other path": ({"target": "/../session"}, 404),
    "absolute address": ({"target": f"{ORIGIN}/token"}, 404),
}


def test_foreign_request_gets_nothing_and_blocks_nothing() -> None:
    """No token is sent or saved, and the user can still sign in."""
    for path in PATHS:
        for changes, status in FOREIGN.values():
            desk = Desk()
            if path == "/token":
                desk.open()
            response = desk.send(a_post(path, **changes))

            assert response.status == status
            assert DEVELOPER_TOKEN.encode() not in response.body
            assert desk.kept == []
            assert path == "/token" or desk.open().status == 200
            assert desk.hand_back().status == 200
            assert desk.kept == [USER_TOKEN]


def test_secret_of_the_link_saves_no_token() -> None:
    """It opens a session, once."""
    desk = Desk()
    response = desk.send(a_post("/token", fields={"secret": SECRETS["/session"]}))

    assert response.status == 403
    assert desk.kept == []


def test_page_may_be_loaded_again_until_all_is_over() -> None:
    """It sends its own secret then."""
    desk = Desk()
    again = a_post("/session", fields={"secret": SECRETS["/token"]})
    first = desk.open()
    responses = [desk.send(again), desk.send(again), desk.hand_back(), desk.send(again)]

    assert responses[0].body == first.body
    assert [response.status for response in responses] == [200, 200, 200, 410]


def test_link_that_was_never_opened_opens_nothing_after_the_end() -> None:
    """The sign-in has ended."""
    desk = Desk()
    desk.hand_back()

    assert desk.open().status == 410


def test_invalid_token_is_rejected_and_another_accepted() -> None:
    """The page may try again."""
    cases: list[Any] = ["", "two words", "line\nbreak", "ä", "Bearer x", None, 7]
    for token in cases:
        desk = Desk()
        rejected = desk.send(a_post("/token", fields={"token": token}))

        assert (rejected.status, document(rejected)) == (422, {"problem": "token"})
        assert desk.hand_back().status == 200
        assert desk.kept == [USER_TOKEN]


def test_token_that_cannot_be_saved_is_reported_to_page_and_program() -> None:
    """The page points to the terminal, which shows the reason."""

    def reject(_token: str) -> None:
        raise ConfigurationError("The keyring is locked.")

    desk = Desk(save=reject)
    response = desk.hand_back()

    assert (response.status, document(response)) == (500, {"problem": "save"})
    assert str(desk.exchange.failure) == "The keyring is locked."
    assert desk.exchange.is_over


def test_file_of_the_page_is_served_and_has_no_secret() -> None:
    """Every user of this machine may see it."""
    for target in ("/", "/page.css", "/page.js", "/icon.svg"):
        response = Desk().send(a_request(target=target, origin=None, content_type=None))
        secrets = [DEVELOPER_TOKEN, *SECRETS.values()]

        assert response.status == 200
        assert response.body
        assert not [secret for secret in secrets if secret.encode() in response.body]


def test_file_is_only_read() -> None:
    """With GET."""
    for method in ("POST", "PUT", "DELETE", "HEAD"):
        response = Desk().send(a_request(method=method))

        assert response.status == 405
        assert dict(response.headers)["Allow"] == "GET"


def test_response_to_head_has_no_body() -> None:
    """It has the length."""
    response = Desk().send(a_request(method="HEAD"))

    assert response.body == b""
    assert int(dict(response.headers)["Content-Length"]) > 0


def test_every_response_has_the_security_headers() -> None:
    """No cache, no referrer, no type sniffing, no embedding, and a policy; errors too."""
    cases: list[Request] = [
        a_request(),
        a_post("/session"),
        a_post("/token"),
        a_request(host="example.com"),
    ]
    for request_ in cases:
        headers = dict(Desk().send(request_).headers)

        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Content-Security-Policy"].startswith(
            "default-src 'none'; script-src 'nonce-"
        )


def test_sign_in_window_stays_connected() -> None:
    """Apple's window must reach the page that opened it."""
    headers = {name.lower() for name, _value in Desk().send(a_request()).headers}

    assert "cross-origin-opener-policy" not in headers
    assert "cross-origin-embedder-policy" not in headers


def test_policy_allows_only_our_nonce_and_apple() -> None:
    """Everything else is off."""
    policy = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    sources = {source for value in policy.values() for source in value.split()}

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'nonce-{nonce}' https://js-cdn.music.apple.com"
    assert {policy[f"{kind}-src"] for kind in ("connect", "frame", "style", "img")} == {
        "'self' https://*.apple.com"
    }
    assert sources == {
        "'none'",
        "'self'",
        "'nonce-{nonce}'",
        "https://*.apple.com",
        "https://js-cdn.music.apple.com",
    }


def test_nonce_is_new_for_each_page() -> None:
    """An injected script cannot know it."""
    desk = Desk()
    responses = [desk.send(a_request()) for _ in range(2)]
    nonces = [
        dict(response.headers)["Content-Security-Policy"].split("'nonce-")[1].split("'")[0]
        for response in responses
    ]

    assert nonces[0] != nonces[1]
    for response, nonce in zip(responses, nonces, strict=True):
        assert f'<script nonce="{nonce}" src="/page.js"'.encode() in response.body
        assert b"{{" not in response.body


def test_nothing_that_holds_a_secret_shows_it() -> None:
    """Not even in a traceback with locals."""
    desk = Desk()
    offer = Offer(developer_token=DEVELOPER_TOKEN, app=APP, seconds_left=lambda: 1.0)
    held = [a_post("/session"), desk.open(), offer, desk.exchange]

    assert not [value for value in held if "-of-" in repr(value)]
