"""What the environment says about tokens and the service. Read by `from_env` and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from ._http import DEFAULT_BASE_URL
from .auth import DeveloperToken
from .errors import ConfigurationError

DEVELOPER_TOKEN = "APPLE_MUSIC_DEVELOPER_TOKEN"  # noqa: S105  # the name of a variable
KEY_ID = "APPLE_MUSIC_KEY_ID"
TEAM_ID = "APPLE_MUSIC_TEAM_ID"
PRIVATE_KEY = "APPLE_MUSIC_PRIVATE_KEY"
USER_TOKEN = "APPLE_MUSIC_USER_TOKEN"  # noqa: S105  # the name of a variable
BASE_URL = "APPLE_MUSIC_BASE_URL"


@frozen(repr=False)
class Credentials:
    """What a client needs before it can send anything. No repr, since it holds secrets."""

    developer_token: DeveloperToken
    music_user_token: str
    base_url: str


def read_credentials(environ: Mapping[str, str]) -> Credentials:
    """Find tokens and base URL in environment variables. An empty variable counts as missing.

    Raises:
        ConfigurationError: Something is missing, and is named, or cannot be used.
    """
    values = {name: value.strip() for name, value in environ.items() if value.strip()}
    developer_token = _developer_token(values)
    if USER_TOKEN not in values:
        raise ConfigurationError(
            f"{USER_TOKEN} is not set. It holds the Music User Token that MusicKit gives out when "
            "the user signs in."
        )
    return Credentials(
        developer_token=developer_token,
        music_user_token=values[USER_TOKEN],
        base_url=values.get(BASE_URL, DEFAULT_BASE_URL),
    )


def _developer_token(values: Mapping[str, str]) -> DeveloperToken:
    if DEVELOPER_TOKEN in values:
        return DeveloperToken(values[DEVELOPER_TOKEN])
    parts = (KEY_ID, TEAM_ID, PRIVATE_KEY)
    missing = [name for name in parts if name not in values]
    if len(missing) == len(parts):
        raise ConfigurationError(
            f"{DEVELOPER_TOKEN} is not set. Set it to a developer token, or set {KEY_ID}, "
            f"{TEAM_ID} and {PRIVATE_KEY} to have tokens signed."
        )
    if missing:
        raise ConfigurationError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set, and "
            f"{DEVELOPER_TOKEN} is not set either."
        )
    return DeveloperToken.from_key(
        values[PRIVATE_KEY], key_id=values[KEY_ID], team_id=values[TEAM_ID]
    )
