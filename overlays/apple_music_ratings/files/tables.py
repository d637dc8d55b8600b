"""Rows of a table: where its header is, and which sign separates its cells.

The `csv` module reads the cells. Its sniffer guesses by frequencies; here a separator is correct if
it yields a header that names our columns.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Generic, TextIO, TypeVar

from attrs import evolve, frozen

from .cells import CellError, has_typographic_quotes
from .streams import Line, ParseError, read_lines

Layout = TypeVar("Layout")
# How a header is judged: its layout, or `None` if these cells are not a header.
FindLayout = Callable[[list[str]], Layout | None]

_SEPARATORS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
# A line that a spreadsheet took for one cell, since it separates cells by another sign.
_WHOLE_LINE = re.compile(r'"((?:[^"]|"")*)"(\s*)')
# Markdown and database programs rule a line below the header, and around the table.
_RULE = re.compile(r"[-+|:=\s]+")
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
    separators: Sequence[str] = _SEPARATORS
    first = next((i for i, line in enumerate(top) if line.text.strip()), len(top))
    if first < len(top) and (found := _SEPARATOR_LINE.fullmatch(top[first].text)):
        separators = (found[1], *separators)
        first += 1
    top = top[first:]
    if not any(line.text.strip() for line in top):
        raise ParseError(1, "The file is empty.")
    lines: Iterator[Line] = chain(top, source)
    best = _find_header(top, separators, find_layout)
    if best is None and (best := _find_header(list(map(_unwrapped, top)), separators, find_layout)):
        lines = map(_unwrapped, lines)
    if best is None:
        raise _header_not_found(top, separators, lines)
    return best.layout, _records(islice(lines, best.end, None), best)


@frozen
class _Header(Generic[Layout]):
    """The header of a table.

    Args:
        start: The index of its first line.
        end: The index of the line after it.
        cells: Its cells.
        separator: The sign between them.
        layout: What it says.
    """

    start: int
    end: int
    cells: list[str]
    separator: str
    layout: Layout


def _find_header(
    top: list[Line], separators: Sequence[str], find_layout: FindLayout[Layout]
) -> _Header[Layout] | None:
    best: _Header[Layout] | None = None
    for separator in separators:
        for start, end, cells in _top_records(top, separator):
            layout = find_layout(cells)
            if layout is not None and (best is None or start < best.start):
                best = _Header(start, end, cells, separator, layout)
                break
    return best


def _unwrapped(line: Line) -> Line:
    """Return a line without the quotes around all of it."""
    found = _WHOLE_LINE.fullmatch(line.text)
    return evolve(line, text=found[1].replace('""', '"') + found[2]) if found else line


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
    top: list[Line], separators: Sequence[str], lines: Iterable[Line]
) -> HeaderNotFoundError:
    line = next(line for line in top if line.text.strip())
    separator = max(separators, key=line.text.count)
    cells = next(csv.reader([line.text], delimiter=separator, skipinitialspace=True), [])
    return HeaderNotFoundError(line.number, cells, lines)


def _records(lines: Iterator[Line], header: _Header[Layout]) -> Iterator[Record]:
    feed = _Feed(lines, header.separator)
    reader = csv.reader(feed, delimiter=header.separator, skipinitialspace=True, strict=True)
    names = [cell.strip() for cell in header.cells]
    while True:
        feed.begin_record()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise ParseError(feed.first, _reason(error, feed.last)) from None
        yield from feed.skipped()
        if cells is None:
            return
        texts = [cell.strip("\ufeff\x1a \t\r\n") for cell in cells]
        if any(texts) and texts != names and not _is_remark(texts, len(names)):
            yield Record(feed.first, cells)


def _is_remark(cells: list[str], width: int) -> bool:
    """Return whether a record is a ruled line, or a line that begins like a comment."""
    filled = [cell for cell in cells if cell]
    if all(_RULE.fullmatch(cell) for cell in filled):
        return any("---" in cell for cell in filled)
    return len(cells) == 1 < width and cells[0].startswith("#")


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


def _reason(error: csv.Error, line: str) -> str:
    if "unexpected end of data" in str(error):
        return "The row never ends: a quote was opened and not closed, or the file is cut off."
    if "field limit" in str(error):
        return (
            f"A cell is longer than {csv.field_size_limit():,} characters. Is a quote not closed?"
        )
    if has_typographic_quotes(line):
        return "Some quotes in the row are typographic. Replace them by straight ones."
    return (
        f"The row is not CSV: {error}. A quote inside a quoted cell has to be written twice: "
        '"a ""quoted"" word".'
    )


class _Feed:
    """Passes lines to the CSV reader, and records where a record began and what was skipped."""

    def __init__(self, source: Iterator[Line], separator: str) -> None:
        self.first = 1
        self.last = ""
        # Blanks after a quoted cell; after an opening or an escaped quote they are part of it.
        mark = re.escape(separator)
        self._blanks = re.compile(rf'(?<=[^"\s{mark}])"[ \t]+(?={mark}|[\r\n]|$)')
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
                self.last = line.text
                return self._blanks.sub('"', line.text) if '"' in line.text else line.text
            self._skipped.append(Record(line.number, CellError(None, line.error)))
        raise StopIteration
