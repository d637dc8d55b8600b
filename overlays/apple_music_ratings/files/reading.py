"""Read ratings files and lists of items, from paths and from streams."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from apple_music_ratings.errors import FileError, RowError
from apple_music_ratings.models import Item, ResourceType

from .archives import ArchiveLimits, open_archive, open_folder
from .cells import CellError
from .columns import ReadOptions
from .content import Content, detect_content
from .document import Document
from .documents import read_document
from .exports import add_export, file_errors, read_export
from .formats import FileFormat
from .newest_collector import NewestCollector
from .ratings_file import RatingsFile
from .row_collector import RowCollector
from .rows import BlankRow, RatingRow, to_row
from .streams import Line, ParseError, PeekedStream

# The name of standard input and standard output.
STANDARD = "-"
_DEFAULT_OPTIONS = ReadOptions()
_IN_MEMORY = 1 << 24


def read_ratings(
    source: str | PathLike[str] | BinaryIO,
    *,
    format: FileFormat | str | None = None,
    name: str | None = None,
    options: ReadOptions = _DEFAULT_OPTIONS,
) -> RatingsFile:
    """Read a ratings file to its end, valid rows and invalid ones.

    The content decides how it is read: a table in CSV with any usual separator and encoding, JSON,
    JSON Lines, a response of the API, an Excel workbook (with the extra `xlsx`), or Apple's privacy
    export, as its zip file, its folder or one file of it.

    Two rows that give one item the same rating are one row; with different ratings, both are
    errors that name each other. In Apple's export the newest entry of an item wins.

    Args:
        source: A path, `-` for standard input, or an open stream of bytes.
        format: The format, if the content is not to decide.
        name: What to call the file in messages; the path by default.
        options: How to read a file that does not say everything itself.

    Returns:
        The content.

    Raises:
        FileError: The file cannot be opened, is cut off, or is in no format that can be read.
    """
    if isinstance(source, (str, PathLike)) and Path(source).is_dir():
        name = name or fspath(source)
        return read_export(open_folder(Path(source), ArchiveLimits()), name)
    chosen = None if format is None else FileFormat(format)
    with _open_input(source) as (stream, own_name):
        name = name or own_name
        with file_errors(name):
            peeked = PeekedStream(stream)
            if detect_content(peeked.head) is Content.ARCHIVE:
                with _seekable(stream, peeked) as archive:
                    return read_export(open_archive(archive, name, ArchiveLimits()), name)
            suffix = Path(own_name).suffix.lower()
            if chosen is None and not peeked.head and suffix in {".jsonl", ".ndjson"}:
                return RatingsFile(name, ())  # no rows are no lines
            document = read_document(peeked, chosen, options, items_only=False)
        if document.export is not None:
            newest = NewestCollector(name)
            with file_errors(name):
                add_export(document, newest, name)
            return newest.result()
        rows = RowCollector(name)
        try:
            with file_errors(name):
                for row in _rows(document, name, options):
                    rows.add(row)
        except FileError as error:
            raise FileError(str(error), errors=rows.errors) from error.__cause__
    return rows.result()


def read_rows(
    stream: BinaryIO,
    format: FileFormat | None = None,
    *,
    name: str,
    options: ReadOptions = _DEFAULT_OPTIONS,
) -> Iterator[RatingRow | RowError | BlankRow]:
    """Read the rows of a stream one by one, in memory that does not grow with it.

    Apple's privacy export is read by `read_ratings` only, as its entries replace each other.

    Args:
        stream: The bytes.
        format: The format, if the content is not to decide.
        name: What to call the file in messages.
        options: How to read a file that does not say everything itself.

    Yields:
        Each row, the errors in it, or that it changes nothing.

    Raises:
        FileError: The stream cannot be read to its end.
    """
    with file_errors(name):
        document = read_document(PeekedStream(stream), format, options, items_only=False)
        if document.export is not None:
            raise ParseError(1, "The file is part of Apple's privacy export.")
        yield from _rows(document, name, options)


def read_items(
    source: str | PathLike[str] | BinaryIO,
    *,
    name: str | None = None,
    type: ResourceType | str | None = None,
) -> Iterator[Item | RowError]:
    """Read items from a ratings file, whatever its ratings, or from a list with one on each line.

    In a list, empty lines and lines that begin with `#` are ignored. Apple's privacy export is read
    as by `read_ratings`.

    Args:
        source: A path, `-` for standard input, or an open stream of bytes.
        name: What to call the file in messages; the path by default.
        type: The type of ids without one.

    Yields:
        Each item, or what is invalid in its line.

    Raises:
        FileError: The file cannot be read to its end.
    """
    options = ReadOptions(type=type)
    if isinstance(source, (str, PathLike)) and Path(source).is_dir():
        yield from _items_of(read_ratings(source, name=name))
        return
    with _open_input(source) as (stream, own_name), file_errors(name or own_name):
        name = name or own_name
        peeked = PeekedStream(stream)
        if not peeked.head.strip():
            return  # a list of nothing
        if detect_content(peeked.head) is Content.ARCHIVE:
            with _seekable(stream, peeked) as archive:
                export = read_export(open_archive(archive, name, ArchiveLimits()), name)
            yield from _items_of(export)
            return
        document = read_document(peeked, None, options, items_only=True)
        if document.export is not None:
            newest = NewestCollector(name)
            add_export(document, newest, name)
            yield from _items_of(newest.result())
            return
        for row in _rows(document, name, options):
            if isinstance(row, RatingRow):
                yield row.item
            elif isinstance(row, RowError):
                yield row


def _items_of(file: RatingsFile) -> Iterator[Item | RowError]:
    yield from (row.item for row in file.rows)
    yield from file.errors


def _rows(
    document: Document, name: str, options: ReadOptions
) -> Iterator[RatingRow | RowError | BlankRow]:
    if document.lines is not None:
        yield from _listed(document.lines, name, options)
    for line, cells in document.rows:
        if isinstance(cells, CellError):
            yield RowError(name, line, document.columns.title(cells.column), cells.reason)
            continue
        default = cast("str | None", cells.get("default_type"))
        row = to_row(cells, line=line, type=default or document.columns.type or options.type)
        if isinstance(row, tuple):
            for error in row:
                yield RowError(name, line, document.columns.title(error.column), error.reason)
        else:
            yield row


def _listed(
    lines: Iterable[Line], name: str, options: ReadOptions
) -> Iterator[RatingRow | RowError | BlankRow]:
    """Read a list with an item on each line."""
    for line in lines:
        text = line.text.strip().rstrip(",;").rstrip()
        if line.error is not None:
            yield RowError(name, line.number, None, line.error)
        elif text and not text.startswith("#"):
            cells = {"id": text, "rating": str(options.rating or "like")}
            row = to_row(cells, line=line.number, type=options.type)
            if isinstance(row, tuple):
                for error in row:
                    yield RowError(name, line.number, None, error.reason)
            else:
                yield row


@contextmanager
def _open_input(source: str | PathLike[str] | BinaryIO) -> Iterator[tuple[BinaryIO, str]]:
    if not isinstance(source, (str, PathLike)):
        own_name = getattr(source, "name", None)
        yield source, own_name if isinstance(own_name, str) else STANDARD
        return
    name = fspath(source)
    if name == STANDARD:
        yield sys.stdin.buffer, "standard input"
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115  # closed below; only opening may fail here
    except OSError as error:
        raise FileError(f"{name}: cannot be read: {error.strerror}.") from error
    with stream:
        yield stream, name


@contextmanager
def _seekable(stream: BinaryIO, peeked: PeekedStream) -> Iterator[BinaryIO]:
    """Provide an archive as a stream that can be searched, as zip files require."""
    if stream.seekable():
        stream.seek(0)
        yield stream
        return
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        copyfileobj(peeked, copy)
        copy.seek(0)
        yield cast("BinaryIO", copy)
