from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apple_music_ratings import Item, RatingValue
from apple_music_ratings.files.rows import (
    COLUMNS,
    BlankRow,
    RatingRow,
    escape_formula,
    format_rating,
    to_cells,
    to_row,
    unescape_formula,
)

SONG = {"type": "songs", "id": "907242702"}
LINK = "https://music.apple.com/us/album/any-name/1138988512?i=907242702"


def cell_errors(**cells: Any) -> list[tuple[str | None, str]]:
    """Read a row that cannot be used, and give what is wrong with it."""
    found = to_row(cells, line=7)
    assert isinstance(found, tuple)
    return [(slip.column, slip.reason) for slip in found]


@pytest.mark.parametrize(
    ("word", "rating"),
    [
        ("like", RatingValue.LIKE),
        ("Like", RatingValue.LIKE),
        ("  LIKE ", RatingValue.LIKE),
        ("love", RatingValue.LIKE),
        ("1", RatingValue.LIKE),
        (1, RatingValue.LIKE),
        ("👍", RatingValue.LIKE),
        ("👍🏽", RatingValue.LIKE),
        ("👍\ufe0f", RatingValue.LIKE),
        ("dislike", RatingValue.DISLIKE),
        ("-1", RatingValue.DISLIKE),
        (-1, RatingValue.DISLIKE),
        ("👎", RatingValue.DISLIKE),
        ("none", None),
        ("None", None),
    ],
)
def test_rating_is_read_in_every_way_people_write_it(
    word: object, rating: RatingValue | None
) -> None:
    """Words, Apple's numbers and the two pictures, in any case."""
    row = to_row({**SONG, "rating": word}, line=2)

    assert row == RatingRow(item=Item("songs", "907242702"), rating=rating)


@pytest.mark.parametrize("cells", [{}, {"rating": ""}, {"rating": "  "}, {"rating": None}])
@pytest.mark.parametrize("item", [SONG, {"type": "songs"}, {}])
def test_empty_rating_leaves_the_item_alone(cells: dict[str, Any], item: dict[str, str]) -> None:
    """Nothing is wanted, so nothing else in the row matters."""
    assert to_row({**item, **cells}, line=2) == BlankRow()


@pytest.mark.parametrize("word", ["lik", "0", 0, "2", "yes", "True", "null", "+1", "like dislike"])
def test_word_that_is_no_rating_is_refused(word: object) -> None:
    """The reason says which words there are."""
    ((column, reason),) = cell_errors(**SONG, rating=word)

    assert column == "rating"
    assert "like, dislike or none" in reason


@pytest.mark.parametrize("value", [True, 1.0, [], {}])
@pytest.mark.parametrize("column", ["type", "id", "rating", "catalog_id", "link"])
def test_value_of_another_kind_is_refused(column: str, value: object) -> None:
    """JSON can hold what no cell can."""
    cells = {"type": "library-songs", "id": "i.1", "rating": "like", column: value}

    assert [column] == [name for name, _ in cell_errors(**cells)]


@pytest.mark.parametrize(
    ("cells", "item"),
    [
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
        ({"type": " library-songs ", "id": " i.1 "}, "library-songs/i.1"),
    ],
)
def test_item_is_type_and_id_or_a_link(cells: dict[str, Any], item: str) -> None:
    """A link may stand in a column of its own, or in place of either."""
    row = to_row({**cells, "rating": "like"}, line=2)

    assert isinstance(row, RatingRow)
    assert str(row.item) == item


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({}, "id", "The cell is empty"),
        ({"type": "songs"}, "id", "The cell is empty"),
        ({"id": "907242702"}, "type", "The cell is empty"),
        ({"type": "song", "id": "907242702"}, "type", "Unknown resource type 'song'"),
        ({"type": "songs", "id": "i.1"}, "id", "library-songs"),
        ({"type": "albums", "id": LINK}, "type", "is one of songs"),
        ({"id": "https://example.com/x"}, "id", "https://example.com/x"),
        ({"link": "nothing/907242702"}, "link", "Unknown resource type 'nothing'"),
        ({"type": "songs", "id": "9.07243E+08"}, "id", "format the column as text"),
        ({"type": "library-songs", "id": "i.1", "catalog_id": "pl.x"}, "catalog_id", "'pl.x'"),
    ],
)
def test_item_that_cannot_be_one_is_refused(cells: dict[str, Any], column: str, words: str) -> None:
    """The reason names the column, and what would be right."""
    ((found, reason),) = cell_errors(**cells, rating="like")

    assert found == column
    assert words in reason


def test_everything_wrong_with_a_row_is_told() -> None:
    """So that one look at the file mends it."""
    errors = cell_errors(type="song", id="1", rating="lik")

    assert [column for column, _ in errors] == ["rating", "type"]


def test_huge_value_does_not_fill_the_screen() -> None:
    """A reason is one line, whatever the cell holds."""
    ((_, reason),) = cell_errors(**SONG, rating="x" * 100_000)

    assert len(reason) < 200


def test_row_knows_its_twin_in_the_catalog() -> None:
    """Only a library item has one, and only when its catalog id is known."""
    cells = {"type": "library-albums", "id": "l.1", "rating": "like"}
    with_twin = to_row({**cells, "catalog_id": "1138988512"}, line=2)
    without = to_row(cells, line=2)
    of_catalog = to_row({**SONG, "rating": "like", "catalog_id": "5"}, line=2)

    assert isinstance(with_twin, RatingRow)
    assert isinstance(without, RatingRow)
    assert isinstance(of_catalog, RatingRow)
    assert with_twin.catalog_item == Item("albums", "1138988512")
    assert without.catalog_item is None
    assert of_catalog.catalog_item is None


def test_cells_are_the_columns() -> None:
    """In their order, ratings as words."""
    row = RatingRow(item=Item("songs", "907242702"), rating=RatingValue.DISLIKE, name="Tide")

    cells = to_cells(row)

    assert tuple(cells) == COLUMNS
    assert [cells["rating"], cells["name"], cells["album"]] == ["dislike", "Tide", None]


@pytest.mark.parametrize(
    ("value", "word"),
    [(RatingValue.LIKE, "like"), (RatingValue.DISLIKE, "dislike"), (None, "none")],
)
def test_rating_has_one_word(value: RatingValue | None, word: str) -> None:
    """The same in files and on screens."""
    assert format_rating(value) == word


@pytest.mark.parametrize(
    ("text", "in_file"),
    [
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
    ],
)
def test_cell_that_a_spreadsheet_would_run_is_neutralized(text: str, in_file: str) -> None:
    """And one that begins with the neutralizer, so that reading can tell the two."""
    assert escape_formula(text) == in_file


@settings(deadline=None)
@given(st.text())
@example("''")
@example("'=")
def test_neutralized_cell_is_read_back_unchanged(text: str) -> None:
    """Whatever stands in it."""
    assert unescape_formula(escape_formula(text)) == text


@settings(deadline=None)
@given(st.text(alphabet="=+-@\t\r\n' a", max_size=6))
def test_no_neutralized_cell_is_run(text: str) -> None:
    """None begins with what a spreadsheet runs."""
    assert not escape_formula(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("text", ["'tis", "'", "plain"])
def test_cell_that_people_began_with_a_quote_is_left_as_it_is(text: str) -> None:
    """Only what we would have escape_formula is undone."""
    assert unescape_formula(text) == text
