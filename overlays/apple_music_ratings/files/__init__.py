"""Ratings files: read tables, JSON, workbooks and Apple's privacy export; write CSV and JSON."""

from __future__ import annotations

from .columns import COLUMNS, ReadOptions
from .formats import FileFormat, write_rows
from .ratings_file import RatingsFile, SkippedRow
from .reading import read_items, read_ratings, read_rows
from .rows import BlankRow, RatingRow, format_rating
from .writing import detect_format, open_output

__all__ = [
    "COLUMNS",
    "BlankRow",
    "FileFormat",
    "RatingRow",
    "RatingsFile",
    "ReadOptions",
    "SkippedRow",
    "detect_format",
    "format_rating",
    "open_output",
    "read_items",
    "read_ratings",
    "read_rows",
    "write_rows",
]
