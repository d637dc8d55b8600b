"""Files and links that people have, as public bug reports and export formats describe them."""

from __future__ import annotations

from pathlib import Path

import pytest

from apple_music_ratings import FileError
from apple_music_ratings.files import ReadOptions, read_items, read_ratings

CASES = Path(__file__).parent / "cases"
LIKED = {"songs/907242702": "like"}
READ_WITHOUT_OPTIONS = {
    "Apple Music - Favorites.csv": {
        "songs/907242702": "like",
        "songs/1151618586": "dislike",
        "albums/1138988512": "like",
    },
    "api-list.json": LIKED,
    "api-response.json": LIKED,
    "apostrophe.csv": LIKED,
    "caps.json": LIKED,
    "float-ids.csv": {"songs/907242702": "like", "songs/1151618586": "dislike"},
    "sep-line.csv": LIKED,
    "smart-quotes.csv": LIKED,
    "unicode-text.csv": LIKED,
}
SONG, ALBUM = "songs/907242702", "albums/1138988512"


def ratings(name: str, **options: str) -> dict[str, str]:
    """Return what a file says."""
    read = read_ratings(CASES / name, options=ReadOptions(**options))
    assert not read.errors
    return {str(item): str(rating) for item, rating in read.desired.items()}


def test_files_that_people_have_are_read() -> None:
    """Exports, spreadsheets' habits and the API's own responses, without any option."""
    assert {name: ratings(name) for name in READ_WITHOUT_OPTIONS} == READ_WITHOUT_OPTIONS


def test_favorites_report_what_is_not_applied() -> None:
    """The artist is listed with the reason, and NEUTRAL is counted as no change."""
    read = read_ratings(CASES / "Apple Music - Favorites.csv")
    (skipped,) = read.skipped

    assert (read.blank_rows, skipped.line, skipped.name) == (1, 5, "The Lanterns")
    assert skipped.cause == "The Apple Music API has no ratings for artists."


def test_file_of_a_transfer_service_needs_one_rating_for_all() -> None:
    """Its ids are of songs, in the catalog or in the library; the message names the option."""
    with pytest.raises(FileError, match=r"no column rating.* use --rating like"):
        ratings("tunemymusic.csv")

    assert ratings("tunemymusic.csv", rating="like") == {
        SONG: "like",
        "library-songs/i.7PJNN4mfXlD68R": "like",
    }


def test_plain_ids_need_a_type_and_a_rating() -> None:
    """Each is named by the message where it is missing."""
    with pytest.raises(FileError, match=r"list of items without ratings\. To .* --rating like"):
        ratings("catalog-ids.txt")
    untyped = read_ratings(CASES / "catalog-ids.txt", options=ReadOptions(rating="like"))
    with (CASES / "catalog-ids.txt").open("rb") as stream:
        items = [str(item) for item in read_items(stream, name="ids", type="songs")]

    assert {error.reason.rpartition(". ")[2] for error in untyped.errors} == {
        "To give all rows one type, use --type songs."
    }
    assert list(ratings("catalog-ids.txt", rating="like", type="songs")) == items
    assert items == ["songs/907242702", "songs/1151618586", "songs/203709340"]


def test_every_link_is_read() -> None:
    """One on each line."""
    with (CASES / "links.txt").open("rb") as stream:
        found = [str(item) for item in read_items(stream, name="links")]

    assert found == [SONG, ALBUM, SONG, "songs/14172565", *[SONG] * 5, ALBUM, SONG, SONG]
