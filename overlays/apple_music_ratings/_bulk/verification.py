"""Decide how long to wait for a write to show in reads, and describe one that does not.

Reads may lag behind writes (observed: a rating appeared a second after a favorite was added, and
one project polls for up to four seconds). Apple documents no number.
"""

from __future__ import annotations

from collections.abc import Mapping

from apple_music_ratings.errors import VerificationError
from apple_music_ratings.models import Item, RatingValue
from apple_music_ratings.plans import format_rating

# Seconds before each further read of items that do not match yet; about twice the longest lag seen.
READ_LAG_DELAYS = (0.5, 1.0, 2.0, 4.0)


def mismatched(
    expected: Mapping[Item, RatingValue | None], found: Mapping[Item, RatingValue | None]
) -> list[Item]:
    """Return the items that were read and are not as expected."""
    return [item for item in found if found[item] != expected[item]]


def verification_error(
    item: Item, expected: RatingValue | None, found: RatingValue | None, *, reads: int
) -> VerificationError:
    """Return the error for a confirmed write that reads back differently."""
    waited = sum(READ_LAG_DELAYS[: reads - 1])
    return VerificationError(
        f"{item}: {format_rating(expected)} was written and confirmed, but {waited:g} s later "
        f"{format_rating(found)} is read. Apply it again, or check the item in the Music app.",
        method="GET",
        path=f"/v1/me/ratings/{item}",
        attempts=reads,
        expected=expected,
        found=found,
    )
