"""Ratings files: reading and writing CSV, JSON and JSON Lines."""

from __future__ import annotations

from .ratings_file import (
    COLUMNS,
    BlankRow,
    FileFormat,
    RatingRow,
    RatingsFile,
    detect_format,
    format_rating,
    open_output,
    read_items,
    read_ratings,
    read_rows,
    write_rows,
)

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
