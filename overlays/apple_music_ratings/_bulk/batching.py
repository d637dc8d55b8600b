"""Plan reads and writes of many items: ask once for each, together where the service allows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Any

from attrs import Attribute, field, frozen

from apple_music_ratings.errors import ConfigurationError
from apple_music_ratings.models import (
    Item,
    RatingValue,
    ResourceType,
    as_rating_value,
    validate_item,
)
from apple_music_ratings.plans import Action, Plan, Step

# The service documents no limit. 100 and 200 are in production use, and a whole library's ids in
# one address failed (observed: Music Assistant; zachomedia/apple-music-webplayer issue 84).
MAX_BATCH = 100
# 24 page reads at a time met no 429, 16 heavy ones did (observed: SoftARV/Slipmat).
MAX_CONCURRENCY = 8
_ACTIONS = {RatingValue.LIKE: Action.LIKE, RatingValue.DISLIKE: Action.DISLIKE, None: Action.REMOVE}


# httpx opens no more connections at a time.
_MOST_AT_A_TIME = 100


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
        max_concurrency: Most requests on their way at once.

    Raises:
        ConfigurationError: One is not a whole number of at least 1, or more than 100 are to be on
            their way.
    """

    batch_size: int = field(default=MAX_BATCH, validator=_from_1_to(inf))
    max_concurrency: int = field(default=MAX_CONCURRENCY, validator=_from_1_to(_MOST_AT_A_TIME))


@frozen
class Batch:
    """One request's share: items of one resource type."""

    type: ResourceType
    items: tuple[Item, ...]

    def halves(self) -> tuple[Batch, Batch]:
        """Split it; the first half is never the smaller one."""
        middle = (len(self.items) + 1) // 2
        return Batch(self.type, self.items[:middle]), Batch(self.type, self.items[middle:])


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
    """Split items of any types into pieces of limited size, in order."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def plan(
    desired: Mapping[Item, RatingValue | None], current: Mapping[Item, RatingValue | None]
) -> Plan:
    """Plan the way from what stands to what is wanted. Nothing is read and nothing is sent.

    Args:
        desired: What each item's rating should be; `None` for none. Items that are not in it are
            left out of the plan.
        current: What stands, as `get_ratings` gives it. An item that is missing counts as unrated.

    Returns:
        One step for each desired item, in that order. An item that stands as wanted is left alone
        and costs no write.

    Raises:
        InvalidItemError: A key is no `Item`.
        InvalidRatingError: A value is no rating and not `None`.

    Example:
        >>> song = Item("songs", "907242702")
        >>> plan({song: RatingValue.LIKE}, {song: None}).steps[0].action
        <Action.LIKE: 'like'>
    """
    steps = []
    for key, wanted in desired.items():
        item = validate_item(key)
        value = None if wanted is None else as_rating_value(wanted)
        before = current.get(item)
        action = Action.LEAVE if value == before else _ACTIONS[value]
        steps.append(Step(item, action, before))
    return Plan(steps)
