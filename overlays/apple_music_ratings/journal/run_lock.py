"""Keep two processes from carrying out the same run.

The operating system holds the lock, and releases it when the process ends for any reason.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import finalize

from apple_music_ratings.errors import JournalError

from .private_files import give_to_owner_of_folder

if TYPE_CHECKING:
    from collections.abc import Callable


class RunLock:
    """A lock that is held by one open file. It is released with the object at the latest.

    Args:
        path: The lock file, created if it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._close: Callable[[], object] | None = None

    def acquire(self) -> bool:
        """Acquire the lock, without waiting.

        Returns:
            Whether it was free.

        Raises:
            OSError: The file cannot be created.
        """
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        # Before it is locked: after Ctrl-C at any later line, `release` or the end of this object
        # releases it.
        self._close = finalize(self, os.close, file)
        give_to_owner_of_folder(self._path)
        if _lock(file) and _is_current(file, self._path):
            return True
        self._close()
        self._close = None
        return False

    def release(self) -> None:
        """Release the lock, if it is held, and remove its file."""
        if self._close is None:
            return
        # First the name, then the lock: a process that opened the file meanwhile finds another one
        # or none under the name, and does not trust a lock on a file that no other process can see.
        try:
            if sys.platform != "win32":  # pragma: no branch -- there an open file keeps its name
                self._path.unlink(missing_ok=True)
        finally:
            self._close()
            self._close = None


def lock_of(journal: Path, run: str) -> RunLock:
    """Return the lock of a run, not acquired."""
    return RunLock(journal.with_name(f"{journal.name}.{run}.lock"))


def in_progress_error(journal: Path, run: str) -> JournalError:
    """Return the error for a run that another process is carrying out."""
    return JournalError(
        f"{journal}: run {run} is in progress in another process. Wait until it has ended."
    )


def _is_current(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":  # pragma: no cover -- only on Windows
    import msvcrt

    def _lock(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            # Not `lockf`: its locks belong to the process and end when any file on it is closed.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
