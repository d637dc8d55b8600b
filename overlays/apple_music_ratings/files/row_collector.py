"""Collects the rows of a file, and finds those that conflict."""

from __future__ import annotations

from apple_music_ratings.errors import RowError
from apple_music_ratings.models import Item

from .ratings_file import RatingsFile
from .rows import BlankRow, RatingRow, format_rating


class RowCollector:
    """Joins the rows of one file; two that disagree are errors.

    Args:
        name: The name of the file.
    """

    def __init__(self, name: str) -> None:
        self.errors: list[RowError] = []
        self._name = name
        self._rows: dict[Item, RatingRow] = {}
        self._conflicting: dict[Item, RatingRow] = {}
        self._blank_rows = 0
        self._duplicates = 0

    def add(self, row: RatingRow | RowError | BlankRow) -> None:
        """Add a row."""
        if isinstance(row, BlankRow):
            self._blank_rows += 1
        elif isinstance(row, RowError):
            self.errors.append(row)
        else:
            self._add_row(row)

    def result(self) -> RatingsFile:
        """Return the content of the file."""
        return RatingsFile(
            name=self._name,
            rows=tuple(self._rows.values()),
            errors=tuple(sorted(self.errors, key=lambda error: error.line)),
            blank_rows=self._blank_rows,
            duplicates=self._duplicates,
        )

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
