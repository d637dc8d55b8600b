from __future__ import annotations

import pytest

from apple_music_ratings import Item, RatingValue
from apple_music_ratings._bulk.verification import READ_LAG_DELAYS, mismatched, verification_error

LIKE, DISLIKE = RatingValue.LIKE, RatingValue.DISLIKE
SONG, OTHER = Item("songs", "1"), Item("songs", "2")


def test_what_reads_otherwise_is_named() -> None:
    """What was not read is not judged."""
    expected = {SONG: LIKE, OTHER: None, Item("songs", "3"): LIKE}

    assert mismatched(expected, {SONG: DISLIKE, OTHER: None}) == [SONG]


@pytest.mark.parametrize(
    ("expected", "found", "words"),
    [
        (LIKE, None, "a like was written and confirmed, but 1.5 s later no rating is read"),
        (None, DISLIKE, "no rating was written and confirmed, but 1.5 s later a dislike is read"),
    ],
)
def test_error_says_what_was_written_and_what_is_read(
    expected: RatingValue | None, found: RatingValue | None, words: str
) -> None:
    """And after how many seconds."""
    error = verification_error(SONG, expected, found, reads=3)

    assert words in str(error)
    assert (error.expected, error.found, error.attempts) == (expected, found, 3)
    assert error.path == "/v1/me/ratings/songs/1"


def test_reads_are_given_more_time_than_any_lag_that_was_seen() -> None:
    """Four seconds were, by one project; and the waiting is bounded."""
    assert 4.0 < sum(READ_LAG_DELAYS) < 15.0
