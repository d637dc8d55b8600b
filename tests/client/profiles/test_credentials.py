from __future__ import annotations

import re
from typing import Any

import pytest

from apple_music_ratings import ConfigurationError
from apple_music_ratings.profiles.credentials import (
    CredentialSources,
    Profile,
    ResolvedValue,
    SigningKey,
    developer_token_or_key,
    is_complete,
    is_key_text,
    music_user_token,
    resolve_credentials,
    signing_key,
    validate_profile_name,
)

READY = {"APPLE_MUSIC_DEVELOPER_TOKEN": "env-token"}
KEYED = {
    "APPLE_MUSIC_PRIVATE_KEY": "env.p8",
    "APPLE_MUSIC_KEY_ID": "env-key",
    "APPLE_MUSIC_TEAM_ID": "env-team",
}
USER = {"APPLE_MUSIC_USER_TOKEN": "env-user"}
KEPT_READY = Profile(developer_token="kept-token", music_user_token="kept-user")
KEPT_KEYED = Profile(key_file="kept.p8", key_id="kept-key", team_id="kept-team")
KEPT_ALL = Profile(
    developer_token="kept-token",
    music_user_token="kept-user",
    key_file="kept.p8",
    key_id="kept-key",
    team_id="kept-team",
)


def some(environ: dict[str, str], *names: str) -> dict[str, str]:
    """Take these variables only, by the ends of their names."""
    return {name: value for name, value in environ.items() if name.endswith(names)}


@pytest.mark.parametrize(
    ("environ", "kept", "expected"),
    [
        (READY, None, "env-token"),
        (KEYED, None, SigningKey("env.p8", "env-key", "env-team")),
        (READY | KEYED, None, "env-token"),
        ({}, KEPT_READY, "kept-token"),
        ({}, KEPT_KEYED, SigningKey("kept.p8", "kept-key", "kept-team")),
        ({}, KEPT_ALL, "kept-token"),
        (READY, KEPT_ALL, "env-token"),
        (KEYED, KEPT_ALL, SigningKey("env.p8", "env-key", "env-team")),
        (some(KEYED, "KEY"), KEPT_ALL, SigningKey("env.p8", "kept-key", "kept-team")),
        (some(KEYED, "KEY_ID"), KEPT_KEYED, SigningKey("kept.p8", "env-key", "kept-team")),
        (READY | {"APPLE_MUSIC_DEVELOPER_TOKEN": " "}, KEPT_READY, "kept-token"),
        ({"APPLE_MUSIC_DEVELOPER_TOKEN": " env-token\n"}, None, "env-token"),
    ],
)
def test_environment_comes_before_the_profile(
    environ: dict[str, str], kept: Profile | None, expected: str | SigningKey
) -> None:
    """As a whole; only missing parts of a key are taken from the profile."""
    found = developer_token_or_key(resolve_credentials(environ, kept, "work"))

    assert _comparable(found) == _comparable(expected)


def _comparable(found: str | SigningKey) -> object:
    if isinstance(found, str):
        return found
    return (found.private_key, found.key_id, found.team_id)


@pytest.mark.parametrize(
    ("environ", "kept", "missing"),
    [
        ({}, None, {"DEVELOPER_TOKEN", "KEY_ID", "TEAM_ID", "PRIVATE_KEY"}),
        ({}, Profile(), {"DEVELOPER_TOKEN", "KEY_ID", "TEAM_ID", "PRIVATE_KEY"}),
        (some(KEYED, "KEY"), None, {"DEVELOPER_TOKEN", "KEY_ID", "TEAM_ID"}),
        (some(KEYED, "KEY_ID", "PRIVATE_KEY"), None, {"DEVELOPER_TOKEN", "TEAM_ID"}),
        (some(KEYED, "KEY"), KEPT_READY, {"DEVELOPER_TOKEN", "KEY_ID", "TEAM_ID"}),
    ],
)
def test_missing_part_of_the_developer_token_is_named(
    environ: dict[str, str], kept: Profile | None, missing: set[str]
) -> None:
    """Half a key in the environment is never passed over for something else."""
    with pytest.raises(ConfigurationError) as caught:
        developer_token_or_key(resolve_credentials(environ, kept, "work"))

    assert set(re.findall(r"APPLE_MUSIC_([A-Z_]+)", str(caught.value))) == missing
    assert "the profile 'work' keeps none" in str(caught.value)


def test_error_speaks_of_a_profile_only_when_one_was_named() -> None:
    """Whoever names none need not know that there are any."""
    for need in (signing_key, music_user_token):
        with pytest.raises(ConfigurationError) as caught:
            need(resolve_credentials({}))

        assert "profile" not in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "kept", "expected"),
    [
        (USER, None, ResolvedValue("env-user", "APPLE_MUSIC_USER_TOKEN")),
        (USER, KEPT_READY, ResolvedValue("env-user", "APPLE_MUSIC_USER_TOKEN")),
        ({}, KEPT_READY, ResolvedValue("kept-user", "the profile 'work'")),
        (
            {"APPLE_MUSIC_USER_TOKEN": ""},
            KEPT_READY,
            ResolvedValue("kept-user", "the profile 'work'"),
        ),
        ({}, KEPT_KEYED, None),
    ],
)
def test_source_of_the_music_user_token_is_told(
    environ: dict[str, str], kept: Profile | None, expected: ResolvedValue | None
) -> None:
    """So that a person can see which one won."""
    sources = resolve_credentials(environ, kept, "work")

    assert sources.music_user_token == expected
    if expected is not None:
        assert music_user_token(sources) == expected.value


def test_missing_music_user_token_points_at_login() -> None:
    """Where a profile was looked at, signing in is what helps."""
    with pytest.raises(ConfigurationError, match="apple-music-ratings login"):
        music_user_token(resolve_credentials({}, None, "work"))


@pytest.mark.parametrize(
    ("environ", "arguments", "expected"),
    [
        ({}, {}, False),
        (READY, {}, False),
        (USER, {}, False),
        (READY | USER, {}, True),
        (KEYED | USER, {}, True),
        (some(KEYED, "KEY") | USER, {}, False),
        (READY | {"APPLE_MUSIC_USER_TOKEN": " "}, {}, False),
        (READY, {"music_user_token": True}, True),
        (USER, {"developer_token": True}, True),
        ({}, {"developer_token": True, "music_user_token": True}, True),
    ],
)
def test_profile_is_needed_only_for_what_is_missing(
    environ: dict[str, str], arguments: dict[str, Any], *, expected: bool
) -> None:
    """A keyring that nobody needs is not opened."""
    assert is_complete(environ, **arguments) is expected


@pytest.mark.parametrize("name", ["default", "a", "7", "family.home-2_x", "x" * 64])
def test_plain_profile_name_is_taken(name: str) -> None:
    """It can name a file on every system."""
    assert validate_profile_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "Work", "ä", "a b", "a\n", "-a", "x" * 65, None]
)
def test_other_profile_name_is_refused(name: Any) -> None:
    """Above all one that leads out of the folder."""
    with pytest.raises(ConfigurationError, match="cannot name a profile") as caught:
        validate_profile_name(name)

    assert len(str(caught.value)) < 300


def test_nothing_that_holds_a_secret_shows_it() -> None:
    """Not even in a debugger's list of locals."""
    sources = resolve_credentials(READY | USER, KEPT_ALL, "work")
    held = [KEPT_ALL, sources, sources.music_user_token, SigningKey("kept.p8", "", "")]

    assert not [value for value in held if "kept" in repr(value) or "env-" in repr(value)]


def test_base_url_comes_from_the_environment() -> None:
    """A profile keeps tokens only."""
    sources = resolve_credentials({"APPLE_MUSIC_BASE_URL": "https://example.com"}, KEPT_ALL, "work")

    assert sources.base_url == ResolvedValue("https://example.com", "APPLE_MUSIC_BASE_URL")
    assert CredentialSources().base_url is None


def test_key_is_told_from_its_path() -> None:
    """A path is kept, a key is not."""
    assert is_key_text("-----BEGIN PRIVATE KEY-----\n...")
    assert not is_key_text("keys/AuthKey.p8")
