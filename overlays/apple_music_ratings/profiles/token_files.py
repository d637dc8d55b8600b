"""Token files: one per profile, readable by their owner only, replaced as a whole."""

from __future__ import annotations

import os
import shlex
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from apple_music_ratings.errors import ConfigurationError

from .credentials import TOKEN_FOLDER

# Elsewhere modes and owners mean nothing.
_HAS_MODES = os.name == "posix"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
# Opening a FIFO must not wait for a writer.
_READ_ONLY = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)


@frozen
class TokenFiles:
    """A folder of token files.

    Args:
        folder: The folder. It is created with mode 0700 when first needed, and so are the folders
            above it; existing folders are not changed.
    """

    folder: Path

    def names(self) -> list[str]:
        """Return the names that have a file, sorted."""
        return sorted(path.stem for path in self.folder.glob("[!.]*.json"))

    def read(self, name: str) -> str | None:
        """Return the text saved under a name, or `None`.

        Raises:
            ConfigurationError: The file cannot be read, other users can read or replace it, or it
                belongs to another user.
        """
        path = self._path(name)
        try:
            with os.fdopen(os.open(path, _READ_ONLY), encoding="utf-8") as file:
                _check_private(path, os.fstat(file.fileno()), self.folder.stat())
                return file.read()
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            # The caller reports it as corrupt.
            return ""
        except OSError as error:
            raise _file_error("read", path, error) from error

    def write(self, name: str, text: str) -> None:
        """Save a text under a name, replacing the previous one.

        Raises:
            ConfigurationError: The file cannot be written. The previous file is unchanged.
        """
        from apple_music_ratings.journal.private_files import (  # noqa: PLC0415  # loads SQLite
            give_to_owner_of_folder,
            make_private_folders,
        )

        path = self._path(name)
        try:
            make_private_folders(self.folder)
            # Created with mode 0600.
            handle, draft = tempfile.mkstemp(prefix=f".{name}-", dir=self.folder)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                give_to_owner_of_folder(Path(draft))
                Path(draft).replace(path)
            except BaseException:
                with suppress(OSError):
                    Path(draft).unlink()
                raise
        except OSError as error:
            raise _file_error("written", path, error) from error

    def delete(self, name: str) -> bool:
        """Remove the file of a name, and return whether it existed.

        Raises:
            ConfigurationError: It cannot be removed.
        """
        path = self._path(name)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _file_error("removed", path, error) from error
        return True

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"


def _check_private(path: Path, file: os.stat_result, folder: os.stat_result) -> None:
    """Raise if another user could read the tokens, or could have put them there.

    OpenSSH has the same rules for its keys.
    """
    if not stat.S_ISREG(file.st_mode):
        raise ConfigurationError(f"{path} is not a regular file, so its tokens are not used.")
    if not _HAS_MODES:
        return
    quoted, above = shlex.quote(str(path)), shlex.quote(str(path.parent))
    if file.st_mode & _OTHERS:
        raise ConfigurationError(
            f"Other users can read {path}, so its tokens are not used. Run: chmod 600 {quoted}"
        )
    if folder.st_mode & _OTHERS_WRITE and not folder.st_mode & stat.S_ISVTX:
        raise ConfigurationError(
            f"Other users can replace files in {path.parent}, so the tokens there are not used. "
            f"Run: chmod 700 {above}"
        )
    if file.st_uid != os.geteuid():
        raise ConfigurationError(
            f"{path} belongs to another user, so its tokens are not used. "
            f"Run this command as that user, or: chown {os.geteuid()} {quoted}"
        )


def _file_error(verb: str, path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{path} cannot be {verb}: {error.strerror}. To store tokens elsewhere, set {TOKEN_FOLDER} "
        "to a folder."
    )
