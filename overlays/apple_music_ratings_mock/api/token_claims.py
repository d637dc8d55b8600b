"""The claims of a developer token, and their validation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from attrs import frozen

# Observed: the effective limit may be a little lower; 180 days are accepted.
MAX_LIFETIME = 15_777_000
_ID_LENGTH = 10


@frozen
class Claims:
    """The claims of a well-formed developer token.

    Args:
        issued_at: When it was signed, in seconds since 1970.
        expires_at: When it expires.
        origins: The web origins that may use it; `None` for any.
        team: The developer team that signed it.
    """

    issued_at: float
    expires_at: float
    origins: frozenset[str] | None
    team: str = ""

    def are_valid(self, *, now: float, origins: Sequence[str]) -> bool:
        """Return whether the token is accepted for a request now.

        Args:
            now: The time, in seconds since 1970.
            origins: The values of the request's Origin header.
        """
        # Sums and comparisons only: subtracting a huge integer overflows.
        is_timely = now < self.expires_at <= now + MAX_LIFETIME
        is_short = self.issued_at < self.expires_at <= self.issued_at + MAX_LIFETIME
        return is_timely and is_short and self._allows(origins)

    def _allows(self, origins: Sequence[str]) -> bool:
        # Observed: a token with origins is rejected without an Origin (topi314/LavaSrc issue 25).
        if self.origins is None:
            return True
        return len(origins) == 1 and origins[0] in self.origins


def parse_claims(payload: object) -> Claims | None:
    """Return the claims in a payload; `None` if one is missing or has the wrong type."""
    if not isinstance(payload, dict) or not is_id(payload.get("iss")):
        return None
    issued_at, expires_at = payload.get("iat"), payload.get("exp")
    if not _is_number(issued_at) or not _is_number(expires_at) or not _has_valid_origins(payload):
        return None
    origins = frozenset(payload["origin"]) if "origin" in payload else None
    return Claims(issued_at, expires_at, origins, payload["iss"])


def is_id(value: object) -> bool:
    """Return whether a value has the form of Apple's key and team ids."""
    return isinstance(value, str) and len(value) == _ID_LENGTH


def _is_number(value: object) -> TypeGuard[float]:
    # Not isinstance: true is not a number.
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _has_valid_origins(payload: Mapping[str, object]) -> bool:
    origins = payload.get("origin", [])
    return isinstance(origins, list) and all(isinstance(origin, str) for origin in origins)
