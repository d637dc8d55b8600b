"""Ratings in and out of files: CSV for people, JSON and JSON Lines for programs.

Both directions are streams, so a file may be larger than memory. What a row means is decided in
`_rows`; nothing here talks to the service.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from os import PathLike, fspath
from pathlib import Path
from typing import BinaryIO, TextIO

from attrs import frozen

from apple_music_ratings.errors import FileError, InvalidItemError, RowError
from apple_music_ratings.models import Item, RatingValue

from .atomic import atomic_write
from .formats import READERS, WRITERS, FileFormat
from .rows import COLUMNS, BlankRow, CellError, RatingRow, format_rating, to_row
from .streams import ParseError, read_lines

__all__ = [
    "COLUMNS",
    "BlankRow",
    "FileFormat",
    "RatingRow",
    "RatingsFile",
    "detect_format",
    "format_rating",
    "open_output",
    "read_items",
    "read_ratings",
    "read_rows",
    "write_rows",
]

# The name that stands for standard input and standard output.
STANDARD = "-"


@frozen
class RatingsFile:
    """What a file says.

    Args:
        name: The name of the file.
        rows: One row for each item, in the order of the file.
        errors: Everything wrong with the other rows, in the order of the file.
        blank_rows: How many rows have no rating and leave their item as it is.
        duplicates: How many rows say again what an earlier one said.
    """

    name: str
    rows: tuple[RatingRow, ...]
    errors: tuple[RowError, ...] = ()
    blank_rows: int = 0
    duplicates: int = 0

    @property
    def desired(self) -> dict[Item, RatingValue | None]:
        """What the file wants of each item, as `plan` takes it."""
        return {row.item: row.rating for row in self.rows}


def detect_format(path: str | PathLike[str], format: FileFormat | str | None = None) -> FileFormat:
    """Tell how ratings stand in a file.

    Args:
        path: Its name; the suffix decides. `-` and a name without one mean CSV.
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
            f"{fspath(path)}: .{suffix} is none of .csv, .json and .jsonl. Rename the file, or say "
            f"which it is: --format {'|'.join(FileFormat)}."
        )
    return known[suffix]


def read_ratings(
    source: str | PathLike[str] | BinaryIO,
    *,
    format: FileFormat | str | None = None,
    name: str | None = None,
) -> RatingsFile:
    """Read a file of ratings to its end, good rows and bad ones.

    An item that stands twice with the same rating is read once; with different ratings, both rows
    are errors that name each other.

    Args:
        source: A path, `-` for standard input, or an open stream of bytes.
        format: As for `detect_format`. A stream without a name is CSV unless said otherwise.
        name: What to call the file in errors; the path unless given.

    Returns:
        What it says.

    Raises:
        FileError: It cannot be opened, is cut off, or is no such format at all.
    """
    with _open_input(source) as (stream, own_name):
        name = name or own_name
        reading = _RowCollector(name)
        try:
            for row in read_rows(stream, detect_format(own_name, format), name=name):
                reading.add(row)
        except FileError as error:
            raise FileError(str(error), errors=reading.errors) from error.__cause__
    return reading.result()


def read_rows(
    stream: BinaryIO, format: FileFormat, *, name: str
) -> Iterator[RatingRow | RowError | BlankRow]:
    """Read the rows of a stream one by one, in memory that does not grow with it.

    Args:
        stream: Bytes: UTF-8, with or without a byte order mark.
        format: How the rows stand in it.
        name: What to call the file in errors.

    Yields:
        Each row, what is wrong with it, or that it leaves its item alone.

    Raises:
        FileError: The stream cannot be read to its end.
    """
    try:
        for line, cells in READERS[format](stream):
            if isinstance(cells, CellError):
                yield RowError(name, line, cells.column, cells.reason)
                continue
            row = to_row(cells, line=line)
            if isinstance(row, tuple):
                yield from (RowError(name, line, error.column, error.reason) for error in row)
            else:
                yield row
    except ParseError as error:
        raise FileError(f"{name}:{error.line}: {error.reason}") from None
    except OSError as error:
        raise FileError(f"{name}: cannot be read: {error.strerror}.") from error


def read_items(stream: BinaryIO, *, name: str) -> Iterator[Item | RowError]:
    """Read items from a text, one a line: `type/id` or a link.

    Empty lines and lines that begin with `#` are passed over.

    Args:
        stream: Bytes: UTF-8, with or without a byte order mark.
        name: What to call the text in errors.

    Yields:
        Each item, or what is wrong with its line.

    Raises:
        FileError: The text is UTF-16.
    """
    try:
        for line in read_lines(stream):
            text = line.text.strip()
            if line.error is not None:
                yield RowError(name, line.number, None, line.error)
            elif text and not text.startswith("#"):
                try:
                    yield Item.parse(text)
                except InvalidItemError as error:
                    yield RowError(name, line.number, None, error.reason)
    except ParseError as error:
        raise FileError(f"{name}:{error.line}: {error.reason}") from None


def write_rows(rows: Iterable[RatingRow], stream: TextIO, format: FileFormat) -> None:
    """Write rows one by one.

    Args:
        rows: What to write.
        stream: Where to; opened with `newline=""`.
        format: How.
    """
    WRITERS[format](rows, stream)


@contextmanager
def open_output(path: str | PathLike[str], *, force: bool = False) -> Iterator[TextIO]:
    """Open a file that appears under its name only when the block ends well.

    It is written beside its target and moved into place, so nobody ever sees half of it.

    Args:
        path: The name of the file, or `-` for standard output.
        force: Replace a file that has the name already.

    Raises:
        FileError: The name is taken, or cannot be written to.
    """
    if fspath(path) == STANDARD:
        with _standard_output() as stream:
            yield stream
        return
    target = Path(path)
    try:
        with atomic_write(target, force=force) as stream:
            yield stream
    except FileExistsError:
        raise FileError(
            f"{target} exists already and was left as it is. Choose another name, or replace it "
            "with --force."
        ) from None
    except OSError as error:
        raise FileError(f"{target}: cannot be written: {error.strerror or error}.") from error


class _RowCollector:
    """Joins the rows of one file."""

    def __init__(self, name: str) -> None:
        self.errors: list[RowError] = []
        self._name = name
        self._rows: dict[Item, RatingRow] = {}
        self._conflicting: dict[Item, RatingRow] = {}
        self._blank_rows = 0
        self._duplicates = 0

    def add(self, row: RatingRow | RowError | BlankRow) -> None:
        if isinstance(row, BlankRow):
            self._blank_rows += 1
        elif isinstance(row, RowError):
            self.errors.append(row)
        else:
            self._add_row(row)

    def _add_row(self, row: RatingRow) -> None:
        first = self._conflicting.get(row.item) or self._rows.setdefault(row.item, row)
        if first is row:
            return
        if first.rating == row.rating and row.item not in self._conflicting:
            self._duplicates += 1
            return
        if self._rows.pop(row.item, None) is not None:
            self._conflicting[row.item] = first
            self.errors.append(self._conflict(first, row))
        if first.rating != row.rating:
            self.errors.append(self._conflict(row, first))

    def _conflict(self, row: RatingRow, other: RatingRow) -> RowError:
        return RowError(
            self._name,
            row.line or 0,
            "rating",
            f"{row.item} is {format_rating(row.rating)} here and {format_rating(other.rating)} in "
            f"line {other.line}. Keep one of the two.",
        )

    def result(self) -> RatingsFile:
        return RatingsFile(
            name=self._name,
            rows=tuple(self._rows.values()),
            errors=tuple(sorted(self.errors, key=lambda error: error.line)),
            blank_rows=self._blank_rows,
            duplicates=self._duplicates,
        )


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
def _standard_output() -> Iterator[TextIO]:
    """Lend standard output as a stream that adds no line ends of its own."""
    sys.stdout.flush()
    stream = TextIOWrapper(sys.stdout.buffer, "utf-8", errors="replace", newline="")
    try:
        yield stream
        stream.flush()
    finally:
        stream.detach()
