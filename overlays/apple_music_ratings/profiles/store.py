"""Where tokens rest: the system's keyring where there is a working one, else a private file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict, define, fields

from apple_music_ratings.errors import ConfigurationError

from .credentials import (
    DEFAULT_PROFILE,
    TOKEN_FOLDER,
    Profile,
    validate_profile_name,
)
from .token_files import TokenFiles

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = ["DEFAULT_PROFILE", "Profile", "TokenStore"]

SERVICE = "apple-music-ratings"
_FIELDS = frozenset(field.name for field in fields(Profile))
# keyring's own mark: a backend below it is missing, does nothing, or is not secure.
_WORKING = 1


class TokenStore:
    """Keeps the tokens of each profile.

    New tokens go to the keyring where there is one. A file that was written when there was none is
    still read, and removed once the tokens are kept anew.

    Args:
        folder: Where files are kept; made when first needed.
        keyring: The system's keyring, or `None` to keep everything in files. One that keyring
            itself does not recommend counts as none.
    """

    def __init__(self, *, folder: Path, keyring: KeyringBackend | None) -> None:
        self._files = TokenFiles(folder)
        self._keyring = keyring if keyring is not None and keyring.priority >= _WORKING else None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> TokenStore:
        """Find the keyring and the folder of this machine.

        `APPLE_MUSIC_TOKEN_FOLDER` names a folder to keep tokens in instead; the keyring is then
        left alone.

        Args:
            environ: The environment variables.

        Raises:
            ConfigurationError: The packages that find them are not installed.
        """
        folder = environ.get(TOKEN_FOLDER, "").strip()
        if folder:
            return cls(folder=Path(folder).expanduser(), keyring=None)
        try:
            from keyring import get_keyring  # noqa: PLC0415  # comes with the extra
            from platformdirs import user_config_path  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                f"Kept tokens need {error.name}, which is not installed. "
                "Run: pip install 'apple-music-ratings[cli]'"
            ) from error
        return cls(
            folder=user_config_path(SERVICE, appauthor=False) / "profiles", keyring=get_keyring()
        )

    @property
    def location(self) -> str:
        """Where new tokens go, in words."""
        return "the system's keyring" if self._keyring is not None else str(self._files.folder)

    def load(self, name: str) -> Profile | None:
        """Read what is kept under a name.

        Args:
            name: The profile.

        Returns:
            What is kept, or `None`.

        Raises:
            ConfigurationError: The name is none, the keyring is locked, or the file can be read by
                others or is damaged.
        """
        validate_profile_name(name)
        text = None if self._keyring is None else _KeyringEntry(self._keyring, name).read()
        if text is None:
            text = self._files.read(name)
        return None if text is None else _profile(text, name)

    def save(self, name: str, profile: Profile) -> None:
        """Keep a profile in place of what was kept under the name.

        Raises:
            ConfigurationError: The name is none, or keyring or file cannot be written.
        """
        validate_profile_name(name)
        text = json.dumps({key: value for key, value in asdict(profile).items() if value})
        if self._keyring is None:
            self._files.write(name, text)
            return
        _KeyringEntry(self._keyring, name).write(text)
        self._files.delete(name)

    def delete(self, name: str) -> bool:
        """Remove what is kept under a name, wherever it is.

        Returns:
            Whether there was anything.

        Raises:
            ConfigurationError: The name is none, or keyring or file refuse.
        """
        validate_profile_name(name)
        had_entry = self._keyring is not None and _KeyringEntry(self._keyring, name).delete()
        return self._files.delete(name) or had_entry


@define
class _KeyringEntry:
    """One entry of the keyring, with its errors in our words."""

    backend: KeyringBackend
    name: str

    def read(self) -> str | None:
        from keyring.errors import KeyringError  # noqa: PLC0415  # as in from_env

        try:
            return self.backend.get_password(SERVICE, self.name)
        except KeyringError as error:
            raise self._keyring_error("read", error) from error

    def write(self, text: str) -> None:
        from keyring.errors import KeyringError  # noqa: PLC0415

        try:
            self.backend.set_password(SERVICE, self.name, text)
        except KeyringError as error:
            raise self._keyring_error("written", error) from error

    def delete(self) -> bool:
        from keyring.errors import KeyringError  # noqa: PLC0415

        try:
            if self.backend.get_password(SERVICE, self.name) is None:
                return False
            self.backend.delete_password(SERVICE, self.name)
        except KeyringError as error:
            raise self._keyring_error("written", error) from error
        return True

    def _keyring_error(self, verb: str, error: Exception) -> ConfigurationError:
        from keyring.errors import KeyringLocked  # noqa: PLC0415

        reason = "it is locked" if isinstance(error, KeyringLocked) else type(error).__name__
        return ConfigurationError(
            f"The system's keyring cannot be {verb} for the profile {self.name!r}: {reason}. "
            f"Unlock it and try again, or set {TOKEN_FOLDER} to a folder of your own to keep "
            "tokens in files there."
        )


def _profile(text: str, name: str) -> Profile:
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if (
        not isinstance(document, dict)
        or not document.keys() <= _FIELDS
        or not all(isinstance(value, str) for value in document.values())
    ):
        # Not quoted: a damaged secret is still a secret.
        raise ConfigurationError(
            f"What is kept for the profile {name!r} is damaged. Run "
            f"`apple-music-ratings --profile {name} logout`, then sign in again."
        )
    return Profile(**document)
