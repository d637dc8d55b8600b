"""Split many items into requests of limited size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import Any

from attrs import Attribute, field, frozen

from apple_music_ratings._operations.batch import Batch
from apple_music_ratings.errors import ConfigurationError
from apple_music_ratings.models import Item, ResourceType

# The service documents no limit. 100 and 200 are in production use, and a whole library's ids in
# one address failed (observed: Music Assistant; zachomedia/apple-music-webplayer issue 84).
MAX_BATCH = 100
# 24 page reads at a time met no 429, 16 heavy ones did (observed: SoftARV/Slipmat).
MAX_CONCURRENCY = 8
# httpx opens no more connections at a time.
_MAX_CONNECTIONS = 100


def _from_1_to(highest: float) -> Callable[[object, Attribute[Any], object], None]:
    def check(_limits: object, attribute: Attribute[Any], value: object) -> None:
        if type(value) is not int or not 1 <= value <= highest:
            bound = f" and at most {highest}" if highest < inf else ""
            raise ConfigurationError(
                f"{attribute.name} must be a whole number of at least 1{bound}, not {value!r}."
            )

    return check


@frozen(kw_only=True)
class Limits:
    """How much a client does at a time.

    Args:
        batch_size: Most ids in one request.
        max_concurrency: Most requests in flight at once.

    Raises:
        ConfigurationError: One is not a whole number of at least 1, or `max_concurrency` is more
            than 100.
    """

    batch_size: int = field(default=MAX_BATCH, validator=_from_1_to(inf))
    max_concurrency: int = field(default=MAX_CONCURRENCY, validator=_from_1_to(_MAX_CONNECTIONS))


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
