"""The items of one request."""

from __future__ import annotations

from attrs import frozen

from apple_music_ratings.models import Item, ResourceType


@frozen
class Batch:
    """The items of one request, all of one resource type."""

    type: ResourceType
    items: tuple[Item, ...]

    def halves(self) -> tuple[Batch, Batch]:
        """Split it; the first half is never the smaller one."""
        middle = (len(self.items) + 1) // 2
        return Batch(self.type, self.items[:middle]), Batch(self.type, self.items[middle:])
