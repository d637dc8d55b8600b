"""Write a file beside its target, and move it into place once it is whole."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO


@contextmanager
def atomic_write(target: Path, *, force: bool) -> Iterator[TextIO]:
    """Open a text that becomes the target when the block ends well, and nothing when it does not.

    A link is followed; the mode of a file that is replaced is kept.

    Args:
        target: The name the text gets.
        force: Take the place of a file of that name.

    Raises:
        FileExistsError: The name is taken, and `force` is off.
        OSError: The folder cannot be written to, or the name is taken by something else than a
            file.
    """
    mode = _previous_mode(target, force=force)  # before links to pipes lead nowhere
    target = target.resolve()
    beside = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}")
    try:
        with beside.open("x", encoding="utf-8", errors="replace", newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if mode is not None:
            beside.chmod(mode)
        _move(beside, target, force=force)
    finally:
        beside.unlink(missing_ok=True)


def _previous_mode(target: Path, *, force: bool) -> int | None:
    try:
        found = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found):
        raise OSError(f"it is not a regular file. For standard output write {'-'!r}")
    if not force:
        raise FileExistsError(target)
    return stat.S_IMODE(found)


def _move(beside: Path, target: Path, *, force: bool) -> None:
    if force:
        beside.replace(target)
    else:
        try:
            # Unlike a rename this never takes the place of a file that came meanwhile.
            target.hardlink_to(beside)
        except FileExistsError:
            raise
        except OSError:  # pragma: no cover -- a file system without hard links
            if target.exists():
                raise FileExistsError(target) from None
            beside.replace(target)
    with suppress(OSError):  # Not every system can sync a folder.
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
