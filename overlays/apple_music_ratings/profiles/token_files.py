"""Tokens in files: one a profile, for its owner's eyes only, whole or not at all."""

from __future__ import annotations

import os
import shlex
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from apple_music_ratings.errors import ConfigurationError

# Elsewhere these bits say nothing.
_HAS_MODES = os.name == "posix"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@frozen
class TokenFiles:
    """A folder of token files.

    Args:
        folder: Where they are. It is made with mode 0700 when first needed; one that exists is
            left as it is.
    """

    folder: Path

    def read(self, name: str) -> str | None:
        """Give the text kept under a name, or `None`.

        Raises:
            ConfigurationError: Others can read the file, or it cannot be read.
        """
        path = self._path(name)
        try:
            with path.open(encoding="utf-8") as file:
                if _HAS_MODES and os.fstat(file.fileno()).st_mode & _OTHERS:
                    raise ConfigurationError(
                        f"Others can read {path}, so the tokens in it are not used. "
                        f"Run: chmod 600 {shlex.quote(str(path))}"
                    )
                return file.read()
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            # Refused as damaged further up.
            return ""
        except OSError as error:
            raise _file_error("read", path, error) from error

    def write(self, name: str, text: str) -> None:
        """Keep a text under a name, in place of what was there.

        Raises:
            ConfigurationError: The file cannot be written. What was there is untouched.
        """
        path = self._path(name)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Made with mode 0600.
            handle, draft = tempfile.mkstemp(prefix=f".{name}-", dir=self.folder)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                Path(draft).replace(path)
            except BaseException:
                with suppress(OSError):
                    Path(draft).unlink()
                raise
        except OSError as error:
            raise _file_error("written", path, error) from error

    def delete(self, name: str) -> bool:
        """Remove the file of a name, and tell whether there was one.

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


def _file_error(verb: str, path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{path} cannot be {verb}: {error.strerror}.")
