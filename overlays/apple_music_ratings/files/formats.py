"""Write rows as CSV, JSON or JSON Lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TextIO

from .columns import COLUMNS
from .rows import RatingRow, escape_formula, to_cells


class FileFormat(StrEnum):
    """The format of a ratings file."""

    CSV = "csv"
    JSON = "json"
    JSON_LINES = "jsonl"


def _write_csv(rows: Iterable[RatingRow], stream: TextIO) -> None:
    plain = csv.writer(stream, lineterminator="\n")
    # Python before 3.13 does not quote a bare carriage return, nor what readers may strip.
    quoting = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(COLUMNS)
    for row in rows:
        cells = [escape_formula(cell or "") for cell in to_cells(row).values()]
        needs_quotes = any("\r" in cell or cell.startswith(" ") for cell in cells)
        (quoting if needs_quotes else plain).writerow(cells)


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


WRITERS: dict[FileFormat, Callable[[Iterable[RatingRow], TextIO], None]] = {
    FileFormat.CSV: _write_csv,
    FileFormat.JSON: _write_json,
    FileFormat.JSON_LINES: _write_json_lines,
}
