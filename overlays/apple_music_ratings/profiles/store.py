"""Stores tokens in the system's keyring, or in a private file if there is no working keyring."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict, define, fields

from apple_music_ratings.developer_token.frames import clears_frames
from apple_music_ratings.developer_token.token_text import strip_quotes
from apple_music_ratings.developer_token.tokens import as_music_user_token
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

__all__ = ["DEFAULT_PROFILE", "Profile", "TokenStore", "as_music_user_token"]

SERVICE = "apple-music-ratings"
_FIELDS = frozenset(field.name for field in fields(Profile))
# keyring's own limit: a backend below it is missing, does nothing, or is not secure.
_WORKING = 1
_BACKEND = "PYTHON_KEYRING_BACKEND"


class TokenStore:
    """Stores the tokens of each profile.

    New tokens go to the keyring if there is one. A file that was written without a keyring is still
    read, and is removed when the profile is saved again.

    Args:
        folder: The folder of token files; created when first needed.
        keyring: The system's keyring, or `None` to store everything in files. A backend that
            keyring itself does not recommend counts as `None`.
    """

    def __init__(self, *, folder: Path, keyring: KeyringBackend | None) -> None:
        self._files = TokenFiles(folder)
        self._keyring = keyring if keyring is not None and _is_working(keyring) else None

    @classmethod
    @clears_frames
    def from_env(cls, environ: Mapping[str, str]) -> TokenStore:
        """Return the store of this machine.

        `APPLE_MUSIC_TOKEN_FOLDER` names a folder to store tokens in; the keyring is then not used.

        Args:
            environ: The environment variables.

        Raises:
            ConfigurationError: The extra `cli` is not installed, the keyring cannot be loaded, or
                the home folder is unknown.
        """
        folder = strip_quotes(environ.get(TOKEN_FOLDER, ""))
        if folder:
            return cls(folder=_expanded(folder), keyring=None)
        try:
            import keyring  # noqa: PLC0415  # comes with the extra
            from platformdirs import user_config_path  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise ConfigurationError.missing_extra(
                "Access to saved tokens", "cli", error.name
            ) from error
        try:
            backend = keyring.get_keyring()
        except Exception as error:  # backends are plugins, which raise anything
            raise ConfigurationError(_cannot_load(environ, error)) from error
        try:
            path = user_config_path(SERVICE, appauthor=False)
        except RuntimeError:  # newer versions raise, older ones return "~/..."
            path = Path("~")
        if not path.is_absolute():
            raise ConfigurationError(
                f"The home folder is unknown: HOME is not set. Set it, or set {TOKEN_FOLDER} to a "
                "folder to store tokens in."
            )
        return cls(folder=path / "profiles", keyring=backend)

    @property
    def folder(self) -> Path | None:
        """The folder that new tokens go to; `None` for the keyring."""
        return None if self._keyring is not None else self._files.folder

    @property
    def location(self) -> str:
        """A description of where new tokens go."""
        return "the system's keyring" if self._keyring is not None else str(self._files.folder)

    def names(self) -> list[str]:
        """Return the names of the profiles that are saved in files; a keyring has no list."""
        return self._files.names()

    @clears_frames
    def load(self, name: str) -> Profile | None:
        """Return the profile saved under a name, or `None`.

        Raises:
            ConfigurationError: The name is invalid, the keyring is locked or fails, or the file is
                corrupt or accessible to other users.
        """
        validate_profile_name(name)
        text = None if self._keyring is None else _KeyringEntry(self._keyring, name).read()
        if text is None:
            text = self._files.read(name)
        return None if text is None else _profile(text, name)

    @clears_frames
    def save(self, name: str, profile: Profile) -> None:
        """Save a profile, replacing the one saved under the name.

        Raises:
            ConfigurationError: The name is invalid, or keyring or file cannot be written.
        """
        validate_profile_name(name)
        text = json.dumps({key: value for key, value in asdict(profile).items() if value})
        if self._keyring is None:
            self._files.write(name, text)
            return
        _KeyringEntry(self._keyring, name).write(text)
        self._files.delete(name)

    def delete(self, name: str) -> bool:
        """Remove the profile saved under a name from keyring and folder.

        Returns:
            Whether there was one.

        Raises:
            ConfigurationError: The name is invalid, or it cannot be removed.
        """
        validate_profile_name(name)
        had_entry = self._keyring is not None and _KeyringEntry(self._keyring, name).delete()
        return self._files.delete(name) or had_entry


@define
class _KeyringEntry:
    """One entry of the keyring. Backends are plugins, which raise anything, not only theirs."""

    backend: KeyringBackend
    name: str

    def read(self) -> str | None:
        try:
            return self.backend.get_password(SERVICE, self.name)
        except Exception as error:
            raise self._error("read", error) from error

    def write(self, text: str) -> None:
        try:
            self.backend.set_password(SERVICE, self.name, text)
        except Exception as error:
            raise self._error("written", error) from error

    def delete(self) -> bool:
        try:
            if self.backend.get_password(SERVICE, self.name) is None:
                return False
            self.backend.delete_password(SERVICE, self.name)
        except Exception as error:
            raise self._error("written", error) from error
        return True

    def _error(self, verb: str, error: Exception) -> ConfigurationError:
        from keyring.errors import KeyringLocked  # noqa: PLC0415  # as in from_env

        reason = "it is locked" if isinstance(error, KeyringLocked) else type(error).__name__
        return ConfigurationError(
            f"The system's keyring cannot be {verb} for the profile {self.name!r}: {reason}. "
            f"Unlock it and try again, or set {TOKEN_FOLDER} to a folder to store tokens in files."
        )


def _is_working(keyring: KeyringBackend) -> bool:
    try:
        return keyring.priority >= _WORKING
    except Exception:  # noqa: BLE001  # a backend says so when it cannot run here
        return False


def _cannot_load(environ: Mapping[str, str], error: Exception) -> str:
    backend = environ.get(_BACKEND)
    is_set = backend is not None
    what = f"{_BACKEND} names {backend!r}, which" if is_set else "The system's keyring"
    instead = f"Unset {_BACKEND}" if is_set else "Repair keyring's configuration"
    return (
        f"{what} cannot be loaded ({type(error).__name__}). {instead}, or set {TOKEN_FOLDER} to a "
        "folder to store tokens in files."
    )


def _expanded(folder: str) -> Path:
    try:
        return Path(folder).expanduser()
    except RuntimeError:
        raise ConfigurationError(
            f"{TOKEN_FOLDER} starts with ~, and the home folder is unknown. Write the whole path."
        ) from None


def _profile(text: str, name: str) -> Profile:
    try:
        document: Any = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        document = None
    if (
        not isinstance(document, dict)
        or not document.keys() <= _FIELDS
        or not all(isinstance(value, str) for value in document.values())
    ):
        # Not quoted: a corrupt secret is still a secret.
        raise ConfigurationError(
            f"The saved profile {name!r} is corrupt. Run "
            f"`apple-music-ratings --profile {name} logout`, then sign in again."
        )
    return Profile(**document)
