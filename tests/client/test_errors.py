from __future__ import annotations

import copy
import pickle
import re
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

# As the design has it: errors of the clients, and their parents.
TREE = {
    "RatingsError": "Exception",
    "ConfigurationError": "RatingsError",
    "InvalidItemError": "RatingsError",
    "InvalidRatingError": "RatingsError",
    "FileError": "RatingsError",
    "TransportError": "RatingsError",
    "RequestTimeoutError": "TransportError",
    "ApiError": "RatingsError",
    "BadRequestError": "ApiError",
    "NoSubscriptionError": "BadRequestError",
    "UnauthorizedError": "ApiError",
    "ForbiddenError": "ApiError",
    "NotFoundError": "ApiError",
    "RateLimitError": "ApiError",
    "ServerError": "ApiError",
    "UnexpectedResponseError": "RatingsError",
}


def classes() -> dict[str, type[RatingsError]]:
    """Find every public error."""
    return {
        name: member
        for name, member in getmembers(errors, isclass)
        if issubclass(member, RatingsError) and not name.startswith("_")
    }


def public_parent(kind: type[BaseException]) -> str:
    """Name the nearest ancestor without an underscore."""
    return next(base.__name__ for base in kind.__mro__[1:] if not base.__name__.startswith("_"))


def drawn() -> dict[str, str]:
    """Read the tree from the docstring."""
    tree: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"([│├└─ ]*)([A-Z]\w+Error)\b", line)
        if found is None:
            continue
        depth = len(found[1]) // 3
        above[depth:] = [found[2]]
        tree[found[2]] = above[depth - 1] if depth else "Exception"
    return tree


def test_tree_is_the_one_designed() -> None:
    """Families by what the caller can do; no 5xx under a client error; all under one root."""
    parents = {name: public_parent(kind) for name, kind in classes().items()}

    assert {name: parents.get(name) for name in TREE} == TREE
    assert set(parents.values()) <= {"Exception", *parents}


def test_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    """The drawing is true."""
    assert drawn() == {name: public_parent(kind) for name, kind in classes().items()}


@pytest.mark.parametrize("kind", [InvalidItemError, InvalidRatingError])
def test_wrong_arguments_are_value_errors_too(kind: type[RatingsError]) -> None:
    """Who validates input with ValueError catches them."""
    assert issubclass(kind, ValueError)


@pytest.mark.parametrize(
    "kind", [kind for kind in classes().values() if not kind.__name__.startswith("Invalid")]
)
def test_other_errors_are_nobody_elses(kind: type[RatingsError]) -> None:
    """Nothing else is caught by who catches Python's or httpx's errors."""
    assert not issubclass(kind, (ValueError, OSError, RuntimeError, httpx.HTTPError))


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


def pickled_and_back(error: RatingsError) -> RatingsError:
    """Hand an error from process to process."""
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
    LimiterError("no room", attempts=2),
    *[an_api_error(kind) for kind in classes().values() if issubclass(kind, ApiError)],
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("duplicate", [pickled_and_back, copy.copy, copy.deepcopy])
def test_error_survives_pickling_and_copying(
    error: RatingsError, duplicate: Callable[[RatingsError], RatingsError]
) -> None:
    """Worker pools hand errors from process to process, with all they know."""
    again = duplicate(error)

    assert type(error) is type(again)
    assert (str(error), error.args, vars(error)) == (str(again), again.args, vars(again))


def test_every_error_was_pickled() -> None:
    """The examples above leave no class out."""
    assert set(classes()) == {type(error).__name__ for error in EXAMPLES}


def test_api_error_knows_its_call() -> None:
    """Attributes are what was given."""
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
    """Who raises one in a test needs a message, a call and a status."""
    error = ServerError("down", method="GET", path="/p", status_code=503)

    assert (
        error.errors,
        dict(error.headers),
        error.body,
        error.attempts,
        error.retry_after,
    ) == ((), {}, b"", 1, None)


def test_repr_of_an_error_shows_its_message_only() -> None:
    """What the service sent stays out of logs."""
    assert "busy" not in repr(an_api_error())
    assert "Retry-After" not in repr(an_api_error())


def test_detail_is_a_value() -> None:
    """Details compare by their members and cannot be changed."""
    detail = ErrorDetail(code="40400")

    assert ErrorDetail(code="40400") == detail
    with pytest.raises(AttributeError):
        detail.code = "40401"  # type: ignore[misc]  # frozen


def test_no_subscription_is_a_bad_request() -> None:
    """Who handles 400 as a whole need not know of it."""
    assert issubclass(NoSubscriptionError, BadRequestError)
