"""Plan reads of many items: ask once for each, together where the service allows it."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from apple_music_ratings.models import Item, ResourceType

# The service documents no limit. 100 and 200 are in production use, and a whole library's ids in
# one address failed (observed: Music Assistant; zachomedia/apple-music-webplayer issue 84).
MAX_BATCH = 100


@frozen
class Batch:
    """One request's share: items of one resource type."""

    type: ResourceType
    items: tuple[Item, ...]


def distinct(items: Iterable[Item]) -> list[Item]:
    """Keep the first of each item, in the order given."""
    return list(dict.fromkeys(items))


def batches(items: Iterable[Item], *, size: int = MAX_BATCH) -> list[Batch]:
    """Split distinct items into requests.

    Args:
        items: Distinct items of any types.
        size: Most ids in one request.

    Returns:
        Batches by type in the order in which types first appear; items keep their order.
    """
    by_type: dict[ResourceType, list[Item]] = {}
    for item in items:
        by_type.setdefault(item.type, []).append(item)
    return [
        Batch(resource_type, tuple(alike[start : start + size]))
        for resource_type, alike in by_type.items()
        for start in range(0, len(alike), size)
    ]
