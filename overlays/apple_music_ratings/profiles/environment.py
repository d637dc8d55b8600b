"""What the environment and a kept profile say about tokens. Read by `from_env` and nowhere else.

Which of them wins is decided in `_core.sources`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import frozen

from apple_music_ratings._http.settings import DEFAULT_BASE_URL
from apple_music_ratings.developer_token import DeveloperToken

from .credentials import (
    Profile,
    developer_token_or_key,
    is_complete,
    music_user_token,
    resolve_credentials,
)


@frozen(repr=False)
class Credentials:
    """What a client needs before it can send anything. No repr, since it holds secrets."""

    developer_token: DeveloperToken | str
    music_user_token: str
    base_url: str


def _kept(environ: Mapping[str, str], profile: str) -> Profile | None:
    # Whoever names no profile needs neither keyring nor platformdirs.
    from .store import TokenStore  # noqa: PLC0415

    return TokenStore.from_env(environ).load(profile)


def read_credentials(
    environ: Mapping[str, str],
    *,
    profile: str | None = None,
    developer_token: DeveloperToken | str | None = None,
    user_token: str | None = None,
    load: Callable[[Mapping[str, str], str], Profile | None] = _kept,
) -> Credentials:
    """Find tokens and base URL. An empty variable counts as missing.

    Args:
        environ: The environment variables.
        profile: The name under which tokens are kept. It is looked up only when the arguments and
            the environment leave something open.
        developer_token: Comes before whatever is found.
        user_token: A Music User Token that comes before whatever is found.
        load: Reads a profile; a test passes its own.

    Raises:
        ConfigurationError: Something is missing, and is named, or cannot be used.
    """
    kept = None
    if profile is not None and not is_complete(
        environ,
        developer_token=developer_token is not None,
        music_user_token=user_token is not None,
    ):
        kept = load(environ, profile)
    sources = resolve_credentials(environ, kept, profile)
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
        base_url=DEFAULT_BASE_URL if sources.base_url is None else sources.base_url.value,
    )
