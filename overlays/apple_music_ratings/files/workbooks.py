"""Rows of an Excel workbook (.xlsx), read with openpyxl from the extra `xlsx`."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BufferedReader, BytesIO, StringIO

from apple_music_ratings.errors import ConfigurationError

from .streams import ParseError, PeekedStream
from .tables import FindLayout, HeaderNotFoundError, Layout, Record, read_table

_MAX_SIZE = 1 << 26
_MAX_UNPACKED = 1 << 29
_MAX_HEADER_ROW = 20


def read_workbook(
    stream: PeekedStream, find_layout: FindLayout[Layout]
) -> tuple[Layout, Iterator[Record]]:
    """Find the first sheet with a header, and read the rows below it.

    A sheet with one column may hold lines of text instead.

    Raises:
        HeaderNotFoundError: No sheet has a header.
        ParseError: The workbook is damaged, too large, or openpyxl is not installed.
    """
    try:
        import openpyxl  # noqa: PLC0415  # an extra
    except ImportError:
        missing = ConfigurationError.missing_extra("Reading an Excel workbook", "xlsx", "openpyxl")
        raise ParseError(1, f'{missing}, or save the sheet as "CSV UTF-8".') from None
    data = BufferedReader(stream).read(_MAX_SIZE + 1)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if len(data) > _MAX_SIZE or unpacked > _MAX_UNPACKED:
            raise ParseError(1, 'The workbook is too large. Save the sheet as "CSV UTF-8".')
        sheets = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True).worksheets
        # All rows, since a damaged workbook may fail at any of them.
        tables = [list(_rows(sheet.iter_rows(values_only=True))) for sheet in sheets]
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, SyntaxError) as error:
        raise ParseError(1, f"The workbook is damaged: {error}.") from None
    for rows in tables:
        for start, (_, cells) in enumerate(rows[:_MAX_HEADER_ROW]):
            layout = find_layout(cells)
            if layout is not None:
                records = (Record(*row) for row in rows[start + 1 :] if row[1] != cells)
                return layout, records
    first = next(filter(None, tables), [])
    if first and all(sum(map(bool, cells)) == 1 for _, cells in first):
        # A list, or a table whose lines were pasted into one column.
        lines = {line: "".join(cells) for line, cells in first}
        text = "\n".join(lines.get(line, "") for line in range(1, first[-1][0] + 1))
        return read_table(StringIO(text), find_layout)
    raise HeaderNotFoundError(1, first[0][1] if first else [])


def _rows(values: Iterator[tuple[object, ...]]) -> Iterator[tuple[int, list[str]]]:
    for line, row in enumerate(values, 1):
        cells = [_text(value) for value in row]
        if any(cell.strip() for cell in cells):
            yield line, cells


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < 10**15 else f"{value:E}"
    return str(value)
