from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from anyio import run
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from apple_music_ratings import (
    AsyncRatingsClient,
    ConfigurationError,
    DeveloperToken,
    Item,
    RatingsClient,
)
from apple_music_ratings.profiles.store import Profile, TokenStore

SONG = Item("songs", "907242702")
ARGUMENTS = {"developer_token": "argument.dev.token", "music_user_token": "argument-user"}
SAVED = Profile(developer_token="saved.dev.token", music_user_token="saved-user")


class ScriptedTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Responds "unrated", and records the tokens of the last request."""

    def __init__(self) -> None:
        self.tokens: tuple[str, str] | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Record the tokens."""
        headers = request.headers
        self.tokens = (headers["Authorization"].split()[1], headers["Music-User-Token"])
        return httpx.Response(404)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Record the tokens."""
        return self.handle_request(request)


def sent(runtime: str, environ: dict[str, str], **options: Any) -> tuple[str, str] | None:
    """Make a client from these values, and return the tokens it sends."""
    wire = ScriptedTransport()
    given: dict[str, Any] = {"environ": environ, "transport": wire} | options
    if runtime == "sync":
        with RatingsClient.from_env(**given) as client:
            client.get_rating(SONG)
    else:
        run(_ask, given)
    return wire.tokens


async def _ask(given: dict[str, Any]) -> None:
    async with AsyncRatingsClient.from_env(**given) as client:
        await client.get_rating(SONG)


@pytest.fixture(params=["sync", "async"])
def runtime(request: pytest.FixtureRequest) -> str:
    """Sync, then async."""
    name: str = request.param
    return name


@pytest.fixture
def saved(tmp_path: Path) -> dict[str, str]:
    """An environment that names only the folder of a saved profile."""
    environ = {"APPLE_MUSIC_TOKEN_FOLDER": str(tmp_path)}
    TokenStore.from_env(environ).save("work", SAVED)
    return environ


def test_argument_comes_before_environment_and_environment_before_profile(
    runtime: str, saved: dict[str, str]
) -> None:
    """For each token separately."""
    ways = [frozenset[str](), {"dev"}, {"user"}, {"dev", "user"}]
    variables = {
        "dev": {"APPLE_MUSIC_DEVELOPER_TOKEN": "env.dev.token"},
        "user": {"APPLE_MUSIC_USER_TOKEN": "env-user"},
    }
    for of_argument, of_environment in product(ways, ways):
        arguments = {
            name: value
            for (name, value), short in zip(ARGUMENTS.items(), ("dev", "user"), strict=True)
            if short in of_argument
        }
        environ = dict(saved)
        for name in of_environment:
            environ |= variables[name]
        winners = [
            "argument" if name in of_argument else "env" if name in of_environment else "saved"
            for name in ("dev", "user")
        ]

        assert sent(runtime, environ, profile="work", **arguments) == (
            f"{winners[0]}.dev.token",
            f"{winners[1]}-user",
        )


def test_ready_made_source_can_be_an_argument(runtime: str) -> None:
    """As for the class."""
    environ = {"APPLE_MUSIC_USER_TOKEN": "env-user"}
    tokens = sent(runtime, environ, developer_token=DeveloperToken("argument.dev.token"))

    assert tokens == ("argument.dev.token", "env-user")


def test_profile_needs_a_name_to_be_read(runtime: str, saved: dict[str, str]) -> None:
    """A program that names none never opens a keyring."""
    with pytest.raises(
        ConfigurationError, match=r"APPLE_MUSIC_DEVELOPER_TOKEN is not set.*mock serve"
    ):
        sent(runtime, saved)


def test_profile_that_others_can_read_is_rejected(
    runtime: str, saved: dict[str, str], tmp_path: Path
) -> None:
    """It is not read when it is not needed."""
    (tmp_path / "work.json").chmod(0o644)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        sent(runtime, saved, profile="work")
    assert sent(runtime, saved, profile="work", **ARGUMENTS) == tuple(ARGUMENTS.values())


def test_key_of_the_profile_signs(runtime: str, tmp_path: Path) -> None:
    """Its path is saved, and the file is read each time."""
    key = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "AuthKey.p8"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    environ = {"APPLE_MUSIC_TOKEN_FOLDER": str(tmp_path)}
    profile = Profile(
        key_file=str(path), key_id="TESTKEY001", team_id="TESTTEAM01", music_user_token="saved-user"
    )
    TokenStore.from_env(environ).save("work", profile)
    tokens = sent(runtime, environ, profile="work")

    assert tokens is not None
    claims = jwt.decode(tokens[0], key.public_key(), algorithms=["ES256"])
    assert claims["iss"] == "TESTTEAM01"
    assert tokens[1] == "saved-user"
