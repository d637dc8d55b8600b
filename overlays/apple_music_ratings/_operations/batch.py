"""The items of one request."""

from __future__ import annotations

from attrs import field, frozen

from apple_music_ratings.errors import UnexpectedResponseError
from apple_music_ratings.models import Item, RatingValue, ResourceType


@frozen
class Batch:
    """The items of one request, all of one resource type."""

    type: ResourceType
    items: tuple[Item, ...]

    def halves(self) -> tuple[Batch, Batch]:
        """Split it; the first half is never the smaller one."""
        middle = (len(self.items) + 1) // 2
        return Batch(self.type, self.items[:middle]), Batch(self.type, self.items[middle:])


@frozen
class BatchResult:
    """What was read of a batch.

    Args:
        ratings: The rating of each item that could be read; `None` for an unrated one.
        errors: Why each other one could not.
    """

    ratings: dict[Item, RatingValue | None]
    errors: dict[Item, UnexpectedResponseError] = field(factory=dict)
