"""Read the links that people copy from Apple Music.

Words in, words out: which item a link names, as a resource type and an id. Whether the id fits the
type is judged in `models`, like every other id.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

_HOST = "music.apple.com"
_STOREFRONT = re.compile(r"[A-Za-z]{2}")
_CATALOG_TYPES = {
    "album": "albums",
    "music-video": "music-videos",
    "playlist": "playlists",
    "song": "songs",
    "station": "stations",
}
# Apple's own pages spell the library's parts in the singular and in the plural.
_LIBRARY_TYPES = {
    "album": "library-albums",
    "albums": "library-albums",
    "music-video": "library-music-videos",
    "music-videos": "library-music-videos",
    "playlist": "library-playlists",
    "playlists": "library-playlists",
    "song": "library-songs",
    "songs": "library-songs",
}


def is_link(text: str) -> bool:
    """Tell a link from `type/id`."""
    return "://" in text


def parse_link(link: str) -> list[tuple[str, str]]:
    """Find the item that a link names.

    The forms are `/{storefront}/{kind}/{name}/{id}` and `/{storefront}/library/{kind}/{name}/{id}`;
    the storefront and the name may be missing. An album's link with `?i=` names one of its songs.

    Args:
        link: An https link on music.apple.com.

    Returns:
        Words for resource types, and ids. All must be right; the last is the item that is meant.

    Raises:
        ValueError: The link names nothing that can be rated. Its text says why.
    """
    parts = urlsplit(link)
    if parts.scheme != "https" or parts.netloc.lower() != _HOST:
        raise ValueError(f"only links that start with https://{_HOST}/ can be read")
    segments = parts.path.removeprefix("/").removesuffix("/").split("/")
    if len(segments) > 1 and _STOREFRONT.fullmatch(segments[0]):
        del segments[0]
    songs = parse_qs(parts.query, keep_blank_values=True).get("i")
    if songs is None:
        return [_item(segments)]
    match segments, songs:
        case ((["album", _] | ["album", _, _]), [song]):
            return [_item(segments), ("songs", song)]
        case _:
            raise ValueError("`i=` names a song, once, and only in the link of an album")


def _item(segments: list[str]) -> tuple[str, str]:
    if "" not in segments:
        match segments:
            case ["library", kind, id] | ["library", kind, _, id] if kind in _LIBRARY_TYPES:
                return _LIBRARY_TYPES[kind], id
            case [kind, id] | [kind, _, id] if kind in _CATALOG_TYPES:
                return _CATALOG_TYPES[kind], id
    raise ValueError("it is not the link of a song, album, playlist, music video or station")
