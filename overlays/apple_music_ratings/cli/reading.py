"""Read what `export` and `list` show: the ratings of a library, or of the items that are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias

import click

from apple_music_ratings import (
    Item,
    Progress,
    RatingsClient,
    RatingsError,
    RatingValue,
    ResourceType,
)
from apple_music_ratings.files import RatingRow

OnProgress: TypeAlias = Callable[[Progress], None]
# Songs first: they are what most people rate.
LIBRARY_TYPES = (
    ResourceType.LIBRARY_SONGS,
    ResourceType.LIBRARY_ALBUMS,
    ResourceType.LIBRARY_MUSIC_VIDEOS,
    ResourceType.LIBRARY_PLAYLISTS,
)
# The ratings that each word of --only selects.
RATINGS = {
    "like": frozenset({RatingValue.LIKE}),
    "dislike": frozenset({RatingValue.DISLIKE}),
    "rated": frozenset(RatingValue),
}
# Read in parts, so that a long list is written as it is read.
_AT_ONCE = 1000


def read_items(
    client: RatingsClient,
    items: Sequence[Item],
    types: Sequence[ResourceType],
    errors: list[RatingsError],
    on_progress: OnProgress,
) -> Iterator[RatingRow]:
    """Yield the ratings of items, each once.

    Args:
        client: Reads them.
        items: The items.
        types: The types to read; none for all.
        errors: What could not be read is added to it.
        on_progress: Called as items are read.
    """
    distinct = dict.fromkeys(item for item in items if not types or item.type in types)
    total, waiting = len(distinct), iter(distinct)
    for start in range(0, total, _AT_ONCE):

        def show(part: Progress, start: int = start) -> None:
            on_progress(Progress(start + part.finished, total, part.failed))

        some = islice(waiting, _AT_ONCE)
        ratings = client.get_ratings(some, on_error=errors.append, on_progress=show)
        for item, rating in ratings.items():
            yield RatingRow(item=item, rating=rating)


def read_library(
    client: RatingsClient,
    types: Sequence[ResourceType],
    errors: list[RatingsError],
    with_favorites: bool,  # noqa: FBT001  # passed through
    on_progress: OnProgress,
) -> Iterator[RatingRow]:
    """Return the items of the library and their ratings.

    Raises:
        click.UsageError: A type is not one of the library.
    """
    for resource_type in types:
        if resource_type not in LIBRARY_TYPES:
            raise click.UsageError(
                "The catalog cannot be listed. Name the items, or use "
                f"--type library-{resource_type}."
            )
    pairs = client.iter_library_ratings(
        *types,
        with_favorites=with_favorites,
        on_error=errors.append,
        on_progress=on_progress,
    )
    return (RatingRow.of_library_item(entry, rating) for entry, rating in pairs)
