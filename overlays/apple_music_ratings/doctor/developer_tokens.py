"""Developer tokens for people: find what gives one, sign one, and explain one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from attrs import evolve

from apple_music_ratings.developer_token import DeveloperToken
from apple_music_ratings.errors import ConfigurationError
from apple_music_ratings.profiles.credentials import (
    DEVELOPER_TOKEN,
    KEY_ID,
    PRIVATE_KEY,
    TEAM_ID,
    Profile,
    SigningKey,
    developer_token_or_key,
    is_key_text,
    missing_key_parts,
    resolve_credentials,
    signing_key,
)

from .token_report import TokenReport, inspect_developer_token

__all__ = [
    "DEVELOPER_TOKEN",
    "TokenReport",
    "find_signing_key",
    "inspect_token",
    "override_key",
    "page_token",
    "sign_token",
    "update_profile",
]

# A page is open for minutes; nobody needs its token for longer.
_PAGE_LIFETIME = 3600.0
DAY = 24 * 3600.0


def override_key(
    environ: Mapping[str, str], *, key_file: str | None, key_id: str | None, team_id: str | None
) -> dict[str, str]:
    """Put arguments in the place of variables; any of them rules out a ready-made token.

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
    kept: Profile,
    profile: str,
    *,
    now: Callable[[], float] = time.time,
) -> str:
    """Give the developer token that MusicKit is configured with.

    Args:
        environ: The environment variables.
        kept: What is kept under the profile.
        profile: The name of the profile.
        now: Gives the unix time in seconds.

    Raises:
        ConfigurationError: There is none, or it is one that Apple would refuse.
    """
    found = developer_token_or_key(resolve_credentials(environ, kept, profile))
    if isinstance(found, SigningKey):
        return sign_token(found, lifetime=_PAGE_LIFETIME, now=now)
    token = DeveloperToken(found).current(now())
    report = inspect_developer_token(token, now=now())
    origins = report.claims.get("origin")
    if isinstance(origins, list) and origins:
        # This page may be one of those the token is limited to; that is for Apple to say.
        report = inspect_developer_token(token, now=now(), origin=origins[0])
    if report.problems:
        raise ConfigurationError(
            f"Apple would refuse this developer token. {' '.join(report.problems)}"
        )
    return token


def find_signing_key(
    environ: Mapping[str, str], profile: str, load: Callable[[str], Profile | None]
) -> SigningKey:
    """Find the key that signs developer tokens, in the environment or else in the profile.

    Args:
        environ: The environment variables.
        profile: The name of the profile.
        load: Reads what is kept under the name; it is asked only if need be.

    Raises:
        ConfigurationError: A part is missing, and is named.
    """
    environ = {name: value for name, value in environ.items() if name != DEVELOPER_TOKEN}
    sources = resolve_credentials(environ)
    if missing_key_parts(sources):
        kept = evolve(load(profile) or Profile(), developer_token=None)
        sources = resolve_credentials(environ, kept, profile)
    options = {KEY_ID: "--key-id", TEAM_ID: "--team-id", PRIVATE_KEY: "--key-file"}
    missing = [f"{options[name]} or {name}" for name in missing_key_parts(sources)]
    if missing:
        raise ConfigurationError(
            f"To sign a developer token, give {', '.join(missing)}. Apple's developer site shows "
            "the ids, and hands out the .p8 file of the key once."
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
        key: Signs it.
        lifetime: Seconds, at most 180 days.
        origin: Web origins to which Apple shall limit it; none for no limit.
        now: Gives the unix time in seconds.

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
    """Read a developer token and say what Apple would refuse.

    Args:
        token: The token.
        origin: The web origin from which it will be sent, if from a web page.
        now: Gives the unix time in seconds.
    """
    return inspect_developer_token(token, now=now(), origin=origin)


def update_profile(kept: Profile, environ: Mapping[str, str], profile: str) -> Profile:
    """Add to a profile what the environment says about the developer token.

    A key comes in place of a ready-made token, and the other way round. The key itself is not kept,
    only where it is.

    Args:
        kept: What is kept under the profile.
        environ: The environment variables, or arguments in their place.
        profile: The name of the profile.

    Raises:
        ConfigurationError: Something is missing, and is named; or the key is given as text.
    """
    found = developer_token_or_key(resolve_credentials(environ, kept, profile))
    if isinstance(found, str):
        return evolve(kept, developer_token=found, key_file=None, key_id=None, team_id=None)
    if is_key_text(found.private_key):
        raise ConfigurationError(
            f"{PRIVATE_KEY} holds the key itself, which is not kept. Put it into a file of its "
            "own, and give the path with --key-file."
        )
    return evolve(
        kept,
        developer_token=None,
        # The next command may run in another folder.
        key_file=str(Path(found.private_key).expanduser().absolute()),
        key_id=found.key_id,
        team_id=found.team_id,
    )
