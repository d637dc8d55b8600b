"""Decide which source gives each token: an argument, the environment, or a kept profile.

The first that says anything wins, in that order. Reading the environment and the profile is done by
others; they hand over what they found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import frozen

from apple_music_ratings.errors import ConfigurationError

DEVELOPER_TOKEN = "APPLE_MUSIC_DEVELOPER_TOKEN"  # noqa: S105  # the name of a variable
KEY_ID = "APPLE_MUSIC_KEY_ID"
TEAM_ID = "APPLE_MUSIC_TEAM_ID"
PRIVATE_KEY = "APPLE_MUSIC_PRIVATE_KEY"
USER_TOKEN = "APPLE_MUSIC_USER_TOKEN"  # noqa: S105  # the name of a variable
BASE_URL = "APPLE_MUSIC_BASE_URL"
TOKEN_FOLDER = "APPLE_MUSIC_TOKEN_FOLDER"  # noqa: S105  # the name of a variable
DEFAULT_PROFILE = "default"

_KEY_PARTS = (KEY_ID, TEAM_ID, PRIVATE_KEY)
# Lower case only: a file system may take `Work` and `work` for the same file.
_PROFILE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@frozen(kw_only=True, repr=False)
class Profile:
    """What is kept under one name. No repr, since it holds secrets.

    Args:
        music_user_token: The person's token.
        developer_token: A ready-made developer token.
        key_file: Where the private key is that signs developer tokens; the key itself is not kept.
        key_id: The id of that key.
        team_id: The developer team.
    """

    music_user_token: str | None = None
    developer_token: str | None = None
    key_file: str | None = None
    key_id: str | None = None
    team_id: str | None = None


@frozen(repr=False)
class ResolvedValue:
    """A value, and where it came from in words. No repr, since most values are secrets."""

    value: str
    source: str


@frozen(kw_only=True, repr=False)
class CredentialSources:
    """Where everything that a client needs comes from; `None` for what nobody gave.

    Args:
        developer_token: A ready-made one. When there is one, the parts of a key are left out.
        private_key: Path or text of the key that signs developer tokens.
        key_id: The id of that key.
        team_id: The developer team.
        music_user_token: The person's token.
        base_url: The service, if it is not Apple's.
        profile: The name of the profile that was consulted.
    """

    developer_token: ResolvedValue | None = None
    private_key: ResolvedValue | None = None
    key_id: ResolvedValue | None = None
    team_id: ResolvedValue | None = None
    music_user_token: ResolvedValue | None = None
    base_url: ResolvedValue | None = None
    profile: str | None = None


@frozen(repr=False)
class SigningKey:
    """A private key with its two ids, as somebody gave them."""

    private_key: str
    key_id: str
    team_id: str


def validate_profile_name(name: str) -> str:
    """Refuse a name that could not be the name of a file everywhere.

    Raises:
        ConfigurationError: It is no text of 1 to 64 lower-case letters, digits, dots, dashes and
            underscores that starts with a letter or digit.
    """
    if not isinstance(name, str) or not _PROFILE_NAME.fullmatch(name):
        raise ConfigurationError(
            f"{_shown(name)} cannot name a profile. Use up to 64 lower-case letters, digits, dots, "
            "dashes and underscores, with a letter or digit first."
        )
    return name


def is_complete(
    environ: Mapping[str, str], *, developer_token: bool = False, music_user_token: bool = False
) -> bool:
    """Tell whether a profile need not be read.

    Args:
        environ: The environment variables.
        developer_token: An argument gives one already.
        music_user_token: An argument gives one already.
    """
    given = _given(environ)
    return (music_user_token or USER_TOKEN in given) and (
        developer_token or DEVELOPER_TOKEN in given or all(part in given for part in _KEY_PARTS)
    )


def resolve_credentials(
    environ: Mapping[str, str], kept: Profile | None = None, profile: str | None = None
) -> CredentialSources:
    """Find everything, the environment before the profile.

    For the developer token the environment wins as a whole: a variable for part of a key rules out
    the profile's ready-made token, and the profile only fills in the parts that are missing.

    Args:
        environ: The environment variables. An empty one counts as missing.
        kept: What is kept under the profile, if it was read.
        profile: The name of the profile, if one was named.

    Returns:
        What was found, however incomplete.
    """
    given = _given(environ)
    kept = kept or Profile()

    def pick(variable: str, value: str | None = None) -> ResolvedValue | None:
        if variable in given:
            return ResolvedValue(given[variable], variable)
        return ResolvedValue(value, f"the profile {profile!r}") if value else None

    names_a_key = any(part in given for part in _KEY_PARTS)
    ready_made = pick(DEVELOPER_TOKEN, None if names_a_key else kept.developer_token)
    return CredentialSources(
        developer_token=ready_made,
        private_key=None if ready_made else pick(PRIVATE_KEY, kept.key_file),
        key_id=None if ready_made else pick(KEY_ID, kept.key_id),
        team_id=None if ready_made else pick(TEAM_ID, kept.team_id),
        music_user_token=pick(USER_TOKEN, kept.music_user_token),
        base_url=pick(BASE_URL),
        profile=profile,
    )


def developer_token_or_key(sources: CredentialSources) -> str | SigningKey:
    """Give the ready-made developer token, or the key that signs one.

    Raises:
        ConfigurationError: Neither is there, or the key lacks a part, which is named.
    """
    if sources.developer_token is not None:
        return sources.developer_token.value
    return signing_key(sources)


def signing_key(sources: CredentialSources) -> SigningKey:
    """Give the key that signs developer tokens.

    Raises:
        ConfigurationError: It is not there, or lacks a part, which is named.
    """
    key_id, team_id, key = sources.key_id, sources.team_id, sources.private_key
    if key_id is not None and team_id is not None and key is not None:
        return SigningKey(key.value, key_id.value, team_id.value)
    missing = missing_key_parts(sources)
    nor = f", and the profile {sources.profile!r} keeps none" if sources.profile else ""
    if len(missing) == len(_KEY_PARTS):
        raise ConfigurationError(
            f"{DEVELOPER_TOKEN} is not set{nor}. Set it to a developer token, or set {KEY_ID}, "
            f"{TEAM_ID} and {PRIVATE_KEY} to have tokens signed."
        )
    raise ConfigurationError(
        f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set, and "
        f"{DEVELOPER_TOKEN} is not set either{nor}."
    )


def missing_key_parts(sources: CredentialSources) -> list[str]:
    """Name the variables whose values are missing for a key that can sign."""
    found = (sources.key_id, sources.team_id, sources.private_key)
    return [name for name, part in zip(_KEY_PARTS, found, strict=True) if part is None]


def is_key_text(private_key: str) -> bool:
    """Tell the text of a key from the path of its file."""
    return "-----BEGIN" in private_key


def music_user_token(sources: CredentialSources) -> str:
    """Give the Music User Token.

    Raises:
        ConfigurationError: There is none.
    """
    if sources.music_user_token is not None:
        return sources.music_user_token.value
    if sources.profile:
        raise ConfigurationError(
            f"{USER_TOKEN} is not set, and the profile {sources.profile!r} keeps no Music User "
            "Token. Run `apple-music-ratings login` to sign in, or set the variable."
        )
    raise ConfigurationError(
        f"{USER_TOKEN} is not set. It holds the Music User Token that MusicKit gives out when "
        "the user signs in."
    )


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value.strip() for name, value in environ.items() if value.strip()}


def _shown(name: object) -> str:
    text = repr(name)
    return text if len(text) <= 80 else f"{text[:77]}..."
