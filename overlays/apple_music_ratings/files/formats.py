"""How rows stand in CSV, in JSON and in JSON Lines: cells out of bytes, and text out of rows.

What the cells mean is decided in `_rows`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from itertools import chain
from typing import BinaryIO, TextIO

from apple_music_ratings.errors import shorten

from .rows import (
    COLUMNS,
    LINK,
    CellError,
    RatingRow,
    escape_formula,
    to_cells,
    unescape_formula,
)
from .streams import Line, ParseError, read_elements, read_lines


class FileFormat(StrEnum):
    """How ratings stand in a file."""

    CSV = "csv"
    JSON = "json"
    JSON_LINES = "jsonl"


# What stands in a row by column, or why that cannot be told.
Cells = dict[str, object] | CellError


def _csv_cells(stream: BinaryIO) -> Iterator[tuple[int, Cells]]:
    feed = _Feed(read_lines(stream))
    header_line = next((text for text in feed if text.strip()), None)
    yield from feed.errors()
    if header_line is None:
        raise ParseError(1, f"The file is empty. {_HEADER_HINT}")
    # Spreadsheets write semicolons where the comma is the decimal point.
    delimiter = max(",;\t", key=header_line.count)
    records = csv.reader(chain([header_line], feed), delimiter=delimiter, strict=True)
    header: list[str] = []
    while True:
        feed.begin_record()
        try:
            cells = next(records, None)
        except csv.Error as error:
            raise ParseError(feed.first, _csv_reason(error)) from None
        yield from feed.errors()
        if cells is None:
            return
        if not header:
            header = _checked_header(cells)
        elif any(cell.strip() for cell in cells):
            yield feed.first, _by_column(header, cells)


_HEADER_HINT = f"The first line must name the columns, at least id and rating: {','.join(COLUMNS)}."


class _Feed:
    """Hands lines to the CSV reader, and remembers where a record began and what was left out."""

    def __init__(self, source: Iterator[Line]) -> None:
        self.first = 1
        self._source = source
        self._is_new = False
        self._errors: list[tuple[int, CellError]] = []

    def begin_record(self) -> None:
        self._is_new = True

    def errors(self) -> Iterator[tuple[int, CellError]]:
        """Give the lines left out since the last time, and why."""
        yield from self._errors
        self._errors.clear()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for line in self._source:
            if line.error is None:
                if self._is_new:
                    self.first, self._is_new = line.number, False
                return line.text
            self._errors.append((line.number, CellError(None, line.error)))
        raise StopIteration


def _checked_header(cells: list[str]) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    known = [name for name in header if name in {*COLUMNS, LINK}]
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice:
        raise ParseError(1, f"Two columns are called {twice[0]}. Keep one of them.")
    missing = [name for name in ("id", "rating") if name not in header]
    if LINK in header and "id" in missing:
        missing.remove("id")
    if missing:
        names = " and ".join(missing)
        raise ParseError(1, f"There is no column {names}. {_HEADER_HINT}")
    return header


def _by_column(header: list[str], cells: list[str]) -> Cells:
    if len(cells) > len(header) and any(cells[len(header) :]):
        return CellError(
            None,
            f"The row has {len(cells)} cells, the first line {len(header)}. A text with a comma in "
            'it needs quotes around it: "like this".',
        )
    if len(cells) <= header.index("rating"):
        return CellError(
            "rating",
            f"The row ends before it: {len(cells)} cells, where the first line has {len(header)}.",
        )
    return {name: unescape_formula(cell) for name, cell in zip(header, cells, strict=False)}


def _csv_reason(error: csv.Error) -> str:
    if "unexpected end of data" in str(error):
        return "The row never ends: a quote was opened and not closed, or the file is cut off."
    if "field limit" in str(error):
        return (
            f"A cell is longer than {csv.field_size_limit():,} characters. Is a quote not closed?"
        )
    return f"The row is no CSV: {error}."


def _json_cells(stream: BinaryIO) -> Iterator[tuple[int, Cells]]:
    for line, element in read_elements(stream):
        yield line, _checked_object(element)


def _json_lines_cells(stream: BinaryIO) -> Iterator[tuple[int, Cells]]:
    for line in read_lines(stream):
        if line.error is not None:
            yield line.number, CellError(None, line.error)
        elif line.text.strip():
            yield line.number, _parsed(line.text)


def _parsed(text: str) -> Cells:
    try:
        return _checked_object(json.loads(text))
    except RecursionError:
        return CellError(None, "The line is nested too deeply.")
    except json.JSONDecodeError as error:
        return CellError(None, f"The line is no JSON: {error.msg} at character {error.pos + 1}.")
    except ValueError as error:
        return CellError(None, f"The line is no JSON that can be read: {error}.")


def _checked_object(element: object) -> Cells:
    if isinstance(element, dict):
        return element
    return CellError(
        None, f'{shorten(element)} is no row. A row is an object: {{"type": …, "id": …}}.'
    )


def _write_csv(rows: Iterable[RatingRow], stream: TextIO) -> None:
    plain = csv.writer(stream, lineterminator="\n")
    # Python before 3.13 leaves a bare carriage return without quotes.
    quoting = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(COLUMNS)
    for row in rows:
        cells = [escape_formula(cell or "") for cell in to_cells(row).values()]
        (quoting if any("\r" in cell for cell in cells) else plain).writerow(cells)


def _write_json(rows: Iterable[RatingRow], stream: TextIO) -> None:
    between = "["
    for row in rows:
        stream.write(f"{between}\n{_to_json(row)}")
        between = ","
    stream.write("[]\n" if between == "[" else "\n]\n")


def _write_json_lines(rows: Iterable[RatingRow], stream: TextIO) -> None:
    stream.writelines(f"{_to_json(row)}\n" for row in rows)


def _to_json(row: RatingRow) -> str:
    return json.dumps(to_cells(row), ensure_ascii=False)


READERS: dict[FileFormat, Callable[[BinaryIO], Iterator[tuple[int, Cells]]]] = {
    FileFormat.CSV: _csv_cells,
    FileFormat.JSON: _json_cells,
    FileFormat.JSON_LINES: _json_lines_cells,
}
WRITERS: dict[FileFormat, Callable[[Iterable[RatingRow], TextIO], None]] = {
    FileFormat.CSV: _write_csv,
    FileFormat.JSON: _write_json,
    FileFormat.JSON_LINES: _write_json_lines,
}
