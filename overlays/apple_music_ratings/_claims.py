"""The claims of a developer token, and the arithmetic of its life.

Signing is in `auth`; what is signed, and when it is due again, is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .errors import ConfigurationError

# Apple documents 15,777,000 seconds; exactly that was refused and 180 days worked (observed,
# scottrhoyt/apple-music-jwt pull request 2):
# https://developer.apple.com/documentation/applemusicapi/generating-developer-tokens
MAX_LIFETIME = 180 * 24 * 3600.0
DEFAULT_LIFETIME = 12 * 3600.0
_MIN_LIFETIME = 1.0
# Apple's key ids and team ids have ten characters.
_APPLE_ID = re.compile(r"[A-Za-z0-9]{10}")


def check_identity(*, key_id: str, team_id: str, lifetime: float) -> None:
    """Refuse what Apple would refuse, before anything is signed.

    Raises:
        ConfigurationError: An id has not ten characters, or the lifetime is out of range.
    """
    for name, value in (("key id", key_id), ("team id", team_id)):
        if not isinstance(value, str) or not _APPLE_ID.fullmatch(value):
            raise ConfigurationError(
                f"The {name} must be ten letters and digits, as Apple's developer site shows it."
            )
    if not _MIN_LIFETIME <= lifetime <= MAX_LIFETIME:
        raise ConfigurationError(
            f"The lifetime of a developer token must be between {_MIN_LIFETIME:g} s and "
            f"{MAX_LIFETIME:g} s (180 days), not {lifetime!r}."
        )


def developer_token_claims(
    *, team_id: str, now: float, lifetime: float, origin: Iterable[str]
) -> dict[str, Any]:
    """Give the claims to sign.

    Args:
        team_id: The developer team.
        now: Unix time in seconds.
        lifetime: Seconds until the token ends.
        origin: Web origins the token is good for; none for any.

    Returns:
        Claims whose times are whole seconds, since Apple takes numbers only.
    """
    issued_at = int(now)
    claims: dict[str, Any] = {"iss": team_id, "iat": issued_at, "exp": issued_at + int(lifetime)}
    origins = list(origin)
    if origins:
        claims["origin"] = origins
    return claims


def is_due(*, issued_at: float, expires_at: float, now: float) -> bool:
    """Tell whether a token should be renewed.

    It is due once four fifths of its life are over, well before it ends, so that a slow clock or a
    slow request does not outlive it. It is due as well when it seems to come from the future: the
    clock was set back, and Apple's clock may agree with the new time.
    """
    renew_at = expires_at - (expires_at - issued_at) / 5
    return not issued_at <= now < renew_at
