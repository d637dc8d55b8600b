"""Redact secrets in responses: a service or a proxy may repeat what it was sent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

_HIDDEN = "[hidden]"
# Shorter ones exist in tests only, and would redact ordinary words.
_SHORTEST_SECRET = 8


def redact(data: bytes, secrets: Iterable[str]) -> bytes:
    """Redact secrets in bytes of any kind.

    As they are, percent-encoded, and in JSON with escaped characters or in another encoding. What
    cannot be cleaned otherwise is redacted as a whole.

    Args:
        data: A body, a header or a message.
        secrets: The texts to redact.

    Returns:
        The data, with each secret replaced by a mark.
    """
    known = _long_enough(secrets)
    for secret in known:
        for form in (secret, secret.replace("/", "\\/"), quote(secret), quote(secret, safe="")):
            data = data.replace(form.encode(), _HIDDEN.encode())
    return _redact_encoded(data, known)


def redact_text(text: str, secrets: Iterable[str]) -> str:
    """Redact secrets in a text. See `redact`."""
    clean = redact(text.encode(errors="backslashreplace"), secrets)
    return clean.decode(errors="replace")


def _long_enough(secrets: Iterable[str]) -> list[str]:
    return [secret for secret in secrets if len(secret) >= _SHORTEST_SECRET]


def _redact_encoded(data: bytes, secrets: list[str]) -> bytes:
    """Redact secrets that an encoding or an escape hides from a plain search."""
    # Text in UTF-16 or UTF-32 differs from ASCII by its zeros.
    plain = data.replace(b"\x00", b"")
    is_disguised = plain != data and any(secret.encode() in plain for secret in secrets)
    if not is_disguised and b"\\" not in plain:
        return data
    try:
        document = json.loads(data)
        cleaned = _redact_json(document, secrets)
        return data if cleaned == document else json.dumps(cleaned).encode()
    except (ValueError, RecursionError):
        return _HIDDEN.encode() if is_disguised else data


def _redact_json(node: object, secrets: list[str]) -> object:
    if isinstance(node, dict):
        return {
            _redact_json(name, secrets): _redact_json(value, secrets)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [_redact_json(item, secrets) for item in node]
    if isinstance(node, str):
        for secret in secrets:
            node = node.replace(secret, _HIDDEN)
    return node
