from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apple_music_ratings import ConfigurationError
from apple_music_ratings.developer_token.tokens import (
    DEFAULT_LIFETIME,
    MAX_LIFETIME,
    developer_token_claims,
    is_due,
    validate_identity,
)

NOW = 1_800_000_000.0
HOUR = 3600.0


def test_lifetimes_are_the_ones_promised() -> None:
    """Twelve hours by default, 180 days at most."""
    assert (12 * HOUR, 180 * 24 * HOUR) == (DEFAULT_LIFETIME, MAX_LIFETIME)


def test_claims_name_the_team_and_both_times() -> None:
    """Issuer, time of issue and end; both are a minute early, in case this clock is ahead."""
    claims = developer_token_claims(team_id="TESTTEAM01", now=NOW, lifetime=HOUR, origin=())

    assert claims == {"iss": "TESTTEAM01", "iat": 1_799_999_940, "exp": 1_800_003_540}


def test_claims_name_origins_when_there_are_any() -> None:
    """A list of origins limits the token."""
    claims = developer_token_claims(
        team_id="TESTTEAM01", now=NOW, lifetime=HOUR, origin=["https://example.com"]
    )

    assert claims["origin"] == ["https://example.com"]


@given(
    now=st.floats(0, 4e9),
    lifetime=st.floats(1, MAX_LIFETIME),
)
def test_times_are_whole_seconds_and_never_past_the_limit(now: float, lifetime: float) -> None:
    """Apple takes whole numbers only, and a life of at most 180 days from now."""
    claims = developer_token_claims(team_id="TESTTEAM01", now=now, lifetime=lifetime, origin=())

    assert (int, int) == (type(claims["iat"]), type(claims["exp"]))
    assert claims["iat"] <= now
    assert claims["iat"] < claims["exp"] <= now + MAX_LIFETIME


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (0.0, False),
        (1.0, False),
        (0.5 * 12 * HOUR, False),
        (0.99 * 12 * HOUR, True),
        (12 * HOUR - 60, True),
        (12 * HOUR, True),
        (13 * HOUR, True),
    ],
)
def test_renewal_is_due_well_before_the_end_and_not_at_the_start(
    age: float, *, expected: bool
) -> None:
    """A young token stays, one that is about to end or has ended goes."""
    assert expected == is_due(issued_at=NOW, expires_at=NOW + 12 * HOUR, now=NOW + age)


@given(
    lifetime=st.floats(1, MAX_LIFETIME),
    first=st.floats(0, 1),
    second=st.floats(0, 1),
)
def test_renewal_once_due_stays_due(lifetime: float, first: float, second: float) -> None:
    """Within its life a token only ever grows older."""
    early, late = sorted([first, second])

    def due(part: float) -> bool:
        return is_due(issued_at=NOW, expires_at=NOW + lifetime, now=NOW + part * lifetime)

    assert due(early) <= due(late)


@given(lifetime=st.floats(1, MAX_LIFETIME))
def test_renewal_leaves_a_margin_for_every_lifetime(lifetime: float) -> None:
    """With a tenth of its life left a token is due; before half of it is over it is not."""
    expires_at = NOW + lifetime

    assert not is_due(issued_at=NOW, expires_at=expires_at, now=NOW + 0.49 * lifetime)
    assert is_due(issued_at=NOW, expires_at=expires_at, now=NOW + 0.9 * lifetime)


def test_token_from_the_future_is_due() -> None:
    """When the clock was set back, the service may think the token not yet good."""
    assert is_due(issued_at=NOW, expires_at=NOW + HOUR, now=NOW - 1)


def test_no_token_yet_is_due() -> None:
    """Before the first token one is needed."""
    assert is_due(issued_at=math.inf, expires_at=math.inf, now=NOW)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"key_id": ""}, "key id"),
        ({"key_id": "SHORT"}, "key id"),
        ({"key_id": "TESTKEY0011"}, "key id"),
        ({"key_id": "TESTKEY-01"}, "key id"),
        ({"key_id": "TESTKEY001\n"}, "key id"),
        ({"key_id": None}, "key id"),
        ({"team_id": ""}, "team id"),
        ({"team_id": "TESTTEAM 1"}, "team id"),
        ({"team_id": 1234567890}, "team id"),
        ({"lifetime": 0.0}, "lifetime"),
        ({"lifetime": -1.0}, "lifetime"),
        ({"lifetime": MAX_LIFETIME + 1}, "lifetime"),
        ({"lifetime": 15_777_000.0}, "lifetime"),
        ({"lifetime": math.inf}, "lifetime"),
        ({"lifetime": math.nan}, "lifetime"),
    ],
    ids=str,
)
def test_claims_that_apple_rejects_are_rejected_before_signing(
    wrong: dict[str, object], named: str
) -> None:
    """Ids have ten characters, lives between a second and 180 days; the message says which."""
    good: dict[str, Any] = {"key_id": "TESTKEY001", "team_id": "TESTTEAM01", "lifetime": HOUR}
    with pytest.raises(ConfigurationError) as caught:
        validate_identity(**(good | wrong))

    assert named in str(caught.value)


@pytest.mark.parametrize("lifetime", [1.0, DEFAULT_LIFETIME, MAX_LIFETIME])
def test_lifetimes_up_to_180_days_are_fine(lifetime: float) -> None:
    """Both ends of the range belong to it."""
    validate_identity(key_id="TESTKEY001", team_id="TESTTEAM01", lifetime=lifetime)
