"""Explanations of rejected developer tokens."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode

from apple_music_ratings_mock.api.parsed_request import ParsedRequest
from apple_music_ratings_mock.api.strict_json import read_json
from apple_music_ratings_mock.api.token_claims import MAX_LIFETIME, Claims

_PART = re.compile(r"[A-Za-z0-9_-]+")


def explain_401(parsed: ParsedRequest, now: float) -> str:
    """Return the first problem of the Authorization header.

    No part of the token is repeated.

    Args:
        parsed: A request that was rejected with 401.
        now: The time, in seconds since 1970.
    """
    values = parsed.request.header_values("authorization")
    if not values:
        return "there is no Authorization header; send 'Authorization: Bearer DEVELOPER_TOKEN'"
    if len(values) > 1:
        return "there is more than one Authorization header; send one"
    if parsed.claims is None:
        return _explain_form(values[0])
    return _explain_claims(parsed.claims, now)


def _explain_claims(claims: Claims, now: float) -> str:
    if claims.expires_at <= now:
        return "the developer token has expired; sign a new one"
    if claims.expires_at <= claims.issued_at:
        return "the developer token expires before it was issued: 'exp' is not after 'iat'"
    if claims.expires_at > min(now, claims.issued_at) + MAX_LIFETIME:
        return f"the developer token is valid for more than {MAX_LIFETIME} seconds; use 180 days"
    return "the developer token is limited to web origins; Origin is missing or not one of them"


def _explain_form(value: str) -> str:
    scheme, _, token = value.strip().partition(" ")
    if scheme.lower() != "bearer":
        return "Authorization does not begin with 'Bearer '; put the word before the token"
    parts = token.strip().split(".")
    if len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        return "the developer token is not a JWT, which has three parts joined by dots"
    head, claims = _read(parts[0]), _read(parts[1])
    if not isinstance(head, dict) or not isinstance(claims, dict):
        return "the developer token's header or claims are not a JSON object"
    return _explain_content(head, claims)


def _explain_content(head: dict[str, object], claims: dict[str, object]) -> str:
    if head.get("alg") != "ES256":
        return "the developer token is not signed with ES256, the only accepted algorithm"
    if not _is_id(head.get("kid")):
        return "the developer token's header has no 'kid' of ten characters, the key's id"
    if not _is_id(claims.get("iss")):
        return "the developer token has no 'iss' of ten characters, the team's id"
    for name in ("iat", "exp"):
        if type(claims.get(name)) not in (int, float):
            return f"the developer token's '{name}' is not a number of seconds since 1970"
    if not isinstance(claims.get("origin", []), list):
        return "the developer token's 'origin' is not a list of web origins"
    return "the developer token's signature is not 64 bytes of ES256, or is by another key"


def _read(part: str) -> object:
    try:
        return read_json(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return None


def _is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == 10
