"""Decides which source provides each token: an argument, the environment or a saved profile.

The first source that has a value wins, in that order. Pure: callers read the environment and the
profile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import frozen

from apple_music_ratings.developer_token.token_text import (
    is_developer_token,
    strip_developer_token,
    strip_quotes,
    strip_token,
)
from apple_music_ratings.errors import ConfigurationError

DEVELOPER_TOKEN = "APPLE_MUSIC_DEVELOPER_TOKEN"  # noqa: S105  # the name of a variable
KEY_ID = "APPLE_MUSIC_KEY_ID"
TEAM_ID = "APPLE_MUSIC_TEAM_ID"
PRIVATE_KEY = "APPLE_MUSIC_PRIVATE_KEY"
USER_TOKEN = "APPLE_MUSIC_USER_TOKEN"  # noqa: S105  # the name of a variable
BASE_URL = "APPLE_MUSIC_BASE_URL"
HTTP_HOSTS = "APPLE_MUSIC_ALLOW_HTTP_HOSTS"
TOKEN_FOLDER = "APPLE_MUSIC_TOKEN_FOLDER"  # noqa: S105  # the name of a variable
DEFAULT_PROFILE = "default"

_KEY_PARTS = (KEY_ID, TEAM_ID, PRIVATE_KEY)
# Lower case only: a file system may take `Work` and `work` for the same file.
_PROFILE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@frozen(kw_only=True, repr=False)
class Profile:
    """The credentials saved under one name. No repr, because it holds secrets.

    Args:
        music_user_token: The user's token.
        developer_token: A ready-made developer token.
        key_file: Path of the private key that signs developer tokens; the key itself is not saved.
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
    """A value and a description of its source. No repr, because most values are secrets."""

    value: str
    source: str


@frozen(kw_only=True, repr=False)
class CredentialSources:
    """The source of every value that a client needs; `None` for a value that has no source.

    Args:
        developer_token: A ready-made developer token; if set, the parts of a key are `None`.
        private_key: Path or text of the key that signs developer tokens.
        key_id: The id of that key.
        team_id: The developer team.
        music_user_token: The user's token.
        base_url: The base URL of the service, if it is not Apple's.
        http_hosts: The hosts that may be used with http.
        profile: The name of the profile that was read.
    """

    developer_token: ResolvedValue | None = None
    private_key: ResolvedValue | None = None
    key_id: ResolvedValue | None = None
    team_id: ResolvedValue | None = None
    music_user_token: ResolvedValue | None = None
    base_url: ResolvedValue | None = None
    http_hosts: frozenset[str] = frozenset()
    profile: str | None = None


@frozen(repr=False)
class SigningKey:
    """A private key and its two ids, not yet validated."""

    private_key: str
    key_id: str
    team_id: str


def validate_profile_name(name: str) -> str:
    """Validate that a name can be a file name on every system, and return it.

    Raises:
        ConfigurationError: It is not 1 to 64 lowercase letters, digits, dots, dashes and
            underscores, starting with a letter or digit.
    """
    if not isinstance(name, str) or not _PROFILE_NAME.fullmatch(name):
        raise ConfigurationError(
            f"{_shorten(name)} is not a valid profile name. Use up to 64 lowercase letters, digits,"
            " dots, dashes and underscores, starting with a letter or digit."
        )
    return name


def is_complete(
    environ: Mapping[str, str], *, developer_token: bool = False, music_user_token: bool = False
) -> bool:
    """Return whether arguments and environment suffice, so that no profile needs to be read.

    Args:
        environ: The environment variables.
        developer_token: Whether an argument provides it.
        music_user_token: Whether an argument provides it.
    """
    given = _values(environ)
    return (music_user_token or USER_TOKEN in given) and (
        developer_token or DEVELOPER_TOKEN in given or all(part in given for part in _KEY_PARTS)
    )


def resolve_credentials(
    environ: Mapping[str, str], saved: Profile | None = None, profile: str | None = None
) -> CredentialSources:
    """Return the source of each value; the environment comes before the profile.

    If any variable of a signing key is set, the profile's ready-made token is ignored; missing
    parts of the key still come from the profile.

    Args:
        environ: The environment variables. An empty variable counts as missing. Quotes around a
            value, and a header name or percent-encoding of a token, are removed.
        saved: The saved profile, if it was read.
        profile: The name of the profile, if one was given.

    Returns:
        The sources found, possibly incomplete.
    """
    given = _values(environ)
    saved = saved or Profile()

    def pick(variable: str, value: str | None = None) -> ResolvedValue | None:
        if variable in given:
            return ResolvedValue(given[variable], variable)
        return ResolvedValue(value, f"the profile {profile!r}") if value else None

    names_a_key = any(part in given for part in _KEY_PARTS)
    ready_made = pick(DEVELOPER_TOKEN, None if names_a_key else saved.developer_token)
    return CredentialSources(
        developer_token=ready_made,
        private_key=None if ready_made else pick(PRIVATE_KEY, saved.key_file),
        key_id=None if ready_made else pick(KEY_ID, saved.key_id),
        team_id=None if ready_made else pick(TEAM_ID, saved.team_id),
        music_user_token=pick(USER_TOKEN, saved.music_user_token),
        base_url=pick(BASE_URL),
        http_hosts=frozenset(
            map(_host, re.findall(r"[^,;\s]+", given.get(HTTP_HOSTS, "").lower()))
        ),
        profile=profile,
    )


def developer_token_or_key(sources: CredentialSources) -> str | SigningKey:
    """Return the ready-made developer token, or the key that signs one.

    Raises:
        ConfigurationError: Neither is there, or the key lacks a part, which is named.
    """
    if sources.developer_token is not None:
        return sources.developer_token.value
    return signing_key(sources)


def signing_key(sources: CredentialSources) -> SigningKey:
    """Return the key that signs developer tokens.

    Raises:
        ConfigurationError: The key or a part of it is missing; the message names the part.
    """
    key_id, team_id, key = sources.key_id, sources.team_id, sources.private_key
    if key_id is not None and team_id is not None and key is not None:
        return SigningKey(key.value, key_id.value, team_id.value)
    missing = missing_key_parts(sources)
    nor = f", and the profile {sources.profile!r} has none" if sources.profile else ""
    if len(missing) == len(_KEY_PARTS):
        raise ConfigurationError(
            f"{DEVELOPER_TOKEN} is not set{nor}. Set it to a developer token, or set {KEY_ID}, "
            f"{TEAM_ID} and {PRIVATE_KEY} to sign tokens; `apple-music-ratings login --key-file` "
            "saves them. To try without an account, run `apple-music-ratings mock serve`."
        )
    raise ConfigurationError(
        f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set, and "
        f"{DEVELOPER_TOKEN} is not set either{nor}."
    )


def missing_key_parts(sources: CredentialSources) -> list[str]:
    """Return the names of the variables that a complete signing key still needs."""
    found = (sources.key_id, sources.team_id, sources.private_key)
    return [name for name, part in zip(_KEY_PARTS, found, strict=True) if part is None]


def music_user_token(sources: CredentialSources) -> str:
    """Return the Music User Token.

    Raises:
        ConfigurationError: It is missing, or a developer token is in its place.
    """
    found = sources.music_user_token
    if found is None:
        nor = f", and the profile {sources.profile!r} has none" if sources.profile else ""
        raise ConfigurationError(
            f"{USER_TOKEN} is not set{nor}. Set it to a Music User Token, or run "
            "`apple-music-ratings login`."
        )
    if is_developer_token(found.value):
        other = sources.developer_token
        if other is not None and not is_developer_token(other.value):
            raise ConfigurationError(
                f"The two tokens are swapped: {found.source} holds a developer token, and "
                f"{other.source} does not."
            )
        raise ConfigurationError(
            f"The Music User Token from {found.source} is a developer token. Set {DEVELOPER_TOKEN} "
            "to it, and run `apple-music-ratings login` to get a Music User Token."
        )
    return found.value


def _values(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that have a value, without what surrounds it."""
    values = {name: _stripped(name, value) for name, value in environ.items()}
    return {name: value for name, value in values.items() if value}


def _stripped(name: str, value: str) -> str:
    if name == DEVELOPER_TOKEN:
        return strip_developer_token(value)
    if name == USER_TOKEN:
        return strip_token(value)
    return strip_quotes(value) if name in (KEY_ID, TEAM_ID, BASE_URL, HTTP_HOSTS) else value.strip()


def _host(text: str) -> str:
    """Return the host of a URL, or of a host with a port."""
    text = text.rpartition("://")[2].partition("/")[0]
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _shorten(name: object) -> str:
    text = repr(name)
    return text if len(text) <= 80 else f"{text[:77]}..."
