"""Error messages for the user at the terminal, who is not the caller of a library."""

from __future__ import annotations

from apple_music_ratings import (
    ForbiddenError,
    InvalidItemError,
    JournalError,
    NoSubscriptionError,
    OtherAccountError,
    RateLimitError,
    UnauthorizedError,
)

from .session import JOURNAL, Session


def explain(error: BaseException, session: Session) -> str:
    """Return what an error means, and which command helps."""
    service = "Apple" if session.is_apple else "The service"
    message = str(error)
    match error:
        case InvalidItemError():
            message = error.reason
        case UnauthorizedError():
            message = (
                "Your developer token was rejected (401): it has expired, this machine's clock is "
                f"wrong, or the key was revoked. Run `{session.command('doctor')}`."
            )
        case ForbiddenError():
            message = f"Your Music User Token was rejected (403). Run `{session.command('login')}`."
        case NoSubscriptionError():
            message = "The account has no active Apple Music subscription (400, code 40015)."
        case OtherAccountError():
            message = (
                f"{error.reason} For another account, name another --journal. If the token was "
                "renewed for the same account, add --same-account."
            )
        case JournalError() if isinstance(error.__cause__, OSError):
            message = f"{error} To record runs elsewhere, use --journal or set {JOURNAL}."
        case RateLimitError(retry_after=None):
            message = (
                f"{service} is rate-limiting your developer team (429). Wait, or send fewer "
                "requests (`--rate 5`)."
            )
        case RateLimitError(retry_after=seconds):
            message = (
                f"{service} is rate-limiting your developer team (429), and asks to wait "
                f"{seconds:.0f} s. Wait, or send fewer requests (`--rate 5`)."
            )
    return message
