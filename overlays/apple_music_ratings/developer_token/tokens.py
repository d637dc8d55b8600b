"""Developer tokens: ready-made, or signed from a key and renewed in time.

The developer token names the app and can be renewed here, given a key. The Music User Token names
the user and cannot: only the user's sign-in makes a new one. `_http/auth.py` sends both.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from apple_music_ratings.errors import ConfigurationError

from .frames import clears_frames
from .token_text import is_developer_token, strip_developer_token, strip_token

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

__all__ = ["DeveloperToken"]

# Apple documents 15,777,000 seconds; exactly that was rejected and 180 days worked (observed,
# scottrhoyt/apple-music-jwt pull request 2):
# https://developer.apple.com/documentation/applemusicapi/generating-developer-tokens
MAX_LIFETIME = 180 * 24 * 3600.0
DEFAULT_LIFETIME = 12 * 3600.0
_MIN_LIFETIME = 1.0
# Apple's key ids and team ids have ten characters.
_APPLE_ID = re.compile(r"[A-Za-z0-9]{10}")
# Seconds that the clock of this machine may be ahead of Apple's.
_BACKDATED = 60.0


class DeveloperToken:
    """A developer token, ready-made or signed from a key and renewed in time.

    Safe to share between threads and tasks: however many need a new token, one is signed.

    Args:
        token: A ready-made token. It is never renewed; when the service rejects it, the 401 is
            raised at once. Quotes, `Bearer` and the like around it are removed. To sign tokens,
            see `from_key`.

    Raises:
        ConfigurationError: The token is empty or contains a character that a header cannot.
    """

    @clears_frames
    def __init__(self, token: str) -> None:
        stripped = strip_developer_token(token) if isinstance(token, str) else token
        self._set_up(_Token(validate_token(stripped, "developer token")), None)

    def _set_up(self, token: _Token, signer: _Signer | None) -> None:
        self._token = token
        self._signer = signer
        self._lock = threading.Lock()

    @classmethod
    @clears_frames
    def from_key(
        cls,
        key: str | os.PathLike[str],
        *,
        key_id: str,
        team_id: str,
        lifetime: float = DEFAULT_LIFETIME,
        origin: Iterable[str] = (),
    ) -> DeveloperToken:
        """Return a source that signs developer tokens with a MusicKit private key, as needed.

        A token is renewed after four fifths of its lifetime, and when the service rejects it. See
        https://developer.apple.com/documentation/applemusicapi/generating-developer-tokens.

        Args:
            key: The MusicKit private key: the path of the `.p8` file, its text, or base64 of it.
            key_id: The ten characters that identify the key.
            team_id: The ten characters that identify the developer team.
            lifetime: Seconds until a token expires, 12 hours by default, at most 180 days.
            origin: Web origins to which Apple limits the tokens; none for no limit. A limited
                token needs an `Origin` header, which this client does not send.

        Returns:
            A source of tokens. The first is signed when the first request is sent.

        Raises:
            ConfigurationError: The key cannot be read or is not on the P-256 curve, an id does
                not have ten characters, or the lifetime is out of range.
        """
        from .private_keys import read_private_key  # noqa: PLC0415  # only keys need it

        validate_identity(key_id=key_id, team_id=team_id, lifetime=lifetime)
        signer = _Signer(read_private_key(key), key_id, team_id, lifetime, tuple(origin))
        source = cls.__new__(cls)
        source._set_up(_EXPIRED, signer)  # noqa: SLF001  # our own
        return source

    def current(self, now: float) -> str:
        """Return the current token, renewing it first if it is about to expire.

        Args:
            now: Unix time in seconds.

        Returns:
            The token, valid at that time. It is a secret.
        """
        # Text and times are one value, so that no reader mixes the times of two tokens.
        token = self._token
        if self._signer is None or not token.is_due(now):
            return token.text
        with self._lock:
            # A thread that waited for the lock finds the new token.
            if self._token.is_due(now):
                self._token = self._signer.sign(now)
            return self._token.text

    def _renew(self, rejected: str, now: float) -> str | None:
        """Return a token to send in place of one that the service rejected.

        Args:
            rejected: The token of a request that got a 401.
            now: Unix time in seconds.

        Returns:
            Another token; one new token however often the same one is rejected. `None` for a
            ready-made token, which cannot be renewed.
        """
        if self._signer is None:
            return None
        with self._lock:
            if self._token.text == rejected:
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
    """A token and its times; those of a ready-made token are unknown."""

    text: str = field(repr=False)
    issued_at: float = 0.0
    expires_at: float = float("inf")

    def is_due(self, now: float) -> bool:
        return is_due(issued_at=self.issued_at, expires_at=self.expires_at, now=now)


# The token before the first one is signed: always due.
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


def as_music_user_token(text: object) -> str:
    """Return the Music User Token of a text, without quotes, header name and encoding.

    Raises:
        ConfigurationError: It is empty, a developer token, or has characters that no token has.
    """
    stripped = strip_token(text) if isinstance(text, str) else text
    token = validate_token(stripped, "Music User Token")
    if is_developer_token(token):
        raise ConfigurationError(
            "This is a developer token, not a Music User Token. The developer token belongs into "
            "APPLE_MUSIC_DEVELOPER_TOKEN; `apple-music-ratings login` gets a Music User Token."
        )
    return token


def validate_token(token: object, name: str) -> str:
    """Raise if a token cannot be sent, without showing it.

    Raises:
        ConfigurationError: It is not a string, is empty, or contains a space, a control
            character or a non-ASCII character.
    """
    if not isinstance(token, str) or not token:
        raise ConfigurationError(f"The {name} is missing; pass a non-empty string.")
    if token.startswith("Bearer "):
        raise ConfigurationError(f"Pass the {name} alone, without 'Bearer ' before it.")
    if not all("!" <= char <= "~" for char in token):
        raise ConfigurationError(
            f"The {name} contains a space, a line break or another character that a header "
            "cannot contain; copy it again."
        )
    return token


def validate_identity(*, key_id: str, team_id: str, lifetime: float) -> None:
    """Raise if Apple would reject the ids or the lifetime, before anything is signed.

    Raises:
        ConfigurationError: An id does not have ten characters, or the lifetime is out of range.
    """
    for name, value in (("key id", key_id), ("team id", team_id)):
        if not isinstance(value, str) or not _APPLE_ID.fullmatch(value):
            raise ConfigurationError(
                f"The {name} must be ten letters and digits, as Apple's developer site shows it."
            )
    if not _MIN_LIFETIME <= lifetime <= MAX_LIFETIME:
        raise ConfigurationError(
            f"The lifetime of a developer token must be between {_MIN_LIFETIME:g} s and "
            f"{MAX_LIFETIME:g} s (180 days), not {lifetime!r}."
        )


def developer_token_claims(
    *, team_id: str, now: float, lifetime: float, origin: Iterable[str]
) -> dict[str, Any]:
    """Return the claims to sign.

    Args:
        team_id: The developer team.
        now: Unix time in seconds.
        lifetime: Seconds until the token expires.
        origin: Web origins the token is limited to; none for no limit.

    Returns:
        Claims whose times are whole seconds, since Apple accepts whole numbers only.
    """
    # Backdated, because Apple rejects a token that seems to come from the future.
    issued_at = int(now - min(_BACKDATED, lifetime / 10))
    claims: dict[str, Any] = {"iss": team_id, "iat": issued_at, "exp": issued_at + int(lifetime)}
    origins = list(origin)
    if origins:
        claims["origin"] = origins
    return claims


def is_due(*, issued_at: float, expires_at: float, now: float) -> bool:
    """Return whether a token should be renewed.

    It is due after four fifths of its lifetime, well before it expires, so that it outlasts a slow
    clock or a slow request. It is also due when it seems to be issued in the future: the clock was
    set back, and Apple's clock may agree with the new time.
    """
    renew_at = expires_at - (expires_at - issued_at) / 5
    return not issued_at <= now < renew_at
