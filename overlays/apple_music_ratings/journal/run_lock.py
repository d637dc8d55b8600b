"""Keep two processes from carrying out the same run.

The operating system holds the lock and lets go of it when the process ends, however it ends.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


class RunLock:
    """A lock that is held by one open file.

    Args:
        path: A file of its own, made when it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock, without waiting.

        Returns:
            Whether it could be had.

        Raises:
            OSError: The file cannot be made.
        """
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if _lock(file) and _is_still(file, self._path):
            self._file = file
            return True
        os.close(file)
        return False

    def release(self) -> None:
        """Let go of the lock, if it is held, and remove its file."""
        if self._file is None:
            return
        # First the name, then the lock: who opened the file meanwhile finds another one or none
        # under the name, and does not trust the lock of a file that nobody else can see.
        if sys.platform != "win32":  # pragma: no branch -- there an open file keeps its name
            self._path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = None


def _is_still(file: int, path: Path) -> bool:
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
