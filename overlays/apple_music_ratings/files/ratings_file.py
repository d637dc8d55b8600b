"""What a ratings file says in all: one row for each item, and everything that is not a row."""

from __future__ import annotations

from datetime import UTC, datetime

from attrs import frozen

from apple_music_ratings.errors import RowError
from apple_music_ratings.models import Item, RatingValue

from .privacy_export import ExportEntry, ExportFile, NeutralEntry, SkippedEntry
from .rows import BlankRow, RatingRow, format_rating

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@frozen
class SkippedRow:
    """A row of Apple's privacy export that the API cannot apply, such as a liked artist.

    Args:
        file: The name of the file.
        line: The line on which the row begins, counted from 1.
        cause: Why it is skipped; the same text for all rows skipped for one cause.
        name: What the row calls the item.
    """

    file: str
    line: int
    cause: str
    name: str


@frozen
class RatingsFile:
    """The content of a ratings file.

    Args:
        name: The name of the file.
        rows: One row for each item, in the order of the file.
        errors: The errors in all other rows, in the order of the file.
        blank_rows: How many rows have no rating, and change nothing.
        duplicates: How many rows repeat an earlier one, or were replaced by a newer one.
        skipped: The rows that the API cannot apply.
    """

    name: str
    rows: tuple[RatingRow, ...]
    errors: tuple[RowError, ...] = ()
    blank_rows: int = 0
    duplicates: int = 0
    skipped: tuple[SkippedRow, ...] = ()

    @property
    def desired(self) -> dict[Item, RatingValue | None]:
        """The rating that each item is to have, as `make_plan` accepts it."""
        return {row.item: row.rating for row in self.rows}


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


class NewestCollector:
    """Joins the entries of Apple's privacy export; the newest entry of an item wins.

    Without dates the newer format wins, and then the later entry.

    Args:
        name: The name of the export.
    """

    def __init__(self, name: str) -> None:
        self.errors: list[RowError] = []
        self._name = name
        # With each entry its age: the date of its last change, and the format of its file.
        self._newest: dict[Item, tuple[tuple[datetime, int], RatingRow | NeutralEntry]] = {}
        self._blank_rows = 0
        self._duplicates = 0
        self._skipped: dict[tuple[str, str, int], SkippedRow] = {}

    def add(self, entry: ExportEntry, file: ExportFile, *, path: str, line: int) -> None:
        """Add an entry.

        Args:
            entry: The entry.
            file: Which file of the export it is from.
            path: The name of that file.
            line: The line of the entry.
        """
        if isinstance(entry, SkippedEntry):
            # The tracks of an album repeat its rating.
            key = (entry.cause, entry.name, 0 if entry.is_repeated else line)
            self._skipped.setdefault(key, SkippedRow(path, line, entry.cause, entry.name))
            return
        if entry.item is None:
            self._blank_rows += 1
            return
        age = (entry.modified_at or _LONG_AGO, file.value)
        other = self._newest.get(entry.item)
        if other is not None:
            self._duplicates += 1
        if other is None or other[0] <= age:
            self._newest[entry.item] = (age, entry)

    def result(self) -> RatingsFile:
        """Return the content of the export."""
        entries = [entry for _, entry in self._newest.values()]
        rows = tuple(entry for entry in entries if isinstance(entry, RatingRow))
        return RatingsFile(
            name=self._name,
            rows=rows,
            errors=tuple(self.errors),
            blank_rows=self._blank_rows + len(entries) - len(rows),
            duplicates=self._duplicates,
            skipped=tuple(self._skipped.values()),
        )
