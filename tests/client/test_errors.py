from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from inspect import getmembers, isclass

import httpx
import pytest

from apple_music_ratings import (
    ApiError,
    BadRequestError,
    BulkError,
    BulkResult,
    ConfigurationError,
    ErrorDetail,
    FileError,
    InvalidItemError,
    InvalidRatingError,
    JournalError,
    LimiterError,
    NoSubscriptionError,
    OtherAccountError,
    RateLimitError,
    RatingsError,
    RequestTimeoutError,
    RowError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
    VerificationError,
    errors,
)


def classes() -> dict[str, type[RatingsError]]:
    """Return every public error by name."""
    return {
        name: member
        for name, member in getmembers(errors, isclass)
        if issubclass(member, RatingsError) and not name.startswith("_")
    }


def test_only_errors_of_arguments_are_caught_with_builtin_errors() -> None:
    """A caller who catches `ValueError`, `OSError` or httpx's errors catches no other of ours."""
    foreign = (ValueError, OSError, RuntimeError, httpx.HTTPError)
    caught = {kind for kind in classes().values() if issubclass(kind, foreign)}

    assert caught == {InvalidItemError, InvalidRatingError}
    assert all(issubclass(kind, ValueError) for kind in caught)


def an_api_error(kind: type[ApiError] = RateLimitError) -> ApiError:
    """Build an error with every attribute set."""
    return kind(
        "Too many.",
        method="GET",
        path="/v1/me/ratings/songs/1",
        status_code=429,
        errors=(ErrorDetail(code="42900", title="Busy"),),
        headers=httpx.Headers({"Retry-After": "90"}),
        body=b"busy",
        attempts=3,
        retry_after=90.0,
    )


def pickled(error: RatingsError) -> RatingsError:
    """Return the error after a round trip through pickle."""
    copy: RatingsError = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    return copy


EXAMPLES = [
    RatingsError("any"),
    ConfigurationError("no key"),
    InvalidItemError("no item"),
    InvalidRatingError("no rating"),
    FileError("damaged", errors=[RowError("ratings.csv", 2, "id", "Empty.")]),
    TransportError("broke", method="PUT", path="/p", attempts=5),
    RequestTimeoutError("late", method="PUT", path="/p", attempts=5),
    UnexpectedResponseError("odd", method="GET", path="/p", status_code=302, body=b"x", attempts=2),
    VerificationError("lost", method="GET", path="/p", attempts=5, expected=1, found=None),
    BulkError("partly", result=BulkResult(())),
    JournalError("damaged"),
    OtherAccountError("another token", advice="use another journal"),
    LimiterError("rejected", attempts=2),
    *[an_api_error(kind) for kind in classes().values() if issubclass(kind, ApiError)],
]


@pytest.mark.parametrize("duplicate", [pickled, copy.copy, copy.deepcopy])
def test_error_survives_pickling_and_copying(
    duplicate: Callable[[RatingsError], RatingsError],
) -> None:
    """Worker pools pass errors from process to process, with all their attributes."""
    for error in EXAMPLES:
        again = duplicate(error)

        assert type(error) is type(again)
        assert (str(error), error.args, vars(error)) == (str(again), again.args, vars(again))


def test_every_error_was_pickled() -> None:
    """The examples above contain every class."""
    assert set(classes()) == {type(error).__name__ for error in EXAMPLES}


def test_api_error_has_the_attributes_of_its_call() -> None:
    """Attributes hold what was passed."""
    error = an_api_error()

    assert (error.method, error.path, error.status_code) == ("GET", "/v1/me/ratings/songs/1", 429)
    assert (ErrorDetail(code="42900", title="Busy"),) == error.errors
    assert (
        error.headers["retry-after"],
        error.body,
        error.attempts,
        error.retry_after,
    ) == ("90", b"busy", 3, 90.0)


def test_api_error_has_defaults_for_what_may_be_missing() -> None:
    """A test can raise one with a message, a call and a status."""
    error = ServerError("down", method="GET", path="/p", status_code=503)

    assert (
        error.errors,
        dict(error.headers),
        error.body,
        error.attempts,
        error.retry_after,
    ) == ((), {}, b"", 1, None)


def test_repr_of_an_error_shows_its_message_only() -> None:
    """The response stays out of logs."""
    assert "busy" not in repr(an_api_error())
    assert "Retry-After" not in repr(an_api_error())


def test_detail_is_a_value() -> None:
    """Details compare by their members and cannot be changed."""
    detail = ErrorDetail(code="40400")

    assert ErrorDetail(code="40400") == detail
    with pytest.raises(AttributeError):
        detail.code = "40401"  # type: ignore[misc]  # frozen


def test_no_subscription_is_a_bad_request() -> None:
    """A caller who handles 400 need not know it."""
    assert issubclass(NoSubscriptionError, BadRequestError)


@pytest.mark.parametrize(("package", "named"), [("rich", "rich"), (None, "a package")])
def test_missing_extra_is_named_with_the_command(package: str | None, named: str) -> None:
    """What requires it, which package, and what to run."""
    error = ConfigurationError.missing_extra("The command line", "cli", package)

    assert str(error) == (
        f"The command line requires {named}, which is not installed. "
        "Run: pip install 'apple-music-ratings[cli]'"
    )
