from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from support.builders import (
    DEVELOPER_TOKEN,
    HOST,
    LIKE,
    SONG,
    USER_TOKEN,
    Runtime,
    ScriptedTransport,
    a_response,
    ratings,
)

import apple_music_ratings
from apple_music_ratings import ConfigurationError, UnexpectedResponseError

GOOD = a_response(200, ratings((SONG, 1)))


SAFE: list[Any] = [
    "https://api.music.apple.com",
    "https://api.music.apple.com/",
    "https://API.music.apple.com:443",
    "https://mock.example.com:8443",
    "https://mock.example.com/some/prefix",
    "https://192.0.2.1",
    "http://localhost",
    "http://localhost:8787",
    "http://LOCALHOST:8787",
    "http://127.0.0.1:8787",
    "http://127.8.9.10",
    "http://[::1]:8787",
    httpx.URL("http://localhost:8787"),
]


def test_base_url_may_be_https_or_on_this_machine(sync: Runtime) -> None:
    """Both are safe for tokens."""
    for url in SAFE:
        wire = ScriptedTransport(GOOD)

        assert sync.client(wire, base_url=url).get_rating(SONG) is LIKE
        assert wire.sent[0].host == httpx.URL(url).host
        assert wire.sent[0].headers["Music-User-Token"] == USER_TOKEN


UNSAFE: list[Any] = [
    "http://api.music.apple.com",
    "http://example.com:8787",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "http://example.com/localhost",
    "http://0.0.0.0:8787",
    "http://192.168.0.2",
    "http://10.0.0.1",
    "http://[::]",
    "http://[2001:db8::1]",
    "ftp://localhost",
    "ws://localhost",
    "file:///etc/hosts",
    "unix:///run/socket",
    "//api.music.apple.com",
    "api.music.apple.com",
    "localhost:8787",
    "",
    " ",
    "https://",
    "http://",
    "https:///v1",
    "https://user@api.music.apple.com",
    "https://user:word@api.music.apple.com",
    "http://user:word@localhost",
    "http://localhost@example.com",
    "http://example.com#@localhost",
    "https://api.music.apple.com?l=de",
    "https://api.music.apple.com/?l=de",
    "https://api.music.apple.com/#part",
    "https://api.music.apple.com:port",
    "https://[::1",
    "https://example.com\n",
    "https://example.com/\x00",
    None,
    5,
    b"https://api.music.apple.com",
]


def test_other_base_url_is_rejected_when_the_client_is_made(sync: Runtime) -> None:
    """Not https, not localhost, not plain, or not a URL at all."""
    accepted = []
    for url in UNSAFE:
        try:
            sync.client(ScriptedTransport(GOOD), base_url=url)
        except ConfigurationError:
            continue
        accepted.append(url)

    assert accepted == []


def test_base_url_without_a_scheme_is_completed_in_the_message(sync: Runtime) -> None:
    """With http on this machine only; a port that does not exist is named."""
    cases = {
        "127.0.0.1:8787": "write http://127.0.0.1:8787.",
        "localhost": "write http://localhost.",
        "//localhost:8787": "write http://localhost:8787.",
        "[::1]:8787": "write http://[::1]:8787.",
        "http:/127.0.0.1": "write http://127.0.0.1.",
        "http//127.0.0.1": "write http://127.0.0.1.",
        "https:/mock.example/x": "write https://mock.example/x.",
        "api.music.apple.com": "write https://api.music.apple.com.",
        "mock:8787": "write https://mock:8787.",
        "http://127.0.0.1:99999": "has a port that does not exist",
        "http://127.0.0.1:0": "has a port that does not exist",
        "ftp://localhost": "must use https",
    }
    messages = {}
    for url in cases:
        with pytest.raises(ConfigurationError) as caught:
            sync.client(ScriptedTransport(GOOD), base_url=url)
        messages[url] = str(caught.value)

    assert [messages[url] for url, words in cases.items() if words not in messages[url]] == []
    assert "APPLE_MUSIC_ALLOW_HTTP_HOSTS" not in messages["ftp://localhost"]


def test_rejection_of_a_base_url_does_not_repeat_its_password(sync: Runtime) -> None:
    """The part before the @ is a secret."""
    with pytest.raises(ConfigurationError) as caught:
        sync.client(ScriptedTransport(GOOD), base_url="https://user:pass-word@api.music.apple.com")

    assert "pass-word" not in str(caught.value)


def test_service_is_apples_by_default(sync: Runtime) -> None:
    """The default is the real one."""
    wire = ScriptedTransport(GOOD)
    sync.client(wire).get_rating(SONG)

    assert wire.sent[0].host == HOST
    assert HOST in repr(sync.client(wire))


@pytest.mark.parametrize(
    "base", ["https://mock.example.com/prefix", "https://mock.example.com/prefix/"]
)
def test_prefix_of_the_base_url_is_kept(sync: Runtime, base: str) -> None:
    """A service may live below a path."""
    wire = ScriptedTransport(GOOD)
    sync.client(wire, base_url=base).get_rating(SONG)

    assert wire.targets == ["/prefix/v1/me/ratings/songs/907242702"]


OTHERS = [
    "https://example.com/",
    "https://example.com/v1/me/ratings/songs/907242702",
    "https://api.music.apple.com.example.com/",
    "https://music.apple.com/",
    "https://api.music.apple.com:8443/",
    "http://api.music.apple.com/",
    "http://localhost/",
]


def test_tokens_go_to_no_other_service(runtime: Runtime) -> None:
    """A request of the caller's own to another address carries no token."""
    for url in OTHERS:
        wire = ScriptedTransport(a_response(200))
        runtime.request(runtime.client(wire), "GET", url)

        (sent,) = wire.sent
        assert "Authorization" not in sent.headers
        assert "Music-User-Token" not in sent.headers
        assert DEVELOPER_TOKEN not in repr(sent)
        assert USER_TOKEN not in repr(sent)


def test_rejection_by_another_service_makes_no_new_developer_token(sync: Runtime) -> None:
    """A 401 from elsewhere says nothing about our token."""
    wire = ScriptedTransport(a_response(401))
    with pytest.raises(apple_music_ratings.UnauthorizedError) as caught:
        sync.request(sync.client(wire), "GET", "https://example.com/")

    assert (len(wire.sent), caught.value.attempts) == (1, 1)


@pytest.mark.parametrize("url", ["/v1/test", "https://api.music.apple.com/v1/test"])
def test_request_of_the_callers_own_to_the_service_carries_tokens(sync: Runtime, url: str) -> None:
    """By path or in full."""
    wire = ScriptedTransport(a_response(200))
    sync.request(sync.client(wire), "GET", url)

    (sent,) = wire.sent
    assert (sent.host, sent.target) == (HOST, "/v1/test")
    assert sent.headers["Authorization"] == f"Bearer {DEVELOPER_TOKEN}"
    assert sent.headers["Music-User-Token"] == USER_TOKEN


@pytest.mark.parametrize("options", [{}, {"follow_redirects": True}], ids=["default", "set"])
@pytest.mark.parametrize("location", ["https://example.com/", "/v1/x"])
def test_redirect_is_not_followed_even_when_asked_for(
    sync: Runtime, options: dict[str, Any], location: str
) -> None:
    """Following could carry a token away; one send, and an error that says so."""
    wire = ScriptedTransport(a_response(307, b"", Location=location), GOOD)
    with pytest.raises(UnexpectedResponseError, match="redirect"):
        sync.request(sync.client(wire), "GET", "/v1/test", **options)

    assert [sent.host for sent in wire.sent] == [HOST]


def test_user_agent_names_package_and_version(sync: Runtime) -> None:
    """So that a service knows who is calling."""
    wire = ScriptedTransport(GOOD)
    sync.client(wire).get_rating(SONG)

    agent = wire.sent[0].headers["User-Agent"]
    assert re.match(rf"apple-music-ratings/{re.escape(apple_music_ratings.__version__)}\b", agent)


def test_cookies_are_not_kept(sync: Runtime) -> None:
    """What one user's response sets goes to no other user."""
    wire = ScriptedTransport(a_response(200, ratings((SONG, 1)), Set_Cookie="who=anna; Path=/"))
    client = sync.client(wire)
    client.get_rating(SONG)
    client.get_rating(SONG)

    assert all("Cookie" not in sent.headers for sent in wire.sent)
