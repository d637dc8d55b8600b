"""Read developer tokens, and judge what they claim.

Official, all of it, unless a line says otherwise:
https://developer.apple.com/documentation/applemusicapi/generating-developer-tokens
"""

from __future__ import annotations

import math
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping, Sequence
from typing import TypeGuard

from attrs import frozen

from .strict_json import read_json

# Observed: Apple's own limit may lie a little lower; 180 days are accepted.
MAX_LIFETIME = 15_777_000

_ID_LENGTH = 10
# RFC 7518, section 3.4: two numbers of 32 bytes. A signature in DER, which
# general tools make, is longer.
_SIGNATURE_LENGTH = 64
# RFC 9110 makes the scheme's case insignificant; what Apple does is not known.
_AUTHORIZATION = re.compile(
    r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+) *"
)
# Enough for every client of a test run, and bounded for those that never end.
_MAX_REMEMBERED = 256

Verify = Callable[[bytes, bytes], bool]
"""Tells whether a message, given first, has the signature given second."""


class InvalidKeyError(ValueError):
    """A key that cannot check developer tokens."""


@frozen
class Claims:
    """What a well-formed developer token says of itself.

    Args:
        issued_at: When it was made, in seconds since 1970.
        expires_at: When it ends.
        origins: The web pages that may use it; None for anybody.
        team: Who signed it.
    """

    issued_at: float
    expires_at: float
    origins: frozenset[str] | None
    team: str = ""

    def permit(self, *, now: float, origins: Sequence[str]) -> bool:
        """Tell whether the token opens the door now, for a request from there.

        Args:
            now: The time, in seconds since 1970.
            origins: The values of the request's Origin header.
        """
        # Sums and comparisons only: a difference with a huge integer overflows.
        is_timely = now < self.expires_at <= now + MAX_LIFETIME
        is_short = self.issued_at < self.expires_at <= self.issued_at + MAX_LIFETIME
        return is_timely and is_short and self._welcomes(origins)

    def _welcomes(self, origins: Sequence[str]) -> bool:
        # Observed: a token with origins is refused wherever Origin is missing
        # (topi314/LavaSrc issue 25).
        if self.origins is None:
            return True
        return len(origins) == 1 and origins[0] in self.origins


class DeveloperTokenReader:
    """Reads Authorization headers, and remembers the good ones.

    What it remembers is only what a token says; whether that is good enough
    is asked anew for each request.

    Args:
        verify: Checks the signature. None takes any signature of the right
            length.
    """

    def __init__(self, verify: Verify | None = None) -> None:
        self._verify = verify
        self._remembered: dict[str, Claims] = {}

    def read(self, authorization: str) -> Claims | None:
        """Give the claims of a well-formed token, and None for anything else."""
        known = self._remembered.get(authorization)
        if known is not None:
            return known
        claims = self._read_anew(authorization)
        if claims is not None:
            if len(self._remembered) >= _MAX_REMEMBERED:
                self._remembered.clear()
            self._remembered[authorization] = claims
        return claims

    def remembered(self) -> list[str]:
        """List the Authorization headers that were good of late."""
        return list(self._remembered)

    def team_of(self, authorization: str) -> str:
        """Name the team behind a token; nothing for what is none."""
        claims = self.read(authorization)
        return "" if claims is None else claims.team

    def _read_anew(self, authorization: str) -> Claims | None:
        match = _AUTHORIZATION.fullmatch(authorization)
        if match is None:
            return None
        head, payload, signature = match.groups()
        try:
            is_signed = self._is_signed(f"{head}.{payload}".encode(), _decoded(signature))
            is_known = is_signed and _names_a_key(read_json(_decoded(head)))
            return _claims_of(read_json(_decoded(payload))) if is_known else None
        except ValueError:
            return None

    def _is_signed(self, message: bytes, signature: bytes) -> bool:
        if len(signature) != _SIGNATURE_LENGTH:
            return False
        return self._verify is None or self._verify(message, signature)


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _names_a_key(head: object) -> bool:
    return isinstance(head, dict) and head.get("alg") == "ES256" and _is_id(head.get("kid"))


def _claims_of(payload: object) -> Claims | None:
    if not isinstance(payload, dict) or not _is_id(payload.get("iss")):
        return None
    issued_at, expires_at = payload.get("iat"), payload.get("exp")
    if not _is_number(issued_at) or not _is_number(expires_at) or not _has_fit_origins(payload):
        return None
    origins = frozenset(payload["origin"]) if "origin" in payload else None
    return Claims(issued_at, expires_at, origins, payload["iss"])


def _is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == _ID_LENGTH


def _is_number(value: object) -> TypeGuard[float]:
    # Not isinstance: it would take true for a number.
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _has_fit_origins(payload: Mapping[str, object]) -> bool:
    origins = payload.get("origin", [])
    return isinstance(origins, list) and all(isinstance(origin, str) for origin in origins)
