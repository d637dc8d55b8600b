from __future__ import annotations

import copy
import io
import json
import logging
import os
import pickle
import socket
import struct
import subprocess
import sys
import traceback
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest
from support.builders import (
    DEVELOPER_TOKEN,
    KEY_ID,
    SONG,
    TEAM_ID,
    USER_TOKEN,
    Responder,
    Runtime,
    ScriptedTransport,
    a_fault,
    a_key,
    a_response,
    a_truncated_response,
    ratings,
    text_of,
)
from support.servers import send, serving, short
from support.sign_ins import FakeKeyring

from apple_music_ratings import (
    ApiError,
    AsyncRatingsClient,
    DeveloperToken,
    RatingsClient,
    RatingsError,
    RetryPolicy,
    UnexpectedResponseError,
)
from apple_music_ratings.login.sign_in import App, sign_in
from apple_music_ratings.probe import Prober
from apple_music_ratings.profiles.store import Profile, TokenStore
from apple_music_ratings.transports import fast_async_transport

ECHO = f"you sent {DEVELOPER_TOKEN} and {USER_TOKEN} to us"
# JSON may be written with every slash escaped, or with every character.
SLASHED = json.dumps(ECHO).replace("/", "\\/")
SPELLED = '"' + "".join(f"\\u{ord(character):04x}" for character in ECHO) + '"'


def errors(detail: str) -> str:
    """Build the text of the service's list of errors."""
    return f'{{"errors":[{{"code":"40000","title":"Title","detail":{detail}}}]}}'


def an_echo(status: int, body: str | bytes | None = None, **headers: str) -> Responder:
    """Build a response that repeats both tokens in its body, unless another is given."""
    return a_response(status, ECHO if body is None else body, **headers)


def a_rating(**changes: Any) -> dict[str, Any]:
    """Build a good response but for the changes of its entry."""
    body = ratings((SONG, 1))
    body["data"][0] |= changes
    return body


FAILURES: dict[str, Responder] = {
    **{f"{status} text": an_echo(status) for status in (400, 401, 403, 404, 418, 429, 500, 503)},
    **{f"{status} page": an_echo(status, f"<html>{ECHO}</html>") for status in (502, 520)},
    **{f"{status} errors": an_echo(status, errors(json.dumps(ECHO))) for status in (400, 401, 403)},
    "400 message": an_echo(400, json.dumps({"message": ECHO})),
    "400 title": an_echo(
        400, json.dumps({"errors": [{"title": ECHO, "source": {"pointer": ECHO}}]})
    ),
    "400 errors with escaped slashes": an_echo(400, errors(SLASHED)),
    "400 errors with escaped characters": an_echo(400, errors(SPELLED)),
    "400 message with escaped slashes": an_echo(400, f'{{"message":{SLASHED}}}'),
    "400 errors in UTF-16": an_echo(400, errors(json.dumps(ECHO)).encode("utf-16")),
    "403 headers": an_echo(
        403, "", Authorization=f"Bearer {DEVELOPER_TOKEN}", Music_User_Token=USER_TOKEN
    ),
    "429 headers": an_echo(429, "", Retry_After="3600", X_Echo=ECHO),
    "302 location": an_echo(302, ECHO, Location=f"https://example.com/?t={quote(USER_TOKEN)}"),
    "302 bad location": an_echo(302, ECHO, Location=f"https://example.com:{USER_TOKEN}/"),
    "200 text": an_echo(200),
    "200 page": an_echo(200, f"<html>{ECHO}</html>"),
    "200 truncated": an_echo(200, json.dumps({"data": ECHO})[:-2]),
    "200 text as data": an_echo(200, json.dumps({"data": ECHO})),
    "200 other id": a_response(200, a_rating(id=USER_TOKEN)),
    "200 value": a_response(200, a_rating(attributes={"value": DEVELOPER_TOKEN})),
    "200 attributes": a_response(200, a_rating(attributes=USER_TOKEN)),
    "cut short": a_truncated_response(200, X_Echo=ECHO),
    "not really gzip": an_echo(200, ECHO, content_encoding="gzip"),
    **{
        kind.__name__: a_fault(kind)
        for kind in (
            httpx.ConnectError,
            httpx.ReadError,
            httpx.ReadTimeout,
            httpx.ConnectTimeout,
            httpx.ProxyError,
            httpx.UnsupportedProtocol,
        )
    },
    # h11 quotes the line that it could not read.
    "unreadable header line": a_fault(httpx.RemoteProtocolError, f"illegal header line: {ECHO!r}"),
}


def assert_no_token(text: str, *others: str) -> None:
    """See that neither token is in a text, nor a long part of one."""
    for token in (DEVELOPER_TOKEN, USER_TOKEN, *others):
        assert token not in text
        assert token[:24] not in text


def shown_by_tools(error: BaseException) -> str:
    """Return what tools print that show the variables of every frame an exception passed."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def shown_by_rich(error: BaseException) -> str:
    """Return what rich prints, which takes a tenth of a second."""
    from rich.console import Console
    from rich.traceback import Traceback

    stream = io.StringIO()
    assert error.__traceback__ is not None
    Console(file=stream, width=10_000).print(
        Traceback.from_exception(
            type(error), error, error.__traceback__, show_locals=True, locals_max_string=10_000
        )
    )
    return stream.getvalue()


def assert_error_has_no_token(runtime: Runtime, failure: Responder) -> None:
    """See that a failing call shows no token anywhere."""
    client = runtime.client(ScriptedTransport(failure))
    with pytest.raises(RatingsError) as caught:
        client.like(SONG)

    assert_no_token(text_of(caught.value))
    assert_no_token("".join(traceback.format_exception(caught.value)))
    assert_no_token(shown_by_tools(caught.value))


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_error_has_no_token_even_if_it_is_echoed(
    caplog: pytest.LogCaptureFixture, failure: Responder
) -> None:
    """Not in message, attributes, request, causes, the variables of frames, or a log line."""
    caplog.set_level(logging.DEBUG)
    assert_error_has_no_token(Runtime("sync", None), failure)

    assert_no_token(
        "\n".join(f"{record.getMessage()} {record.args!r}" for record in caplog.records)
    )


def test_error_has_no_token_in_any_runtime(runtime: Runtime) -> None:
    """A few of these in each."""
    for name in ("403 errors", "429 headers", "200 page", "ReadTimeout", "cut short"):
        assert_error_has_no_token(runtime, FAILURES[name])


BAD = f"{USER_TOKEN} \u00e4"
ENVIRON = {
    "APPLE_MUSIC_DEVELOPER_TOKEN": DEVELOPER_TOKEN,
    "APPLE_MUSIC_USER_TOKEN": USER_TOKEN,
    "APPLE_MUSIC_BASE_URL": "http://example.com",
}
TOKENS: dict[str, Any] = {"developer_token": DEVELOPER_TOKEN, "music_user_token": USER_TOKEN}
CONSTRUCTORS: dict[str, Callable[[Any], object]] = {
    "base URL": lambda kind: kind(**TOKENS, base_url="http://example.com"),
    "user token": lambda kind: kind(**TOKENS | {"music_user_token": BAD}),
    "developer token": lambda kind: kind(**TOKENS | {"developer_token": f"Bearer {BAD}"}),
    "option": lambda kind: kind(**TOKENS, wrong=1),
    "limiter": lambda kind: kind(**TOKENS, limiter=object()),
    "environment": lambda kind: kind.from_env(environ=ENVIRON),
    "incomplete environment": lambda kind: kind.from_env(
        environ={"APPLE_MUSIC_USER_TOKEN": USER_TOKEN}
    ),
    "argument": lambda kind: kind.from_env(environ={}, developer_token=DEVELOPER_TOKEN),
    "probe": lambda _: Prober(**TOKENS, base_url="http://example.com"),
    "sign-in": lambda _: sign_in(
        developer_token=DEVELOPER_TOKEN,
        app=App(name="Ratings", build="1.0"),
        save=print,
        on_link=print,
        port=70_000,
    ),
    "folder of tokens": lambda _: TokenStore.from_env(
        ENVIRON | {"APPLE_MUSIC_TOKEN_FOLDER": "~no-such-user/tokens"}
    ),
    "keyring": lambda _: TokenStore(
        folder=Path("/nowhere"), keyring=cast("Any", FakeKeyring(is_read_only=True))
    ).save("work", Profile(music_user_token=USER_TOKEN)),
    "token object": lambda _: DeveloperToken(f"{DEVELOPER_TOKEN} \u00e4"),
    "key": lambda _: DeveloperToken.from_key(
        f"-----BEGIN PRIVATE KEY-----{USER_TOKEN}", key_id=KEY_ID, team_id=TEAM_ID
    ),
}


@pytest.mark.parametrize("make", CONSTRUCTORS.values(), ids=CONSTRUCTORS.keys())
@pytest.mark.parametrize("kind", [RatingsClient, AsyncRatingsClient])
def test_call_with_tokens_that_fails_shows_no_token(
    kind: Any, make: Callable[[Any], object]
) -> None:
    """The arguments are tokens, and each constructor is a frame of the error."""
    with pytest.raises((RatingsError, TypeError)) as caught:
        make(kind)

    assert_no_token(text_of(caught.value))
    assert_no_token(shown_by_tools(caught.value))


def test_any_exception_of_a_transport_shows_no_token(runtime: Runtime) -> None:
    """Ctrl-C, or an error of a transport of the caller's own: its frames hold the headers."""

    def fail(request: httpx.Request) -> httpx.Response:
        headers = dict(request.headers)
        # Ctrl-C would end the event loop of the tests.
        raise KeyboardInterrupt if runtime.name == "sync" else LookupError(len(headers))

    client = runtime.client(ScriptedTransport(fail))
    with pytest.raises((KeyboardInterrupt, LookupError)) as caught:
        client.like(SONG)

    assert_no_token(shown_by_tools(caught.value))


@pytest.mark.parametrize("failure", [httpx.ReadError, LookupError])
def test_error_that_is_being_handled_is_left_alone(
    runtime: Runtime, failure: type[Exception]
) -> None:
    """A call that fails meanwhile does not close its generators, nor remove its traceback."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise failure("second")

    def survivor() -> Generator[int, None, None]:
        with suppress(LookupError):
            yield 1
        yield 2
        yield 3

    first, generator = LookupError("first"), survivor()
    next(generator)
    generator.throw(first)
    client = runtime.client(ScriptedTransport(fail))
    try:
        raise first
    except LookupError:
        with pytest.raises((LookupError, RatingsError), match="second"):
            client.like(SONG)
        with pytest.raises(RatingsError):
            CONSTRUCTORS["base URL"](RatingsClient)

    assert next(generator) == 3
    assert first.__traceback__ is not None


def a_reset(handler: Any) -> None:
    """Reset the connection instead of responding."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def error_of(runtime: Runtime, transport: Any, port: int) -> RatingsError:
    """Return the error of a call, with the frames from here on."""
    client = runtime.client(
        transport, base_url=f"http://127.0.0.1:{port}", retry=RetryPolicy(max_attempts=1)
    )
    try:
        with client:
            client.get_rating(SONG)
    except RatingsError as error:
        return error
    pytest.fail("not to be reached")


def test_frames_of_a_real_connection_have_no_token(runtime: Runtime) -> None:
    """A rejected request, a reset connection and a body cut short, in every transport."""
    transports: list[Any] = [None]
    if runtime.name == "asyncio":
        transports.append(fast_async_transport())
    for transport, behave in product(
        transports, (partial(send, status=400, body=b"{}"), a_reset, short)
    ):
        with serving(behave) as seen:
            error = error_of(runtime, transport, seen.port)

        assert len(seen.requests) == 1
        assert_no_token(shown_by_tools(error))


def test_rich_shows_no_token(sync: Runtime) -> None:
    """Of a call, and of a client that cannot be made."""
    for make in (
        lambda: sync.client(ScriptedTransport(FAILURES["403 errors"])).like(SONG),
        lambda: CONSTRUCTORS["base URL"](RatingsClient),
    ):
        with pytest.raises(RatingsError) as caught:
            make()
        shown = shown_by_rich(caught.value)

        assert "locals" in shown
        assert_no_token(shown)


def test_sentry_is_sent_no_token() -> None:
    """With its defaults, which send the variables of each frame."""
    sentry_sdk = import_module("sentry_sdk")
    events: list[Any] = []
    with sentry_sdk.isolation_scope() as scope:
        scope.set_client(
            sentry_sdk.Client(
                "https://key@sentry.invalid/1",
                before_send=lambda event, _hint: events.append(event),
                default_integrations=False,
            )
        )
        for name in ("403 errors", "ReadTimeout", "200 page"):
            with pytest.raises(RatingsError) as caught:
                Runtime("sync", None).client(ScriptedTransport(FAILURES[name])).like(SONG)
            scope.capture_exception(caught.value)
        with pytest.raises(RatingsError) as caught:
            CONSTRUCTORS["base URL"](RatingsClient)
        scope.capture_exception(caught.value)

    assert len(events) == 4
    assert "vars" in json.dumps(events[0], default=repr)
    assert_no_token(json.dumps(events, default=repr))


SHOWN = """
import httpx
from apple_music_ratings import Item, RatingsClient
from tokens import DEVELOPER_TOKEN, USER_TOKEN

def a_client():
    return RatingsClient(
        developer_token=DEVELOPER_TOKEN, music_user_token=USER_TOKEN,
        transport=httpx.MockTransport(lambda request: httpx.Response(400)))

def test_call():
    a_client().get_rating(Item("songs", "1"))

def test_constructor():
    RatingsClient(
        developer_token=DEVELOPER_TOKEN, music_user_token=USER_TOKEN,
        base_url="http://example.com")
"""


def test_pytest_shows_no_token_with_showlocals(tmp_path: Path) -> None:
    """As in a log of CI."""
    (tmp_path / "test_it.py").write_text(SHOWN, "utf-8")
    (tmp_path / "tokens.py").write_text(
        f"DEVELOPER_TOKEN = {DEVELOPER_TOKEN!r}\nUSER_TOKEN = {USER_TOKEN!r}\n", "utf-8"
    )
    done = subprocess.run(  # noqa: S603  # ourselves
        [sys.executable, "-m", "pytest", "--showlocals", "-p", "no:cacheprovider", "test_it.py"],
        cwd=tmp_path,
        # Those of this environment take seconds to import.
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert "BadRequestError" in done.stdout
    assert "ConfigurationError: The base URL" in done.stdout
    assert "settings   = " in done.stdout
    assert_no_token(done.stdout)


def test_copies_of_an_error_keep_no_token() -> None:
    """Worker pools hand errors on in bytes."""
    for name in ("403 errors", "429 headers", "200 page", "ReadTimeout"):
        with pytest.raises(RatingsError) as caught:
            Runtime("sync", None).client(ScriptedTransport(FAILURES[name])).get_rating(SONG)

        assert_no_token(pickle.dumps(caught.value).decode("latin-1"))
        assert_no_token(text_of(copy.copy(caught.value)))


def test_request_kept_on_the_cause_has_no_token(sync: Runtime) -> None:
    """Httpx masks one of the two headers only; so neither is kept."""
    with pytest.raises(RatingsError) as caught:
        sync.client(ScriptedTransport(a_fault(httpx.ConnectError))).like(SONG)

    cause = caught.value.__cause__
    assert isinstance(cause, httpx.ConnectError)
    assert "Authorization" not in cause.request.headers
    assert "Music-User-Token" not in cause.request.headers
    assert (cause.request.method, cause.request.url.path) == (
        "PUT",
        "/v1/me/ratings/songs/907242702",
    )


def test_both_minted_tokens_stay_hidden(sync: Runtime) -> None:
    """The one that was rejected, and the one in its place."""
    wire = ScriptedTransport(
        lambda request: httpx.Response(
            401, content=f"{request.headers['Authorization']} {wire.developer_tokens} {USER_TOKEN}"
        )
    )
    source = DeveloperToken.from_key(a_key(), key_id=KEY_ID, team_id=TEAM_ID)
    with pytest.raises(RatingsError) as caught:
        sync.client(wire, developer_token=source).get_rating(SONG)

    first, second = wire.developer_tokens
    assert_no_token(text_of(caught.value), second)
    assert_no_token(text_of(caught.value), first)


def test_nothing_that_holds_a_token_shows_it(runtime: Runtime) -> None:
    """Clients, copies, the raw client and token objects."""
    source = DeveloperToken.from_key(a_key(), key_id=KEY_ID, team_id=TEAM_ID)
    client = runtime.client(ScriptedTransport(a_response(200, ratings((SONG, 1)))))
    client.get_rating(SONG)
    holders = [
        client,
        client.with_options(language="de"),
        client.api,
        client.api.get_httpx_client(),
        client.api.get_async_httpx_client(),
        DeveloperToken(DEVELOPER_TOKEN),
        source,
        [DeveloperToken(DEVELOPER_TOKEN)],
    ]
    shown = "\n".join(f"{holder} {holder!r}" for holder in holders)

    assert_no_token(shown, source.current(1_800_000_000.0))
    assert a_key().splitlines()[1] not in shown


def test_echo_leaves_the_rest_of_the_body(sync: Runtime) -> None:
    """Only the tokens are redacted; the rest of the message is unchanged."""
    with pytest.raises(ApiError, match="you sent") as caught:
        sync.client(ScriptedTransport(an_echo(400))).get_rating(SONG)

    assert b"you sent " in caught.value.body
    assert b" to us" in caught.value.body


def test_unreadable_response_is_kept_without_tokens(sync: Runtime) -> None:
    """The body of an unexpected response is for the caller, the tokens in it are not."""
    with pytest.raises(UnexpectedResponseError) as caught:
        sync.client(ScriptedTransport(an_echo(200))).get_rating(SONG)

    assert b"you sent " in caught.value.body
    assert_no_token(repr(caught.value.body))


def test_error_on_a_raw_operation_keeps_no_token(runtime: Runtime) -> None:
    """`client.api` gives the same errors."""
    from apple_music_ratings_client.api.songs import get_song_rating

    with pytest.raises(RatingsError) as caught:
        runtime.raw(runtime.client(ScriptedTransport(an_echo(403))), get_song_rating, id=SONG.id)

    assert_no_token(text_of(caught.value))
