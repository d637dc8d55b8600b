"""Reads tokens and base URL from the environment and a saved profile, for `from_env` only.

`credentials` decides which source wins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import frozen

from apple_music_ratings._http.settings import DEFAULT_BASE_URL, as_base_url
from apple_music_ratings.developer_token import DeveloperToken
from apple_music_ratings.errors import ConfigurationError

from .credentials import (
    CredentialSources,
    Profile,
    developer_token_or_key,
    is_complete,
    music_user_token,
    resolve_credentials,
)


@frozen(repr=False)
class Credentials:
    """The tokens and the base URL of a client. No repr, because it holds secrets."""

    developer_token: DeveloperToken | str
    music_user_token: str
    base_url: str
    http_hosts: frozenset[str]


def _load_profile(environ: Mapping[str, str], profile: str) -> Profile | None:
    # Without a profile, neither keyring nor platformdirs is needed.
    from .store import TokenStore  # noqa: PLC0415

    return TokenStore.from_env(environ).load(profile)


def checked_base_url(sources: CredentialSources) -> str:
    """Return the base URL of the service.

    Raises:
        ConfigurationError: Tokens must not be sent there; the message names the variable.
    """
    if sources.base_url is None:
        return DEFAULT_BASE_URL
    try:
        as_base_url(sources.base_url.value, sources.http_hosts)
    except ConfigurationError as error:
        raise ConfigurationError(f"{sources.base_url.source}: {error}") from None
    return sources.base_url.value


def read_credentials(
    environ: Mapping[str, str],
    *,
    profile: str | None = None,
    developer_token: DeveloperToken | str | None = None,
    user_token: str | None = None,
    load: Callable[[Mapping[str, str], str], Profile | None] = _load_profile,
) -> Credentials:
    """Return the tokens and the base URL. An empty variable counts as missing.

    Args:
        environ: The environment variables.
        profile: The profile that tokens are saved under. It is read only if the arguments and the
            environment are incomplete.
        developer_token: Takes precedence over every other source.
        user_token: A Music User Token that takes precedence over every other source.
        load: Reads a profile; a test passes its own.

    Raises:
        ConfigurationError: A value is missing or cannot be used; the message names it.
    """
    saved = None
    if profile is not None and not is_complete(
        environ,
        developer_token=developer_token is not None,
        music_user_token=user_token is not None,
    ):
        saved = load(environ, profile)
    sources = resolve_credentials(environ, saved, profile)
    if developer_token is None:
        found = developer_token_or_key(sources)
        developer_token = (
            DeveloperToken(found)
            if isinstance(found, str)
            else DeveloperToken.from_key(
                found.private_key, key_id=found.key_id, team_id=found.team_id
            )
        )
    return Credentials(
        developer_token=developer_token,
        music_user_token=music_user_token(sources) if user_token is None else user_token,
        base_url=checked_base_url(sources),
        http_hosts=sources.http_hosts,
    )
