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
    music_user_token,
    resolve_credentials,
    signing_key,
    validate_profile_name,
)

JWT = "eyJhbGciOiJFUzI1NiIsImtpZCI6IlRFU1RLRVkwMDEifQ.e30.c2lnbmF0dXJl"
READY = {"APPLE_MUSIC_DEVELOPER_TOKEN": "env-token"}
KEYED = {
    "APPLE_MUSIC_PRIVATE_KEY": "env.p8",
    "APPLE_MUSIC_KEY_ID": "env-key",
    "APPLE_MUSIC_TEAM_ID": "env-team",
}
USER = {"APPLE_MUSIC_USER_TOKEN": "env-user"}
SAVED_READY = Profile(developer_token="saved-token", music_user_token="saved-user")
SAVED_KEYED = Profile(key_file="saved.p8", key_id="saved-key", team_id="saved-team")
SAVED_ALL = Profile(
    developer_token="saved-token",
    music_user_token="saved-user",
    key_file="saved.p8",
    key_id="saved-key",
    team_id="saved-team",
)


def some(environ: dict[str, str], *names: str) -> dict[str, str]:
    """Take these variables only, by the ends of their names."""
    return {name: value for name, value in environ.items() if name.endswith(names)}


CASES: list[tuple[dict[str, str], Profile | None, str | SigningKey]] = [
    (READY, None, "env-token"),
    (KEYED, None, SigningKey("env.p8", "env-key", "env-team")),
    (READY | KEYED, None, "env-token"),
    ({}, SAVED_READY, "saved-token"),
    ({}, SAVED_KEYED, SigningKey("saved.p8", "saved-key", "saved-team")),
    ({}, SAVED_ALL, "saved-token"),
    (READY, SAVED_ALL, "env-token"),
    (KEYED, SAVED_ALL, SigningKey("env.p8", "env-key", "env-team")),
    (some(KEYED, "KEY"), SAVED_ALL, SigningKey("env.p8", "saved-key", "saved-team")),
    (some(KEYED, "KEY_ID"), SAVED_KEYED, SigningKey("saved.p8", "env-key", "saved-team")),
    (READY | {"APPLE_MUSIC_DEVELOPER_TOKEN": " "}, SAVED_READY, "saved-token"),
    ({"APPLE_MUSIC_DEVELOPER_TOKEN": " env-token\n"}, None, "env-token"),
]
MISSING: list[tuple[dict[str, str], Profile | None, set[str]]] = [
    ({}, None, {"DEVELOPER_TOKEN", "KEY_ID", "TEAM_ID", "PRIVATE_KEY"}),
    ({}, Profile(), {"DEVELOPER_TOKEN", "KEY_ID", "TEAM_ID", "PRIVATE_KEY"}),
    (some(KEYED, "KEY"), None, {"DEVELOPER_TOKEN", "KEY_ID", "TEAM_ID"}),
    (some(KEYED, "KEY_ID", "PRIVATE_KEY"), None, {"DEVELOPER_TOKEN", "TEAM_ID"}),
    (some(KEYED, "KEY"), SAVED_READY, {"DEVELOPER_TOKEN", "KEY_ID", "TEAM_ID"}),
]
USER_TOKENS: list[tuple[dict[str, str], Profile | None, ResolvedValue | None]] = [
    (USER, None, ResolvedValue("env-user", "APPLE_MUSIC_USER_TOKEN")),
    (USER, SAVED_READY, ResolvedValue("env-user", "APPLE_MUSIC_USER_TOKEN")),
    ({}, SAVED_READY, ResolvedValue("saved-user", "the profile 'work'")),
    (
        {"APPLE_MUSIC_USER_TOKEN": ""},
        SAVED_READY,
        ResolvedValue("saved-user", "the profile 'work'"),
    ),
    ({}, SAVED_KEYED, None),
]
COMPLETE: list[tuple[dict[str, str], dict[str, bool], bool]] = [
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
]


def test_environment_comes_before_the_profile() -> None:
    """As a whole; only missing parts of a key come from the profile."""
    found = [
        developer_token_or_key(resolve_credentials(environ, saved, "work"))
        for environ, saved, _ in CASES
    ]

    assert list(map(_comparable, found)) == [_comparable(expected) for _, _, expected in CASES]


def _comparable(found: str | SigningKey) -> object:
    if isinstance(found, str):
        return found
    return (found.private_key, found.key_id, found.team_id)


def test_missing_part_of_the_developer_token_is_named() -> None:
    """Half a key in the environment is not replaced by a token from elsewhere."""
    for environ, saved, missing in MISSING:
        with pytest.raises(ConfigurationError) as caught:
            developer_token_or_key(resolve_credentials(environ, saved, "work"))

        assert set(re.findall(r"APPLE_MUSIC_([A-Z_]+)", str(caught.value))) == missing
        assert "the profile 'work' has none" in str(caught.value)


def test_error_mentions_a_profile_only_when_one_was_named() -> None:
    """Without a name, profiles are not mentioned."""
    for need in (signing_key, music_user_token):
        with pytest.raises(ConfigurationError) as caught:
            need(resolve_credentials({}))

        assert "profile" not in str(caught.value)


def test_source_of_the_music_user_token_is_reported() -> None:
    """So that a user can see which source won."""
    for environ, saved, expected in USER_TOKENS:
        sources = resolve_credentials(environ, saved, "work")

        assert sources.music_user_token == expected
        if expected is not None:
            assert music_user_token(sources) == expected.value


def test_missing_music_user_token_names_login() -> None:
    """Signing in provides one."""
    with pytest.raises(ConfigurationError, match="apple-music-ratings login"):
        music_user_token(resolve_credentials({}, None, "work"))


def test_profile_is_needed_only_for_what_is_missing() -> None:
    """A keyring that is not needed is not opened."""
    found = [is_complete(environ, **arguments) for environ, arguments, _ in COMPLETE]

    assert found == [expected for _, _, expected in COMPLETE]


def test_plain_profile_names_are_valid() -> None:
    """They can name a file on every system."""
    names = ["default", "a", "7", "family.home-2_x", "x" * 64]

    assert [validate_profile_name(name) for name in names] == names


def test_other_profile_names_are_invalid() -> None:
    """Above all one that leads out of the folder."""
    names: list[Any] = ["", ".", "..", "../x", "a/b", "a\\b", "Work", "\u00e4", "a b", "a\n", "-a"]
    for name in [*names, "x" * 65, None]:
        with pytest.raises(ConfigurationError, match="is not a valid profile name") as caught:
            validate_profile_name(name)

        assert len(str(caught.value)) < 300


def test_nothing_that_holds_a_secret_shows_it() -> None:
    """Not even in a debugger's list of locals."""
    sources = resolve_credentials(READY | USER, SAVED_ALL, "work")
    held = [SAVED_ALL, sources, sources.music_user_token, SigningKey("saved.p8", "", "")]

    assert not [value for value in held if "saved" in repr(value) or "env-" in repr(value)]


def test_base_url_comes_from_the_environment() -> None:
    """A profile holds tokens only."""
    environ = {"APPLE_MUSIC_BASE_URL": '"https://example.com"'}
    sources = resolve_credentials(environ, SAVED_ALL, "work")

    assert sources.base_url == ResolvedValue("https://example.com", "APPLE_MUSIC_BASE_URL")
    assert CredentialSources().base_url is None


def test_developer_token_in_place_of_the_user_token_is_reported() -> None:
    """Before anything is sent; and two that are swapped are called so."""
    names = ("APPLE_MUSIC_DEVELOPER_TOKEN", "APPLE_MUSIC_USER_TOKEN")
    for developer_token, reason in ((JWT, "is a developer token"), ("0.User", "are swapped")):
        environ = dict(zip(names, (developer_token, JWT), strict=True))
        with pytest.raises(ConfigurationError, match=reason) as caught:
            music_user_token(resolve_credentials(environ))

        assert "APPLE_MUSIC_USER_TOKEN" in str(caught.value)
        assert JWT not in str(caught.value)
