"""Folders and files for their owner alone.

As root in the home folder of another user, where sudo often leaves it, new ones are given to that
user: otherwise that user could no longer use them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Chown = Callable[[Path, int, int], None]


def make_private_folders(folder: Path) -> None:
    """Create a folder with mode 0700, and the missing ones above it."""
    # `mkdir(parents=True)` gives the folders above the default mode, which a umask of 0 opens.
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
        give_to_owner_of_folder(each)


def give_to_owner_of_folder(
    path: Path, *, user: int | None = None, chown: Chown | None = None
) -> None:
    """Change the owner of what root has created to that of its folder; do nothing for other users.

    Args:
        path: The new file or folder.
        user: The user that created it; by default that of the process.
        chown: Changes the owner; by default the system call.
    """
    if os.name != "posix":  # pragma: no cover -- elsewhere owners mean nothing
        return
    if (os.geteuid() if user is None else user) == 0:
        with suppress(OSError):  # the root of a container, without that privilege
            folder = path.parent.stat()
            if folder.st_uid != 0:
                (os.chown if chown is None else chown)(path, folder.st_uid, folder.st_gid)
