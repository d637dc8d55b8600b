from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jwt
import pytest
from support.builders import (
    DEVELOPER_TOKEN,
    HOST,
    KEY_ID,
    LIKE,
    SONG,
    TEAM_ID,
    USER_TOKEN,
    FakeClock,
    Runtime,
    ScriptedTransport,
    a_key,
    a_private_key,
    a_response,
    ratings,
)
from support.servers import liked, serving

from apple_music_ratings import ConfigurationError

GOOD = a_response(200, ratings((SONG, 1)))
READY = {
    "APPLE_MUSIC_DEVELOPER_TOKEN": DEVELOPER_TOKEN,
    "APPLE_MUSIC_USER_TOKEN": USER_TOKEN,
}
KEYED = {
    "APPLE_MUSIC_KEY_ID": KEY_ID,
    "APPLE_MUSIC_TEAM_ID": TEAM_ID,
    "APPLE_MUSIC_USER_TOKEN": USER_TOKEN,
}


def from_env(
    runtime: Runtime, wire: ScriptedTransport, environ: dict[str, str], **options: Any
) -> Any:
    """Make a client of this runtime from variables."""
    return runtime.blocking(
        runtime.client_class.from_env(
            environ=environ, transport=wire, **({"clock": FakeClock()} | options)
        )
    )


def without(environ: dict[str, str], *names: str) -> dict[str, str]:
    """Leave variables out."""
    return {name: value for name, value in environ.items() if name not in names}


def test_ready_made_token_is_read(runtime: Runtime) -> None:
    """Two variables are enough, and the service is Apple's."""
    wire = ScriptedTransport(GOOD)

    assert from_env(runtime, wire, READY).get_rating(SONG) is LIKE
    assert wire.sent[0].developer_token == DEVELOPER_TOKEN
    assert wire.sent[0].headers["Music-User-Token"] == USER_TOKEN
    assert wire.sent[0].host == HOST


def test_key_is_read(runtime: Runtime, tmp_path: Path) -> None:
    """Such as from a path; `test_keys` has the other forms."""
    path = tmp_path / "AuthKey_TEST.p8"
    path.write_text(a_key())
    wire = ScriptedTransport(GOOD)
    from_env(runtime, wire, KEYED | {"APPLE_MUSIC_PRIVATE_KEY": str(path)}).get_rating(SONG)

    (token,) = wire.developer_tokens
    assert jwt.get_unverified_header(token)["kid"] == KEY_ID
    assert (
        jwt.decode(
            token,
            a_private_key().public_key(),
            algorithms=["ES256"],
            options={"verify_exp": False, "verify_iat": False},
        )["iss"]
        == TEAM_ID
    )


def test_ready_made_token_comes_before_a_key(runtime: Runtime) -> None:
    """If both are set, the token is sent."""
    wire = ScriptedTransport(GOOD)
    from_env(runtime, wire, KEYED | READY | {"APPLE_MUSIC_PRIVATE_KEY": a_key()}).get_rating(SONG)

    assert wire.developer_tokens == [DEVELOPER_TOKEN]


def test_base_url_is_read(runtime: Runtime) -> None:
    """Such as the mock's."""
    wire = ScriptedTransport(GOOD)
    environ = READY | {"APPLE_MUSIC_BASE_URL": "http://127.0.0.1:8787"}
    from_env(runtime, wire, environ).get_rating(SONG)

    assert wire.sent[0].host == "127.0.0.1"


MISSING: list[tuple[dict[str, str], list[str], list[str]]] = [
    ({}, ["APPLE_MUSIC_DEVELOPER_TOKEN"], []),
    (without(READY, "APPLE_MUSIC_USER_TOKEN"), ["APPLE_MUSIC_USER_TOKEN"], []),
    (READY | {"APPLE_MUSIC_USER_TOKEN": ""}, ["APPLE_MUSIC_USER_TOKEN"], []),
    (READY | {"APPLE_MUSIC_USER_TOKEN": "  "}, ["APPLE_MUSIC_USER_TOKEN"], []),
    (without(READY, "APPLE_MUSIC_DEVELOPER_TOKEN"), ["APPLE_MUSIC_DEVELOPER_TOKEN"], []),
    (READY | {"APPLE_MUSIC_DEVELOPER_TOKEN": ""}, ["APPLE_MUSIC_DEVELOPER_TOKEN"], []),
    (KEYED, ["APPLE_MUSIC_PRIVATE_KEY"], ["APPLE_MUSIC_KEY_ID"]),
    (
        without(KEYED, "APPLE_MUSIC_KEY_ID") | {"APPLE_MUSIC_PRIVATE_KEY": "key"},
        ["APPLE_MUSIC_KEY_ID"],
        ["APPLE_MUSIC_TEAM_ID", "APPLE_MUSIC_PRIVATE_KEY"],
    ),
    (
        KEYED | {"APPLE_MUSIC_PRIVATE_KEY": "key", "APPLE_MUSIC_TEAM_ID": ""},
        ["APPLE_MUSIC_TEAM_ID"],
        ["APPLE_MUSIC_KEY_ID", "APPLE_MUSIC_PRIVATE_KEY"],
    ),
    (
        without(KEYED, "APPLE_MUSIC_KEY_ID"),
        ["APPLE_MUSIC_KEY_ID", "APPLE_MUSIC_PRIVATE_KEY"],
        ["APPLE_MUSIC_TEAM_ID"],
    ),
]


def test_missing_variable_is_named(runtime: Runtime) -> None:
    """An empty one counts as missing."""
    for environ, named, not_named in MISSING:
        with pytest.raises(ConfigurationError) as caught:
            from_env(runtime, ScriptedTransport(GOOD), environ)

        found = set(re.findall(r"APPLE_MUSIC_[A-Z_]+", str(caught.value)))
        assert set(named) <= found
        assert not set(not_named) & found


UNUSABLE = [
    READY | {"APPLE_MUSIC_BASE_URL": "http://example.com"},
    READY | {"APPLE_MUSIC_BASE_URL": "nonsense"},
    READY | {"APPLE_MUSIC_DEVELOPER_TOKEN": "two words"},
    READY | {"APPLE_MUSIC_USER_TOKEN": "two words"},
    KEYED | {"APPLE_MUSIC_PRIVATE_KEY": "/missing/key.p8"},
    KEYED | {"APPLE_MUSIC_PRIVATE_KEY": a_key(), "APPLE_MUSIC_KEY_ID": "SHORT"},
]


def test_variable_that_cannot_be_used_is_a_configuration_error(runtime: Runtime) -> None:
    """Before any request."""
    for environ in UNUSABLE:
        with pytest.raises(ConfigurationError):
            from_env(runtime, ScriptedTransport(GOOD), environ)


def test_empty_base_url_counts_as_missing(runtime: Runtime) -> None:
    """The service is then Apple's."""
    for base_url in ("", "  ", '""'):
        wire = ScriptedTransport(GOOD)
        from_env(runtime, wire, READY | {"APPLE_MUSIC_BASE_URL": base_url}).get_rating(SONG)

        assert wire.sent[0].host == HOST


def test_http_is_allowed_for_hosts_that_are_named(runtime: Runtime) -> None:
    """Never by default; the error names the variable."""
    environ = READY | {"APPLE_MUSIC_BASE_URL": "http://mock:8787"}
    wire = ScriptedTransport(GOOD)
    for hosts in ("other, Mock", "other;mock", "mock:8787", "http://mock:8787/"):
        allowed = {"APPLE_MUSIC_ALLOW_HTTP_HOSTS": hosts}
        from_env(runtime, wire, environ | allowed).get_rating(SONG)
    address = {"APPLE_MUSIC_BASE_URL": "http://[fd00::1]:8787"}
    for hosts in ("[fd00::1]:8787", "fd00::1"):
        allowed = {"APPLE_MUSIC_ALLOW_HTTP_HOSTS": hosts}
        from_env(runtime, wire, READY | address | allowed).get_rating(SONG)

    assert [sent.host for sent in wire.sent] == ["mock"] * 4 + ["fd00::1"] * 2
    for hosts in ("", "other", "mock.example", "*"):
        with pytest.raises(ConfigurationError, match="APPLE_MUSIC_ALLOW_HTTP_HOSTS=mock"):
            from_env(runtime, wire, environ | {"APPLE_MUSIC_ALLOW_HTTP_HOSTS": hosts})


def test_quotes_around_variables_are_removed(runtime: Runtime) -> None:
    """As `docker --env-file` keeps them."""
    wire = ScriptedTransport(GOOD)
    from_env(runtime, wire, {name: f'"{value}"' for name, value in READY.items()}).get_rating(SONG)

    assert wire.sent[0].developer_token == DEVELOPER_TOKEN
    assert wire.sent[0].headers["Music-User-Token"] == USER_TOKEN


def test_other_options_can_be_given(runtime: Runtime) -> None:
    """As for the class."""
    wire = ScriptedTransport(GOOD)
    from_env(runtime, wire, READY, language="de", timeout=2.0).get_rating(SONG)

    assert wire.targets == ["/v1/me/ratings/songs/907242702?l=de"]
    assert set(wire.sent[0].timeout.values()) == {2.0}


@pytest.mark.parametrize(
    "program",
    [
        "with RatingsClient.from_env() as client: print(client.get_rating(song))",
        """
async def ask():
    async with AsyncRatingsClient.from_env() as client:
        print(await client.get_rating(song))

asyncio.run(ask())
""",
    ],
    ids=["sync", "async"],
)
def test_variables_of_the_process_are_read(program: str) -> None:
    """Without an argument, `from_env` looks where a shell puts them."""
    first = (
        "import asyncio\nfrom apple_music_ratings import *\nsong = Item.parse('songs/907242702')\n"
    )
    with serving(liked) as service:
        done = subprocess.run(  # noqa: S603  # ourselves
            [sys.executable, "-c", first + program],
            env={name: value for name, value in os.environ.items() if "PROXY" not in name.upper()}
            | READY
            | {"APPLE_MUSIC_BASE_URL": f"http://127.0.0.1:{service.port}"},
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert done.stdout == "like\n"
    assert service.headers[0]["Authorization"] == f"Bearer {DEVELOPER_TOKEN}"
    assert service.headers[0]["Music-User-Token"] == USER_TOKEN
