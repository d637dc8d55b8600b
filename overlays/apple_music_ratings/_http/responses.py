"""Judge an answer: which error is it, and what do its words say?

From status, headers and raw bytes, because an error body may be missing, text, HTML or cut short,
whatever its content type says. Nothing here looks into the body of a good answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from apple_music_ratings.errors import (
    ApiError,
    BadRequestError,
    ErrorDetail,
    ForbiddenError,
    NoSubscriptionError,
    NotFoundError,
    RateLimitError,
    ServerError,
    UnauthorizedError,
    UnexpectedResponseError,
)

_NO_SUBSCRIPTION = "40015"
_PATH_NOT_FOUND = "40401"
_RATINGS_PREFIX = "/v1/me/ratings/"

_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    429: RateLimitError,
}
_NEXT_STEP: dict[type[ApiError], str] = {
    BadRequestError: "The service calls the request malformed; `errors` on this error says where.",
    NoSubscriptionError: "The account has no active Apple Music subscription.",
    UnauthorizedError: (
        "The developer token was refused; check that it has not expired, its key id and its "
        "team id."
    ),
    ForbiddenError: "The Music User Token may have expired; ask the user to sign in again.",
    NotFoundError: "Check the id, its type and the base URL.",
    RateLimitError: (
        "The developer's team sends too many requests; send fewer at a time or try again later."
    ),
    ServerError: "The service failed; try again later.",
    ApiError: "The service does not take this request.",
}
_LONGEST_QUOTE = 200


def error_from_response(
    *,
    method: str,
    path: str,
    status_code: int,
    headers: Mapping[str, str],
    body: bytes,
    attempts: int,
    retry_after: float | None,
) -> ApiError | UnexpectedResponseError:
    """Turn a final answer that is not a 2xx into the error it is.

    Args:
        method: HTTP method of the request.
        path: Path of the request, without the query.
        status_code: HTTP status, of any number.
        headers: Headers of the answer.
        body: Body of the answer, as it came.
        attempts: Sends made.
        retry_after: Seconds the service asked for, already parsed.

    Returns:
        The error to raise.
    """
    errors = parse_errors(body)
    said = _quoted_reason(errors, body)
    start = f"{call_name(method, path)}: {_status(status_code)}{said} ({_attempts(attempts)})."
    if status_code < 400:
        return UnexpectedResponseError(
            f"{start} The contract has no such answer, and redirects are not followed; "
            "check the base URL.",
            method=method,
            path=path,
            status_code=status_code,
            body=body,
            attempts=attempts,
        )
    kind = _kind(status_code, errors)
    asked = f" The service asks to wait {retry_after:g} s." if retry_after is not None else ""
    return kind(
        f"{start}{asked} {_NEXT_STEP[kind]}",
        method=method,
        path=path,
        status_code=status_code,
        errors=errors,
        headers=headers,
        body=body,
        attempts=attempts,
        retry_after=retry_after,
    )


def call_name(method: str, path: str) -> str:
    """Name a call in a message: `PUT songs/907242702`."""
    return f"{method} {path.removeprefix(_RATINGS_PREFIX)}"


def means_unrated(error: NotFoundError) -> bool:
    """Tell a 404 that says "no rating" from one that says "no such path".

    The first is an answer. The second, code 40401, points at a wrong base URL or operation and
    must not pass for "unrated" (both observed).
    """
    return all(detail.code != _PATH_NOT_FOUND for detail in error.errors)


def parse_errors(body: bytes) -> tuple[ErrorDetail, ...]:
    """Read the service's list of errors, as far as the body holds one.

    Returns:
        The errors; none for a body that is empty, text, HTML, cut short or of another shape.
    """
    document = _json(body)
    listed = document.get("errors") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        return ()
    return tuple(_detail(entry) for entry in listed if isinstance(entry, dict))


def _detail(entry: dict[str, Any]) -> ErrorDetail:
    source = entry.get("source")
    if not isinstance(source, dict):
        source = {}
    return ErrorDetail(
        id=_text(entry.get("id")),
        status=_text(entry.get("status")),
        code=_text(entry.get("code")),
        title=_text(entry.get("title")),
        detail=_text(entry.get("detail")),
        parameter=_text(source.get("parameter")),
        pointer=_text(source.get("pointer")),
    )


def _text(value: object) -> str | None:
    """Take a text, or a number where a text is due."""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else None


def _kind(status_code: int, errors: tuple[ErrorDetail, ...]) -> type[ApiError]:
    if status_code == 400 and any(error.code == _NO_SUBSCRIPTION for error in errors):
        return NoSubscriptionError
    if status_code >= 500:
        return ServerError
    return _BY_STATUS.get(status_code, ApiError)


def _status(status_code: int) -> str:
    try:
        return f"{status_code} {HTTPStatus(status_code).phrase}"
    except ValueError:  # 520 and its kind have no name
        return f"status {status_code}"


def _attempts(attempts: int) -> str:
    return "after 1 attempt" if attempts == 1 else f"after {attempts} attempts"


def _quoted_reason(errors: tuple[ErrorDetail, ...], body: bytes) -> str:
    """Quote what the answer says of itself, if that is a sentence."""
    for error in errors:
        words = error.detail or error.title
        if words:
            where = error.parameter or error.pointer
            return f", {_quote(words)}" + (f" at {_quote(where)}" if where else "")
    document = _json(body)
    if isinstance(document, dict):
        message = document.get("message")
        return f", {_quote(message)}" if isinstance(message, str) and message else ""
    text = body[: 4 * _LONGEST_QUOTE].decode(errors="replace").strip()
    # Pages and other JSON are for the `body` attribute, not for a message.
    return f", {_quote(text)}" if text and text[0] not in "<[{" else ""


def one_line(words: str) -> str:
    """Make foreign words fit for a message: one line of limited length, no control characters."""
    clean = "".join(char if char.isprintable() else " " for char in words[:_LONGEST_QUOTE])
    return f"{clean}..." if len(words) > _LONGEST_QUOTE else clean


def _quote(words: str) -> str:
    return f'"{one_line(words)}"'


def _json(body: bytes) -> object:
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
