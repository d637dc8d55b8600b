"""Irreversible fingerprints of tokens."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

_PREFIX = "sha256:"
_LENGTH = 16


@lru_cache(maxsize=1024)
def fingerprint(secret: str) -> str:
    """Return the fingerprint under which a token is stored and shown.

    Args:
        secret: A token. A fingerprint is returned unchanged, so that an exported state can be
            loaded again.
    """
    if is_fingerprint(secret):
        return secret
    digest = sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_PREFIX}{digest[:_LENGTH]}"


def is_fingerprint(text: str) -> bool:
    """Return whether a text was returned by `fingerprint`."""
    digits = text.removeprefix(_PREFIX)
    return len(text) == len(_PREFIX) + _LENGTH and len(digits) == _LENGTH
