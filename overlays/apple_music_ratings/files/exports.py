"""Join the files of Apple's privacy export, which hold entries of the same items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from apple_music_ratings.errors import FileError, RowError

from .cells import CellError, InvalidCellError
from .columns import ReadOptions
from .content import Content, detect_content
from .document import Document
from .documents import read_document
from .newest_collector import NewestCollector
from .privacy_export import looks_like_export, read_entry
from .ratings_file import RatingsFile
from .streams import ArchiveError, NoRatingsError, ParseError, PeekedStream


def read_export(files: Iterable[tuple[str, BinaryIO]], name: str) -> RatingsFile:
    """Read the files of an export, and join their entries.

    Raises:
        FileError: None of them holds ratings, or one cannot be read to its end.
    """
    collector = NewestCollector(name)
    opened = recognized = 0
    with file_errors(name):
        for path, stream in files:
            opened += 1
            document = _export_document(stream, path)
            if document is not None:
                recognized += 1
                with file_errors(path), suppress(NoRatingsError):
                    add_export(document, collector, path)
    if not recognized:
        raise FileError(
            f"{name}: no ratings were found. None of its {opened:,} CSV and JSON files has the "
            "columns of a file with ratings in Apple's privacy export. Any other ratings file has "
            "to be extracted and named itself."
        )
    return collector.result()


def _export_document(stream: BinaryIO, path: str) -> Document | None:
    """Return a file of the export if it holds ratings.

    Raises:
        FileError: It seems to hold some, but cannot be read.
    """
    peeked = PeekedStream(stream)
    try:
        if detect_content(peeked.head) is not Content.TEXT:
            return None
        document = read_document(peeked, None, ReadOptions(), items_only=False)
    except ArchiveError:
        raise
    except ParseError as error:
        if looks_like_export(peeked.head.decode("latin-1")):
            raise FileError(f"{path}:{error.line}: {error.reason}") from None
        return None
    return document if document.export is not None else None


def add_export(document: Document, collector: NewestCollector, path: str) -> None:
    """Add the entries of one file of the export."""
    file = document.export
    if file is None:
        raise AssertionError(path)
    for line, cells in document.rows:
        if isinstance(cells, CellError):
            collector.errors.append(RowError(path, line, cells.column, cells.reason))
            continue
        try:
            for entry in read_entry(file, cells, line=line):
                collector.add(entry, file, path=path, line=line)
        except InvalidCellError as error:
            collector.errors.append(RowError(path, line, error.error.column, error.error.reason))


@contextmanager
def file_errors(name: str) -> Iterator[None]:
    """Raise the errors of a file as `FileError`."""
    try:
        yield
    except ParseError as error:
        raise FileError(f"{name}:{error.line}: {error.reason}") from None
    except OSError as error:
        raise FileError(f"{name}: cannot be read: {error.strerror or error}.") from error
