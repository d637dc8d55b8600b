"""Say in words what an answer means for somebody whose tokens do not work, and what to do next.

Facts in, words out: which call failed and with which error, or by how much two clocks differ.
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

# A Date header has whole seconds, and an answer takes a few on its way. Signed tokens live for
# hours, so only a difference that could make `iat` lie in Apple's future is worth a word.
MAX_SKEW = 60.0


class Probe(StrEnum):
    """The calls that find out what works, in the order in which they are made."""

    DEVELOPER_TOKEN = "developer token"  # noqa: S105  # the name of a check
    USER_TOKEN = "Music User Token"  # noqa: S105  # the name of a check
    RATINGS = "ratings"


@frozen
class Diagnosis:
    """What is wrong, and what to do about it.

    Args:
        message: What is wrong, with the status that says so.
        next_step: What to do.
    """

    message: str
    next_step: str


_DEVELOPER_TOKEN_REFUSED = Diagnosis(
    "401: Apple refused the developer token.",
    "Run `apple-music-ratings developer-token --decode` to see what is wrong with it. If nothing "
    "is, the key was revoked or belongs to another team: check key id and team id on Apple's "
    "developer site.",
)
_SIGN_IN_AGAIN = (
    "Run `apple-music-ratings login` to sign in again. Music User Tokens end after some months, "
    "with a new password, when the app is removed from the account, and they work only with "
    "developer tokens of the team they were made with."
)
_SUBSCRIBE = (
    "Sign in with an account that subscribes to Apple Music, or renew the subscription in the "
    "Music app."
)


def diagnose(probe: Probe, error: RatingsError) -> Diagnosis:
    """Explain the error that a probe ended with.

    The developer token is probed first, so a later 401 is not the developer token's fault.

    Args:
        probe: The call that failed.
        error: What it raised.

    Returns:
        Words and a next step. They hold no token.
    """
    match error:
        case NoSubscriptionError():
            return Diagnosis(
                "400 with code 40015: the account has no active Apple Music subscription.",
                _SUBSCRIBE,
            )
        case UnauthorizedError() if probe is Probe.DEVELOPER_TOKEN:
            return _DEVELOPER_TOKEN_REFUSED
        case UnauthorizedError():
            return Diagnosis(
                "401: Apple took the developer token before, and refuses the person now.",
                _SIGN_IN_AGAIN,
            )
        case ForbiddenError() if probe is Probe.DEVELOPER_TOKEN:
            return Diagnosis(
                "403: Apple knows the developer token and does not let this request in.",
                "Run `apple-music-ratings login`, since a Music User Token went along. If that "
                "does not help, check on Apple's developer site that the key is enabled for "
                "MusicKit and that the team has accepted Apple's latest agreements.",
            )
        case ForbiddenError():
            return Diagnosis(
                "403: Apple took the developer token and refused the Music User Token.",
                _SIGN_IN_AGAIN,
            )
        case _:
            return _not_about_tokens(error)


def _not_about_tokens(error: RatingsError) -> Diagnosis:
    match error:
        case RateLimitError():
            return Diagnosis(
                "429: too many requests of this developer team at the moment.",
                "Wait a minute and run this again; this says nothing about the tokens.",
            )
        case ServerError(status_code=status):
            return Diagnosis(
                f"{status}: Apple's service failed.",
                "Try again later; this says nothing about the tokens.",
            )
        case TransportError():
            return Diagnosis(
                f"No answer came. {error}",
                "Check the connection, the proxy variables and APPLE_MUSIC_BASE_URL.",
            )
        case NotFoundError() | UnexpectedResponseError():
            return Diagnosis(
                f"The answer is not Apple's. {error}",
                "Check APPLE_MUSIC_BASE_URL, and whether a proxy answers in Apple's place.",
            )
        case ApiError(status_code=status):
            return Diagnosis(
                f"{status}: {error}", "This is neither token's fault; see the message."
            )
        case _:
            return Diagnosis(str(error), "Mend this, and run this again.")


def clock_skew(headers: Mapping[str, str], *, now: float) -> float | None:
    """Measure how far this machine's clock is from the service's.

    Args:
        headers: Headers of an answer.
        now: Unix time in seconds, taken when the answer came.

    Returns:
        Seconds by which this machine is ahead, negative if it is behind. `None` without a Date
        header that can be read.
    """
    text = next((value for name, value in headers.items() if name.lower() == "date"), None)
    if text is None:
        return None
    try:
        said_at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    # A date without a zone means UTC: RFC 9110, section 5.6.7.
    return now - (said_at if said_at.tzinfo else said_at.replace(tzinfo=UTC)).timestamp()


def check_skew(skew: float) -> Diagnosis | None:
    """Say what a difference between the clocks means, or `None` if it does no harm."""
    if abs(skew) <= MAX_SKEW:
        return None
    direction = "ahead of" if skew > 0 else "behind"
    return Diagnosis(
        f"This machine's clock is {abs(skew):.0f} s {direction} the service's.",
        "Set the clock, or switch on its synchronization: developer tokens are signed with its "
        "time, and Apple refuses those that seem to come from the future or to have ended.",
    )
