from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apple_music_ratings import InvalidItemError, Item, ResourceType

deterministic = settings(derandomize=True, deadline=None)

# Ids that Apple's pages or people's reports show.
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
# An id that no request may carry, whatever the type and however lenient.
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
# An id that may exist one day, but is not what its type was ever seen to have.
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


@pytest.mark.parametrize(("word", "id"), SEEN)
def test_item_takes_every_id_that_was_seen(word: str, id: str) -> None:
    """What Apple shows can be rated, and an item writes itself as type and id."""
    item = Item(word, id)

    assert (ResourceType(word), id, f"{word}/{id}") == (item.type, item.id, str(item))


@pytest.mark.parametrize("type", ["songs", ResourceType.SONGS])
def test_item_keeps_its_type_as_the_enum(type: str) -> None:
    """A word and its enum make the same item."""
    item = Item(type, "907242702")

    assert ResourceType is item.type.__class__
    assert Item(ResourceType.SONGS, "907242702") == item


def test_item_is_frozen_and_hashable() -> None:
    """An item can be a key, and stays what it is."""
    item = Item("songs", "907242702")

    assert {item: 1} == {Item("songs", "907242702"): 1}
    assert Item("albums", "907242702") != item
    with pytest.raises(AttributeError):
        item.id = "1"


@pytest.mark.parametrize(
    "word",
    ["song", "Songs", "", " songs", "songs ", "artists", "library-artists", "library-stations"],
)
@pytest.mark.parametrize("strict", [True, False])
def test_wrong_word_for_a_type_is_refused(word: str, *, strict: bool) -> None:
    """The singular, another case and what cannot be rated are no types, and the nine are named."""
    with pytest.raises(InvalidItemError, match="library-songs"):
        Item(word, "907242702", strict=strict)


@pytest.mark.parametrize("word", [None, 1, b"songs", ["songs"], {"songs"}])
def test_type_that_is_no_word_is_refused(word: object) -> None:
    """Anything else is refused as an item, not as a slip of Python."""
    with pytest.raises(InvalidItemError):
        Item(word, "907242702")


@pytest.mark.parametrize("id", HARMFUL, ids=repr)
@pytest.mark.parametrize("type", list(ResourceType))
@pytest.mark.parametrize("strict", [True, False])
def test_harmful_id_is_refused_however_lenient(
    type: ResourceType, id: str, *, strict: bool
) -> None:
    """Nothing, dots alone, commas, slashes and control characters never reach an address."""
    with pytest.raises(InvalidItemError):
        Item(type, id, strict=strict)


@pytest.mark.parametrize("id", [None, 907242702, b"907242702", True, ["907242702"]])
@pytest.mark.parametrize("strict", [True, False])
def test_id_that_is_no_text_is_refused(id: object, *, strict: bool) -> None:
    """Ids are opaque texts, also where they look like numbers."""
    with pytest.raises(InvalidItemError):
        Item("songs", id, strict=strict)


@pytest.mark.parametrize(("word", "id"), UNFIT)
def test_id_that_does_not_fit_its_type_is_refused(word: str, id: str) -> None:
    """A library id of a catalog type and the like is a slip."""
    with pytest.raises(InvalidItemError):
        Item(word, id)


@pytest.mark.parametrize(("word", "id"), UNFIT)
def test_unknown_but_harmless_id_passes_when_asked_for(word: str, id: str) -> None:
    """`strict=False` lets through what may be a form we have not met."""
    assert id == Item(word, id, strict=False).id


def test_refusal_says_which_type_the_id_looks_like() -> None:
    """A mix-up of catalog and library is told as such."""
    with pytest.raises(InvalidItemError, match="library-songs"):
        Item("songs", "i.7PJNN4mfXlD68R")


def test_refusal_is_a_value_error_and_short() -> None:
    """It is a ValueError too, and a huge id does not fill the screen."""
    with pytest.raises(ValueError, match="songs") as caught:
        Item("songs", "x" * 100_000)

    assert len(str(caught.value)) < 400


@deterministic
@given(id=st.text(max_size=12), strict=st.booleans())
def test_no_text_gets_past_what_is_promised(id: str, *, strict: bool) -> None:
    """An item that was made holds no comma, slash or control character, and is not only dots."""
    try:
        item = Item("songs", id, strict=strict)
    except InvalidItemError:
        return

    assert item.id not in {"", ".", ".."}
    assert not set(item.id) & {",", "/"}
    assert item.id.isprintable()
