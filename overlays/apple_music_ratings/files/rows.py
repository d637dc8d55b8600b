"""What one row of a file of ratings says, and how one is written.

Pure: cells in, a row or the reasons against it out. How rows come out of CSV and JSON is in
`files.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import field, frozen

from apple_music_ratings.errors import InvalidItemError, shorten
from apple_music_ratings.models import Item, RatingValue, ResourceType, catalog_type

COLUMNS = ("type", "id", "rating", "catalog_id", "name", "artist", "album")
# A column that a row may have in place of type and id.
LINK = "link"

_WORDS: dict[str, RatingValue | None] = {
    "like": RatingValue.LIKE,
    "love": RatingValue.LIKE,
    "1": RatingValue.LIKE,
    "👍": RatingValue.LIKE,
    "dislike": RatingValue.DISLIKE,
    "-1": RatingValue.DISLIKE,
    "👎": RatingValue.DISLIKE,
    "none": None,
}
# Skin tones, and the sign that asks for a picture in place of a letter.
_EMOJI_DRESS = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")
_SHORTENED_NUMBER = re.compile(r"[0-9]+([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
# What makes a spreadsheet run a cell, and the sign that stops it from doing so:
# https://owasp.org/www-community/attacks/CSV_Injection
_RUN_BY_SPREADSHEETS = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001  # the wide ones are meant
_ESCAPE = "'"


@frozen(kw_only=True)
class RatingRow:
    """One row of a file of ratings: an item, and what is to be said of it.

    Args:
        item: What is rated.
        rating: Like, dislike, or `None` for no rating.
        catalog_id: The id of the same thing in the catalog. It finds a library item again after
            its library id has changed, which happens when it is removed and added anew.
        name: What the item is called. This and the next two are for people; nothing depends on
            them.
        artist: Who made it.
        album: What it is on.
        line: Where the row was read, counted from 1.
    """

    item: Item
    rating: RatingValue | None
    catalog_id: str | None = None
    name: str | None = None
    artist: str | None = None
    album: str | None = None
    line: int | None = field(default=None, eq=False)

    @property
    def catalog_item(self) -> Item | None:
        """The same thing in the catalog, for an item of a library whose catalog id is known."""
        if self.catalog_id is None or not self.item.type.startswith("library-"):
            return None
        return Item(catalog_type(self.item.type), self.catalog_id, strict=False)


@frozen
class CellError:
    """One thing wrong with a row.

    Args:
        column: The column it is in; `None` when it concerns the whole row.
        reason: What is wrong, and what would be right.
    """

    column: str | None
    reason: str


@frozen
class BlankRow:
    """A row without a rating: its item is left as it is."""


def format_rating(value: RatingValue | None) -> str:
    """Give the word for a rating, in files and on screens: like, dislike or none."""
    return "none" if value is None else str(value)


def to_cells(row: RatingRow) -> dict[str, str | None]:
    """Turn a row into cells, by column."""
    return {
        "type": row.item.type.value,
        "id": row.item.id,
        "rating": format_rating(row.rating),
        "catalog_id": row.catalog_id,
        "name": row.name,
        "artist": row.artist,
        "album": row.album,
    }


def to_row(
    cells: Mapping[str, object], *, line: int
) -> RatingRow | BlankRow | tuple[CellError, ...]:
    """Read a row.

    Args:
        cells: What stands in the row, by column. Unknown columns are ignored.
        line: Where it stands, counted from 1.

    Returns:
        The row; that it leaves its item alone; or everything that is wrong with it.
    """
    errors: list[CellError] = []
    try:
        word = _text(cells, "rating")
        if word is None:
            return BlankRow()
        rating = _rating(word)
    except _InvalidCellError as error:
        errors.append(error.error)
    try:
        item = _item(cells)
        catalog_id = _catalog_id(cells, item)
    except _InvalidCellError as error:
        errors.append(error.error)
    if errors:
        return tuple(errors)
    return RatingRow(
        item=item,
        rating=rating,
        catalog_id=catalog_id,
        name=_words(cells, "name"),
        artist=_words(cells, "artist"),
        album=_words(cells, "album"),
        line=line,
    )


def escape_formula(text: str) -> str:
    """Keep a spreadsheet from running a cell, such as a song called `=1+1`."""
    return _ESCAPE + text if _needs_escape(text) else text


def unescape_formula(text: str) -> str:
    """Undo `escape_formula`, for any text."""
    rest = text[1:]
    return rest if text.startswith(_ESCAPE) and _needs_escape(rest) else text


def _needs_escape(text: str) -> bool:
    # A text that begins with the escape gets another one, so that reading can tell the two.
    # Blanks in front do not stop every spreadsheet.
    return text.startswith(_ESCAPE) or any(
        seen.startswith(_RUN_BY_SPREADSHEETS) for seen in (text.lstrip(" "), text.lstrip())
    )


class _InvalidCellError(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.error = CellError(column, reason)


def _text(cells: Mapping[str, object], column: str) -> str | None:
    """Give a cell as text, `None` for an empty one."""
    value = cells.get(column)
    if value is None:
        return None
    # JSON has numbers. True is one to Python.
    if type(value) is int:
        value = str(value)
    if not isinstance(value, str):
        raise _InvalidCellError(column, f"{shorten(value)} is neither text nor a whole number.")
    return value.strip() or None


def _words(cells: Mapping[str, object], column: str) -> str | None:
    """Give a cell that only people read, as it stands."""
    value = cells.get(column)
    return value if isinstance(value, str) and value else None


def _rating(word: str) -> RatingValue | None:
    plain = _EMOJI_DRESS.sub("", word).lower()
    if plain not in _WORDS:
        raise _InvalidCellError(
            "rating",
            f"{shorten(word)} is not a rating. Write like, dislike or none; an empty cell leaves "
            "the item alone.",
        )
    return _WORDS[plain]


def _item(cells: Mapping[str, object]) -> Item:
    word, id, link = (_text(cells, column) for column in ("type", "id", LINK))
    if word is not None and id is not None and not _is_whole(id):
        return _made("type" if word not in list(ResourceType) else "id", word, id)
    given = {"id": id, LINK: link, "type": word}
    column, text = next(
        ((column, text) for column, text in given.items() if text is not None and _is_whole(text)),
        ("id", None),
    )
    if text is None:
        missing = "type" if id is not None else "id"
        raise _InvalidCellError(missing, "The cell is empty. A row needs type and id, or a link.")
    item = _made(column, text)
    if column != "type" and word is not None and word != item.type:
        raise _InvalidCellError(
            "type", f"It says {shorten(word)}, but {text} is one of {item.type}."
        )
    return item


def _is_whole(text: str) -> bool:
    """Tell whether a text says type and id at once."""
    return "/" in text


def _made(column: str, *words: str) -> Item:
    try:
        return Item(*words) if len(words) > 1 else Item.parse(words[0])
    except InvalidItemError as error:
        hint = ""
        if _SHORTENED_NUMBER.fullmatch(words[-1]):
            hint = " A spreadsheet has shortened the number; format the column as text."
        raise _InvalidCellError(column, f"{error.reason}{hint}") from None


def _catalog_id(cells: Mapping[str, object], item: Item) -> str | None:
    text = _text(cells, "catalog_id")
    if text is not None and item.type.startswith("library-"):
        return _made("catalog_id", catalog_type(item.type), text).id
    return text
