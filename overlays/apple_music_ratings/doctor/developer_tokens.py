"""Developer tokens outside a client: find the key, sign a token, inspect a token."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from attrs import evolve

from apple_music_ratings.developer_token import DeveloperToken
from apple_music_ratings.developer_token.private_keys import key_path
from apple_music_ratings.errors import ConfigurationError
from apple_music_ratings.profiles.credentials import (
    DEVELOPER_TOKEN,
    KEY_ID,
    PRIVATE_KEY,
    TEAM_ID,
    Profile,
    SigningKey,
    developer_token_or_key,
    missing_key_parts,
    resolve_credentials,
    signing_key,
)

from .token_report import TokenReport, inspect_developer_token

__all__ = [
    "DAY",
    "DEVELOPER_TOKEN",
    "TokenReport",
    "find_signing_key",
    "inspect_token",
    "override_key",
    "page_token",
    "sign_token",
    "update_profile",
]

# The page is open for minutes and needs its token no longer.
_PAGE_LIFETIME = 3600.0
DAY = 24 * 3600.0


def override_key(
    environ: Mapping[str, str], *, key_file: str | None, key_id: str | None, team_id: str | None
) -> dict[str, str]:
    """Return the variables with arguments in their place; they exclude a ready-made token.

    Args:
        environ: The environment variables.
        key_file: The path of a private key.
        key_id: The id of that key.
        team_id: The developer team.
    """
    given = {PRIVATE_KEY: key_file, KEY_ID: key_id, TEAM_ID: team_id}
    arguments = {name: value for name, value in given.items() if value}
    kept = {name: value for name, value in environ.items() if name != DEVELOPER_TOKEN}
    return {**kept, **arguments} if arguments else dict(environ)


def page_token(
    environ: Mapping[str, str],
    saved: Profile,
    profile: str,
    *,
    now: Callable[[], float] = time.time,
) -> str:
    """Return the developer token that MusicKit is configured with.

    Args:
        environ: The environment variables.
        saved: The saved profile.
        profile: The name of the profile.
        now: Returns the Unix time in seconds.

    Raises:
        ConfigurationError: It is missing, or Apple would reject it.
    """
    found = developer_token_or_key(resolve_credentials(environ, saved, profile))
    if isinstance(found, SigningKey):
        return sign_token(found, lifetime=_PAGE_LIFETIME, now=now)
    token = DeveloperToken(found).current(now())
    report = inspect_developer_token(token, now=now())
    origins = report.claims.get("origin")
    if isinstance(origins, list) and origins:
        # This page may be one of the origins; Apple decides.
        report = inspect_developer_token(token, now=now(), origin=origins[0])
    if report.problems:
        raise ConfigurationError(
            f"Apple would reject this developer token. {' '.join(report.problems)}"
        )
    return token


def find_signing_key(
    environ: Mapping[str, str], profile: str, load: Callable[[str], Profile | None]
) -> SigningKey:
    """Return the key that signs developer tokens, from the environment or the profile.

    Args:
        environ: The environment variables.
        profile: The name of the profile.
        load: Reads the saved profile; called only if a variable is missing.

    Raises:
        ConfigurationError: A part is missing; the message names it.
    """
    environ = {name: value for name, value in environ.items() if name != DEVELOPER_TOKEN}
    sources = resolve_credentials(environ)
    if missing_key_parts(sources):
        saved = evolve(load(profile) or Profile(), developer_token=None)
        sources = resolve_credentials(environ, saved, profile)
    options = {KEY_ID: "--key-id", TEAM_ID: "--team-id", PRIVATE_KEY: "--key-file"}
    missing = [f"{options[name]} or {name}" for name in missing_key_parts(sources)]
    if missing:
        raise ConfigurationError(
            f"To sign a developer token, set {', '.join(missing)}. Apple's developer site shows "
            "the ids, and lets you download the .p8 file of the key once."
        )
    return signing_key(sources)


def sign_token(
    key: SigningKey,
    *,
    lifetime: float,
    origin: Iterable[str] = (),
    now: Callable[[], float] = time.time,
) -> str:
    """Sign a developer token.

    Args:
        key: The signing key.
        lifetime: Seconds, at most 180 days.
        origin: Web origins that Apple limits the token to; empty for no limit.
        now: Returns the Unix time in seconds.

    Returns:
        The token, a secret.

    Raises:
        ConfigurationError: As for `DeveloperToken.from_key`.
    """
    source = DeveloperToken.from_key(
        key.private_key,
        key_id=key.key_id,
        team_id=key.team_id,
        lifetime=lifetime,
        origin=origin,
    )
    return source.current(now())


def inspect_token(
    token: str, *, origin: str | None = None, now: Callable[[], float] = time.time
) -> TokenReport:
    """Parse a developer token and list what Apple would reject.

    Args:
        token: The token.
        origin: The web origin it will be sent from, if from a web page.
        now: Returns the Unix time in seconds.
    """
    return inspect_developer_token(token, now=now(), origin=origin)


def update_profile(saved: Profile, environ: Mapping[str, str], profile: str) -> Profile:
    """Return a profile with the developer-token settings of the environment.

    A key replaces a ready-made token, and the reverse. The key itself is not saved, only its path.

    Args:
        saved: The saved profile.
        environ: The environment variables, or arguments in their place.
        profile: The name of the profile.

    Raises:
        ConfigurationError: A value is missing and the message names it, or the key is text.
    """
    found = developer_token_or_key(resolve_credentials(environ, saved, profile))
    if isinstance(found, str):
        return evolve(saved, developer_token=found, key_file=None, key_id=None, team_id=None)
    path = key_path(found.private_key)
    if path is None:
        raise ConfigurationError(
            f"{PRIVATE_KEY} holds the key itself, which is not saved. Write it to a file, and pass "
            "its path with --key-file."
        )
    return evolve(
        saved,
        developer_token=None,
        # The next command may run in another folder.
        key_file=str(path.absolute()),
        key_id=found.key_id,
        team_id=found.team_id,
    )
