from __future__ import annotations

import re
from typing import Any

import pytest

from apple_music_ratings import (
    ApiError,
    BadRequestError,
    ConfigurationError,
    ForbiddenError,
    NoSubscriptionError,
    NotFoundError,
    RateLimitError,
    RatingsError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnauthorizedError,
    UnexpectedResponseError,
)
from apple_music_ratings.doctor.diagnosis import Probe, check_skew, clock_skew, diagnose

NOON = 1_800_014_400.0  # Fri, 15 Jan 2027 12:00:00 GMT
DEVELOPER, USER, RATINGS = Probe


def an_error_response(kind: type[Any], status: int | None = None) -> RatingsError:
    """Build what a probe raises."""
    known: dict[str, Any] = {"method": "GET", "path": "/v1/test", "attempts": 1}
    if status is not None:
        known["status_code"] = status
    error: RatingsError = kind("The words of the error.", **known)
    return error


@pytest.mark.parametrize(
    ("probe", "error", "words", "next_step"),
    [
        (
            DEVELOPER,
            an_error_response(UnauthorizedError, 401),
            "401: Apple refused the dev",
            "--decode",
        ),
        (USER, an_error_response(UnauthorizedError, 401), "401: Apple took the developer", "login"),
        (
            RATINGS,
            an_error_response(UnauthorizedError, 401),
            "401: Apple took the developer",
            "login",
        ),
        (
            DEVELOPER,
            an_error_response(ForbiddenError, 403),
            "403: Apple knows the developer",
            "MusicKit",
        ),
        (
            USER,
            an_error_response(ForbiddenError, 403),
            "403: .* refused the Music User Token",
            "login",
        ),
        (
            RATINGS,
            an_error_response(ForbiddenError, 403),
            "403: .* refused the Music User Token",
            "login",
        ),
        (
            DEVELOPER,
            an_error_response(NoSubscriptionError, 400),
            "400 .* 40015: .*subscr",
            "subscribes",
        ),
        (
            USER,
            an_error_response(NoSubscriptionError, 400),
            "400 .* 40015: .*subscription",
            "subscribes",
        ),
        (
            RATINGS,
            an_error_response(NoSubscriptionError, 400),
            "400 .* 40015: .*subscr",
            "subscribes",
        ),
        (USER, an_error_response(BadRequestError, 400), "400: The words", "neither token's fault"),
        (USER, an_error_response(ApiError, 418), "418: The words", "neither token's fault"),
        (USER, an_error_response(RateLimitError, 429), "429: too many", "nothing about the tokens"),
        (USER, an_error_response(ServerError, 503), "503: .* failed", "nothing about the tokens"),
        (
            USER,
            an_error_response(NotFoundError, 404),
            "not Apple's. The words",
            "APPLE_MUSIC_BASE_URL",
        ),
        (
            USER,
            an_error_response(UnexpectedResponseError, 302),
            "not Apple's",
            "APPLE_MUSIC_BASE_URL",
        ),
        (USER, an_error_response(TransportError), "No answer came. The words", "connection"),
        (USER, an_error_response(RequestTimeoutError), "No answer came. The words", "connection"),
        (DEVELOPER, ConfigurationError("The key is none."), "The key is none.", "Mend this"),
    ],
)
def test_each_error_is_told_apart_with_a_next_step(
    probe: Probe, error: RatingsError, words: str, next_step: str
) -> None:
    """401, 403 and 40015 ask for different things, and the rest is not about tokens."""
    diagnosis = diagnose(probe, error)

    assert re.search(words, diagnosis.message)
    assert next_step in diagnosis.next_step


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Date": "Fri, 15 Jan 2027 12:00:00 GMT"}, 0.0),
        ({"date": "Fri, 15 Jan 2027 11:58:00 GMT"}, 120.0),
        ({"DATE": "Fri, 15 Jan 2027 12:05:00 GMT"}, -300.0),
        ({"Date": "Fri, 15 Jan 2027 13:00:00 +0100"}, 0.0),
        ({"Date": "Fri, 15 Jan 2027 12:00:00 -0000"}, 0.0),
        ({"Date": "noon"}, None),
        ({"Date": ""}, None),
        ({"Date": "Fri, 99 Jan 2027 12:00:00 GMT"}, None),
        ({"Content-Type": "application/json"}, None),
        ({}, None),
    ],
)
def test_clock_is_compared_with_the_date_of_an_answer(
    headers: dict[str, str], expected: float | None
) -> None:
    """Ahead is positive; what is no date says nothing."""
    assert clock_skew(headers, now=NOON) == expected


@pytest.mark.parametrize(
    ("skew", "words"),
    [
        (0.0, None),
        (60.0, None),
        (-60.0, None),
        (61.0, "61 s ahead of"),
        (-3600.0, "3600 s behind"),
    ],
)
def test_only_a_difference_that_matters_is_reported(skew: float, words: str | None) -> None:
    """A minute is what travel and rounding may take."""
    diagnosis = check_skew(skew)

    assert (diagnosis is None) is (words is None)
    if diagnosis is not None:
        assert words is not None
        assert words in diagnosis.message
        assert "Set the clock" in diagnosis.next_step
