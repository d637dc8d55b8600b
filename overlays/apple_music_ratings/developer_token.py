"""The two tokens: the developer token, the Music User Token, and one httpx.Auth that sends both.

The developer token names the app and can be renewed here, given a key. The Music User Token names
the person and cannot: only the person's sign-in makes a new one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

import httpx
from attrs import field, frozen

from ._claims import DEFAULT_LIFETIME, check_identity, developer_token_claims, is_due
from ._private_keys import read_private_key
from .clock import Clock
from .errors import ConfigurationError
from .retries import Attempts

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

__all__ = ["DeveloperToken"]

# Where a request carries what its call has spent; the client puts it there, the auth flow counts.
ATTEMPTS = "apple_music_ratings.attempts"

_TOKEN_HEADERS = ("Authorization", "Music-User-Token")


class DeveloperToken:
    """A developer token, given ready-made or signed from a key and renewed in time.

    Safe to share between threads and tasks: however many ask, a token is renewed once.

    Args:
        token: A ready-made token. It is used as it is and never renewed; when the service refuses
            it, the 401 is raised at once. To have tokens made, see `from_key`.

    Raises:
        ConfigurationError: The token is empty or holds what no header may hold.
    """

    def __init__(self, token: str) -> None:
        self._set_up(_Token(validate_token(token, "developer token")), None)

    def _set_up(self, token: _Token, signer: _Signer | None) -> None:
        self._token = token
        self._signer = signer
        self._lock = threading.Lock()

    @classmethod
    def from_key(
        cls,
        key: str | os.PathLike[str],
        *,
        key_id: str,
        team_id: str,
        lifetime: float = DEFAULT_LIFETIME,
        origin: Iterable[str] = (),
    ) -> DeveloperToken:
        """Sign developer tokens with a MusicKit private key, as they are needed.

        A token is renewed once four fifths of its life are over, and once when the service refuses
        it. See https://developer.apple.com/documentation/applemusicapi/generating-developer-tokens.

        Args:
            key: The MusicKit private key: the path of the `.p8` file, its text, or base64 of it.
            key_id: Ten characters that name the key.
            team_id: Ten characters that name the developer team.
            lifetime: Seconds a token lives, 12 hours unless told otherwise, at most 180 days.
            origin: Web origins to which Apple shall limit the tokens; none for no limit. A
                limited token needs an `Origin` header, which this client does not send.

        Returns:
            A source of tokens. The first is signed when the first request is sent.

        Raises:
            ConfigurationError: The key cannot be read or is no P-256 key, an id has not ten
                characters, or the lifetime is out of range.
        """
        check_identity(key_id=key_id, team_id=team_id, lifetime=lifetime)
        signer = _Signer(read_private_key(key), key_id, team_id, lifetime, tuple(origin))
        source = cls.__new__(cls)
        source._set_up(_EXPIRED, signer)  # noqa: SLF001  # our own
        return source

    def at(self, now: float) -> str:
        """Give the token to send.

        Args:
            now: Unix time in seconds; a token whose end is near is renewed first.

        Returns:
            The token, good for this moment. It is a secret.
        """
        # Text and times are one value, so that nobody sees the times of one token and another.
        token = self._token
        if self._signer is None or not token.is_due(now):
            return token.text
        with self._lock:
            # Whoever waited for the lock finds the new token there.
            if self._token.is_due(now):
                self._token = self._signer.sign(now)
            return self._token.text

    def _renew(self, refused: str, now: float) -> str | None:
        """Give a token to send in place of one that the service refused.

        Args:
            refused: The token that was answered with 401.
            now: Unix time in seconds.

        Returns:
            Another token; many refusals of one token give one new token. `None` for a ready-made
            token, which has no successor.
        """
        if self._signer is None:
            return None
        with self._lock:
            if self._token.text == refused:
                self._token = self._signer.sign(now)
            return self._token.text

    def __repr__(self) -> str:
        if self._signer is None:
            return "DeveloperToken(<hidden>)"
        return (
            f"DeveloperToken.from_key(<hidden>, key_id={self._signer.key_id!r}, "
            f"team_id={self._signer.team_id!r})"
        )


@frozen
class _Token:
    """A token and its times; a ready-made one has none that we know."""

    text: str = field(repr=False)
    issued_at: float = 0.0
    expires_at: float = float("inf")

    def is_due(self, now: float) -> bool:
        return is_due(issued_at=self.issued_at, expires_at=self.expires_at, now=now)


# What stands before the first token is signed: always due.
_EXPIRED = _Token("", 0.0, 0.0)


class _Signer:
    """Signs tokens. Its owner holds the lock."""

    def __init__(
        self,
        key: EllipticCurvePrivateKey,
        key_id: str,
        team_id: str,
        lifetime: float,
        origin: tuple[str, ...],
    ) -> None:
        self.key_id = key_id
        self.team_id = team_id
        self._key = key
        self._lifetime = lifetime
        self._origin = origin

    def sign(self, now: float) -> _Token:
        import jwt  # noqa: PLC0415  # a ready-made token needs no PyJWT

        claims = developer_token_claims(
            team_id=self.team_id, now=now, lifetime=self._lifetime, origin=self._origin
        )
        token = jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": self.key_id})
        return _Token(token, claims["iat"], claims["exp"])


class RatingsAuth(httpx.Auth):
    """Sends both tokens to one service and to no other, and mends a 401 once.

    For sync and async clients alike.

    Args:
        developer_token: Where developer tokens come from.
        music_user_token: The person's token.
        base_url: The service. A request to any other scheme, host or port goes out without tokens.
        clock: Tells the time for renewals.
    """

    def __init__(
        self,
        *,
        developer_token: DeveloperToken,
        music_user_token: str,
        base_url: httpx.URL,
        clock: Clock,
    ) -> None:
        self._developer_token = developer_token
        self._music_user_token = validate_token(music_user_token, "Music User Token")
        self._service = _origin(base_url)
        self._clock = clock

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the request, and once more after a 401 if a new developer token can be made."""
        attempts: Attempts = request.extensions[ATTEMPTS]
        if _origin(request.url) != self._service:
            yield request
            return
        token = self._developer_token.at(self._clock.now())
        request.headers["Authorization"] = f"Bearer {token}"
        request.headers["Music-User-Token"] = self._music_user_token
        attempts.secrets |= {token, self._music_user_token}
        response = yield request
        if response.status_code != 401 or attempts.mended:
            return
        attempts.mended = True
        fresh = self._developer_token._renew(token, self._clock.now())  # noqa: SLF001  # our own
        # Without a send left the new token still serves the next call.
        if fresh is not None and attempts.made < attempts.limit:
            request.headers["Authorization"] = f"Bearer {fresh}"
            attempts.secrets.add(fresh)
            yield request


def without_tokens(request: httpx.Request) -> httpx.Request:
    """Copy a request for keeping: same method, address and headers, but no token and no body."""
    headers = request.headers.copy()
    for name in _TOKEN_HEADERS:
        headers.pop(name, None)
    return httpx.Request(request.method, request.url, headers=headers)


def validate_token(token: object, name: str) -> str:
    """Refuse a token that could not be sent, without showing it.

    Raises:
        ConfigurationError: It is no text, empty, or holds spaces, control or non-ASCII characters.
    """
    if not isinstance(token, str) or not token:
        raise ConfigurationError(f"The {name} is missing: a non-empty text is needed.")
    if token.startswith("Bearer "):
        raise ConfigurationError(f"Give the {name} alone, without 'Bearer ' before it.")
    if not all("!" <= char <= "~" for char in token):
        raise ConfigurationError(
            f"The {name} holds a space, a line break or another character that no header may hold; "
            "copy it again."
        )
    return token


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return (url.scheme, url.host, url.port)
