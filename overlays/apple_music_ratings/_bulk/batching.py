"""Split many items into requests of limited size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from apple_music_ratings._operations.batch import Batch
from apple_music_ratings.models import Item, ResourceType


def distinct(items: Iterable[Item]) -> list[Item]:
    """Keep the first of each item, in the order given."""
    return list(dict.fromkeys(items))


def batches(items: Iterable[Item], *, size: int) -> list[Batch]:
    """Split distinct items into requests.

    Args:
        items: Distinct items of any types.
        size: Most ids in one request.

    Returns:
        Batches by type in the order in which types first appear; items keep their order.
    """
    by_type: defaultdict[ResourceType, list[Item]] = defaultdict(list)
    for item in items:
        by_type[item.type].append(item)
    return [
        Batch(resource_type, tuple(alike[start : start + size]))
        for resource_type, alike in by_type.items()
        for start in range(0, len(alike), size)
    ]


def chunks(items: Sequence[Item], *, size: int) -> list[Sequence[Item]]:
    """Split items of any types into chunks of limited size, in order."""
    return [items[start : start + size] for start in range(0, len(items), size)]
