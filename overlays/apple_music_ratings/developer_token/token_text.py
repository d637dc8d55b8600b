"""Reads tokens as people paste and store them: in quotes, in a header line, percent-encoded.

Pure text: nothing here reads the environment, and no message quotes a token.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from urllib.parse import unquote

_QUOTES = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d", "\u2018": "\u2019"}
# A header of a request, a cookie, or a line for a shell.
_LABEL = re.compile(
    r"(?:export\s+)?(?:APPLE_MUSIC_(?:DEVELOPER|USER)_TOKEN|authorization|(?:music|media)-user-token)"
    r"\s*[:=]\s*|bearer\s+",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"%(?:2[Bb]|2[Ff]|3[Dd])")
# The header of a JSON Web Token is an object, and so begins with these letters.
_EMBEDDED = re.compile(r"eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_PART = re.compile(r"[A-Za-z0-9_-]+")


def strip_quotes(text: str) -> str:
    """Return a value without the quotes and spaces around it, as `docker --env-file` keeps them."""
    text = text.strip().removeprefix("\ufeff").strip()
    while len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return text


def strip_token(text: str) -> str:
    """Return the token of a pasted text, without quotes, header name, `Bearer` and encoding."""
    stripped = strip_quotes(text)
    while (label := _LABEL.match(stripped)) is not None:
        stripped = strip_quotes(stripped[label.end() :].rstrip(";,"))
    # The cookie of Apple's web player is percent-encoded; no token holds a percent sign.
    return unquote(stripped) if _PERCENT.search(stripped) else stripped


def strip_developer_token(text: str) -> str:
    """Return the developer token of a pasted text, which may be a command or break its lines."""
    token = strip_token(text)
    joined = "".join(token.split())
    if is_developer_token(joined):
        return joined
    found = {part for part in _EMBEDDED.findall(token) if is_developer_token(part)}
    return found.pop() if len(found) == 1 else token


def is_developer_token(token: str) -> bool:
    """Return whether a text is a JSON Web Token, as only developer tokens are."""
    parts = token.split(".")
    if len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        return False
    try:
        header = json.loads(urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (ValueError, RecursionError):
        return False
    return isinstance(header, dict) and "alg" in header
