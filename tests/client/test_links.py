from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apple_music_ratings import InvalidItemError, Item

SITE = "https://music.apple.com"
PLAYLIST = "pl.5b0194eaa170401e8986335d7e77aa4e"

SONG = "songs/907242702"
PATH = "/us/album/any-name/1138988512?i=907242702"
READABLE = [
    (SONG, SONG),
    ("albums/1138988512", "albums/1138988512"),
    ("library-songs/i.7PJNN4mfXlD68R", "library-songs/i.7PJNN4mfXlD68R"),
    (f"  {SONG} ", SONG),
    # An id that only one type has.
    (PLAYLIST, f"playlists/{PLAYLIST}"),
    ("ra.853851860", "stations/ra.853851860"),
    ("l.qrRWYhq", "library-albums/l.qrRWYhq"),
    ("p.MoGJYM3CYXW09B", "library-playlists/p.MoGJYM3CYXW09B"),
    (f"{SITE}/us/album/any-name/1138988512", "albums/1138988512"),
    (f"{SITE}/us/album/1138988512", "albums/1138988512"),
    (f"{SITE}/album/any-name/1138988512", "albums/1138988512"),
    (f"{SITE}/album/1138988512", "albums/1138988512"),
    (f"{SITE}/us/album/any-name/1138988512/", "albums/1138988512"),
    (f"{SITE}/us/album/any-name/1138988512?i=907242702", "songs/907242702"),
    (f"{SITE}/us/album/any-name/1138988512?i=907242702&uo=4", "songs/907242702"),
    (f"{SITE}/us/album/any-name/1138988512?uo=4&i=907242702#x", "songs/907242702"),
    (f"{SITE}/us/album/1138988512?i=907242702", "songs/907242702"),
    (f"{SITE}/album/1138988512?i=907242702", "songs/907242702"),
    (f"{SITE}/us/album/any-name/1138988512?uo=4&l=en-US", "albums/1138988512"),
    (f"{SITE}/us/album/any-name/1138988512#top", "albums/1138988512"),
    (f"{SITE}/us/album/caf%C3%A9/1138988512", "albums/1138988512"),
    (f"{SITE}/us/album/caf\u00e9/1138988512", "albums/1138988512"),
    (f"{SITE}/us/song/any-name/907242702", "songs/907242702"),
    (f"{SITE}/us/song/907242702", "songs/907242702"),
    (f"{SITE}/song/any-name/907242702", "songs/907242702"),
    (f"{SITE}/song/907242702", "songs/907242702"),
    (f"{SITE}/de/playlist/any-name/{PLAYLIST}", f"playlists/{PLAYLIST}"),
    (f"{SITE}/playlist/{PLAYLIST}", f"playlists/{PLAYLIST}"),
    (f"{SITE}/us/playlist/mine/pl.u-76oNlM3T5Lpj2", "playlists/pl.u-76oNlM3T5Lpj2"),
    (f"{SITE}/us/station/any-name/ra.853851860", "stations/ra.853851860"),
    (f"{SITE}/station/ra.853851860", "stations/ra.853851860"),
    (f"{SITE}/us/music-video/any-name/639032181", "music-videos/639032181"),
    (f"{SITE}/music-video/639032181", "music-videos/639032181"),
    (f"{SITE}/library/playlist/p.MoGJYM3CYXW09B", "library-playlists/p.MoGJYM3CYXW09B"),
    (f"{SITE}/us/library/playlist/p.MoGJYM3CYXW09B", "library-playlists/p.MoGJYM3CYXW09B"),
    (f"{SITE}/us/library/albums/l.qrRWYhq", "library-albums/l.qrRWYhq"),
    (f"{SITE}/library/albums/l.qrRWYhq", "library-albums/l.qrRWYhq"),
    (f"{SITE}/us/library/albums/any-name/l.qrRWYhq", "library-albums/l.qrRWYhq"),
    (f"{SITE}/library/playlist/any-name/p.MoGJYM3CYXW09B", "library-playlists/p.MoGJYM3CYXW09B"),
    (f"{SITE}/library/songs/i.7PJNN4mfXlD68R", "library-songs/i.7PJNN4mfXlD68R"),
    ("https://MUSIC.apple.com/us/song/907242702", "songs/907242702"),
    ("itsradio://music.apple.com/us/station/ra.853851860", "stations/ra.853851860"),
    ("https%3A%2F%2Fmusic.apple.com%2Fus%2Falbum%2Fx%2F1138988512%3Fi%3D907242702", SONG),
    # What surrounds a type and an id in a list.
    *((text, SONG) for text in (f"- {SONG}", f"1. {SONG}", f'"{SONG}",', f"`{SONG}`", f"{SONG}/")),
    ("songs / 907242702", SONG),
    (f"<{PLAYLIST}>;", f"playlists/{PLAYLIST}"),
]
REJECTED = [
    "",
    " ",
    '""',
    "- ",
    "907242702",
    "songs",
    "songs/",
    "/907242702",
    "songs//907242702",
    "song/907242702",
    "songs/907242702/more",
    "songs/abc",
    "songs/..",
    "songs/1,2",
    "songs\n/907242702",
    "songs/9072\x0042702",
    "artists/178834",
    "i.7PJNN4mfXlD68R",
    "Morning Ferry",
    "ftp://music.apple.com/us/song/907242702",
    "javascript://music.apple.com/us/song/907242702",
    "https://music.apple.com.example.com/us/song/907242702",
    "https://example.com/https://music.apple.com/us/song/907242702",
    "https://example.com/us/song/907242702",
    "https://music.apple.com@example.com/us/song/907242702",
    "https://user@music.apple.com/us/song/907242702",
    "https://user:word@music.apple.com/us/song/907242702",
    "https://music.apple.com:8443/us/song/907242702",
    "https://[music.apple.com/us/song/907242702",
    "https://\\music.apple.com/us/song/907242702",
    SITE,
    f"{SITE}/",
    f"{SITE}/us",
    f"{SITE}/us/",
    f"{SITE}/us/browse",
    f"{SITE}/us/album",
    f"{SITE}/us/album/",
    f"{SITE}/us/album/any-name",
    f"{SITE}/us/album/any-name/",
    f"{SITE}/us/album/any-name/abc",
    f"{SITE}/us/album/any/name/1138988512",
    f"{SITE}/us/us/album/any-name/1138988512",
    f"{SITE}/usa/album/any-name/1138988512",
    f"{SITE}/us/album/any-name/1138988512?i=",
    f"{SITE}/us/album/any-name/1138988512?i=abc",
    f"{SITE}/us/album/any-name/1138988512?i=1&i=2",
    f"{SITE}/us/album/any-name/1138988512?i=1,2",
    f"{SITE}/us/album/any-name/1138988512?i=i.7PJNN4mfXlD68R",
    f"{SITE}/us/album/?i=907242702",
    f"{SITE}/us/album/any-name/abc?i=907242702",
    f"{SITE}/us/playlist/any-name/{PLAYLIST}?i=907242702",
    f"{SITE}/us/artist/any-name/178834",
    f"{SITE}/us/curator/any-name/976439448",
    f"{SITE}/us/song/any-name/{PLAYLIST}",
    f"{SITE}/us/playlist/any-name/907242702",
    f"{SITE}/us/playlist/any-name/p.MoGJYM3CYXW09B",
    f"{SITE}/us/station/any-name/907242702",
    f"{SITE}/us/songs/907242702",
    f"{SITE}/us/song/any-name/..",
    f"{SITE}/us/song/any-name/907242702%2F1",
    f"{SITE}/library",
    f"{SITE}/library/playlist",
    f"{SITE}/library/playlist/",
    f"{SITE}/library/playlist/{PLAYLIST}",
    f"{SITE}/library/albums/1138988512",
    f"{SITE}/library/artists/r.abc",
    f"{SITE}/library/station/ra.853851860",
    f"{SITE}/library/us/albums/l.qrRWYhq",
    f"{SITE}/search?term=songs/907242702",
    # Other stores, and hosts that look alike.
    "https://podcasts.apple.com/us/podcast/any-name/id907242702",
    "https://apps.apple.com/us/app/any-name/id907242702",
    "https://books.apple.com/us/book/any-name/id907242702",
    "https://itunes.apple.com/us/app/any-name/id907242702",
    "https://itunes.apple.com/us/podcast/any-name/id907242702",
    "https://geo.itunes.apple.com/us/book/any-name/id907242702",
    "https://evil-music.apple.com/us/song/907242702",
    "evil-music.apple.com/us/song/907242702",
    "https://xmusic.apple.com/us/song/907242702",
    "https://music.apple.co/us/song/907242702",
    "https://music.apple.com.evil.example/us/song/907242702",
    "https://example.com/?url=https://music.apple.com/us/song/907242702",
    "https://www.example.com#https://music.apple.com/us/song/907242702",
    # Addresses of the API that name no item, or several.
    "/v1/catalog/us/albums/1138988512/tracks",
    "/v1/catalog/us/songs?ids=1,2",
    "/v1/me/library/songs",
    "/v1/me/ratings/songs",
    "/v1/catalog/us/artists/178834",
    "/v1/me/library/songs/907242702",
    f"{SITE}/us/song/1 {SITE}/us/song/2",
    "https://example.com/曲https://music.apple.com/us/song/907242702",
    "https%3A%2F%2Fexample.com%2Fus%2Fsong%2F907242702",
    "https://example.com/?q=https%3A%2F%2Fmusic.apple.com%2Fus%2Fsong%2F907242702",
    "evil:music.apple.com/us/song/907242702",
    "https://example.com/v1/me/ratings/songs/907242702",
]


# Every site, scheme and form of a link; each names the same song.
SITES = [
    "music.apple.com",
    "geo.music.apple.com",
    "classical.music.apple.com",
    "embed.music.apple.com",
    "beta.music.apple.com",
    "itunes.apple.com",
    "geo.itunes.apple.com",
    "Music.Apple.Com",
    "music.apple.com:443",
]
STARTS = [
    "https://",
    "http://",
    "HTTPS://",
    "//",
    "",
    "music://",
    "musics://",
    "itms://",
    "itmss://",
]
PATHS = [
    PATH,
    "/us/album/any-name/id1138988512?i=907242702&uo=4",
    "/us/album/_/1138988512?i=907242702&mt=1&app=music&ls=1&at=1000lHKX&itscg=30200",
    "/us/album/any-name/1138988512?uo=4&amp;i=907242702",
    "/us/album/id1138988512?i=907242702",
    "/us/song/any-name/id907242702",
    "/song/907242702",
    "//us//song//907242702/",
    "/us/song//907242702",
    "/US/Song/any-name/907242702",
    "/US/Album/any-name/1138988512?i=907242702",
    "/US/ALBUM/ANY-NAME/1138988512?I=907242702",
    "/us/album/any-name/1138988512?i=907242702&i=907242702",
    "/us/album/any-name/id1138988512?i=id907242702",
    "/us/album/any-name/1138988512%3Fi%3D907242702",
    "/us/album/any-name/1138988512?uo=4%26i%3D907242702",
    "/fr-ca/album/any-name/1138988512?l=fr-CA&i=907242702",
    "/WebObjects/MZStore.woa/wa/viewAlbum?id=1138988512&i=907242702&s=143441",
]
AROUND = [
    "<{}>",
    '"{}"',
    "“{}”",
    "«{}»",
    "({})",
    "- {}",
    "• {}",
    "1. {}",
    "[Morning Ferry]({})",
    "<{}|Morning Ferry>",
    "**{}**",
    "`{}`",
    "{}.",
    "{}, {}",
    "Listen to Morning Ferry by Some Band on Apple Music {}",
    "Morning Ferry by Some Band\u00a0{} (2014)",
    "\ufeff{}\u200b",
    "[{}]({})",
    "[url]{}[/url]",
    '<a href="{}">{}</a>',
    "Morning Ferry\t{}",
    "{}。",
    "（{}）",  # noqa: RUF001  # the brackets of Chinese and Japanese
    "{}… {}?",
]
# A link with its scheme may be attached to a word.
ATTACHED = [
    "<a href={}>Morning Ferry</a>",
    "[url={}]Morning Ferry[/url]",
    "url={}",
    "Link:{}",
    "🎵{}",
    "聴いて{}",
]
API = [
    ("/v1/catalog/us/songs/907242702", SONG),
    ("v1/me/ratings/songs/907242702", SONG),
    ("/v1/me/ratings/library-albums/l.qrRWYhq", "library-albums/l.qrRWYhq"),
    ("/v1/me/library/songs/i.7PJNN4mfXlD68R?include=catalog", "library-songs/i.7PJNN4mfXlD68R"),
    ("/v1/me/library/music-videos/i.7PJ", "library-music-videos/i.7PJ"),
    ("https://api.music.apple.com/v1/catalog/us/playlists/pl.u-76o", "playlists/pl.u-76o"),
    ("https://amp-api.music.apple.com/v1/me/ratings/songs/907242702", SONG),
    ("https://amp-api-edge.music.apple.com/v1/catalog/us/songs/907242702", SONG),
    ("GET /v1/me/ratings/songs/907242702", SONG),
    ('"href": "/v1/me/ratings/songs/907242702",', SONG),
    ("</v1/catalog/us/songs/907242702?l=en>", SONG),
]


def parsed(text: str, **options: Any) -> str:
    """Return the item in a text, or the reason why none was found."""
    try:
        return str(Item.parse(text, **options))
    except InvalidItemError as error:
        return error.reason


def test_item_is_read_from_text_and_links_as_people_copy_them() -> None:
    """Type and id, an id of one type only, and links with and without name and storefront."""
    table = READABLE + API

    assert {text: parsed(text) for text, _ in table} == dict(table)


def test_every_site_scheme_and_form_of_a_link_is_read() -> None:
    """Apple's sites for music, the old store, without a scheme, with an empty name."""
    texts = [f"https://{site}{path}" for site in SITES for path in PATHS]
    texts += [f"{start}music.apple.com{path}" for start in STARTS for path in PATHS]

    assert not {text: parsed(text) for text in texts if parsed(text) != SONG}


def test_text_around_a_link_is_ignored() -> None:
    """Brackets, quotes, list marks, Markdown, sentences, and letters that no one sees."""
    links = [f"{SITE}{PATH}", "music.apple.com/us/song/907242702"]
    texts = [text.replace("{}", link) for text in AROUND for link in links]
    texts += [text.replace("{}", links[0]) for text in ATTACHED]

    assert not {text: parsed(text) for text in texts if parsed(text) != SONG}


def test_punctuation_inside_a_link_is_kept() -> None:
    """Names contain parentheses and apostrophes."""
    for name in ["any-(deluxe)", "don't-stop", "what?".replace("?", "%3F"), "a.b"]:
        assert parsed(f"({SITE}/us/album/{name}/1138988512?i=907242702)") == SONG


def test_anything_else_is_invalid() -> None:
    """Other sites, other stores, look-alike hosts, and what cannot be rated."""
    assert not [text for text in REJECTED if "/" in parsed(text) and " " not in parsed(text)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("907242702", "'907242702' has no resource type. Write songs/907242702 or albums/"),
        ("i.7PJ", "Write library-songs/i.7PJ or library-music-videos/i.7PJ."),
        ("song/1", "Did you mean songs/1?"),
        ("Songs / 1", "Did you mean songs/1?"),
        ("Morning Ferry", "neither type/id, such as songs/907242702, nor a link"),
        (f"{SITE}/us/artist/any-name/178834", "the Apple Music API has no ratings for artists"),
        ("/v1/catalog/us/artists/178834", "the Apple Music API has no ratings for artists"),
        ("https://music.apple.com.evil.example/us/song/1", "only links to Apple Music"),
        ("https://podcasts.apple.com/us/podcast/x/id1", "only links to Apple Music"),
        (f"{SITE}/us/curator/any-name/1", "not the link of a song, album, playlist"),
        (f"{SITE}/us/song/1 {SITE}/us/song/2", "contains 2 links. Write one on each line."),
        ("/v1/me/ratings/songs", "not the API address of one item"),
    ],
)
def test_reason_says_what_to_write(text: str, reason: str) -> None:
    """Or why it cannot be rated."""
    assert reason in parsed(text)


@pytest.mark.parametrize(
    ("text", "type", "expected"),
    [
        ("907242702", "songs", SONG),
        ("907242702", "albums", "albums/907242702"),
        ("i.7PJ", "songs", "library-songs/i.7PJ"),
        ("i.7PJ", "music-videos", "library-music-videos/i.7PJ"),
        ("907242702", "library-songs", SONG),
        (f"{SITE}/us/album/1138988512", "songs", "albums/1138988512"),
        ("albums/5", "songs", "albums/5"),
        ("pl.x", "songs", "'pl.x' is not a valid id of songs. It looks like an id of playlists."),
        ("abc", "songs", "'abc' is not a valid id of songs."),
    ],
)
def test_type_completes_an_id_without_one(text: str, type: str, expected: str) -> None:
    """An id of the library gets the library's type; whatever names its type keeps it."""
    assert parsed(text, type=type) == expected


def test_only_text_is_parsed() -> None:
    """Anything else is an invalid item too."""
    others: list[Any] = [None, 907242702, b"songs/907242702", ["songs/1"]]

    assert all("An item is parsed from text" in parsed(other) for other in others)


def test_strict_reaches_the_id_and_nothing_else() -> None:
    """`strict=False` accepts an unknown id, but no other type and nothing harmful."""
    texts = ["songs/new-form", f"{SITE}/us/song/any-name/new-form"]
    invalid = ["song/1", "songs/..", f"{SITE}/us/artist/any-name/178834"]

    assert {parsed(text, strict=False) for text in texts} == {"songs/new-form"}
    assert not [text for text in invalid if parsed(text, strict=False) == text]


def test_item_is_read_back_as_it_writes_itself() -> None:
    """`Item.parse` undoes `str`."""
    assert not [written for _, written in READABLE if parsed(written) != written]


@given(
    st.text(max_size=30)
    | st.text(max_size=30).map(lambda rest: f"{SITE}/{rest}")
    | st.text(max_size=10).map(lambda rest: f"https://{rest}"),
    st.booleans(),
)
@example("https://[", True)  # the value of an example
@example("https://music.apple.com/us/song/\u2100", False)  # likewise
@example("https://\u2100.com/", False)  # likewise
def test_no_text_fails_in_another_way(text: str, strict: bool) -> None:  # noqa: FBT001  # drawn
    """Any text is an item, or an invalid one."""
    try:
        item = Item.parse(text, strict=strict)
    except InvalidItemError as error:
        message = str(error)
    else:
        message = ""
        assert item == Item.parse(str(item), strict=strict)

    assert message.isprintable()
