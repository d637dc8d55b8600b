"""The content of a ratings file: one row for each item, and everything that is not a row."""

from __future__ import annotations

from attrs import frozen

from apple_music_ratings.errors import RowError
from apple_music_ratings.models import Item, RatingValue

from .rows import RatingRow


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
