"""Apple's privacy export ("Apple Media Services information"): which of its files hold ratings.

Pure: names and cells in, rows out. Apple does not document the formats. They were inferred from
public programs that read real exports, so a file is recognized by its columns, not by its place,
and whatever is not understood is reported.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from enum import Enum, auto

from attrs import frozen

from apple_music_ratings.errors import InvalidItemError, shorten
from apple_music_ratings.models import Item, RatingValue, ResourceType

from .cells import NEUTRAL, CellError, Unchanged, read_id, read_rating, read_text
from .columns import plain
from .rows import RatingRow

Cells = Mapping[str, object]


class ExportFile(Enum):
    """A file of the export that holds ratings. Later ones are newer formats."""

    RADIO = auto()
    LIKES_AND_DISLIKES = auto()
    LIBRARY_PLAYLISTS = auto()
    LIBRARY_TRACKS = auto()
    FAVORITES = auto()


@frozen
class NeutralEntry:
    """An entry that is neither a like nor a dislike.

    Args:
        item: The item, if a later entry may replace an earlier one of it.
        modified_at: When it was last changed.
    """

    item: Item | None = None
    modified_at: datetime | None = None


@frozen
class SkippedEntry:
    """An entry that cannot be applied.

    Args:
        cause: Why; the same text for all entries skipped for one cause.
        name: What the entry calls the item.
        is_repeated: Whether other entries say the same of the same item.
    """

    cause: str
    name: str
    is_repeated: bool = False


@frozen
class UndatedEntry:
    """An entry whose date cannot be read, which matters only if others of the item differ.

    Args:
        entry: The entry without a date.
        error: Why its date cannot be read.
    """

    entry: RatingRow | NeutralEntry
    error: CellError


ExportEntry = RatingRow | NeutralEntry | SkippedEntry | UndatedEntry

_TYPES = {
    "song": ResourceType.SONGS,
    "album": ResourceType.ALBUMS,
    "playlist": ResourceType.PLAYLISTS,
    "musicvideo": ResourceType.MUSIC_VIDEOS,
    "video": ResourceType.MUSIC_VIDEOS,
    "station": ResourceType.STATIONS,
    "radiostation": ResourceType.STATIONS,
}
# The tracks of the library say what is rated; in JSON, only those that are.
_TRACK_STATEMENTS = frozenset(
    {"tracklikerating", "favoritestatustrack", "albumlikerating", "favoritestatusalbum"}
)
_TRACK_IDS = frozenset({"trackidentifier", "applemusictrackidentifier"})
_TRACK_LABELS = frozenset({"title", "artist", "album", "contenttype"})
# Columns that no other file has. A file with one of them must not be lost.
_MARKS = re.compile(r"item.?reference|(?:like.?rating|favorite.?status)", re.IGNORECASE)
_NO_FAVORITE = frozenset({"false", "none", "notfavorited", "unfavorited"})
_ARTIST = "The Apple Music API has no ratings for artists."
_NO_ID = "The entry has no id that the API accepts."


def detect_export(names: Collection[str]) -> ExportFile | None:
    """Return which file of the export has these columns or keys, `None` if none has.

    Args:
        names: The names without case, spaces and punctuation.
    """
    if "itemreference" in names and "preference" in names:
        is_newer = "favoritetype" in names
        return ExportFile.FAVORITES if is_newer else ExportFile.LIKES_AND_DISLIKES
    if _TRACK_STATEMENTS & set(names) and _TRACK_IDS & set(names):
        return ExportFile.LIBRARY_TRACKS
    if {"playlistlikerating", "favoritestatusplaylist"} & set(names):
        return ExportFile.LIBRARY_PLAYLISTS
    if {"trackdescription", "eventtype", "created"} <= set(names):
        return ExportFile.RADIO
    return None


def may_be_tracks(names: Collection[str]) -> bool:
    """Return whether these are keys of tracks of the library, of which none may be rated."""
    return bool(_TRACK_IDS & set(names) and _TRACK_LABELS & set(names))


def looks_like_export(start: str) -> bool:
    """Return whether a text names a column that only files with ratings have."""
    return _MARKS.search(start) is not None


def read_entry(file: ExportFile, cells: Cells, *, line: int) -> list[ExportEntry]:
    """Parse one row of a file of the export.

    Raises:
        InvalidCellError: A word for a rating is unknown, or a spreadsheet has damaged an id.
    """
    match file:
        case ExportFile.FAVORITES | ExportFile.LIKES_AND_DISLIKES:
            return [_favorite(cells, line=line, has_type=file is ExportFile.FAVORITES)]
        case ExportFile.LIBRARY_TRACKS:
            return _track(cells, line=line)
        case ExportFile.LIBRARY_PLAYLISTS:
            return _without_id(cells, "playlist", _text(cells, "title") or "?")
        case _:
            name = _text(cells, "trackdescription") or "?"
            return [SkippedEntry("Ratings of radio tracks have no id.", name)]


def _favorite(cells: Cells, *, line: int, has_type: bool) -> ExportEntry:
    name = _text(cells, "itemdescription")
    id = _text(cells, "itemreference")
    resource_type: ResourceType | None = None
    if has_type:
        word = plain(_text(cells, "favoritetype") or "").removesuffix("s")
        if word == "artist":
            return SkippedEntry(_ARTIST, name or id or "?")
        if word not in _TYPES:
            return SkippedEntry(
                f"Favorites of the type {_text(cells, 'favoritetype')!r} are unknown.",
                name or id or "?",
            )
        resource_type = _TYPES[word]
    elif id is not None and id[:1].isdigit():
        # The older format has no types, and nearly all its entries are songs.
        resource_type = ResourceType.SONGS
    rating = _rating(cells, "preference")
    item = _item(id, resource_type)
    if item is None:
        return SkippedEntry(_NO_ID, name or id or "?")
    undated = _date_error(cells, "lastmodified") or _date_error(cells, "created")
    modified_at = None if undated else _time(cells, "lastmodified") or _time(cells, "created")
    entry: RatingRow | NeutralEntry = NeutralEntry(item, modified_at)
    if not isinstance(rating, Unchanged):
        entry = RatingRow(item=item, rating=rating, name=name, line=line, modified_at=modified_at)
    return entry if undated is None else UndatedEntry(entry, undated)


def _track(cells: Cells, *, line: int) -> list[ExportEntry]:
    title = _text(cells, "title")
    artist, album = _text(cells, "artist"), _text(cells, "album")
    entries = _without_id(cells, "album", " - ".join(filter(None, (artist, album))) or "?")
    rating = _statement(cells, "track")
    if isinstance(rating, Unchanged):
        return entries or [NeutralEntry()]
    word = plain(_text(cells, "contenttype") or "song").removesuffix("s")
    resource_type = _TYPES.get(word)
    if resource_type is None:
        cause = f"Tracks of the type {_text(cells, 'contenttype')!r} are unknown."
        return [SkippedEntry(cause, title or "?"), *entries]
    item = _item(_text(cells, "applemusictrackidentifier"), resource_type)
    if item is None:
        name = " - ".join(filter(None, (artist, title))) or "?"
        return [SkippedEntry(_NO_ID, name), *entries]
    row = RatingRow(
        item=item,
        rating=rating,
        name=title,
        artist=artist,
        album=album,
        line=line,
        modified_at=_time(cells, "favoritedatetrack"),
    )
    return [row, *entries]


def _without_id(cells: Cells, what: str, name: str) -> list[ExportEntry]:
    """Report the rating of something whose id is not in the export."""
    if isinstance(_statement(cells, what), Unchanged):
        return [] if what == "album" else [NeutralEntry()]
    cause = f"Ratings of library {what}s have no id that the API accepts."
    return [SkippedEntry(cause, name, is_repeated=what == "album")]


def _statement(cells: Cells, what: str) -> RatingValue | Unchanged | None:
    """Return what an entry of the library says: a like rating, or else a favorite."""
    rating = _rating(cells, f"{what}likerating")
    if isinstance(rating, Unchanged):
        favorite = cells.get(f"favoritestatus{what}")
        word = plain(str(favorite))
        if word == "true":
            return RatingValue.LIKE
        return NEUTRAL if word in _NO_FAVORITE else _rating(cells, f"favoritestatus{what}")
    return rating


def _rating(cells: Cells, column: str) -> RatingValue | Unchanged | None:
    """Return a rating; Apple's "none" states nothing."""
    word = _text(cells, column)
    if word is None:
        return NEUTRAL
    rating = read_rating(word)
    return NEUTRAL if rating is None else rating


def _item(id: str | None, type: ResourceType | None) -> Item | None:
    if id is None or (id := read_id(id, "id")) == "0":
        return None
    try:
        return Item.parse(id, type=type)
    except InvalidItemError:
        return None


def _text(cells: Cells, column: str) -> str | None:
    value = cells.get(column)
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, (str, int, float)):
        return read_text(value, column)
    return None


def _date_error(cells: Cells, column: str) -> CellError | None:
    """Return why a date, which decides what entry is newer, can only be guessed."""
    text = _text(cells, column)
    if text is None or _time(cells, column) is not None:
        return None
    return CellError(
        "Last Modified" if column == "lastmodified" else "Created",
        f"{shorten(text)} is not a date such as 2023-05-01 10:00:00, and the item has another "
        "entry that differs. A spreadsheet may have reformatted it; use the file as Apple sent it.",
    )


def _time(cells: Cells, column: str) -> datetime | None:
    text = _text(cells, column)
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(re.sub(r" ?(?:UTC|GMT)$", "Z", text))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
