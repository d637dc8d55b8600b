from __future__ import annotations

import re
from typing import Any

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


def an_error(kind: type[Any], status: int | None = None) -> RatingsError:
    """Build what a probe raises."""
    known: dict[str, Any] = {"method": "GET", "path": "/v1/test", "attempts": 1}
    if status is not None:
        known["status_code"] = status
    error: RatingsError = kind("The message of the error.", **known)
    return error


def test_each_error_has_its_message_and_next_step() -> None:
    """401, 403 and 40015 have different solutions, and other errors are not about tokens."""
    cases: list[tuple[Probe, RatingsError, str, str]] = [
        (
            DEVELOPER,
            an_error(UnauthorizedError, 401),
            "401: Apple rejected the dev",
            "--decode",
        ),
        (
            USER,
            an_error(UnauthorizedError, 401),
            "401: Apple accepted the developer",
            "login",
        ),
        (
            RATINGS,
            an_error(UnauthorizedError, 401),
            "401: Apple accepted the developer",
            "login",
        ),
        (
            DEVELOPER,
            an_error(ForbiddenError, 403),
            "403: Apple accepts the developer",
            "MusicKit",
        ),
        (
            USER,
            an_error(ForbiddenError, 403),
            "403: .* rejected the Music User Token",
            "login",
        ),
        (
            RATINGS,
            an_error(ForbiddenError, 403),
            "403: .* rejected the Music User Token",
            "login",
        ),
        (
            DEVELOPER,
            an_error(NoSubscriptionError, 400),
            "400 .* 40015: .*subscr",
            "subscribes",
        ),
        (
            USER,
            an_error(NoSubscriptionError, 400),
            "400 .* 40015: .*subscription",
            "subscribes",
        ),
        (
            RATINGS,
            an_error(NoSubscriptionError, 400),
            "400 .* 40015: .*subscr",
            "subscribes",
        ),
        (USER, an_error(BadRequestError, 400), "400: The message", "Neither token"),
        (USER, an_error(ApiError, 418), "418: The message", "Neither token"),
        (USER, an_error(RateLimitError, 429), "429: .* too many", "tokens may be valid"),
        (USER, an_error(ServerError, 503), "503: .* failed", "tokens may be valid"),
        (
            USER,
            an_error(NotFoundError, 404),
            "not from the Apple Music API. The message",
            "APPLE_MUSIC_BASE_URL",
        ),
        (
            USER,
            an_error(UnexpectedResponseError, 302),
            "not from the Apple Music API",
            "APPLE_MUSIC_BASE_URL",
        ),
        (USER, an_error(TransportError), "No response. The message", "connection"),
        (USER, an_error(RequestTimeoutError), "No response. The message", "connection"),
        (DEVELOPER, ConfigurationError("The key is none."), "The key is none.", "Fix this"),
    ]
    for probe, error, part, next_step in cases:
        diagnosis = diagnose(probe, error)

        assert re.search(part, diagnosis.message)
        assert next_step in diagnosis.next_step


def test_clock_is_compared_with_the_date_of_a_response() -> None:
    """Ahead is positive; without a valid date there is no result."""
    cases: list[tuple[dict[str, str], float | None]] = [
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
    ]
    for headers, expected in cases:
        assert clock_skew(headers, now=NOON) == expected


def test_only_a_difference_that_matters_is_reported() -> None:
    """Latency and rounding may take a minute."""
    cases: list[tuple[float, str | None]] = [
        (0.0, None),
        (60.0, None),
        (-60.0, None),
        (61.0, "61 s ahead of"),
        (-3600.0, "3600 s behind"),
    ]
    for skew, part in cases:
        diagnosis = check_skew(skew)

        assert (diagnosis is None) is (part is None)
        if diagnosis is not None:
            assert part is not None
            assert part in diagnosis.message
            assert "Set the clock" in diagnosis.next_step
