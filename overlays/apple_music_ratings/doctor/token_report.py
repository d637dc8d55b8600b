"""Reads a developer token and lists what Apple would reject about it.

The signature is not verified: only Apple has the public key. Pure: the caller passes the time.

The rules are Apple's, unless a line says otherwise:
https://developer.apple.com/documentation/applemusicapi/generating-developer-tokens
"""

from __future__ import annotations

import json
import math
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeGuard

from attrs import frozen

from apple_music_ratings.developer_token.token_text import strip_developer_token
from apple_music_ratings.developer_token.tokens import MAX_LIFETIME

_PART = re.compile(r"[A-Za-z0-9_-]+")
_APPLE_ID = re.compile(r"[A-Za-z0-9]{10}")
# RFC 7518, section 3.4: two numbers of 32 bytes each.
_SIGNATURE_LENGTH = 64
# Clocks differ slightly. Apple documents no tolerance; this one avoids a false alarm about a token
# that was signed a moment ago on another machine.
_TOLERANCE = 60.0
_DAY = 24 * 3600.0
# Far beyond milliseconds, which some tools write by mistake.
_BOUND = 1e15
# The times that a datetime can hold, with a year to spare on each side.
_EARLIEST, _LATEST = -62_104_060_800, 253_370_764_800


@frozen(kw_only=True)
class TokenReport:
    """The content of a developer token, and its problems.

    Args:
        header: The first part; empty if it cannot be parsed.
        claims: The second part; empty if it cannot be parsed.
        issued_at: When it was issued, if the claim is valid.
        expires_at: When it expires, if the claim is valid.
        age: Seconds since it was issued.
        remaining: Seconds until it expires, negative afterward.
        problems: What Apple would reject, one sentence each; empty for a token without problems.
    """

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    age: float | None = None
    remaining: float | None = None
    problems: tuple[str, ...] = ()


def inspect_developer_token(token: str, *, now: float, origin: str | None = None) -> TokenReport:
    """Parse a developer token, and list what Apple would reject.

    Args:
        token: The token, also as a pasted header line.
        now: Unix time in seconds.
        origin: The web origin it will be sent from; `None` for a program such as this client, which
            sends no origin.

    Returns:
        A report, also for text that is not a token. It does not contain the signature.
    """
    parts = strip_developer_token(token).split(".")
    if len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        return TokenReport(
            header={},
            claims={},
            problems=(
                "It is not a JSON Web Token, which has three parts of letters, digits, - and _, "
                "separated by dots. A Music User Token is not one either.",
            ),
        )
    header, claims = _object(parts[0]), _object(parts[1])
    if header is None or claims is None:
        which = "header" if header is None else "claims"
        return TokenReport(
            header=header or {},
            claims=claims or {},
            problems=(f"The {which} cannot be parsed as a JSON object; copy the token again.",),
        )
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    return TokenReport(
        header=header,
        claims=claims,
        issued_at=_moment(issued_at),
        expires_at=_moment(expires_at),
        age=now - issued_at if _is_time(issued_at) else None,
        remaining=expires_at - now if _is_time(expires_at) else None,
        problems=(
            *_problems_of_header(header),
            *_problems_of_signature(parts[2]),
            *_problems_of_id("claim `iss`", "team id", claims.get("iss")),
            *_problems_of_times(issued_at, expires_at, now),
            *_problems_of_origin(claims, origin),
        ),
    )


def _problems_of_header(header: Mapping[str, Any]) -> Iterator[str]:
    if header.get("alg") != "ES256":
        yield f"The algorithm `alg` is {_shorten(header.get('alg'))}; Apple accepts ES256 only."
    yield from _problems_of_id("header `kid`", "key id", header.get("kid"))


def _problems_of_signature(part: str) -> Iterator[str]:
    if len(_decoded(part) or b"") != _SIGNATURE_LENGTH:
        yield (
            "The signature does not have the 64 bytes of ES256. The token was truncated, or signed "
            "by a tool that writes signatures in DER."
        )


def _problems_of_id(where: str, name: str, value: object) -> Iterator[str]:
    if value is None:
        yield f"The {where} is missing; it must be the {name}."
    elif not isinstance(value, str):
        yield f"The {where} must be the {name} as text, not {_shorten(value)}."
    elif not _APPLE_ID.fullmatch(value):
        yield (
            f"The {where} must be the ten letters and digits of the {name}, "
            f"not {_shorten(value)} ({len(value)} characters)."
        )


def _problems_of_times(issued_at: object, expires_at: object, now: float) -> Iterator[str]:
    for name, value in (("iat", issued_at), ("exp", expires_at)):
        if value is None:
            yield f"The claim `{name}` is missing; it must be a time in seconds since 1970."
        elif not _is_time(value):
            yield (
                f"The claim `{name}` must be a number of seconds since 1970, not {_shorten(value)}."
            )
    if _is_time(issued_at) and issued_at > now + _TOLERANCE:
        yield (
            f"It was issued in the future, {_span(issued_at - now)} from now. Set the clock of the "
            "machine that signs it; `iat` may also be in milliseconds instead of seconds."
        )
    if _is_time(expires_at) and expires_at <= now:
        yield f"It has expired, {_span(now - expires_at)} ago. Sign a new one."
    if _is_time(issued_at) and _is_time(expires_at):
        yield from _problems_of_life(expires_at - issued_at)


def _problems_of_life(life: float) -> Iterator[str]:
    if life <= 0:
        yield "It expires before it is issued: `exp` is not after `iat`."
    elif life > MAX_LIFETIME:
        # Apple documents 15,777,000 seconds; see MAX_LIFETIME.
        yield (
            f"Its lifetime is {_span(life)}; Apple accepts about six months, and 180 days is the "
            "longest that is known to work."
        )


def _problems_of_origin(claims: Mapping[str, Any], origin: str | None) -> Iterator[str]:
    if "origin" not in claims:
        return
    allowed = claims["origin"]
    if not isinstance(allowed, list) or not all(isinstance(entry, str) for entry in allowed):
        yield f"The claim `origin` must be a list of web origins, not {_shorten(allowed)}."
    elif origin is None:
        # Observed: a token with origins is rejected if Origin is missing (topi314/LavaSrc
        # issue 25).
        yield (
            f"It is limited to the web origins {_shorten(allowed)}; a request without an Origin "
            "header, such as this client's, is rejected."
        )
    elif origin not in allowed:
        yield f"It is limited to the web origins {_shorten(allowed)}, without {origin}."


def _object(part: str) -> dict[str, Any] | None:
    data = _decoded(part)
    if data is None:
        return None
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _decoded(part: str) -> bytes | None:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return None


def _is_time(value: object) -> TypeGuard[float]:
    # `type`, because isinstance accepts true as a number. The bound also keeps sums from
    # overflowing, and excludes NaN.
    return (type(value) is int or type(value) is float) and -_BOUND < value < _BOUND


def _moment(value: object) -> datetime | None:
    if not _is_time(value) or not _EARLIEST <= value <= _LATEST:
        return None
    return datetime.fromtimestamp(value, UTC)


def _span(seconds: float) -> str:
    """Format a duration in a readable unit."""
    for unit, length in (("day", _DAY), ("hour", 3600.0), ("minute", 60.0)):
        if seconds >= length:
            count = math.floor(seconds / length * 10) / 10
            return f"{count:.10g} {unit}{'' if count == 1 else 's'}"
    return f"{math.ceil(seconds)} s"


def _shorten(value: object) -> str:
    """Format a value from outside as one line of ASCII, shortened."""
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
