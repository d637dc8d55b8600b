from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apple_music_ratings import InvalidItemError, Item

deterministic = settings(derandomize=True, deadline=None)
SITE = "https://music.apple.com"
PLAYLIST = "pl.5b0194eaa170401e8986335d7e77aa4e"

READABLE = [
    ("songs/907242702", "songs/907242702"),
    ("albums/1138988512", "albums/1138988512"),
    ("library-songs/i.7PJNN4mfXlD68R", "library-songs/i.7PJNN4mfXlD68R"),
    ("  songs/907242702 ", "songs/907242702"),
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
]
REFUSED = [
    "",
    " ",
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
    "v1/me/ratings/songs/907242702",
    "music.apple.com/us/song/907242702",
    "//music.apple.com/us/song/907242702",
    "http://music.apple.com/us/song/907242702",
    "ftp://music.apple.com/us/song/907242702",
    "javascript://music.apple.com/us/song/907242702",
    "music://music.apple.com/us/song/907242702",
    "https://itunes.apple.com/us/album/any-name/id1138988512",
    "https://geo.music.apple.com/us/song/907242702",
    "https://embed.music.apple.com/us/song/907242702",
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
    f"{SITE}/us/album//1138988512",
    f"{SITE}//us/album/any-name/1138988512",
    f"{SITE}/us/album/any/name/1138988512",
    f"{SITE}/us/us/album/any-name/1138988512",
    f"{SITE}/usa/album/any-name/1138988512",
    f"{SITE}/us/album/any-name/1138988512?i=",
    f"{SITE}/us/album/any-name/1138988512?i=abc",
    f"{SITE}/us/album/any-name/1138988512?i=1&i=2",
    f"{SITE}/us/album/any-name/1138988512?i=1,2",
    f"{SITE}/us/album/any-name/1138988512?i=i.7PJNN4mfXlD68R",
    f"{SITE}/us/album/?i=907242702",
    f"{SITE}/us/album//?i=907242702",
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
]


@pytest.mark.parametrize(("text", "expected"), READABLE)
def test_item_is_read_from_text_and_links_as_people_copy_them(text: str, expected: str) -> None:
    """Type and id, or a link in the catalog or library, with and without name and storefront."""
    assert expected == str(Item.parse(text))


@pytest.mark.parametrize("text", REFUSED, ids=repr)
def test_anything_else_is_refused(text: str) -> None:
    """Only https on music.apple.com, and only what can be rated."""
    with pytest.raises(InvalidItemError):
        Item.parse(text)


@pytest.mark.parametrize("text", [None, 907242702, b"songs/907242702", ["songs/1"]])
def test_what_is_no_text_is_refused(text: object) -> None:
    """Even that is refused as an item."""
    with pytest.raises(InvalidItemError):
        Item.parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("songs/new-form", "songs/new-form"),
        (f"{SITE}/us/song/any-name/new-form", "songs/new-form"),
    ],
)
def test_unknown_id_is_read_when_asked_for(text: str, expected: str) -> None:
    """`strict=False` reaches the id, in text and in links."""
    assert expected == str(Item.parse(text, strict=False))


@pytest.mark.parametrize("text", ["song/1", "songs/..", f"{SITE}/us/artist/any-name/178834"])
def test_type_and_harm_are_judged_also_when_lenient(text: str) -> None:
    """`strict=False` lets no other type and nothing harmful through."""
    with pytest.raises(InvalidItemError):
        Item.parse(text, strict=False)


@pytest.mark.parametrize(("_text", "written"), READABLE)
def test_item_is_read_back_as_it_writes_itself(_text: str, written: str) -> None:
    """`Item.parse` undoes `str`."""
    assert written == str(Item.parse(written))


@deterministic
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
    """Any text is an item, or is refused as one."""
    try:
        item = Item.parse(text, strict=strict)
    except InvalidItemError as error:
        message = str(error)
    else:
        message = ""
        assert item == Item.parse(str(item), strict=strict)

    assert message.isprintable()
