"""Parsing and validation of developer tokens.

Documented, unless a comment says otherwise:
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

# Observed: the effective limit may be a little lower; 180 days are accepted.
MAX_LIFETIME = 15_777_000

_ID_LENGTH = 10
# RFC 7518, section 3.4: two numbers of 32 bytes. A signature in DER, as general tools create it,
# is longer.
_SIGNATURE_LENGTH = 64
# RFC 9110: the scheme is case-insensitive; what Apple does is not known.
_AUTHORIZATION = re.compile(
    r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+) *"
)
# Enough for every client of a test run, and bounded for runs that never end.
_MAX_CACHED = 256

Verify = Callable[[bytes, bytes], bool]
"""Returns whether a message (first argument) has a signature (second argument)."""


class InvalidKeyError(ValueError):
    """A key that cannot verify developer tokens."""


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


class DeveloperTokenReader:
    """Parses Authorization headers, and caches the claims of well-formed ones.

    The claims are validated again for each request.

    Args:
        verify: Verifies the signature. `None` accepts any signature of the correct length.
    """

    def __init__(self, verify: Verify | None = None) -> None:
        self._verify = verify
        self._cache: dict[str, Claims] = {}

    def read(self, authorization: str) -> Claims | None:
        """Return the claims of a well-formed token, `None` for anything else."""
        known = self._cache.get(authorization)
        if known is not None:
            return known
        claims = self._parse(authorization)
        if claims is not None:
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            self._cache[authorization] = claims
        return claims

    def recent(self) -> list[str]:
        """Return the Authorization headers that were well-formed recently."""
        return list(self._cache)

    def _parse(self, authorization: str) -> Claims | None:
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
    if not _is_number(issued_at) or not _is_number(expires_at) or not _has_valid_origins(payload):
        return None
    origins = frozenset(payload["origin"]) if "origin" in payload else None
    return Claims(issued_at, expires_at, origins, payload["iss"])


def _is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == _ID_LENGTH


def _is_number(value: object) -> TypeGuard[float]:
    # Not isinstance: true is not a number.
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _has_valid_origins(payload: Mapping[str, object]) -> bool:
    origins = payload.get("origin", [])
    return isinstance(origins, list) and all(isinstance(origin, str) for origin in origins)
