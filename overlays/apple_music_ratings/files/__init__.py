"""Ratings files: reading and writing CSV, JSON and JSON Lines."""

from __future__ import annotations

from .ratings_file import (
    COLUMNS,
    FileError,
    FileFormat,
    LeftAlone,
    RatingRow,
    RatingsFile,
    RowProblem,
    format_of,
    new_file,
    rating_word,
    read_items,
    read_ratings,
    read_rows,
    write_rows,
)

__all__ = [
    "COLUMNS",
    "FileError",
    "FileFormat",
    "LeftAlone",
    "RatingRow",
    "RatingsFile",
    "RowProblem",
    "format_of",
    "new_file",
    "rating_word",
    "read_items",
    "read_ratings",
    "read_rows",
    "write_rows",
]
