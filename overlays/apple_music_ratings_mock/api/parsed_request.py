"""A request, parsed once: user, claims of the developer token, path segments and query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import parse_qs, unquote

from attrs import frozen

from .developer_tokens import DeveloperTokenReader
from .fingerprints import fingerprint
from .messages import Request
from .token_claims import Claims

Query: TypeAlias = Mapping[str, Sequence[str]]


@frozen
class ParsedRequest:
    """A request and everything that is parsed from it.

    Args:
        request: The request.
        claims: The claims of its developer token; `None` unless there is exactly one valid token.
        user: The fingerprint of its Music User Token; `None` unless there is exactly one.
        segments: The decoded segments of the path; the first one is empty.
        query: The decoded values of each parameter, in the order received.
    """

    request: Request
    claims: Claims | None
    user: str | None
    segments: Sequence[str]
    query: Query

    @property
    def team(self) -> str:
        """The developer team that signed the token; empty for no valid token."""
        return "" if self.claims is None else self.claims.team


def parse_request(request: Request, tokens: DeveloperTokenReader) -> ParsedRequest:
    """Parse a request.

    Args:
        request: The request.
        tokens: Reads the developer token.
    """
    # With two tokens it would be unclear which one was checked.
    authorizations = request.header_values("authorization")
    claims = tokens.read(authorizations[0]) if len(authorizations) == 1 else None
    users = request.header_values("music-user-token")
    user = users[0].strip() if len(users) == 1 else ""
    return ParsedRequest(
        request,
        claims,
        fingerprint(user) if user else None,
        _segments(request.path),
        _parse_query(request.query) if request.query else {},
    )


def _segments(path: str) -> list[str]:
    segments = path.split("/")
    if "%" in path:
        # After splitting, so that an encoded slash does not split an id.
        return [unquote(segment, errors="replace") for segment in segments]
    return segments


# Clients that poll send the same query again and again.
@lru_cache(maxsize=32)
def _parse_query(raw: str) -> Query:
    return parse_qs(raw, keep_blank_values=True)
