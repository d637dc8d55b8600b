"""Rows of a table: where its header is, and which sign separates its cells.

The `csv` module reads the cells. Its sniffer guesses by frequencies; here a separator is correct if
it yields a header that names our columns.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import TextIO, TypeVar

from attrs import frozen

from .cells import CellError, has_typographic_quotes
from .streams import Line, ParseError, read_lines

Layout = TypeVar("Layout")
# How a header is judged: its layout, or `None` if these cells are not a header.
FindLayout = Callable[[list[str]], Layout | None]

_SEPARATORS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
# Titles and notes above the header take a few lines.
_MAX_HEADER_LINE = 20


@frozen
class Record:
    """One record of a table.

    Args:
        line: The line on which it begins, counted from 1.
        cells: Its cells, or why they cannot be read.
    """

    line: int
    cells: list[str] | CellError


class HeaderNotFoundError(Exception):
    """No line at the top of a table is a header.

    Args:
        line: The first line with text.
        cells: Its cells.
        lines: All lines, from the first one on.
    """

    def __init__(self, line: int, cells: list[str], lines: Iterable[Line] = ()) -> None:
        super().__init__(line)
        self.line = line
        self.cells = cells
        self.lines = lines


def read_table(text: TextIO, find_layout: FindLayout[Layout]) -> tuple[Layout, Iterator[Record]]:
    """Find the header of a CSV file, and read the records below it.

    Args:
        text: The file.
        find_layout: Judges a header.

    Raises:
        HeaderNotFoundError: There is no header among the first lines.
        ParseError: The file is empty, or cannot be read to the end of its header.
    """
    source = read_lines(text)
    top = list(islice(source, _MAX_HEADER_LINE))
    separators: Iterable[str] = _SEPARATORS
    first = next((i for i, line in enumerate(top) if line.text.strip()), len(top))
    if first < len(top) and (found := _SEPARATOR_LINE.fullmatch(top[first].text)):
        separators = found[1]
        first += 1
    top = top[first:]
    if not any(line.text.strip() for line in top):
        raise ParseError(1, "The file is empty.")
    best: tuple[int, int, Layout, str] | None = None
    for separator in separators:
        for start, end, cells in _top_records(top, separator):
            layout = find_layout(cells)
            if layout is not None and (best is None or start < best[0]):
                best = (start, end, layout, separator)
                break
    if best is None:
        raise _header_not_found(top, separators, chain(top, source))
    _, end, layout, separator = best
    return layout, _records(chain(top[end:], source), separator)


def _top_records(top: list[Line], separator: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield the records among the first lines, each with the indexes of its lines."""
    reader = csv.reader((line.text for line in top), delimiter=separator, skipinitialspace=True)
    end = 0
    while True:
        start = end
        try:
            cells = next(reader, None)
        except csv.Error:
            return
        if cells is None:
            return
        end = reader.line_num
        if cells:
            yield start, end, cells


def _header_not_found(
    top: list[Line], separators: Iterable[str], lines: Iterable[Line]
) -> HeaderNotFoundError:
    line = next(line for line in top if line.text.strip())
    separator = max(separators, key=line.text.count)
    cells = next(csv.reader([line.text], delimiter=separator, skipinitialspace=True), [])
    return HeaderNotFoundError(line.number, cells, lines)


def _records(lines: Iterator[Line], separator: str) -> Iterator[Record]:
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=separator, skipinitialspace=True, strict=True)
    while True:
        feed.begin_record()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise ParseError(feed.first, _reason(error)) from None
        yield from feed.skipped()
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield Record(feed.first, cells)


def cells_error(cells: list[str], width: int) -> CellError | None:
    """Return why a record has more cells than the header, if it has."""
    if len(cells) <= width or not any(cells[width:]):
        return None
    reason = (
        f"The row has {len(cells)} cells, the header {width}. A text with a comma in it needs "
        'quotes around it: "like this".'
    )
    if any(has_typographic_quotes(cell) for cell in cells):
        reason += " Those in the row are typographic quotes."
    return CellError(None, reason)


def _reason(error: csv.Error) -> str:
    if "unexpected end of data" in str(error):
        return "The row never ends: a quote was opened and not closed, or the file is cut off."
    if "field limit" in str(error):
        return (
            f"A cell is longer than {csv.field_size_limit():,} characters. Is a quote not closed?"
        )
    return f"The row is not CSV: {error}."


class _Feed:
    """Passes lines to the CSV reader, and records where a record began and what was skipped."""

    def __init__(self, source: Iterator[Line]) -> None:
        self.first = 1
        self._source = source
        self._is_new = False
        self._skipped: list[Record] = []

    def begin_record(self) -> None:
        self._is_new = True

    def skipped(self) -> Iterator[Record]:
        """Yield the lines skipped since the last time, and why."""
        yield from self._skipped
        self._skipped.clear()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for line in self._source:
            if line.error is None:
                if self._is_new:
                    self.first, self._is_new = line.number, False
                return line.text
            self._skipped.append(Record(line.number, CellError(None, line.error)))
        raise StopIteration
