from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apple_music_ratings._http.retry_after import parse_retry_after

NOW = datetime(2023, 9, 29, 16, 26, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("20", 20.0),
        ("0", 0.0),
        ("1.5", 1.5),
        (" 20 ", 20.0),
        ("-10", None),
        ("Fri, 29 Sep 2023 16:26:57 GMT", 20.0),
        ("Fri, 29 Sep 2023 16:26:27 GMT", 0.0),
        ("Fri, 29 Sep 2023 18:26:57 +0200", 20.0),
        ("Fri, 29 Sep 2023 16:26:57 -0000", 20.0),
        ("9" * 35, 1e35),
        ("9" * 400, math.inf),
        ("soon", None),
        ("", None),
        (" ", None),
        ("inf", None),
        ("nan", None),
        ("1e3", None),
        ("0x10", None),
        ("1_000", None),
        ("+5", None),
        ("5, 10", None),
        ("5 s", None),
        ("\u0665", None),
        ("Fri, 99 Sep 2023 16:26:57 GMT", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_both_spellings(header: str | None, expected: float | None) -> None:
    """Seconds and dates are understood; an invalid value is ignored."""
    seconds = parse_retry_after(header, now=NOW)

    assert expected == (seconds if seconds is None else pytest.approx(seconds))


@given(st.text(max_size=60))
@example("Fri, 29 Sep 2023 16:26:57 +99999999999999")
@example("Fri, 29 Sep 9999 23:59:59 -2359")
@example("1 Jan 1 00:00:00 +2359")
@example(",")
@example("Fri,")
@example("29 Sep 2023")
@example(":::")
def test_retry_after_survives_any_text(header: str) -> None:
    """Whatever a proxy writes, the outcome is a number of seconds or nothing."""
    seconds = parse_retry_after(header, now=NOW)

    assert seconds is None or seconds >= 0


@given(st.lists(st.sampled_from("Fri, 29 Sep 2023 16:26:57 GMT +-0:,.").map(str), max_size=40))
def test_retry_after_survives_what_looks_like_a_date(characters: list[str]) -> None:
    """So it is with text made of the parts of dates."""
    seconds = parse_retry_after("".join(characters), now=NOW)

    assert seconds is None or seconds >= 0


@given(st.integers(min_value=0, max_value=10**9))
def test_both_spellings_say_the_same(seconds: int) -> None:
    """A date is this many seconds from now."""
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert parse_retry_after(str(seconds), now=NOW) == parse_retry_after(date, now=NOW)
