"""Decide which error a response is, and what its message says.

From status, headers and raw bytes, because an error body may be missing, text, HTML or truncated,
whatever its content type says. The body of a 2xx response is not read here.
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
# Observed: each response has one of them or both; a report to Apple names it.
_REQUEST_IDS = ("x-apple-jingle-correlation-key", "x-apple-request-uuid")

_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    429: RateLimitError,
}
_NEXT_STEP: dict[type[ApiError], str] = {
    BadRequestError: "The request is malformed; `errors` on this error says where.",
    NoSubscriptionError: "The account has no active Apple Music subscription.",
    UnauthorizedError: (
        "The developer token was rejected: it has expired, this machine's clock is wrong, the key "
        "was revoked, or its key id or team id is incorrect."
    ),
    ForbiddenError: "The Music User Token was rejected; the user has to sign in again.",
    NotFoundError: "Check the id, its type and the base URL.",
    RateLimitError: ("Apple is rate-limiting the developer team; wait, or send fewer requests."),
    ServerError: "The service failed; try again later.",
    ApiError: "The service rejected this request.",
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
    """Return the error for a final response that is not a 2xx.

    Args:
        method: HTTP method of the request.
        path: Path of the request, without the query.
        status_code: HTTP status, any number.
        headers: Headers of the response, with names in any case.
        body: Body of the response, as received.
        attempts: Requests sent.
        retry_after: Seconds the service asked for, already parsed.

    Returns:
        The error to raise.
    """
    errors = parse_errors(body)
    request_id = next((headers[name] for name in _REQUEST_IDS if headers.get(name)), None)
    details = _attempts(attempts) + (f", request id {one_line(request_id)}" if request_id else "")
    reason = _quoted_reason(errors, body)
    start = f"{call_name(method, path)}: {_status(status_code)}{reason} ({details})."
    if status_code < 400:
        return UnexpectedResponseError(
            f"{start} The contract has no such response, and redirects are not followed; "
            "check the base URL.",
            method=method,
            path=path,
            status_code=status_code,
            body=body,
            attempts=attempts,
        )
    kind = _kind(status_code, errors)
    next_step = _NEXT_STEP[kind]
    if kind is NotFoundError and not _is_from_the_service(body):
        next_step = "This is not a response of the service; check the base URL."
    asked = f" The service asks to wait {retry_after:g} s." if retry_after is not None else ""
    return kind(
        f"{start}{asked} {next_step}",
        method=method,
        path=path,
        status_code=status_code,
        errors=errors,
        headers=headers,
        body=body,
        attempts=attempts,
        retry_after=retry_after,
        request_id=request_id,
    )


def call_name(method: str, path: str) -> str:
    """Return the name of a call for messages: `PUT songs/907242702`."""
    return f"{method} {path.removeprefix(_RATINGS_PREFIX)}"


def means_unrated(error: NotFoundError) -> bool:
    """Return whether a 404 means "no rating", and not "no such path" or "no such service".

    The service's own 404 has an empty body or its list of errors; code 40401 is a path that does
    not exist (both observed). Text or a page comes from another server, behind a wrong base URL.
    """
    return _is_from_the_service(error.body) and all(
        detail.code != _PATH_NOT_FOUND for detail in error.errors
    )


def _is_from_the_service(body: bytes) -> bool:
    document = _json(body)
    is_list = isinstance(document, dict) and isinstance(document.get("errors"), list)
    return is_list or not body.strip()


def parse_errors(body: bytes) -> tuple[ErrorDetail, ...]:
    """Parse the service's list of errors, if the body contains one.

    Returns:
        The errors; none for a body that is empty, text, HTML, truncated or of another shape.
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
    """Return a string, also for a number; `None` for anything else."""
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
    except ValueError:  # 520 and others have no name
        return f"status {status_code}"


def _attempts(attempts: int) -> str:
    return "after 1 attempt" if attempts == 1 else f"after {attempts} attempts"


def _quoted_reason(errors: tuple[ErrorDetail, ...], body: bytes) -> str:
    """Return the reason that the response states, quoted, if it is a sentence."""
    for error in errors:
        text = error.detail or error.title
        if text:
            where = error.parameter or error.pointer
            return f", {_quote(text)}" + (f" at {_quote(where)}" if where else "")
    document = _json(body)
    if isinstance(document, dict):
        message = document.get("message")
        return f", {_quote(message)}" if isinstance(message, str) and message else ""
    text = body[: 4 * _LONGEST_QUOTE].decode(errors="replace").strip()
    # Pages and other JSON are for the `body` attribute, not for a message.
    return f", {_quote(text)}" if text and text[0] not in "<[{" else ""


def one_line(text: str) -> str:
    """Return text for a message: one line of limited length, without control characters."""
    clean = "".join(char if char.isprintable() else " " for char in text[:_LONGEST_QUOTE])
    return f"{clean}..." if len(text) > _LONGEST_QUOTE else clean


def _quote(text: str) -> str:
    return f'"{one_line(text)}"'


def _json(body: bytes) -> object:
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
