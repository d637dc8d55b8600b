"""The files of Apple's privacy export, in a folder or in zip files inside zip files.

Nothing is extracted to disk by name. What is read is limited, so that a zip bomb does no harm.
"""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, cast

from attrs import define, field

from .streams import ArchiveError

_READABLE = (".csv", ".tsv", ".txt", ".json", ".zip")
_IN_MEMORY = 1 << 24
_CHUNK = 1 << 16
_DAMAGED = "The archive is damaged or incomplete"


@define
class ArchiveLimits:
    """How much is read of an archive.

    Args:
        depth: Zip files inside each other.
        files: Files in all.
        size: Bytes in all, unpacked.
        ratio: Bytes unpacked for a packed one. Tables of text seldom exceed 30.
        free_size: Bytes of one file to which the ratio does not apply.
    """

    depth: int = 4
    files: int = 20_000
    size: int = 1 << 32
    ratio: int = 200
    free_size: int = 1 << 22
    _files: int = field(default=0, init=False)
    _bytes: int = field(default=0, init=False)

    def count_file(self) -> None:
        """Count a file.

        Raises:
            ArchiveError: There are too many.
        """
        self._files += 1
        if self._files > self.files:
            raise ArchiveError(1, f"The archive has more than {self.files:,} files.")

    def count_bytes(self, count: int) -> None:
        """Count bytes that were unpacked.

        Raises:
            ArchiveError: There are too many.
        """
        self._bytes += count
        if self._bytes > self.size:
            raise ArchiveError(1, f"The archive unpacks to more than {self.size:,} bytes.")


def open_folder(folder: Path, limits: ArchiveLimits) -> Iterator[tuple[str, BinaryIO]]:
    """Open the files of a folder, of those below it, and of zip files in them, one by one.

    Yields:
        The path of each file, and its bytes. The stream is closed when the next one is requested.

    Raises:
        ArchiveError: The limits are exceeded, or a zip file is damaged.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or not _is_readable(path.name):
            continue
        limits.count_file()
        with path.open("rb") as stream:
            if zipfile.is_zipfile(stream):
                stream.seek(0)
                yield from open_archive(stream, str(path), limits)
            else:
                if path.suffix.lower() == ".zip":
                    raise ArchiveError(1, f"{_DAMAGED}: {path.name} is not a zip file.")
                stream.seek(0)
                yield str(path), stream


def open_archive(
    stream: BinaryIO, name: str, limits: ArchiveLimits, *, depth: int = 1
) -> Iterator[tuple[str, BinaryIO]]:
    """Open the files of a zip file, and of zip files in it, one by one.

    Yields:
        The path of each file, and its bytes. The stream is closed when the next one is requested.

    Raises:
        ArchiveError: The limits are exceeded, or a zip file is damaged or encrypted.
    """
    if depth > limits.depth:
        raise ArchiveError(1, f"The archive has more than {limits.depth} zip files in each other.")
    try:
        with zipfile.ZipFile(stream) as archive:
            for member in archive.infolist():
                if member.is_dir() or not _is_readable(member.filename):
                    continue
                limits.count_file()
                path = f"{name}/{member.filename}"
                with archive.open(member) as packed:
                    counted = cast("BinaryIO", _Counted(packed, member, limits))
                    if not member.filename.lower().endswith(".zip"):
                        yield path, counted
                        continue
                    with SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
                        shutil.copyfileobj(counted, copy, _CHUNK)
                        copy.seek(0)
                        inner = cast("BinaryIO", copy)
                        yield from open_archive(inner, path, limits, depth=depth + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ArchiveError(1, f"{_DAMAGED}: {error}.") from None
    except (RuntimeError, NotImplementedError) as error:
        raise ArchiveError(1, f"The archive cannot be unpacked: {error}.") from None


def _is_readable(name: str) -> bool:
    return name.lower().endswith(_READABLE) and not Path(name).name.startswith("._")


class _Counted:
    """A file of an archive whose bytes are counted as they are unpacked."""

    def __init__(self, packed: IO[bytes], member: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
        self._packed = packed
        self._most = max(limits.free_size, member.compress_size * limits.ratio)
        self._announced = member.file_size
        self._size = 0
        self._limits = limits

    def read(self, size: int = -1) -> bytes:
        """Read some bytes.

        Raises:
            ArchiveError: There are more than the limits allow.
        """
        try:
            chunk = self._packed.read(_CHUNK if size < 0 else min(size, _CHUNK))
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise ArchiveError(1, f"{_DAMAGED}: {error}.") from None
        self._size += len(chunk)
        self._limits.count_bytes(len(chunk))
        # Most files are looked at and not read, so the announced size counts from the second chunk.
        size_to_come = self._announced if self._size > _CHUNK else self._size
        if max(self._size, size_to_come) > self._most:
            raise ArchiveError(
                1,
                f"The archive looks like a zip bomb: a file of it unpacks to more than "
                f"{self._limits.ratio} times its size.",
            )
        return chunk
