from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any
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

from apple_music_ratings import ApiError, DeveloperToken, RatingsError, UnexpectedResponseError

ECHO = f"you sent {DEVELOPER_TOKEN} and {USER_TOKEN} to us"
# JSON may be written with every slash escaped, or with every character.
SLASHED = json.dumps(ECHO).replace("/", "\\/")
SPELLED = '"' + "".join(f"\\u{ord(character):04x}" for character in ECHO) + '"'


def errors(detail: str) -> str:
    """Build the text of the service's list of errors."""
    return f'{{"errors":[{{"code":"40000","title":"Title","detail":{detail}}}]}}'


def an_echo(status: int, body: str | bytes | None = None, **headers: str) -> Responder:
    """Build an answer that repeats both tokens in its body, unless another is given."""
    return a_response(status, ECHO if body is None else body, **headers)


def a_rating(**changes: Any) -> dict[str, Any]:
    """Build a good answer but for the changes of its entry."""
    body = ratings((SONG, 1))
    body["data"][0] |= changes
    return body


TROUBLES: dict[str, Responder] = {
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


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
def test_error_keeps_no_token_even_when_it_comes_back(runtime: Runtime, trouble: Responder) -> None:
    """Not in message, attributes, kept request, causes or contexts, whatever the failure."""
    with pytest.raises(RatingsError) as caught:
        runtime.client(ScriptedTransport(trouble)).like(SONG)

    assert_no_token(text_of(caught.value))
    assert_no_token("".join(traceback.format_exception(caught.value)))


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
def test_no_log_line_holds_a_token(
    runtime: Runtime, caplog: pytest.LogCaptureFixture, trouble: Responder
) -> None:
    """At debug, ours and httpx's alike."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(RatingsError):
        runtime.client(ScriptedTransport(trouble)).like(SONG)

    assert_no_token(
        "\n".join(f"{record.getMessage()} {record.args!r}" for record in caplog.records)
    )


@pytest.mark.parametrize("name", ["403 errors", "429 headers", "200 page", "ReadTimeout"])
def test_copies_of_an_error_keep_no_token(name: str) -> None:
    """Worker pools hand errors on in bytes."""
    with pytest.raises(RatingsError) as caught:
        Runtime("sync", None).client(ScriptedTransport(TROUBLES[name])).get_rating(SONG)

    assert_no_token(pickle.dumps(caught.value).decode("latin-1"))
    assert_no_token(text_of(copy.copy(caught.value)))


def test_request_kept_on_the_cause_has_no_token(runtime: Runtime) -> None:
    """Httpx masks one of the two headers only; so neither is kept."""
    with pytest.raises(RatingsError) as caught:
        runtime.client(ScriptedTransport(a_fault(httpx.ConnectError))).like(SONG)

    cause = caught.value.__cause__
    assert isinstance(cause, httpx.ConnectError)
    assert "Authorization" not in cause.request.headers
    assert "Music-User-Token" not in cause.request.headers
    assert (cause.request.method, cause.request.url.path) == (
        "PUT",
        "/v1/me/ratings/songs/907242702",
    )


def test_both_minted_tokens_stay_hidden(runtime: Runtime) -> None:
    """The one that was refused, and the one in its place."""
    wire = ScriptedTransport(
        lambda request: httpx.Response(
            401, content=f"{request.headers['Authorization']} {wire.developer_tokens} {USER_TOKEN}"
        )
    )
    source = DeveloperToken.from_key(a_key(), key_id=KEY_ID, team_id=TEAM_ID)
    with pytest.raises(RatingsError) as caught:
        runtime.client(wire, developer_token=source).get_rating(SONG)

    first, second = wire.developer_tokens
    assert_no_token(text_of(caught.value), second)
    assert_no_token(text_of(caught.value), first)


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r}".format])
def test_nothing_that_holds_a_token_shows_it(runtime: Runtime, show: Callable[[Any], str]) -> None:
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
    shown = "\n".join(show(holder) for holder in holders)

    assert_no_token(shown, source.current(1_800_000_000.0))
    assert a_key().splitlines()[1] not in shown


def test_echo_leaves_the_rest_of_the_body(runtime: Runtime) -> None:
    """Only the tokens are blacked out; what the service says of them stays."""
    with pytest.raises(ApiError, match="you sent") as caught:
        runtime.client(ScriptedTransport(an_echo(400))).get_rating(SONG)

    assert b"you sent " in caught.value.body
    assert b" to us" in caught.value.body


def test_unreadable_answer_is_kept_without_tokens(runtime: Runtime) -> None:
    """The body of an unexpected answer is for the caller, the tokens in it are not."""
    with pytest.raises(UnexpectedResponseError) as caught:
        runtime.client(ScriptedTransport(an_echo(200))).get_rating(SONG)

    assert b"you sent " in caught.value.body
    assert_no_token(repr(caught.value.body))


def test_error_on_a_raw_operation_keeps_no_token(runtime: Runtime) -> None:
    """`client.api` gives the same errors."""
    from apple_music_ratings_client.api.songs import get_song_rating

    with pytest.raises(RatingsError) as caught:
        runtime.raw(runtime.client(ScriptedTransport(an_echo(403))), get_song_rating, id=SONG.id)

    assert_no_token(text_of(caught.value))
