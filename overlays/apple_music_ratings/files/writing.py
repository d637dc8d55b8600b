"""Write ratings files that appear under their name only when they are whole."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from os import PathLike, fspath
from pathlib import Path
from typing import TextIO

from apple_music_ratings.errors import FileError

from .atomic import atomic_write
from .formats import FileFormat
from .reading import STANDARD

_BYTE_ORDER_MARK = "\ufeff"


def detect_format(path: str | PathLike[str], format: FileFormat | str | None = None) -> FileFormat:
    """Return the format for a file to be written.

    Args:
        path: Its name, whose suffix decides. `-` and a name without a suffix mean CSV.
        format: Decides in place of the suffix.

    Raises:
        FileError: The suffix is unknown.
    """
    if format is not None:
        return FileFormat(format)
    suffix = Path(path).suffix.removeprefix(".").lower()
    known = {
        "": FileFormat.CSV,
        "ndjson": FileFormat.JSON_LINES,
        **{f.value: f for f in FileFormat},
    }
    if suffix not in known:
        raise FileError(
            f"{fspath(path)}: Unknown file type .{suffix}. Use .csv, .json or .jsonl, or name the "
            f"format: --format {'|'.join(FileFormat)}."
        )
    return known[suffix]


@contextmanager
def open_output(
    path: str | PathLike[str], *, force: bool = False, bom: bool = False
) -> Iterator[TextIO]:
    """Open a file that appears under its name only when the block ends without an error.

    It is written beside its target and moved into place, so a partial file is never visible.

    Args:
        path: The name of the file, or `-` for standard output.
        force: Replace an existing file.
        bom: Begin with a byte order mark. Excel takes CSV for another encoding without one.

    Raises:
        FileError: The file exists, or cannot be written.
    """
    if fspath(path) == STANDARD:
        with _standard_output() as stream:
            yield stream
        return
    target = Path(path)
    try:
        with atomic_write(target, force=force) as stream:
            if bom:
                stream.write(_BYTE_ORDER_MARK)
            yield stream
    except FileExistsError:
        raise FileError(
            f"{target} exists already and was not changed. Choose another name, or replace it with "
            "--force."
        ) from None
    except OSError as error:
        raise FileError(f"{target}: cannot be written: {error.strerror or error}.") from error


@contextmanager
def _standard_output() -> Iterator[TextIO]:
    """Provide standard output as a stream that does not change line ends."""
    sys.stdout.flush()
    stream = TextIOWrapper(sys.stdout.buffer, "utf-8", errors="replace", newline="")
    try:
        yield stream
        stream.flush()
    finally:
        stream.detach()
