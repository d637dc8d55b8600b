"""Parsing and validation of developer tokens.

Documented, unless a comment says otherwise:
https://developer.apple.com/documentation/applemusicapi/generating-developer-tokens
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable

from .strict_json import read_json
from .token_claims import Claims, is_id, parse_claims

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
            return parse_claims(read_json(_decoded(payload))) if is_known else None
        except ValueError:
            return None

    def _is_signed(self, message: bytes, signature: bytes) -> bool:
        if len(signature) != _SIGNATURE_LENGTH:
            return False
        return self._verify is None or self._verify(message, signature)


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _names_a_key(head: object) -> bool:
    return isinstance(head, dict) and head.get("alg") == "ES256" and is_id(head.get("kid"))
