"""The values people pass in and get back: items, resource types and ratings.

Nothing here talks to the service. What goes over the wire is read by `_adapter` from the generated
models; these values are ours and do not change when the contract is regenerated.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import IntEnum, StrEnum

from attrs import frozen

from ._links import is_link, parse_link
from .errors import InvalidItemError, InvalidRatingError

__all__ = ["Item", "LibraryItem", "Rating", "RatingValue", "ResourceType", "Storefront"]


class RatingValue(IntEnum):
    """What a person can say of an item. No rating at all is `None`, never 0.

    Apple documents only these two values. The apps show a like as a star and a dislike as
    "Suggest Less" (observed).
    """

    LIKE = 1
    DISLIKE = -1


class ResourceType(StrEnum):
    """What can be rated, in Apple's words.

    See https://developer.apple.com/documentation/applemusicapi/ratings-api. Artists and library
    artists are not in Apple's documented set.
    """

    ALBUMS = "albums"
    MUSIC_VIDEOS = "music-videos"
    PLAYLISTS = "playlists"
    SONGS = "songs"
    STATIONS = "stations"
    LIBRARY_ALBUMS = "library-albums"
    LIBRARY_MUSIC_VIDEOS = "library-music-videos"
    LIBRARY_PLAYLISTS = "library-playlists"
    LIBRARY_SONGS = "library-songs"

    @property
    def is_library(self) -> bool:
        """Whether its ids are library ids, of one person's library."""
        return self.startswith("library-")


# The id patterns of the contract, observed and not documented; a test compares the two.
_ID_PATTERNS = {
    ResourceType.ALBUMS: re.compile(r"[0-9]{1,20}"),
    ResourceType.MUSIC_VIDEOS: re.compile(r"[0-9]{1,20}"),
    ResourceType.PLAYLISTS: re.compile(r"pl\.[A-Za-z0-9_-]{1,128}"),
    ResourceType.SONGS: re.compile(r"[0-9]{1,20}"),
    ResourceType.STATIONS: re.compile(r"ra\.[A-Za-z0-9_.-]{1,128}"),
    ResourceType.LIBRARY_ALBUMS: re.compile(r"l\.[A-Za-z0-9]{1,64}"),
    ResourceType.LIBRARY_MUSIC_VIDEOS: re.compile(r"i\.[A-Za-z0-9]{1,64}"),
    ResourceType.LIBRARY_PLAYLISTS: re.compile(r"p\.[A-Za-z0-9]{1,64}"),
    ResourceType.LIBRARY_SONGS: re.compile(r"i\.[A-Za-z0-9]{1,64}"),
}


@frozen(init=False)
class Item:
    """One thing that can be rated: a resource type and an id.

    Both are checked when the item is made, so that a slip is found before anything is sent. Some
    ids would be dangerous to send: `..` in a path reaches another operation.

    Args:
        type: A `ResourceType`, or its word such as `songs`. It is kept as the enum.
        id: The catalog id or library id, as the type asks.
        strict: Also ask that the id has the form seen for its type. Apple calls ids opaque, so
            `strict=False` lets an unknown but harmless form through.

    Raises:
        InvalidItemError: The type or the id cannot be right.

    Example:
        >>> str(Item("songs", "907242702"))
        'songs/907242702'
    """

    type: ResourceType
    id: str

    def __init__(self, type: ResourceType | str, id: str, *, strict: bool = True) -> None:
        resource_type = _as_resource_type(type)
        _check_id(resource_type, id, strict=strict)
        self.__attrs_init__(resource_type, id)

    @classmethod
    def parse(cls, text: str, *, strict: bool = True) -> Item:
        """Read an item from `type/id` or from a link as people copy it.

        Args:
            text: `songs/907242702`, or a link on `https://music.apple.com` to a song, album,
                playlist, music video or station, in the catalog or in the library. An album's
                link with `?i=` is the link of a song.
            strict: As for `Item`.

        Returns:
            The item.

        Raises:
            InvalidItemError: The text names nothing that can be rated.

        Example:
            >>> Item.parse("https://music.apple.com/us/album/any-name/1138988512?i=907242702")
            Item(type=<ResourceType.SONGS: 'songs'>, id='907242702')
        """
        if not isinstance(text, str):
            raise InvalidItemError(f"An item is read from text, not from {_kind(text)}.")
        text = text.strip()
        if not text.isprintable():
            raise InvalidItemError(f"{_quoted(text)} holds a control character.")
        if not is_link(text):
            word, separator, id = text.partition("/")
            if not separator:
                raise InvalidItemError(
                    f"{_quoted(text)} is neither type/id, such as songs/907242702, nor a link."
                )
            return cls(word, id, strict=strict)
        try:
            addresses = parse_link(text)
        except ValueError as error:
            raise InvalidItemError(f"{_quoted(text)} cannot be rated: {error}.") from None
        return [cls(word, id, strict=strict) for word, id in addresses][-1]

    def __str__(self) -> str:
        return f"{self.type.value}/{self.id}"


@frozen
class Rating:
    """A rating that stands.

    Args:
        item: What is rated.
        value: Like or dislike.
    """

    item: Item
    value: RatingValue


@frozen
class LibraryItem:
    """One thing in a person's library, with what the person recognises it by.

    Apple promises none of these attributes; what is missing is `None`.

    Args:
        item: What can be rated: the library type and the library id. The id changes when the item
            is removed and added again.
        name: The name.
        artist: The artist's name; playlists have none.
        album: The album's name; songs have one.
        catalog_id: The id of the same thing in the catalog; what the person uploaded has none.
        date_added: When it came into the library.
    """

    item: Item
    name: str | None = None
    artist: str | None = None
    album: str | None = None
    catalog_id: str | None = None
    date_added: datetime | None = None

    @property
    def catalog_item(self) -> Item | None:
        """The same thing in the catalog, where there is one."""
        if self.catalog_id is None:
            return None
        kind = ResourceType(self.item.type.removeprefix("library-"))
        # The service's own id is taken as it is, whatever its form.
        return Item(kind, self.catalog_id, strict=False)


@frozen
class Storefront:
    """The storefront of a person, which decides the languages they can be answered in.

    Args:
        id: Two letters, such as `us`.
        name: The country or region.
        default_language_tag: The language used when none is asked for.
        supported_language_tags: The languages that can be asked for.
    """

    id: str
    name: str | None = None
    default_language_tag: str | None = None
    supported_language_tags: tuple[str, ...] = ()


def as_rating_value(value: object) -> RatingValue:
    """Turn ±1 into a `RatingValue`.

    Raises:
        InvalidRatingError: Anything else, `True` and `1.0` included.
    """
    # `True` equals 1 and is an int too, so the type decides.
    if type(value) in (int, RatingValue) and value in (1, -1):
        return RatingValue(value)
    if value is None or (type(value) is int and value == 0):
        raise InvalidRatingError(f"{value!r} is not a rating. To clear one, use delete_rating.")
    raise InvalidRatingError(
        f"{_quoted(value)} is not a rating. Use RatingValue.LIKE (1) or RatingValue.DISLIKE (-1)."
    )


def validate_item(item: object) -> Item:
    """Refuse what is not an item, before it fails somewhere deeper.

    Raises:
        InvalidItemError: It is a text, or anything else.
    """
    if isinstance(item, Item):
        return item
    hint = " Use Item.parse to read one from text." if isinstance(item, str) else ""
    raise InvalidItemError(f"An Item is needed, not {_kind(item)}.{hint}")


def _as_resource_type(word: object) -> ResourceType:
    try:
        return ResourceType(word)  # type: ignore[arg-type]  # anything else is what we refuse
    except ValueError:
        known = ", ".join(ResourceType)
        raise InvalidItemError(
            f"{_quoted(word)} is not a resource type that can be rated. There are: {known}."
        ) from None


def _check_id(resource_type: ResourceType, id: object, *, strict: bool) -> None:
    if not isinstance(id, str):
        raise InvalidItemError(f"The id of {resource_type} must be text, not {_kind(id)}.")
    if _ID_PATTERNS[resource_type].fullmatch(id):
        return
    if id in {"", ".", ".."} or "," in id or "/" in id or " " in id or not id.isprintable():
        raise InvalidItemError(
            f"{_quoted(id)} cannot be an id: it is empty, only dots, or holds a comma, a slash, "
            "a space or a control character."
        )
    if strict:
        fitting = [other.value for other, pattern in _ID_PATTERNS.items() if pattern.fullmatch(id)]
        hint = f" It looks like one of {' or '.join(fitting)}." if fitting else ""
        raise InvalidItemError(
            f"{_quoted(id)} does not look like an id of {resource_type}.{hint} "
            "To send it all the same, pass strict=False."
        )


def _kind(value: object) -> str:
    return f"{type(value).__name__} {_quoted(value)}"


def _quoted(value: object) -> str:
    """Show a value without letting a huge one fill the screen."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
