"""Invented libraries of any size, always the same."""

from __future__ import annotations

from collections.abc import Mapping

from apple_music_ratings_mock.api.state import LibraryEntry

_COLORS = ("Amber", "Blue", "Crimson", "Distant", "Early", "Faded", "Golden", "Hollow", "Idle")
_NOUNS = ("Harbor", "Lantern", "Meadow", "Orchard", "River", "Signal", "Tower", "Window")
_ARTISTS = ("The Harbor Lights", "Paper Orchard", "Night Ferry", "Salt and Cedar", "Low Meadow")
_PREFIXES = {"songs": "i.s", "albums": "l.", "music-videos": "i.v", "playlists": "p."}
# The first invented catalog id of each type; the ranges do not overlap.
_CATALOG_STARTS = {"songs": 1_000_000_000, "albums": 2_000_000_000, "music-videos": 3_000_000_000}


def generate_library(counts: Mapping[str, int]) -> list[LibraryEntry]:
    """Return an invented library.

    Every tenth item is an upload, without a catalog id.

    Args:
        counts: The number of `songs`, `albums`, `music-videos` and `playlists`.
    """
    return [_entry(name, number) for name, count in counts.items() for number in range(count)]


def _entry(name: str, number: int) -> LibraryEntry:
    # Steps of two sizes, so that catalog order and alphabetical order differ.
    title = f"{_COLORS[number * 7 % 9]} {_NOUNS[number * 3 % 8]} {number}"
    album = f"{_COLORS[number // 12 % 9]} {_NOUNS[number // 12 % 8]}"
    is_upload = number % 10 == 9
    catalog_id = None
    if not is_upload:
        start = _CATALOG_STARTS.get(name)
        catalog_id = f"pl.{number:032x}" if start is None else str(start + number)
    return LibraryEntry(
        f"library-{name}",
        f"{_PREFIXES[name]}{number:08}",
        catalog_id,
        name=title,
        artist=None if name == "playlists" else _ARTISTS[number % 5],
        album=album if name == "songs" else None,
        date_added=f"20{10 + number % 15}-{1 + number % 12:02}-{1 + number % 28:02}T09:00:00Z",
    )
