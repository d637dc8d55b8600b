"""Whose run it is: salted fingerprints of the Music User Token.

The journal never stores a token. A fingerprint shows whether two tokens are equal, nothing else.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from hmac import compare_digest
from typing import TypeAlias

# Returns the fingerprint of a client's token with a salt; the token itself stays with the client.
Fingerprint: TypeAlias = Callable[[bytes], str]


def new_account(fingerprint: Fingerprint) -> str:
    """Return a fingerprint with a new salt, to be stored."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{fingerprint(salt)}"


def is_same_account(stored: str, fingerprint: Fingerprint) -> bool:
    """Return whether a stored fingerprint was made from the same token."""
    salt, _, expected = stored.partition(":")
    return compare_digest(expected, fingerprint(bytes.fromhex(salt)))
