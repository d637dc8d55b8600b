"""The values that callers pass and receive: items, resource types and ratings.

Nothing here sends a request. `_operations` converts the generated models to these values, which do
not change when the client is regenerated.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import IntEnum, StrEnum

from attrs import frozen

from .errors import InvalidItemError, InvalidRatingError, shorten

__all__ = ["Item", "LibraryItem", "Rating", "RatingValue", "ResourceType", "Storefront"]


class RatingValue(IntEnum):
    """A rating: like or dislike. An unrated item has `None`, never 0.

    Apple documents only these two values. The apps show a like as a star and a dislike as
    "Suggest Less" (observed). A value is a number to JSON and SQLite, and prints as `like` or
    `dislike`.
    """

    LIKE = 1
    DISLIKE = -1

    def __str__(self) -> str:
        return self.name.lower()

    def __format__(self, format_spec: str) -> str:
        return format(int(self), format_spec) if format_spec else str(self)


class ResourceType(StrEnum):
    """The types of items that can be rated, by Apple's names.

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
        """Whether its ids belong to one user's library."""
        return self.startswith("library-")


# The id patterns of the contract, observed and not documented; a test compares the two.
_ID_PATTERNS = {
    ResourceType.ALBUMS: re.compile(r"[0-9]{1,20}"),
    ResourceType.MUSIC_VIDEOS: re.compile(r"[0-9]{1,20}"),
    ResourceType.PLAYLISTS: re.compile(r"pl\.[A-Za-z0-9_-]{1,128}"),
    ResourceType.SONGS: re.compile(r"[0-9]{1,20}"),
    ResourceType.STATIONS: re.compile(r"ra\.[A-Za-z0-9_.-]{1,128}"),
    ResourceType.LIBRARY_ALBUMS: re.compile(r"l\.[A-Za-z0-9-]{1,64}"),
    ResourceType.LIBRARY_MUSIC_VIDEOS: re.compile(r"i\.[A-Za-z0-9-]{1,64}"),
    ResourceType.LIBRARY_PLAYLISTS: re.compile(r"p\.[A-Za-z0-9-]{1,64}"),
    ResourceType.LIBRARY_SONGS: re.compile(r"[ai]\.[A-Za-z0-9-]{1,64}"),
}


# Letters that no one sees, such as a byte order mark or a direction mark; copied text holds them.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_SPACE = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
# What surrounds an item in a list: a mark in front, and quotes, brackets and commas.
_LIST_MARK = re.compile(r"(?:[-*•–—>]|\d+[.)])\s+")  # noqa: RUF001  # dashes are meant
_AROUND = " \"'`“”„‘’‚«»‹›<>()[]{}"  # noqa: RUF001  # typographic quotes are meant


@frozen(init=False)
class Item:
    """An item that can be rated: a resource type and an id.

    Both are validated when the item is created, so that mistakes are found before a request is
    sent. Some ids would be dangerous to send: `..` in a path reaches another operation.

    Args:
        type: A `ResourceType`, or its value such as `songs`. Stored as the enum.
        id: The catalog id or library id, as the type requires.
        strict: Also require the form of id observed for the type. Apple calls ids opaque, so
            `strict=False` accepts an unknown but harmless form.

    Raises:
        InvalidItemError: The type or the id is not valid.

    Example:
        >>> str(Item("songs", "907242702"))
        'songs/907242702'
    """

    type: ResourceType
    id: str

    def __init__(self, type: ResourceType | str, id: str, *, strict: bool = True) -> None:
        resource_type = _as_resource_type(type)
        _validate_id(resource_type, id, strict=strict)
        self.__attrs_init__(resource_type, id)

    @classmethod
    def parse(
        cls, text: str, *, type: ResourceType | str | None = None, strict: bool = True
    ) -> Item:
        """Parse an item from `type/id`, from a link, or from an id whose type is known.

        A link may be any link to a song, album, playlist, music video or station on Apple Music or
        the iTunes Store, with or without its scheme and with text around it, or an address of the
        API such as `/v1/me/ratings/songs/1`. An album's link with `?i=` is the link of a song.

        Args:
            text: `songs/907242702`, or a text with one link.
            type: The type of an id without one. An id of the library gets the library's type, so
                `songs` covers `i.7PJNN4mfXlD68R` as well as `907242702`.
            strict: As for `Item`.

        Returns:
            The item.

        Raises:
            InvalidItemError: The text does not name an item that can be rated, or names several.

        Example:
            >>> Item.parse("https://music.apple.com/us/album/any-name/1138988512?i=907242702")
            Item(type=<ResourceType.SONGS: 'songs'>, id='907242702')
        """
        from ._links import find_links, parse_link  # noqa: PLC0415  # compiles many patterns

        if not isinstance(text, str):
            raise InvalidItemError(f"An item is parsed from text, not from {_describe(text)}.")
        text = _SPACE.sub(" ", _INVISIBLE.sub("", text)).strip()
        if not text.isprintable():
            raise InvalidItemError(f"{shorten(text)} contains a control character.")
        try:
            pairs = [parse_link(link)[-2:] for link in find_links(text)]
        except ValueError as error:
            raise InvalidItemError(f"{shorten(text)} cannot be rated: {error}.") from None
        if pairs:
            items = {tuple(cls(*pair, strict=strict) for pair in found)[-1] for found in pairs}
            if len(items) > 1:
                raise InvalidItemError(
                    f"{shorten(text)} contains {len(items)} links. Write one on each line."
                )
            return items.pop()
        text = _LIST_MARK.sub("", text, count=1).rstrip(",;").strip(_AROUND) or text
        word, separator, id = (part.strip() for part in text.rstrip("/").partition("/"))
        if separator:
            return cls(_as_resource_type(word, id=id), id, strict=strict)
        return cls(_type_of_id(text, type), text, strict=strict)

    def __str__(self) -> str:
        return f"{self.type.value}/{self.id}"


@frozen
class Rating:
    """The rating of an item.

    Args:
        item: The item.
        value: Like or dislike.
    """

    item: Item
    value: RatingValue


@frozen
class LibraryItem:
    """An item of a user's library, with the attributes that identify it to the user.

    Apple guarantees none of these attributes; a missing one is `None`.

    Args:
        item: The library type and the library id. The id changes when the item is removed and
            added again.
        name: The name.
        artist: The artist's name; playlists have none.
        album: The album's name; songs have one.
        catalog_id: The id of its counterpart in the catalog; an upload has none.
        date_added: When it was added to the library.
        is_favorite: Whether it is a favorite; `None` unless requested, and for types other than
            songs and playlists.
    """

    item: Item
    name: str | None = None
    artist: str | None = None
    album: str | None = None
    catalog_id: str | None = None
    date_added: datetime | None = None
    is_favorite: bool | None = None

    @property
    def catalog_item(self) -> Item | None:
        """The counterpart in the catalog, if known."""
        if self.catalog_id is None:
            return None
        # An id from the service is accepted in any form.
        return Item(catalog_type(self.item.type), self.catalog_id, strict=False)


@frozen
class Storefront:
    """The storefront of a user, which decides the languages available for responses.

    Args:
        id: Two letters, such as `us`.
        name: The country or region.
        default_language_tag: The language used when a request names none.
        supported_language_tags: The languages that a request can name.
    """

    id: str
    name: str | None = None
    default_language_tag: str | None = None
    supported_language_tags: tuple[str, ...] = ()


def catalog_type(resource_type: ResourceType) -> ResourceType:
    """Return the catalog's counterpart of a type; a catalog type is its own."""
    return ResourceType(resource_type.removeprefix("library-"))


def as_rating_value(value: object) -> RatingValue:
    """Convert ±1 to a `RatingValue`.

    Raises:
        InvalidRatingError: The value is anything else, `True` and `1.0` included.
    """
    # `True` equals 1 and is an int too, so the type decides.
    if type(value) in (int, RatingValue) and value in (1, -1):
        return RatingValue(value)
    if value is None or (type(value) is int and value == 0):
        raise InvalidRatingError(f"{value!r} is not a rating. To clear one, use delete_rating.")
    raise InvalidRatingError(
        f"{shorten(value)} is not a rating. Use RatingValue.LIKE (1) or RatingValue.DISLIKE (-1)."
    )


def validate_item(item: object) -> Item:
    """Return the argument if it is an `Item`.

    Raises:
        InvalidItemError: It is a text, or anything else.
    """
    if isinstance(item, Item):
        return item
    hint = " Use Item.parse to parse one from text." if isinstance(item, str) else ""
    raise InvalidItemError(f"An Item is required, not {_describe(item)}.{hint}")


def _as_resource_type(word: object, *, id: str | None = None) -> ResourceType:
    try:
        return ResourceType(word)  # type: ignore[arg-type]  # anything else raises
    except ValueError:
        hint = ""
        if isinstance(word, str):
            if word.lower().rstrip("s") in {"artist", "library-artist"}:
                hint = " The Apple Music API has no ratings for artists."
            elif close := _similar_type(word):
                offer = repr(close.value) if id is None else f"{close.value}/{id}"
                hint = f" Did you mean {offer[:80]}?"
        known = ", ".join(ResourceType)
        raise InvalidItemError(
            f"Unknown resource type {shorten(word)}.{hint} Types: {known}."
        ) from None


def _similar_type(word: str) -> ResourceType | None:
    plain = re.sub(r"[\s_-]+", "-", word.strip().lower())
    return next((type for type in ResourceType if plain.rstrip("s") == type.rstrip("s")), None)


def _type_of_id(id: str, type: ResourceType | str | None) -> ResourceType:
    """Return the type of an id that was written without one."""
    types = [type for type, pattern in _ID_PATTERNS.items() if pattern.fullmatch(id)]
    if type is not None:
        wanted = _as_resource_type(type)
        # An id of the library cannot be mistaken for one of the catalog.
        fitting = [other for other in types if catalog_type(other) == catalog_type(wanted)]
        return wanted if wanted in types or len(fitting) != 1 else fitting[0]
    if len(types) == 1:
        return types[0]
    if types:
        # Most ratings are of songs, so these are offered first.
        types.sort(key=lambda fitting: catalog_type(fitting) is not ResourceType.SONGS)
        offers = " or ".join(f"{type.value}/{id}" for type in types)
        raise InvalidItemError(f"{shorten(id)} has no resource type. Write {offers}.")
    raise InvalidItemError(
        f"{shorten(id)} is neither type/id, such as songs/907242702, nor a link to Apple Music."
    )


def _validate_id(resource_type: ResourceType, id: object, *, strict: bool) -> None:
    if not isinstance(id, str):
        raise InvalidItemError(f"The id of {resource_type} must be text, not {_describe(id)}.")
    if _ID_PATTERNS[resource_type].fullmatch(id):
        return
    if reason := _harm(id):
        raise InvalidItemError(f"{shorten(id)} is not a valid id: {reason}.")
    if strict:
        fitting = [other.value for other, pattern in _ID_PATTERNS.items() if pattern.fullmatch(id)]
        hint = f" It looks like an id of {' or '.join(fitting)}." if fitting else ""
        raise InvalidItemError(
            f"{shorten(id)} is not a valid id of {resource_type}.{hint}",
            advice="To accept it anyway, pass strict=False.",
        )


def _harm(id: str) -> str | None:
    """Return why an id must not be sent, whatever its type."""
    if not id:
        return "it is empty"
    if id in {".", ".."}:
        return "it consists of dots"
    names = {",": "a comma", "/": "a slash", " ": "a space"}
    found = [name for sign, name in names.items() if sign in id]
    if not id.isprintable():
        found.append("a control character")
    return f"it contains {found[0]}" if found else None


def _describe(value: object) -> str:
    return f"{type(value).__name__} {shorten(value)}"
