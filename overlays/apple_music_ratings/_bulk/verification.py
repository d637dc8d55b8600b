"""Decide how long to wait for a write to show, and say what did not stick.

Reads may lag behind writes: a rating was seen a second after a favorite was added, and one project
polls for up to four seconds. Apple gives no number.
"""

from __future__ import annotations

from collections.abc import Mapping

from apple_music_ratings.errors import VerificationError
from apple_music_ratings.models import Item, RatingValue
from apple_music_ratings.plans import format_rating

# Seconds before each further read of what does not agree yet; about twice the longest lag seen.
READ_LAG_DELAYS = (0.5, 1.0, 2.0, 4.0)


def mismatched(
    expected: Mapping[Item, RatingValue | None], found: Mapping[Item, RatingValue | None]
) -> list[Item]:
    """Name the items that read otherwise than expected, among those that were read."""
    return [item for item in found if found[item] != expected[item]]


def verification_error(
    item: Item, expected: RatingValue | None, found: RatingValue | None, *, reads: int
) -> VerificationError:
    """Say that a write did not stick."""
    waited = sum(READ_LAG_DELAYS[: reads - 1])
    return VerificationError(
        f"{item}: {format_rating(expected)} was written and confirmed, but {waited:g} s later "
        f"{format_rating(found)} is read. Apply it again, or look at the item in the Music app.",
        method="GET",
        path=f"/v1/me/ratings/{item}",
        attempts=reads,
        expected=expected,
        found=found,
    )
