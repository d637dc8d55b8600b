"""Names for secrets: enough to tell one from another, and no way back."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from .messages import Request

_PREFIX = "sha256:"
_LENGTH = 16


@lru_cache(maxsize=1024)
def fingerprint(secret: str) -> str:
    """Give the name under which a token is kept and shown.

    Args:
        secret: A token. What is a fingerprint already stays as it is, so that
            a state that was read can be written back.
    """
    if is_fingerprint(secret):
        return secret
    digest = sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_PREFIX}{digest[:_LENGTH]}"


def is_fingerprint(text: str) -> bool:
    """Tell whether a text is a name given by `fingerprint`."""
    digits = text.removeprefix(_PREFIX)
    return len(text) == len(_PREFIX) + _LENGTH and len(digits) == _LENGTH


def user_of(request: Request) -> str | None:
    """Give the fingerprint of the Music User Token; None unless there is just one."""
    values = request.header_values("music-user-token")
    token = values[0].strip() if len(values) == 1 else ""
    return fingerprint(token) if token else None
