from __future__ import annotations

from typing import Any


def test_rate_is_kept(user: Any) -> None:
    """One request at once, and for the second there is no room within the minute."""
    ended = user.run("--rate", "0.001", "like", "songs/900000001", "songs/900000002")

    assert ended.code == 1
    assert "The rate limiter's first free slot" in ended.err
    assert [user.rating(f"songs/90000000{number}") for number in (1, 2)] == [None, None]


def test_command_that_continues_keeps_the_rate(user: Any) -> None:
    """What is shown for pasting sends no faster."""
    ended = user.run("--rate", "0.001", "like", "songs/900000001", "songs/900000002")

    assert "apple-music-ratings --rate 0.001 resume" in ended.err


def test_rate_that_suffices_changes_nothing(user: Any) -> None:
    """It only limits."""
    ended = user.run("--rate", "1000", "like", "songs/900000001", "songs/900000002")

    assert ended.code == 0
    assert user.rating("songs/900000002") == 1


def test_invalid_rate_is_rejected(user: Any) -> None:
    """Before anything is sent."""
    for rate in ("0", "-1", "fast", "inf", "nan"):
        ended = user.run("--rate", rate, "like", "songs/900000001")

        assert ended.code in {1, 2}
        assert "rate" in ended.err
        assert user.rating("songs/900000001") is None
