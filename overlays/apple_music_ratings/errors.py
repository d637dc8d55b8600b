"""Every error this package raises.

One root; below it families by what the caller can do:

```text
RatingsError                      catch this to catch all of ours
├─ ConfigurationError             before any request: key, environment, base URL
├─ InvalidItemError               (also ValueError) not something that can be rated
├─ InvalidRatingError             (also ValueError) not a like and not a dislike
├─ FileError                      a ratings file cannot be read or written; carries its row errors
├─ TransportError                 no response; wraps the httpx error as __cause__
│  └─ RequestTimeoutError         no response in time
├─ LimiterError                   the rate limiter rejected the request
├─ ApiError                       a response with a 4xx or 5xx status
│  ├─ BadRequestError             400
│  │  └─ NoSubscriptionError      400 with code 40015
│  ├─ UnauthorizedError           401, the developer token
│  ├─ ForbiddenError              403, the Music User Token
│  ├─ NotFoundError               404
│  ├─ RateLimitError              429
│  └─ ServerError                 every 5xx
├─ UnexpectedResponseError        a response the contract does not allow
│  └─ VerificationError           what was written could not be read back
├─ BulkError                      only from result.raise_for_failures(); carries the result
└─ JournalError                   corrupt, not a journal, locked, newer, or no such run
   └─ OtherAccountError           the run is of another Music User Token
```

No error holds a token: not in its message, not in its attributes, not in the request of its cause.
Which response becomes which error is decided in `_http/responses.py`.
Over 400 lines, because the whole tree is read, and compared with its drawing, in one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from .plans import BulkResult

__all__ = [
    "ApiError",
    "BadRequestError",
    "BulkError",
    "ConfigurationError",
    "ErrorDetail",
    "FileError",
    "ForbiddenError",
    "InvalidItemError",
    "InvalidRatingError",
    "JournalError",
    "LimiterError",
    "NoSubscriptionError",
    "NotFoundError",
    "OtherAccountError",
    "RateLimitError",
    "RatingsError",
    "RequestTimeoutError",
    "RowError",
    "ServerError",
    "TransportError",
    "UnauthorizedError",
    "UnexpectedResponseError",
    "VerificationError",
]


@frozen(kw_only=True)
class ErrorDetail:
    """One entry of the list of errors in a response, Error in Apple's terms.

    Apple documents `id`, `title`, `status` and `code` as always present; responses without
    `id` were observed, so each may be `None`.
    See https://developer.apple.com/documentation/applemusicapi/error.

    Args:
        id: Names this occurrence, for a report to Apple.
        status: The HTTP status, as text.
        code: The service's own code, five digits.
        title: What went wrong, in a few words.
        detail: What went wrong, at more length.
        parameter: The query parameter at fault (`source.parameter`).
        pointer: A JSON pointer to what is at fault in the body (`source.pointer`).
    """

    id: str | None = None
    status: str | None = None
    code: str | None = None
    title: str | None = None
    detail: str | None = None
    parameter: str | None = None
    pointer: str | None = None


@frozen
class RowError:
    """One invalid row of a ratings file.

    Args:
        file: The name of the file.
        line: The line on which the row begins, counted from 1.
        column: The column with the error; `None` when it concerns the whole row.
        reason: What is invalid, and what is valid instead.
    """

    file: str
    line: int
    column: str | None
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return ": ".join([place, *([self.column] if self.column else []), self.reason])


class RatingsError(Exception):
    """Any error of this package."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only arguments do not survive the pickling of plain exceptions, and worker pools
        # hand errors from process to process.
        return (_restore, (type(self), self.args, self.__dict__))


def _restore(
    kind: type[RatingsError], args: tuple[Any, ...], state: dict[str, Any]
) -> RatingsError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigurationError(RatingsError):
    """A key, a token, a variable or the base URL is missing or invalid."""

    @classmethod
    def missing_extra(cls, what: str, extra: str, package: str | None) -> ConfigurationError:
        """Return the error that names the extra to install.

        Args:
            what: What requires the extra, as the subject of a sentence.
            extra: The name of the extra.
            package: The missing package.
        """
        return cls(
            f"{what} requires {package or 'a package'}, which is not installed. "
            f"Run: pip install 'apple-music-ratings[{extra}]'"
        )


class InvalidItemError(RatingsError, ValueError):
    """Not something that can be rated. No request was sent.

    Args:
        reason: What is invalid, and what is valid instead.
        advice: What a Python caller can do about it. It is part of the message, not of `reason`,
            so that other interfaces can give advice of their own.
    """

    def __init__(self, reason: str, *, advice: str = "") -> None:
        super().__init__(f"{reason} {advice}" if advice else reason)
        self.reason = reason


class InvalidRatingError(RatingsError, ValueError):
    """Neither a like nor a dislike. No request was sent."""


class FileError(RatingsError):
    """A ratings file cannot be read to its end, or cannot be written.

    Args:
        message: What is wrong with which file, and what to do about it.
        errors: The invalid rows found before that point.
    """

    def __init__(self, message: str, *, errors: Iterable[RowError] = ()) -> None:
        super().__init__(message)
        self.errors: tuple[RowError, ...] = tuple(errors)


class _CallError(RatingsError):
    """An error that knows which call it ended."""

    def __init__(self, message: str, *, method: str, path: str, attempts: int) -> None:
        super().__init__(message)
        self.method = method
        self.path = path
        self.attempts = attempts


class TransportError(_CallError):
    """No response arrived: no connection, or it broke. The httpx error is the `__cause__`.

    Args:
        message: What happened, to what, and what next.
        method: HTTP method of the request.
        path: Path of the request, without the query.
        attempts: Requests sent, the first one included.
    """


class RequestTimeoutError(TransportError):
    """No response arrived in time."""


class LimiterError(RatingsError):
    """The rate limiter rejected the request, which was not sent.

    Either the wait would have been too long, or the limiter itself failed, for instance because its
    Redis cannot be reached; then that error is the `__cause__`.

    Args:
        message: What happened, to what, and what next.
        attempts: Requests of this call sent before; 0 means that none was sent.
    """

    def __init__(self, message: str, *, attempts: int = 0) -> None:
        super().__init__(message)
        self.attempts = attempts


class ApiError(_CallError):
    """A response with a 4xx or 5xx status.

    Args:
        message: What happened, to what, and what next.
        method: HTTP method of the request.
        path: Path of the request, without the query.
        status_code: HTTP status of the last response.
        errors: The service's own list of errors; empty if the body contains none.
        headers: Headers of the last response.
        body: Body of the last response, as received.
        attempts: Requests sent, the first one included.
        retry_after: Seconds the service asked to wait, if it did.
        request_id: The service's id of the request, for a report to Apple, if the response has one.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str,
        path: str,
        status_code: int,
        errors: tuple[ErrorDetail, ...] = (),
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        attempts: int = 1,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, method=method, path=path, attempts=attempts)
        self.status_code = status_code
        self.errors = errors
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.body = body
        self.retry_after = retry_after
        self.request_id = request_id


class BadRequestError(ApiError):
    """400: the service considers the request malformed; `errors` says where."""


class NoSubscriptionError(BadRequestError):
    """400 with code 40015: the account has no active Apple Music subscription.

    Observed, not documented (Apple forums 694455 and 710605).
    """


class UnauthorizedError(ApiError):
    """401: the developer token was rejected, also a newly signed one if there is a key."""


class ForbiddenError(ApiError):
    """403: the Music User Token was rejected; only the user can fix that, by signing in again."""


class NotFoundError(ApiError):
    """404 where it does not mean "unrated": no such item, or no such path."""


class RateLimitError(ApiError):
    """429: the developer's team has sent too many requests.

    `retry_after` is the seconds the service asked for, if that is more than the client may wait.
    No `Retry-After` of Apple was ever observed, so it is usually `None`.
    """


class ServerError(ApiError):
    """Any 5xx: the service failed."""


class UnexpectedResponseError(_CallError):
    """A response the contract does not allow, such as a redirect or JSON of another shape.

    Args:
        message: What happened, to what, and what next.
        method: HTTP method of the request.
        path: Path of the request, without the query.
        status_code: HTTP status of the response.
        body: Body of the response, as received.
        attempts: Requests sent, the first one included.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str,
        path: str,
        status_code: int,
        body: bytes = b"",
        attempts: int = 1,
    ) -> None:
        super().__init__(message, method=method, path=path, attempts=attempts)
        self.status_code = status_code
        self.body = body


class VerificationError(UnexpectedResponseError):
    """The service accepted a write, but the rating reads back differently.

    Only from `verify=True`. Reads may lag behind writes for a few seconds (observed), so the
    rating was read several times. `status_code` is that of the last read.

    Args:
        message: What stands, and what should.
        method: HTTP method of the read.
        path: Path of the item's rating.
        attempts: Reads made.
        expected: What was written: 1, -1, or `None` for no rating.
        found: What was read.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str,
        path: str,
        attempts: int,
        expected: int | None,
        found: int | None,
    ) -> None:
        super().__init__(message, method=method, path=path, status_code=200, attempts=attempts)
        self.expected = expected
        self.found = found


class BulkError(RatingsError):
    """Part of a bulk call did not come about. Only `BulkResult.raise_for_failures` raises it.

    Args:
        message: How many failed, how many were not sent, and the first reason.
        result: The whole result, with what was done.
    """

    def __init__(self, message: str, *, result: BulkResult) -> None:
        super().__init__(message)
        self.result = result


class JournalError(RatingsError):
    """The journal cannot be used.

    It is corrupt, not a journal, from a newer version, locked, or the run does not exist; or it
    could not be written, for instance because the disk is full.

    Attributes:
        run: The run that it stopped, which can be resumed once that is fixed; `None` if none was in
            progress.
    """

    run: str | None = None


class OtherAccountError(JournalError):
    """The run is of another Music User Token, so perhaps of another account. Nothing was sent.

    Args:
        reason: What happened.
        advice: What a Python caller can do about it. It is part of the message, not of `reason`,
            so that other interfaces can give advice of their own.
    """

    def __init__(self, reason: str, *, advice: str = "") -> None:
        super().__init__(f"{reason} {advice}" if advice else reason)
        self.reason = reason


def shorten(value: object) -> str:
    """Return the `repr` of a value for a message, cut off after 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
