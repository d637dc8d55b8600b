from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apple_music_ratings import InvalidItemError, Item, ResourceType

# Ids from Apple's pages and public reports.
SEEN = [
    ("albums", "1138988512"),
    ("albums", "475655712"),
    ("music-videos", "639032181"),
    ("playlists", "pl.5b0194eaa170401e8986335d7e77aa4e"),
    ("playlists", "pl.u-76oNlM3T5Lpj2"),
    ("playlists", "pl.pm-20e9f373919da080d4cba9ad8e8a5cb2"),
    ("songs", "907242702"),
    ("songs", "1"),
    ("songs", "12345678901234567890"),
    ("stations", "ra.853851860"),
    ("stations", "ra.u-741b035f6f0a85c81abb70ff757aa95f"),
    ("library-albums", "l.qrRWYhq"),
    ("library-music-videos", "i.NJv00rkTEaLK51"),
    ("library-playlists", "p.MoGJYM3CYXW09B"),
    ("library-songs", "i.7PJNN4mfXlD68R"),
]
# Ids that must never be sent, whatever the type.
HARMFUL = [
    "",
    ".",
    "..",
    ",",
    "1,2",
    "/",
    "1/2",
    "../songs",
    "a\x00b",
    "a\nb",
    "1\n",
    "\t1",
    "a\rb",
    "a\x1fb",
    "a\x7fb",
    "a\x85b",
    "a\u2028b",
    "\ud800",
]
# Ids of forms that were never observed for the type.
UNFIT = [
    ("songs", "i.7PJNN4mfXlD68R"),
    ("songs", "pl.5b0194eaa170401e8986335d7e77aa4e"),
    ("songs", "abc"),
    ("songs", "-1"),
    ("songs", "123456789012345678901"),
    ("songs", "\u0661\u0662"),
    ("songs", "907242702?l=de"),
    ("songs", "907242702#x"),
    ("songs", "%2e%2e"),
    ("albums", "l.qrRWYhq"),
    ("music-videos", "i.NJv00rkTEaLK51"),
    ("playlists", "907242702"),
    ("playlists", "pl."),
    ("playlists", "p.MoGJYM3CYXW09B"),
    ("playlists", "PL.u-76oNlM3T5Lpj2"),
    ("stations", "907242702"),
    ("stations", "ra."),
    ("library-albums", "1138988512"),
    ("library-albums", "i.7PJNN4mfXlD68R"),
    ("library-music-videos", "l.qrRWYhq"),
    ("library-playlists", "pl.5b0194eaa170401e8986335d7e77aa4e"),
    ("library-songs", "907242702"),
    ("library-songs", "i."),
    ("library-songs", "i." + "a" * 65),
]


# The message names the one reason that applies.
REASONS = {
    "": "it is empty",
    "..": "it consists of dots",
    "1,2": "it contains a comma",
    "1/2": "it contains a slash",
    "Morning Ferry": "it contains a space",
    "1\n": "it contains a control character",
}


def is_accepted(type: object, id: object, *, strict: bool = True) -> bool:
    """Return whether an item can be created, and fail on any error but the documented one."""
    try:
        Item(type, id, strict=strict)  # type: ignore[arg-type]  # what callers pass by mistake
    except InvalidItemError:
        return False
    return True


def test_every_id_that_was_observed_is_valid() -> None:
    """An item stores its type as the enum and prints as type and id."""
    for word, id in SEEN:
        item = Item(word, id)

        assert (item.type, item.id, str(item)) == (ResourceType(word), id, f"{word}/{id}")
        assert item.type.__class__ is ResourceType
        assert item == Item(ResourceType(word), id)


def test_item_is_frozen_and_hashable() -> None:
    """An item can be a key and cannot be changed."""
    item = Item("songs", "907242702")

    assert {item: 1} == {Item("songs", "907242702"): 1}
    assert Item("albums", "907242702") != item
    with pytest.raises(AttributeError):
        item.id = "1"  # type: ignore[misc]  # what the test shows


def test_only_the_nine_types_are_accepted() -> None:
    """Singulars, other cases, artists and other values are invalid, strict or not."""
    words = ["song", "Songs", "", " songs", "songs ", "artists", "library-artists"]
    others: list[object] = ["library-stations", None, 1, b"songs", ["songs"], {"songs"}]
    accepted = [
        w for w in (*words, *others) for s in (True, False) if is_accepted(w, "1", strict=s)
    ]

    assert not accepted


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("song", "Did you mean 'songs'? Types: albums, "),
        ("Music Video", "Did you mean 'music-videos'?"),
        ("artists", "The Apple Music API has no ratings for artists."),
        ("podcast", "Unknown resource type 'podcast'. Types: albums, "),
    ],
)
def test_message_offers_the_closest_type(word: str, hint: str) -> None:
    """And lists all types."""
    with pytest.raises(InvalidItemError, match=re.escape(hint)):
        Item(word, "1")


def test_harmful_id_is_invalid_for_every_type_and_however_lenient() -> None:
    """Nothing, dots alone, commas, slashes, spaces and control characters are never sent."""
    accepted = [
        (type, id)
        for type in ResourceType
        for id in (*HARMFUL, "a b")
        for strict in (True, False)
        if is_accepted(type, id, strict=strict)
    ]

    assert not accepted


def test_message_names_the_one_reason_that_applies() -> None:
    """Not a list of all reasons."""
    for id, reason in REASONS.items():
        with pytest.raises(InvalidItemError) as caught:
            Item("songs", id)

        assert str(caught.value) == f"{id!r} is not a valid id: {reason}."


def test_id_that_is_not_text_is_invalid() -> None:
    """Ids are opaque texts, also where they look like numbers."""
    ids: list[object] = [None, 907242702, b"907242702", True, ["907242702"]]

    assert not [id for id in ids for s in (True, False) if is_accepted("songs", id, strict=s)]


def test_id_of_another_form_is_valid_only_if_not_strict() -> None:
    """A library id with a catalog type is a mistake; an unknown form may be new."""
    assert not [pair for pair in UNFIT if is_accepted(*pair)]
    assert [pair for pair in UNFIT if is_accepted(*pair, strict=False)] == UNFIT


def test_message_names_the_type_that_the_id_fits() -> None:
    """The advice for Python callers is not part of the reason."""
    with pytest.raises(InvalidItemError) as caught:
        Item("songs", "i.7PJNN4mfXlD68R")

    assert "library-songs" in caught.value.reason
    assert "strict" not in caught.value.reason
    assert str(caught.value) == f"{caught.value.reason} To accept it anyway, pass strict=False."


def test_error_is_a_value_error_and_short() -> None:
    """A huge id does not fill the screen."""
    with pytest.raises(ValueError, match="songs") as caught:
        Item("songs", "x" * 100_000)

    assert len(str(caught.value)) < 400


@given(id=st.text(max_size=12), strict=st.booleans())
def test_every_item_that_exists_is_harmless(id: str, *, strict: bool) -> None:
    """The id of an item holds no comma, slash or control character, and is not only dots."""
    try:
        item = Item("songs", id, strict=strict)
    except InvalidItemError:
        return

    assert item.id not in {"", ".", ".."}
    assert not set(item.id) & {",", "/"}
    assert item.id.isprintable()
