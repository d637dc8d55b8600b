"""Explains why tokens do not work, and what to do next.

Pure: takes the call that failed with its error, or the difference between two clocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum

from attrs import frozen

from apple_music_ratings.errors import (
    ApiError,
    ForbiddenError,
    NoSubscriptionError,
    NotFoundError,
    RateLimitError,
    RatingsError,
    ServerError,
    TransportError,
    UnauthorizedError,
    UnexpectedResponseError,
)

# A Date header has whole seconds, and a response takes a few to arrive. Signed tokens live for
# hours, so only a difference that could put `iat` into Apple's future is worth a message.
MAX_SKEW = 60.0


class Probe(StrEnum):
    """The calls that check the tokens, in the order in which they are made."""

    DEVELOPER_TOKEN = "developer token"  # noqa: S105  # the name of a check
    USER_TOKEN = "Music User Token"  # noqa: S105  # the name of a check
    RATINGS = "ratings"


@frozen
class Diagnosis:
    """A problem and its solution.

    Args:
        message: The problem, with the status that shows it.
        next_step: What to do.
    """

    message: str
    next_step: str


_CHECK_IT = (
    "Run `apple-music-ratings developer-token --decode` to check it. If that finds no problem, "
    "check this machine's clock; otherwise the key was revoked or belongs to another team: compare "
    "key id and team id with Apple's developer site."
)
_SIGN_IN_AGAIN = (
    "Run `apple-music-ratings login` to sign in again. Music User Tokens expire after some months, "
    "or when the password changes or the app is removed from the account, and they work only with "
    "developer tokens of the team they were created with."
)
_SUBSCRIBE = (
    "Sign in with an account that subscribes to Apple Music, or renew the subscription in the "
    "Music app."
)


def diagnose(probe: Probe, error: RatingsError, *, service: str = "Apple") -> Diagnosis:
    """Explain the error of a probe.

    The developer token is probed first, so a later 401 is not caused by the developer token.

    Args:
        probe: The call that failed.
        error: What it raised.
        service: The name of the service that responded.

    Returns:
        A message and a next step. They contain no token.
    """
    match error:
        case NoSubscriptionError():
            return Diagnosis(
                "400 with code 40015: the account has no active Apple Music subscription.",
                _SUBSCRIBE,
            )
        case UnauthorizedError() if probe is Probe.DEVELOPER_TOKEN:
            return Diagnosis(f"401: {service} rejected the developer token.", _CHECK_IT)
        case UnauthorizedError():
            return Diagnosis(
                f"401: {service} accepted the developer token before, and now rejects the user.",
                _SIGN_IN_AGAIN,
            )
        case ForbiddenError() if probe is Probe.DEVELOPER_TOKEN:
            return Diagnosis(
                f"403: {service} accepts the developer token, but not this request.",
                "Run `apple-music-ratings login`, because a Music User Token was sent too. If that "
                "does not help, check on Apple's developer site that the key is enabled for "
                "MusicKit and that the team has accepted Apple's latest agreements.",
            )
        case ForbiddenError():
            return Diagnosis(
                f"403: {service} accepted the developer token and rejected the Music User Token.",
                _SIGN_IN_AGAIN,
            )
        case _:
            return _not_about_tokens(error, service)


def _not_about_tokens(error: RatingsError, service: str) -> Diagnosis:
    match error:
        case RateLimitError():
            return Diagnosis(
                "429: the developer team is sending too many requests.",
                "Wait a minute and run this again; the tokens may be valid.",
            )
        case ServerError(status_code=status):
            return Diagnosis(
                f"{status}: {service} failed.",
                "Try again later; the tokens may be valid.",
            )
        case TransportError():
            return Diagnosis(
                f"No response. {error}",
                "Check the connection, the proxy variables and APPLE_MUSIC_BASE_URL.",
            )
        case NotFoundError() | UnexpectedResponseError():
            return Diagnosis(
                f"The response is not from the Apple Music API. {error}",
                "Check APPLE_MUSIC_BASE_URL, and whether a proxy responds instead of Apple.",
            )
        case ApiError(status_code=status):
            return Diagnosis(f"{status}: {error}", "Neither token is the cause; see the message.")
        case _:
            return Diagnosis(str(error), "Fix this, and run this again.")


def clock_skew(headers: Mapping[str, str], *, now: float) -> float | None:
    """Return the difference between this machine's clock and the service's.

    Args:
        headers: Headers of a response.
        now: Unix time in seconds when the response arrived.

    Returns:
        Seconds by which this machine is ahead, negative if it is behind. `None` without a valid
        Date header.
    """
    text = next((value for name, value in headers.items() if name.lower() == "date"), None)
    if text is None:
        return None
    try:
        sent_at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    # A date without a zone means UTC: RFC 9110, section 5.6.7.
    return now - (sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=UTC)).timestamp()


def check_skew(skew: float) -> Diagnosis | None:
    """Return what a difference between the clocks causes, or `None` if it is harmless."""
    if abs(skew) <= MAX_SKEW:
        return None
    direction = "ahead of" if skew > 0 else "behind"
    return Diagnosis(
        f"This machine's clock is {abs(skew):.0f} s {direction} the service's.",
        "Set the clock, or turn on its synchronization: developer tokens are signed with its "
        "time, and Apple rejects those that seem to come from the future or to have expired.",
    )
