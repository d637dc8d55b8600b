"""Each error of the library has a message for the user at the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apple_music_ratings import (
    ForbiddenError,
    Item,
    JournalError,
    NoSubscriptionError,
    OtherAccountError,
    RateLimitError,
    RatingsError,
    UnauthorizedError,
)
from apple_music_ratings.cli.explanations import explain
from apple_music_ratings.cli.session import Session

CALL: dict[str, Any] = {"method": "GET", "path": "/v1/me/ratings/songs/1"}


def full_disk() -> JournalError:
    """Return the error of a journal that cannot be written."""
    error = JournalError("It cannot be written.")
    error.__cause__ = OSError("full")
    return error


def invalid_item() -> Exception:
    """Return the error of an invalid id."""
    try:
        Item("songs", "a b")
    except RatingsError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (UnauthorizedError("x", **CALL, status_code=401), ["(401)", "clock", "doctor"]),
        (ForbiddenError("x", **CALL, status_code=403), ["(403)", "apple-music-ratings login"]),
        (NoSubscriptionError("x", **CALL, status_code=400), ["no active Apple Music", "40015"]),
        (OtherAccountError("Another account."), ["--journal", "--same-account"]),
        (full_disk(), ["It cannot be written.", "--journal", "APPLE_MUSIC_JOURNAL"]),
        (JournalError("Another cause."), ["Another cause."]),
        (RateLimitError("x", **CALL, status_code=429), ["Apple is", "(429)", "--rate 5"]),
        (
            RateLimitError("x", **CALL, status_code=429, retry_after=30.0),
            ["asks to wait 30 s", "--rate 5"],
        ),
        (invalid_item(), ["contains a space"]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_error_has_a_message_and_a_next_step(
    error: Exception, parts: list[str], tmp_path: Path
) -> None:
    """None of them advises a change of Python code."""
    message = explain(error, Session(environ={"HOME": str(tmp_path)}))

    assert not [part for part in parts if part not in message]
    assert "strict=" not in message


def test_message_does_not_blame_apple_for_another_service(tmp_path: Path) -> None:
    """Such as a mock."""
    environ: dict[str, Any] = {"HOME": str(tmp_path), "APPLE_MUSIC_BASE_URL": "http://127.0.0.1:1"}
    error = RateLimitError("x", method="GET", path="/", status_code=429)

    assert explain(error, Session(environ=environ)).startswith("The service is rate-limiting")
