"""Which column of a table, or which key of a JSON object, holds what.

Pure: names in, positions out. Names are compared without case, spaces and punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from apple_music_ratings.models import RatingValue, ResourceType

COLUMNS = ("type", "id", "rating", "catalog_id", "name", "artist", "album")
# A column that a row may have in place of type and id.
LINK = "link"

# For each of our columns, its name in other files. Ours come first, and win over the others.
_NAMES: dict[str, tuple[str, ...]] = {
    "type": ("type", "resourcetype", "itemtype", "favoritetype"),
    "id": (
        "id",
        "ids",
        "itemid",
        "identifier",
        "resourceid",
        "appleid",
        "applemusicid",
        "applemusicsongid",
        "applemusictrackid",
        "applemusictrackidentifier",
        "itemreference",
        "adamid",
        "storeid",
        "catalogid",
        "applemusiccatalogid",
    ),
    LINK: (
        *("link", "links", "url", "urls", "href", "songlink", "songurl", "tracklink", "trackurl"),
        *("applelink", "appleurl", "applemusiclink", "applemusicurl"),
        *("linkapplemusic", "urlapplemusic"),
    ),
    "rating": (
        *("rating", "tracklikerating", "likerating", "ratingvalue", "preference", "value"),
        *("myrating", "like", "liked", "love", "loved", "likedislike", "likeordislike"),
    ),
    "catalog_id": ("catalogid", "applemusiccatalogid"),
    "name": ("name", "title", "trackname", "songname", "itemdescription"),
    "artist": ("artist", "artistname"),
    "album": ("album", "albumname"),
}
# TuneMyMusic has tracks only, and its column Type names the playlist's kind (observed).
_TRACK_ID = "appleid"
_PLAIN = re.compile(r"[\W_]+")


@frozen(kw_only=True)
class ReadOptions:
    """How to read a file that does not say everything itself.

    Args:
        rating: One rating for every row of a file without ratings: `like`, `dislike` or `none`.
        type: The type of ids without one. An id of the library gets the library's type.
        id_column: The name of the column that holds ids or links.
        rating_column: The name of the column that holds ratings.
    """

    rating: str | RatingValue | None = None
    type: ResourceType | str | None = None
    id_column: str | None = None
    rating_column: str | None = None


@frozen
class Columns:
    """Where the columns of a file are.

    Args:
        keys: For each of our columns that the file has, its position.
        titles: For each of them, its name in the file.
        type: The type of ids without one.
        width: How many columns the file has.
    """

    keys: Mapping[str, int]
    titles: Mapping[str, str]
    type: ResourceType | str | None = None
    width: int = 0

    def title(self, column: str | None) -> str | None:
        """Return the file's own name of one of our columns."""
        return column if column is None else self.titles.get(column, column)


def plain(name: str) -> str:
    """Return a name without case, spaces and punctuation."""
    return _PLAIN.sub("", name).casefold()


def find_columns(header: Sequence[str], options: ReadOptions) -> Columns:
    """Find our columns among names.

    Raises:
        ValueError: Two columns have the same meaning, or one that the options name is missing.
    """
    plains = [plain(name) for name in header]
    names = dict(_NAMES)
    if options.id_column is not None:
        del names[LINK]  # the other column may name something else
    for column, chosen in (("id", options.id_column), ("rating", options.rating_column)):
        if chosen is not None:
            if plain(chosen) not in plains:
                raise ValueError(f"There is no column {chosen!r}. {_found(header)}")
            names[column] = (plain(chosen),)
    keys: dict[str, int] = {}
    for column, known in names.items():
        present = [name for name in known if name in plains]
        if not present:
            continue
        if plains.count(present[0]) > 1:
            raise ValueError(f"Two columns are called {present[0]}. Keep one of them.")
        if column == "rating" and len(present) > 1 and present[0] != column:
            both = " and ".join(repr(header[plains.index(name)].strip()) for name in present[:2])
            raise ValueError(
                f"The columns {both} may both hold ratings. Name one with --rating-column."
            )
        keys[column] = plains.index(present[0])
    type = options.type
    if "id" in keys and plains[keys["id"]] == _TRACK_ID:
        keys.pop("type", None)
        type = type or ResourceType.SONGS
    titles = {
        column: column if plains[key] == plain(column) else header[key].strip()
        for column, key in keys.items()
    }
    return Columns(keys, titles, type, len(header))


def is_header(columns: Columns, options: ReadOptions) -> bool:
    """Return whether columns name items, and ratings unless the options do."""
    has_items = "id" in columns.keys or LINK in columns.keys
    return has_items and ("rating" in columns.keys or options.rating is not None)


def missing_columns(header: Sequence[str], columns: Columns) -> str:
    """Return what a table without these columns lacks, and the options that help."""
    lacks, hints = [], []
    if not columns.keys.keys() & {"id", LINK}:
        lacks.append("id")
        hints.append("If another column holds ids or links, name it with --id-column.")
    if "rating" not in columns.keys:
        lacks.append("rating")
        hints.append(
            "If another column holds ratings, name it with --rating-column; to give all rows one "
            "rating, use --rating like."
        )
    what = "There are no columns" if len(lacks) > 1 else "There is no column"
    return f"{what} {' and '.join(lacks)}. {_found(header)} {' '.join(hints)}"


def _found(header: Iterable[str]) -> str:
    names = [name.strip()[:40] for name in header if name.strip()]
    if not names:
        return f"The first line must name the columns, such as {','.join(COLUMNS)}."
    listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"The first line must name the columns, such as {','.join(COLUMNS)}; it is: {listed}."
