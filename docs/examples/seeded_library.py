"""A library of 500 items with invented names, the same each time."""

from __future__ import annotations

from random import Random

from apple_music_ratings_mock import LibraryEntry

_FIRST = ("Silver", "Paper", "Winter", "Distant", "Copper", "Velvet", "Hollow", "Golden", "Quiet")
_SECOND = ("Harbor", "Lantern", "Meadow", "Signal", "Orchard", "Mirror", "River", "Static")
_ENDS = ["", "", "", " (Live)", " (Acoustic)", ", Part 2", " & After", ": A Reprise"]
_BANDS = [f"The {word}s" for word in _SECOND] + ["Aurélie Nord", "Kōri", "=M+", "DJ Ferry"]
# The number of items of each type, and the forms of their ids.
_SHARES = [
    ("library-songs", 400, "i.song{:04}", "15{:08}"),
    ("library-albums", 60, "l.album{:03}", "16{:08}"),
    ("library-music-videos", 20, "i.video{:03}", "17{:08}"),
    ("library-playlists", 20, "p.list{:03}", "pl.demo{:03}"),
]


def seeded_library() -> list[LibraryEntry]:
    """Return the library."""
    random = Random(500)  # noqa: S311  # no secret
    return [
        LibraryEntry(
            type,
            library_id.format(number),
            # A few songs are uploads, which are not in the catalog.
            None if type == "library-songs" and number % 50 == 0 else catalog_id.format(number),
            name=f"{random.choice(_FIRST)} {random.choice(_SECOND)}{random.choice(_ENDS)}",
            artist=None if type == "library-playlists" else random.choice(_BANDS),
            album=f"{random.choice(_FIRST)} {random.choice(_SECOND)}" if "songs" in type else None,
        )
        for type, count, library_id, catalog_id in _SHARES
        for number in range(1, count + 1)
    ]


def seeded_ratings(library: list[LibraryEntry]) -> dict[tuple[str, str], int]:
    """Return the first ratings, of about a third of the items."""
    random = Random(501)  # noqa: S311  # no secret
    chosen = {}
    for entry in library:
        value = random.choice([1, 1, -1, 0, 0, 0, 0, 0, 0])
        if value:
            chosen[entry.type, entry.library_id] = value
    return chosen
