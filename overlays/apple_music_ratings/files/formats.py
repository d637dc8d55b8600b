"""Write rows as CSV, JSON or JSON Lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TextIO

from .columns import COLUMNS
from .rows import RatingRow, escape_formula, to_cells

Cells = Mapping[str, str | bool | None]


class FileFormat(StrEnum):
    """The format of a ratings file."""

    CSV = "csv"
    JSON = "json"
    JSON_LINES = "jsonl"


def write_rows(
    rows: Iterable[RatingRow], stream: TextIO, format: FileFormat, *, with_favorites: bool = False
) -> None:
    """Write rows one by one.

    Args:
        rows: The rows.
        stream: A text stream opened with `newline=""`.
        format: The format.
        with_favorites: Add the column `is_favorite`.
    """
    if with_favorites:
        _WRITERS[format](map(_with_favorite, rows), stream, (*COLUMNS, "is_favorite"))
    else:
        _WRITERS[format](map(to_cells, rows), stream, COLUMNS)


def _with_favorite(row: RatingRow) -> Cells:
    return {**to_cells(row), "is_favorite": row.is_favorite}


def _write_csv(rows: Iterable[Cells], stream: TextIO, columns: Sequence[str]) -> None:
    plain = csv.writer(stream, lineterminator="\n")
    # Python before 3.13 does not quote a bare carriage return, nor what readers may strip.
    quoting = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(columns)
    for row in rows:
        cells = [_to_text(cell) for cell in row.values()]
        needs_quotes = any("\r" in cell or cell.startswith(" ") for cell in cells)
        (quoting if needs_quotes else plain).writerow(cells)


def _to_text(cell: str | bool | None) -> str:  # noqa: FBT001  # a cell
    return str(cell).lower() if isinstance(cell, bool) else escape_formula(cell or "")


def _write_json(rows: Iterable[Cells], stream: TextIO, _: Sequence[str]) -> None:
    between = "["
    for row in rows:
        stream.write(f"{between}\n{_to_json(row)}")
        between = ","
    stream.write("[]\n" if between == "[" else "\n]\n")


def _write_json_lines(rows: Iterable[Cells], stream: TextIO, _: Sequence[str]) -> None:
    stream.writelines(f"{_to_json(row)}\n" for row in rows)


def _to_json(row: Cells) -> str:
    return json.dumps(row, ensure_ascii=False)


_WRITERS: dict[FileFormat, Callable[[Iterable[Cells], TextIO, Sequence[str]], None]] = {
    FileFormat.CSV: _write_csv,
    FileFormat.JSON: _write_json,
    FileFormat.JSON_LINES: _write_json_lines,
}
