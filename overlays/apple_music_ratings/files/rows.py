"""What one row of a ratings file says, and how one is written.

Pure: cells in, and a row or the errors in it out. Modules beside this one find the rows in a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from apple_music_ratings.errors import InvalidItemError, shorten
from apple_music_ratings.models import (
    Item,
    LibraryItem,
    RatingValue,
    ResourceType,
    catalog_type,
)

from .cells import NEUTRAL, CellError, InvalidCellError, read_id, read_rating, read_text
from .columns import LINK, plain

# The signs that make a spreadsheet run a cell, and the one that stops it:
# https://owasp.org/www-community/attacks/CSV_Injection
_RUN_BY_SPREADSHEETS = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001  # the wide ones are meant
_ESCAPE = "'"
_TYPES = {plain(type).removesuffix("s"): type for type in ResourceType} | {
    "track": ResourceType.SONGS,
    "video": ResourceType.MUSIC_VIDEOS,
    "radiostation": ResourceType.STATIONS,
}


@frozen(kw_only=True)
class RatingRow:
    """One row of a ratings file: an item and the rating it is to have.

    Args:
        item: The item.
        rating: Like, dislike, or `None` for no rating.
        catalog_id: The id of the counterpart in the catalog. It finds a library item after its
            library id has changed, which happens when it is removed and added again.
        name: The item's name. This and the next two are for readers; nothing depends on them.
        artist: The artist's name.
        album: The album's name.
        line: The line of the row, counted from 1.
        modified_at: When the rating was last changed; only Apple's privacy export says so.
        is_favorite: Whether the item is a favorite. It is written if requested, and never read.
    """

    item: Item
    rating: RatingValue | None
    catalog_id: str | None = None
    name: str | None = None
    artist: str | None = None
    album: str | None = None
    line: int | None = field(default=None, eq=False)
    modified_at: datetime | None = field(default=None, eq=False)
    is_favorite: bool | None = field(default=None, eq=False)

    @classmethod
    def of_library_item(cls, entry: LibraryItem, rating: RatingValue | None) -> RatingRow:
        """Return the row of an item of the library, with all that is known about it.

        Args:
            entry: The item, as from `iter_library_ratings`.
            rating: Its rating.
        """
        return cls(
            item=entry.item,
            rating=rating,
            catalog_id=entry.catalog_id,
            name=entry.name,
            artist=entry.artist,
            album=entry.album,
            is_favorite=entry.is_favorite,
        )

    @property
    def catalog_item(self) -> Item | None:
        """The counterpart in the catalog, for a library item whose catalog id is known."""
        if self.catalog_id is None or not self.item.type.is_library:
            return None
        return Item(catalog_type(self.item.type), self.catalog_id, strict=False)


@frozen
class BlankRow:
    """A row without a rating, which changes nothing."""


def format_rating(value: RatingValue | None) -> str:
    """Return the word for a rating, in files and on screens: like, dislike or none."""
    return "none" if value is None else str(value)


def to_cells(row: RatingRow) -> dict[str, str | None]:
    """Return the cells of a row, by column."""
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
    cells: Mapping[str, object], *, line: int, type: ResourceType | str | None = None
) -> RatingRow | BlankRow | tuple[CellError, ...]:
    """Parse a row.

    Args:
        cells: The cells, by column. Other columns are ignored.
        line: The line of the row, counted from 1.
        type: The type of an id without one.

    Returns:
        The row, or all errors in it.
    """
    errors: list[CellError] = []
    rating = None
    try:
        word = read_text(cells.get("rating"), "rating")
        wanted = NEUTRAL if word is None else read_rating(word)
        if wanted is NEUTRAL:
            return BlankRow()
        rating = RatingValue(wanted) if wanted else None
    except InvalidCellError as error:
        errors.append(error.error)
    try:
        item = _item(cells, type)
        catalog_id = _catalog_id(cells, item)
    except InvalidCellError as error:
        errors.append(error.error)
    if errors:
        return tuple(errors)
    return RatingRow(
        item=item,
        rating=rating,
        catalog_id=catalog_id,
        name=_label(cells, "name"),
        artist=_label(cells, "artist"),
        album=_label(cells, "album"),
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
    # A text that begins with the escape gets another one, so that reading can tell the two apart.
    # Blanks in front do not stop every spreadsheet.
    return text.startswith(_ESCAPE) or any(
        stripped.startswith(_RUN_BY_SPREADSHEETS) for stripped in (text.lstrip(" "), text.lstrip())
    )


def _label(cells: Mapping[str, object], column: str) -> str | None:
    """Return a cell that only people read, unchanged."""
    value = cells.get(column)
    return value if isinstance(value, str) and value else None


def _item(cells: Mapping[str, object], type: ResourceType | str | None) -> Item:
    word, id, link = (read_text(cells.get(column), column) for column in ("type", "id", LINK))
    given = {"id": id, LINK: link, "type": word}
    column, text = next(
        ((column, text) for column, text in given.items() if text is not None and _is_whole(text)),
        ("id" if id is not None else LINK, id or link),
    )
    if id is not None and not _is_whole(id):
        column, text = "id", id
    if text is None:
        raise InvalidCellError("id", "The cell is empty. A row needs type and id, or a link.")
    linked = None if column == LINK else _linked(link)
    if _is_whole(text):
        item = _parsed(column, text, type)
        if column != "type" and word is not None and _as_type(word) != item.type:
            raise InvalidCellError(
                "type", f"It says {shorten(word)}, but {text} is one of {item.type}."
            )
    else:
        text = read_id(text, column)
        if word is not None:
            item = _typed_item(word, text, column)
        elif linked is not None and text.isdigit():
            item = Item(linked.type, text, strict=False)
        else:
            item = _parsed(column, text, type)
    # A row with its own type may link to something around the item, such as its album.
    is_comparable = linked is not None and (word is None or linked.type is item.type)
    if is_comparable and linked != item and not item.type.is_library:
        raise InvalidCellError(
            column,
            f"It says {text}, but the link in the row names {linked}. Name the column that is "
            "correct with --id-column.",
        )
    return item


def _linked(link: str | None) -> Item | None:
    """Return the item of a link; a row with an id may link to another site."""
    try:
        return None if link is None else Item.parse(link)
    except InvalidItemError:
        return None


def _typed_item(word: str, id: str, column: str) -> Item:
    type = _as_type(word)
    try:
        return Item(type or word, id)
    except InvalidItemError as error:
        raise InvalidCellError("type" if type is None else column, error.reason) from None


def _as_type(word: str) -> ResourceType | None:
    """Return the type that a word names, in any case, spelling and number."""
    return _TYPES.get(plain(word).removesuffix("s"))


def _is_whole(text: str) -> bool:
    """Return whether a text gives type and id at once."""
    return "/" in text


def _parsed(column: str, text: str, type: ResourceType | str | None) -> Item:
    try:
        return Item.parse(text, type=type)
    except InvalidItemError as error:
        hint = ""
        if "/" not in text and type is None and "has no resource type" in error.reason:
            hint = " To give all rows one type, use --type songs."
        raise InvalidCellError(column, f"{error.reason}{hint}") from None


def _catalog_id(cells: Mapping[str, object], item: Item) -> str | None:
    text = read_text(cells.get("catalog_id"), "catalog_id")
    if text is None or not item.type.is_library:
        return text
    try:
        return Item(catalog_type(item.type), read_id(text, "catalog_id")).id
    except InvalidItemError as error:
        raise InvalidCellError("catalog_id", error.reason) from None
