"""What 100,000 ratings cost in memory, beside plain Python values that hold the same."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable

from apple_music_ratings import Item, LibraryItem, Rating, RatingValue, ResourceType

from .figures import Section
from .rounds import Effort

COUNT = 100_000
_SONGS = ResourceType.SONGS
_LIBRARY = ResourceType.LIBRARY_SONGS


def _megabytes(build: Callable[[], object]) -> float:
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    held = build()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del held
    return (after - before) / 1e6


def sections(effort: Effort) -> list[Section]:
    """Measure the values that bulk calls hand out; the texts in them exist beforehand."""
    ids = [str(900_000_000 + number) for number in range(COUNT)]
    names = [f"Song {number}" for number in range(COUNT)]
    like = RatingValue.LIKE
    built: dict[str, dict[str, Callable[[], object]]] = {
        "memory of a dict from get_ratings": {
            "dict of (type, id) tuples": lambda: {("songs", id): 1 for id in ids},
            "dict of ids alone": lambda: dict.fromkeys(ids, 1),
            "apple_music_ratings": lambda: {Item(_SONGS, id): like for id in ids},
        },
        "memory of a list of Rating": {
            "list of (type, id, value) tuples": lambda: [("songs", id, 1) for id in ids],
            "apple_music_ratings": lambda: [Rating(Item(_SONGS, id), like) for id in ids],
        },
        "memory of a list from iter_library_ratings": {
            "list of tuples": lambda: [
                ("library-songs", f"i.{id}", name, None, None, id, 1)
                for id, name in zip(ids, names, strict=True)
            ],
            "apple_music_ratings": lambda: [
                (LibraryItem(Item(_LIBRARY, f"i.{id}"), name=name, catalog_id=id), like)
                for id, name in zip(ids, names, strict=True)
            ],
        },
    }
    return [
        Section(
            group="memory",
            name=name,
            about=f"{COUNT:,} ratings held; the texts in them exist beforehand and do not count.",
            reference=next(iter(ways)),
            runs={
                way: [_megabytes(build) for _ in range(effort.long_rounds)]
                for way, build in ways.items()
            },
            unit="MB",
            ours=("apple_music_ratings",),
        )
        for name, ways in built.items()
    ]
