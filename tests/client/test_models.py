from __future__ import annotations

import copy
import json
import pickle
from enum import IntEnum, StrEnum

import pytest

from apple_music_ratings import Item, Rating, RatingValue, ResourceType

SONG = Item("songs", "907242702")


def test_rating_values_are_apples() -> None:
    """A like is 1, a dislike is -1, and there is nothing between."""
    assert issubclass(RatingValue, IntEnum)
    assert {value.name: int(value) for value in RatingValue} == {"LIKE": 1, "DISLIKE": -1}


def test_rating_value_prints_as_a_word() -> None:
    """A number to programs, a word to readers."""
    assert [str(value) for value in RatingValue] == ["like", "dislike"]
    assert f"{RatingValue.LIKE} {RatingValue.DISLIKE:+d}" == "like -1"
    assert int(RatingValue.LIKE) == 1


def test_resource_types_are_apples() -> None:
    """The nine types of the documentation, each a string."""
    assert issubclass(ResourceType, StrEnum)
    assert {member.name: str(member) for member in ResourceType} == {
        "ALBUMS": "albums",
        "MUSIC_VIDEOS": "music-videos",
        "PLAYLISTS": "playlists",
        "SONGS": "songs",
        "STATIONS": "stations",
        "LIBRARY_ALBUMS": "library-albums",
        "LIBRARY_MUSIC_VIDEOS": "library-music-videos",
        "LIBRARY_PLAYLISTS": "library-playlists",
        "LIBRARY_SONGS": "library-songs",
    }


def test_values_can_be_written_as_json() -> None:
    """People store ratings; the values are plain underneath."""
    assert json.dumps({ResourceType.SONGS: RatingValue.DISLIKE}) == '{"songs": -1}'


def test_rating_is_a_value() -> None:
    """A rating is an item and a value, compares by both and cannot be changed."""
    rating = Rating(SONG, RatingValue.LIKE)

    assert (rating.item, rating.value) == (SONG, RatingValue.LIKE)
    assert Rating(item=SONG, value=RatingValue.LIKE) == rating
    assert Rating(SONG, RatingValue.DISLIKE) != rating
    with pytest.raises(AttributeError):
        rating.value = RatingValue.DISLIKE  # type: ignore[misc]  # frozen


@pytest.mark.parametrize("value", [SONG, Rating(SONG, RatingValue.LIKE)])
def test_values_survive_copying_and_pickling(value: object) -> None:
    """Worker pools hand them from process to process."""
    assert value == pickle.loads(pickle.dumps(value))  # noqa: S301  # written a moment ago
    assert value == copy.copy(value) == copy.deepcopy(value)
