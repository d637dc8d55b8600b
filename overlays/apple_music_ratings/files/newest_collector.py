"""Collects the rows of several exports, of which the newest row of an item counts."""

from __future__ import annotations

from datetime import UTC, datetime

from apple_music_ratings.errors import RowError
from apple_music_ratings.models import Item, RatingValue

from .cells import NEUTRAL, Unchanged
from .privacy_export import ExportEntry, ExportFile, NeutralEntry, SkippedEntry, UndatedEntry
from .ratings_file import RatingsFile, SkippedRow
from .rows import RatingRow

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


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
        # The ratings that an item has in its entries, and the errors of those without a date.
        self._ratings: dict[Item, set[RatingValue | Unchanged | None]] = {}
        self._undated: dict[Item, list[RowError]] = {}
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
        undated: RowError | None = None
        if isinstance(entry, UndatedEntry):
            undated = RowError(path, line, entry.error.column, entry.error.reason)
            entry = entry.entry
        if isinstance(entry, SkippedEntry):
            # The tracks of an album repeat its rating.
            key = (entry.cause, entry.name, 0 if entry.is_repeated else line)
            self._skipped.setdefault(key, SkippedRow(path, line, entry.cause, entry.name))
            return
        if entry.item is None:
            self._blank_rows += 1
            return
        if undated is not None:
            self._undated.setdefault(entry.item, []).append(undated)
        rating = entry.rating if isinstance(entry, RatingRow) else NEUTRAL
        self._ratings.setdefault(entry.item, set()).add(rating)
        age = (entry.modified_at or _LONG_AGO, file.value)
        other = self._newest.get(entry.item)
        if other is not None:
            self._duplicates += 1
        if other is None or other[0] <= age:
            self._newest[entry.item] = (age, entry)

    def result(self) -> RatingsFile:
        """Return the content of the export."""
        guessed = {item for item in self._undated if len(self._ratings[item]) > 1}
        self.errors += [error for item in guessed for error in self._undated[item]]
        self.errors.sort(key=lambda error: (error.file, error.line))
        entries = [entry for item, (_, entry) in self._newest.items() if item not in guessed]
        rows = tuple(entry for entry in entries if isinstance(entry, RatingRow))
        return RatingsFile(
            name=self._name,
            rows=rows,
            errors=tuple(self.errors),
            blank_rows=self._blank_rows + len(entries) - len(rows),
            duplicates=self._duplicates,
            skipped=tuple(self._skipped.values()),
        )
