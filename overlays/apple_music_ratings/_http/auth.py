"""Sign requests with both tokens, for one service only."""

from __future__ import annotations

from hashlib import blake2b

import httpx

from apple_music_ratings.developer_token.frames import clears_frames
from apple_music_ratings.developer_token.tokens import DeveloperToken, as_music_user_token

_TOKEN_HEADERS = ("Authorization", "Music-User-Token")
_SCHEME = "Bearer "


class RatingsAuth:
    """Adds both tokens to requests to one service, and to no other request.

    Args:
        developer_token: The source of developer tokens.
        music_user_token: The user's token.
        base_url: The service. A request to any other scheme, host or port is not signed.
    """

    def __init__(
        self,
        *,
        developer_token: DeveloperToken,
        music_user_token: str,
        base_url: httpx.URL,
    ) -> None:
        self._developer_token = developer_token
        self._music_user_token = as_music_user_token(music_user_token)
        self._service = _origin(base_url)

    def sign(self, request: httpx.Request, *, now: float) -> frozenset[str]:
        """Add both tokens to a request to our service.

        Args:
            request: The request to send.
            now: Unix time in seconds; a developer token about to expire is renewed first.

        Returns:
            The tokens added, for redaction; empty for any other service.
        """
        if _origin(request.url) != self._service:
            return frozenset()
        token = self._developer_token.current(now)
        request.headers["Authorization"] = _SCHEME + token
        request.headers["Music-User-Token"] = self._music_user_token
        return frozenset((token, self._music_user_token))

    def fingerprint(self, salt: bytes) -> str:
        """Return a fingerprint of the Music User Token, from which it cannot be computed."""
        return blake2b(self._music_user_token.encode(), salt=salt, digest_size=16).hexdigest()

    @clears_frames
    def renew(self, rejected: httpx.Request, *, now: float) -> bool:
        """Renew the developer token of a signed request that was rejected with 401.

        Returns:
            Whether the next request is signed with another token.
        """
        token = rejected.headers.get("Authorization", "").removeprefix(_SCHEME)
        return self._developer_token._renew(token, now) is not None  # noqa: SLF001  # our own


def without_tokens(request: httpx.Request) -> httpx.Request:
    """Return a copy to keep: same method, address and headers, but no token and no body."""
    headers = request.headers.copy()
    for name in _TOKEN_HEADERS:
        headers.pop(name, None)
    return httpx.Request(request.method, request.url, headers=headers)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return (url.scheme, url.host, url.port)
