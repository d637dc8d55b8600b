"""Find an Apple Music link in text, and the item that it names.

Pure: text in, resource types and ids out. `models` checks whether the id is valid for the type.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

_SITES = r"(?:(?:geo|classical|embed|beta)\.)?music\.apple\.com|(?:geo\.)?itunes\.apple\.com"
_API_HOSTS = r"(?:amp-)?api(?:-edge)?\.music\.apple\.com"
_END = r"\s<>\"'“”„‘’‚«»‹›()（）「」『』【】\[\]{}|`*"  # noqa: RUF001  # typographic quotes are meant
_LINK = re.compile(
    rf"(?<!//.)(?:(?P<scheme>https?|musics?|itmss?|itsradio|applemusic):)?(?:/?/)?"
    rf"(?P<host>{_SITES}|{_API_HOSTS})(?::443|:80)?"
    rf"(?:(?P<rest>[/?#][^\s<>\"“”„«»‹›|`\[\]]*)|(?=[.,;!]*(?:[{_END}]|$)))",  # noqa: RUF001
    re.IGNORECASE,
)
# The word that a link is attached to.
_WORD_BEFORE = re.compile(rf"[^{_END}]*\Z")
# A link inside another link is not the one that was copied. Without a scheme, nothing may precede.
_OTHER_LINK = re.compile(r"[/?@\\%]|[A-Za-z0-9.+-]\Z")
_HREF = re.compile(rf"(?:^|(?<=[{_END}]))/?(v1/(?:me|catalog)/[^\s<>\"'`|]*)", re.IGNORECASE)
_ENCODED_LINK = re.compile(r"https?%3A%2F%2F", re.IGNORECASE)
# A question mark, an ampersand or an equals sign of a query that was encoded with its link.
_ENCODED_QUERY = re.compile(r"(%3F|%26|[?&])([a-z]+)%3D", re.IGNORECASE)
_HAS_ADDRESS = re.compile(r"://|^//|^[\w.-]+\.[a-z]{2,}/", re.IGNORECASE)
_STOREFRONT = re.compile(r"[a-z]{2}(?:-[a-z]{2,4}){0,2}", re.IGNORECASE)
_NUMBERED = re.compile(r"id(?=[0-9]+$)")
_CATALOG_TYPES = {
    "album": "albums",
    "music-video": "music-videos",
    "playlist": "playlists",
    "song": "songs",
    "station": "stations",
}
# Apple's own pages use the singular and the plural for parts of the library.
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
_ARTIST = "the Apple Music API has no ratings for artists"


def find_links(text: str) -> list[str]:
    """Return the Apple Music links and API addresses in a text, without scheme, each once.

    Raises:
        ValueError: The text contains a link to another site only. Its text is the reason.
    """
    if _ENCODED_LINK.match(text):
        text = unquote(text)
    found = dict.fromkeys(
        f"{match['host'].lower()}{_trimmed(match['rest'] or '')}"
        for match in _LINK.finditer(text)
        if _is_copied(text[: match.start()], has_scheme=match["scheme"] is not None)
    )
    if not found:
        found = dict.fromkeys(
            f"api.music.apple.com/{_trimmed(href[1])}" for href in _HREF.finditer(text)
        )
    if not found and _HAS_ADDRESS.search(text):
        raise ValueError(
            "only links to Apple Music can be read, such as https://music.apple.com/us/song/1"
        )
    return list(found)


def parse_link(link: str) -> list[tuple[str, str]]:
    """Return the item that a link names, as a resource type and an id.

    Pages have the forms `/{storefront}/{kind}/{name}/{id}` and
    `/{storefront}/library/{kind}/{name}/{id}`; the storefront and the name may be missing. An
    album's link with `?i=` names one of its songs.

    Args:
        link: A link from `find_links`.

    Returns:
        Resource types and ids, which must all be valid; the last one is the item.

    Raises:
        ValueError: The link does not name anything that can be rated. Its text is the reason.
    """
    parts = urlsplit(f"https://{_ENCODED_QUERY.sub(_decoded, link)}")
    segments = [segment for segment in parts.path.split("/") if segment]
    if segments and segments[0].lower() == "v1":
        return [_api_item(segments[1:])]
    if len(segments) > 1 and _STOREFRONT.fullmatch(segments[0]):
        del segments[0]
    pairs = parse_qsl(parts.query.replace("&amp;", "&"), keep_blank_values=True)
    query = {
        name: [value for key, value in pairs if key.lower() == name]
        for name in {key.lower() for key, _ in pairs}
    }
    songs = [*{_NUMBERED.sub("", song) for song in query.get("i", [])}]
    if segments[-1:] == ["viewAlbum"]:  # the form of the old store
        segments = ["album", *query.get("id", [])]
    if not songs:
        return [_page_item(segments)]
    is_album = segments[:1] and segments[0].lower() == "album" and len(segments) in {2, 3}
    match songs:
        case [song] if is_album:
            return [_page_item(segments), ("songs", song)]
        case _:
            raise ValueError("`i=` names a song, once, and only in the link of an album")


def _trimmed(rest: str) -> str:
    """Return the rest of a link without the punctuation that ends a sentence or a parenthesis."""
    return rest.rstrip(".,;:!?&~\\'’*)}…。，、；：！？）」』】")  # noqa: RUF001  # no id ends with these


def _decoded(part: re.Match[str]) -> str:
    return f"{unquote(part[1])}{part[2]}="


def _is_copied(before: str, *, has_scheme: bool) -> bool:
    """Return whether a link after this text is one itself, and not part of another one."""
    word = _WORD_BEFORE.search(before)
    attached = "" if word is None else word[0]
    return not attached or (has_scheme and not _OTHER_LINK.search(attached))


def _page_item(segments: list[str]) -> tuple[str, str]:
    segments = [segment.lower() for segment in segments[:-1]] + segments[-1:]
    match segments:
        case ["library", kind, id] | ["library", kind, _, id] if kind in _LIBRARY_TYPES:
            return _LIBRARY_TYPES[kind], id
        case [kind, id] | [kind, _, id] if kind in _CATALOG_TYPES:
            return _CATALOG_TYPES[kind], _NUMBERED.sub("", id)
        case ["artist", *_] | ["library", ("artist" | "artists"), *_]:
            raise ValueError(_ARTIST)
    raise ValueError("it is not the link of a song, album, playlist, music video or station")


def _api_item(segments: list[str]) -> tuple[str, str]:
    match segments:
        case ["catalog", _, "artists", *_] | ["me", "library", "artists", *_]:
            raise ValueError(_ARTIST)
        case ["catalog", _, kind, id] | ["me", "ratings", kind, id]:
            return kind, id
        case ["me", "library", kind, id]:
            return f"library-{kind}", id
    raise ValueError("it is not the API address of one item, such as /v1/me/ratings/songs/1")
