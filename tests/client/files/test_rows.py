from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apple_music_ratings import Item, RatingValue
from apple_music_ratings.files.columns import COLUMNS
from apple_music_ratings.files.rows import (
    BlankRow,
    RatingRow,
    escape_formula,
    format_rating,
    to_cells,
    to_row,
    unescape_formula,
)

SONG = {"type": "songs", "id": "907242702"}
SONG_ITEM = "songs/907242702"
LINK = "https://music.apple.com/us/album/any-name/1138988512?i=907242702"


def cell_errors(**cells: Any) -> list[tuple[str | None, str]]:
    """Parse an invalid row, and return its errors."""
    found = to_row(cells, line=7)
    assert isinstance(found, tuple)
    return [(error.column, error.reason) for error in found]


RATINGS: list[tuple[object, RatingValue | None]] = [
    *[(word, RatingValue.LIKE) for word in ("like", "Like", "  LIKE ", "liked", "love", "LOVED")],
    *[
        (word, RatingValue.LIKE)
        for word in ("favorited", "'like'", "1", 1, 1.0, "1.0", "1,0", "'1", '="1"', "1,00")
    ],
    *[
        (word, RatingValue.LIKE)
        for word in ("+1", "+1.0", "1.", "1E+00", "=1", "１", "＋１", "١")  # noqa: RUF001  # wide
    ],
    *[
        (word, RatingValue.LIKE)
        for word in (
            "FAVO\u0055RITE",
            "like.",
            "Like!",
            "thumbs-up",
            "Thumbs Up",
            "❤️",
            "♥",
            "`like`",
        )
    ],
    *[
        (word, RatingValue.LIKE)
        for word in ("“like”", "like\u200b", "\u00a0like", "👍", "👍🏽", "👍\ufe0f")
    ],
    *[
        (word, RatingValue.DISLIKE)
        for word in ("dislike", "Disliked", "Suggest Less", "-1", -1, -1.0, "-1.0", "👎")
    ],
    *[
        (word, RatingValue.DISLIKE)
        for word in ("SUGGEST_LESS", "suggestLess", "-1,0", "–1", "－1", "=-1", "-1E+00")  # noqa: RUF001  # dashes
    ],
    ("\N{MINUS SIGN}1", RatingValue.DISLIKE),
    ("none", None),
    ("None", None),
]


def test_rating_is_read_in_every_way_people_write_it() -> None:
    """Apple's terms, its numbers, the two emoji, in any case and after a spreadsheet's changes."""
    read = [to_row({**SONG, "rating": word}, line=2) for word, _ in RATINGS]

    assert read == [
        RatingRow(item=Item("songs", "907242702"), rating=rating) for _, rating in RATINGS
    ]


def test_row_without_a_rating_changes_nothing() -> None:
    """Nothing else in the row matters; Apple's neutral states nothing either."""
    ratings: list[dict[str, Any]] = [{}, *({"rating": r} for r in ("", "  ", None, "NEUTRAL"))]
    items: list[dict[str, Any]] = [SONG, {"type": "songs"}, {}]

    assert {to_row({**i, **r}, line=2) for r in ratings for i in items} == {BlankRow()}


IDS = [
    ("907242702", "907242702"),
    (907242702, "907242702"),
    (907242702.0, "907242702"),
    ("907242702.0", "907242702"),
    ("907242702,00", "907242702"),
    ("'907242702", "907242702"),
    ("’907242702", "907242702"),  # noqa: RUF001  # a typographic apostrophe
    ("'907242702'", "907242702"),
    ('="907242702"', "907242702"),
    ("“907242702”", "907242702"),
    ("907,242,702", "907242702"),
    ("907.242.702", "907242702"),
    ("907 242 702", "907242702"),
    ("907\u202f242\u202f702", "907242702"),
    ("907'242'702", "907242702"),
    ("90,72,42,702", "907242702"),
    ("907,242,702.00", "907242702"),
    ("907.242.702,0", "907242702"),
    ("\ufeff907242702\u200b", "907242702"),
    ("\u00a0907242702 ", "907242702"),
    ("907\u2009242\u2009702", "907242702"),
    ("907_242_702", "907242702"),
    ("907242702.", "907242702"),
    ("907242702.000000", "907242702"),
    ("=907242702", "907242702"),
    ("=+907242702", "907242702"),
    ("+907242702", "907242702"),
    ("id907242702", "907242702"),
    ("９０７２４２７０２", "907242702"),  # noqa: RUF001  # wide digits
    ("٩٠٧٢٤٢٧٠٢", "907242702"),
]


def test_id_is_read_after_a_spreadsheet_has_changed_it() -> None:
    """Decimals, marks of text, separators and invisible letters: there is one reading only."""
    found = {str(cell): _id_of({"type": "songs", "id": cell}) for cell, _ in IDS}

    assert found == {str(cell): id for cell, id in IDS}


def _id_of(cells: dict[str, Any]) -> str:
    row = to_row({**cells, "rating": "like"}, line=2)
    return row.item.id if isinstance(row, RatingRow) else str(row)


@pytest.mark.parametrize(
    ("id", "words"),
    [
        ("9.07243E+08", "'9.07243E+08' is not an id. A spreadsheet has shortened the number"),
        ("9,07E8", "shortened the number"),
        ("1.000", "may be 1 or 1000. A spreadsheet has reformatted the number"),
        ("907242702.5", "is not a valid id of songs"),
        ("907,242.702", "it contains a comma"),
        ("9072,427", "it contains a comma"),
        ("-907242702", "is not a valid id of songs"),
        ("907242702e0", "shortened the number"),
        ("#########", "an error message of a spreadsheet"),
        ("#N/A", "an error message of a spreadsheet"),
        ("#REF!", "an error message of a spreadsheet"),
    ],
)
def test_id_that_can_only_be_guessed_is_invalid(id: str, words: str) -> None:
    """The reason names the cause."""
    ((column, reason),) = cell_errors(type="songs", id=id, rating="like")

    assert column == "id"
    assert words in reason


def test_other_words_are_not_ratings() -> None:
    """The reason lists the words."""
    words = ["lik", "0", 0, "2", "yes", "True", True, "null", "like dislike", "1.5", "100", "(1)"]
    words += ["11", "1-", "mag ich", "いいね", "★", "unlike", "-", "=1+1", "l\u0456ke"]
    for word in words:
        ((column, reason),) = cell_errors(**SONG, rating=word)

        assert column == "rating"
        assert "like, dislike or none" in reason


def test_value_of_another_kind_is_invalid() -> None:
    """JSON can hold what no cell can."""
    cells = {"type": "library-songs", "id": "i.1", "rating": "like"}
    for value in [1.5, [], {}]:
        for column in ["type", "id", "rating", "catalog_id", "link"]:
            assert [column] == [name for name, _ in cell_errors(**{**cells, column: value})]


ITEMS: list[tuple[dict[str, Any], str]] = [
    (SONG, "songs/907242702"),
    ({"type": "songs", "id": 907242702}, "songs/907242702"),
    ({"id": LINK}, "songs/907242702"),
    ({"id": "songs/907242702"}, "songs/907242702"),
    ({"type": LINK}, "songs/907242702"),
    ({"type": LINK, "id": ""}, "songs/907242702"),
    ({"link": LINK}, "songs/907242702"),
    ({"type": "", "id": "", "link": LINK}, "songs/907242702"),
    ({"type": "songs", "id": LINK}, "songs/907242702"),
    ({"type": "songs", "link": LINK}, "songs/907242702"),
    ({"id": "907242702", "link": LINK}, SONG_ITEM),
    ({"type": "songs", "id": "907242702", "link": LINK}, SONG_ITEM),
    ({"type": "songs", "id": "907242702", "link": "https://example.com/"}, SONG_ITEM),
    ({"type": "songs", "id": "907242702", "link": "albums/1138988512"}, SONG_ITEM),
    ({"type": "library-songs", "id": "i.1", "link": LINK}, "library-songs/i.1"),
    ({"type": "songs", "link": "907242702"}, SONG_ITEM),
    ({"type": " library-songs ", "id": " i.1 "}, "library-songs/i.1"),
    *[({"type": w, "id": "907242702"}, SONG_ITEM) for w in ("Songs", "song", "SONG", "Track")],
    ({"type": "MUSIC_VIDEO", "id": "5"}, "music-videos/5"),
    ({"type": "musicVideos", "id": "5"}, "music-videos/5"),
    ({"type": "librarySong", "id": "i.1"}, "library-songs/i.1"),
    ({"type": "Library Songs", "id": "i.1"}, "library-songs/i.1"),
    ({"id": "pl.u-76oNlM3T5Lpj2"}, "playlists/pl.u-76oNlM3T5Lpj2"),
    ({"link": "Hear it on Apple Music https://music.apple.com/us/song/1"}, "songs/1"),
]


def test_item_is_type_and_id_or_a_link() -> None:
    """A link may be in a column of its own, or in place of either."""
    for cells, item in ITEMS:
        row = to_row({**cells, "rating": "like"}, line=2)

        assert isinstance(row, RatingRow), cells
        assert str(row.item) == item


def test_type_for_all_rows_completes_plain_ids() -> None:
    """An id of the library gets the library's type; a row's own type wins."""
    items = [
        to_row({**cells, "rating": "like"}, line=2, type="songs")
        for cells in ({"id": "5"}, {"id": "i.5"}, {"type": "albums", "id": "5"})
    ]

    assert [str(row.item) for row in items if isinstance(row, RatingRow)] == [
        "songs/5",
        "library-songs/i.5",
        "albums/5",
    ]


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({}, "id", "The cell is empty"),
        ({"type": "songs"}, "id", "The cell is empty"),
        ({"id": "907242702"}, "id", "Write songs/907242702 or"),
        ({"id": "907242702"}, "id", "To give all rows one type, use --type songs."),
        ({"type": "sung", "id": "907242702"}, "type", "Unknown resource type 'sung'"),
        ({"type": "songs", "id": "1", "link": LINK}, "id", "the link in the row names songs/907"),
        ({"id": "1", "link": LINK}, "id", "It says 1, but the link"),
        ({"id": "songs/1", "link": LINK}, "id", "It says songs/1, but the link"),
        ({"link": "5"}, "link", "Write songs/5 or"),
        ({"type": "songs", "id": "i.1"}, "id", "library-songs"),
        ({"type": "albums", "id": LINK}, "type", "is one of songs"),
        ({"type": LINK, "id": "5"}, "type", "Unknown resource type"),
        ({"id": "https://example.com/x"}, "id", "https://example.com/x"),
        ({"link": "nothing/907242702"}, "link", "Unknown resource type 'nothing'"),
        ({"type": "library-songs", "id": "i.1", "catalog_id": "pl.x"}, "catalog_id", "'pl.x'"),
    ],
)
def test_row_without_a_valid_item_is_invalid(
    cells: dict[str, Any], column: str, words: str
) -> None:
    """The reason names the column, and what to write."""
    ((found, reason),) = cell_errors(**cells, rating="like")

    assert found == column
    assert words in reason


def test_all_errors_in_a_row_are_reported() -> None:
    """So that one look at the file is enough."""
    errors = cell_errors(type="sung", id="1", rating="lik")

    assert [column for column, _ in errors] == ["rating", "type"]


def test_huge_value_does_not_fill_the_screen() -> None:
    """A reason is one line, whatever the cell holds."""
    ((_, reason),) = cell_errors(**SONG, rating="x" * 100_000)

    assert len(reason) < 200


def test_row_knows_its_counterpart_in_the_catalog() -> None:
    """Only a library item has one, and only when its catalog id is known."""
    cells = {"type": "library-albums", "id": "l.1", "rating": "like"}
    known = to_row({**cells, "catalog_id": "1138988512"}, line=2)
    without = to_row(cells, line=2)
    of_catalog = to_row({**SONG, "rating": "like", "catalog_id": "5"}, line=2)

    assert isinstance(known, RatingRow)
    assert isinstance(without, RatingRow)
    assert isinstance(of_catalog, RatingRow)
    assert known.catalog_item == Item("albums", "1138988512")
    assert without.catalog_item is None
    assert of_catalog.catalog_item is None


def test_cells_are_the_columns() -> None:
    """In their order, ratings as words."""
    row = RatingRow(item=Item("songs", "907242702"), rating=RatingValue.DISLIKE, name="Tide")

    cells = to_cells(row)

    assert tuple(cells) == COLUMNS
    assert [cells["rating"], cells["name"], cells["album"]] == ["dislike", "Tide", None]


def test_rating_has_one_word() -> None:
    """The same in files and on screens."""
    assert [format_rating(value) for value in (*RatingValue, None)] == ["like", "dislike", "none"]


ESCAPED = [
    ("=1+1", "'=1+1"),
    ("+1", "'+1"),
    ("-1", "'-1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\tx", "'\tx"),
    ("\rx", "'\rx"),
    ("\n=x", "'\n=x"),
    ("  =1+1", "'  =1+1"),
    ("＝1", "'＝1"),  # noqa: RUF001  # the wide sign is meant
    ("'=1+1", "''=1+1"),
    ("'quoted'", "''quoted'"),
    ("plain", "plain"),
    ("1+1=2", "1+1=2"),
    ("", ""),
]


def test_cell_that_a_spreadsheet_would_run_is_escaped() -> None:
    """And one that begins with the escape, so that reading can tell the two apart."""
    assert [(text, escape_formula(text)) for text, _ in ESCAPED] == ESCAPED


@given(st.text())
@example("''")
@example("'=")
def test_escaped_cell_is_read_back_unchanged(text: str) -> None:
    """Whatever it contains."""
    assert unescape_formula(escape_formula(text)) == text


@given(st.text(alphabet="=+-@\t\r\n' a", max_size=6))
def test_no_escaped_cell_is_run(text: str) -> None:
    """None begins with what a spreadsheet runs."""
    assert not escape_formula(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_cell_that_people_began_with_a_quote_is_unchanged() -> None:
    """Only what `escape_formula` does is undone."""
    texts = ["'tis", "'", "plain"]

    assert [unescape_formula(text) for text in texts] == texts
