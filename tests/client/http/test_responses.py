from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apple_music_ratings import (
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
from apple_music_ratings._http.responses import error_from_response, means_unrated, parse_errors

CLASSES = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    429: RateLimitError,
}
HOSTILE_BODIES = {
    "blank": b" \r\n\t ",
    "page": b"<html><body><h1>Gateway Timeout</h1>Correlation Key: ABC</body></html>",
    "truncated": b'{"errors":[{"status":"4',
    "list": b"[1, 2, 3]",
    "null": b"null",
    "string": b'"words"',
    "message of a wrong type": b'{"message":{"a":1}}',
    "errors null": b'{"errors":null}',
    "errors an object": b'{"errors":{"code":"40015"}}',
    "deep list": b"[" * 100_000,
    "deep errors": b'{"errors":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "huge number": b'{"errors":[{"code":' + b"9" * 5_000 + b"}]}",
    "not UTF-8": b"\xff\xfe\xfa\xfb",
    "not UTF-8 inside": b'{"errors":[{"detail":"\xff"}]}',
    "byte order mark": b'\xef\xbb\xbf{"errors":[]}',
    "nul": b"\x00\x00\x00",
    "huge text": b"x" * 1_000_000,
}


def an_error(
    status: int,
    body: bytes | dict[str, Any] = b"",
    *,
    attempts: int = 1,
    retry_after: float | None = None,
    headers: dict[str, str] | None = None,
) -> Any:
    """Return the error for a response."""
    return error_from_response(
        method="PUT",
        path="/v1/me/ratings/songs/900032829",
        status_code=status,
        headers=httpx.Headers(headers),
        body=json.dumps(body).encode() if isinstance(body, dict) else body,
        attempts=attempts,
        retry_after=retry_after,
    )


def errors(*entries: dict[str, Any]) -> dict[str, Any]:
    """Build a body with the service's list of errors."""
    return {"errors": list(entries)}


def test_status_decides_the_class() -> None:
    """All statuses from 100 to 999; below 400 the contract has no such response."""
    offenders = []
    for status in range(100, 1000):
        kind: type[Exception] = CLASSES.get(status, ServerError if status >= 500 else ApiError)
        if status < 400:
            kind = UnexpectedResponseError
        error = an_error(status, b"busy", attempts=2)
        if (kind, status, 2) != (type(error), error.status_code, error.attempts):
            offenders.append((status, type(error)))

    assert not offenders


@pytest.mark.parametrize("body", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES)
def test_body_of_any_kind_is_kept_and_not_quoted(body: bytes) -> None:
    """The class stays, no error is found in it, and the message is one short line."""
    error = an_error(502, body)

    assert (type(error), error.body) == (ServerError, body)
    assert (str(error).isprintable(), len(str(error)) < 500) == (True, True)
    assert "<html>" not in str(error)


@pytest.mark.parametrize(
    ("status", "entries", "kind"),
    [
        (400, [{"code": "40015"}], NoSubscriptionError),
        (400, [{"code": 40015}], NoSubscriptionError),
        (400, [{"code": "40005"}, {"code": "40015"}], NoSubscriptionError),
        (400, [{"code": "40005"}], BadRequestError),
        (400, [{"code": "400150"}], BadRequestError),
        (400, [{"detail": "40015"}], BadRequestError),
        (403, [{"code": "40015"}], ForbiddenError),
        (404, [{"code": "40300"}], NotFoundError),
    ],
)
def test_code_40015_of_a_400_is_a_missing_subscription(
    status: int, entries: list[dict[str, Any]], kind: type[ApiError]
) -> None:
    """No other code and no other status changes the class."""
    assert type(an_error(status, errors(*entries))) is kind


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", True),
        (b" \r\n", True),
        (b'{"errors":[]}', True),
        (b'{"errors":[{"code":"40400"}]}', True),
        (b'{"errors":[{"code":"40401"}]}', False),
        (b'{"errors":[{"code":40401}]}', False),
        (b'{"errors":[{"code":"40400"},{"code":"40401"}]}', False),
        (b"<html>Not Found</html>", False),
        (b"404 page not found\n", False),
        (b'{"message":"Not Found"}', False),
        (b'{"errors":"none"}', False),
        (b'{"errors":[', False),
    ],
)
def test_only_a_404_of_the_service_means_unrated(body: bytes, *, expected: bool) -> None:
    """Empty or with its list of errors, and not "no such path"; another server's says so."""
    error = an_error(404, body)
    is_foreign = not expected and b"40401" not in body

    assert means_unrated(error) is expected
    assert ("not a response of the service; check the base URL" in str(error)) is is_foreign


def test_error_keeps_what_is_known_of_the_call() -> None:
    """Method, path, status, headers, body, attempts and the delay requested."""
    error = an_error(429, b"busy", attempts=3, retry_after=90.0, headers={"X-Trace": "one"})

    assert (error.method, error.path) == ("PUT", "/v1/me/ratings/songs/900032829")
    assert (error.status_code, dict(error.headers), error.body) == (
        429,
        {"x-trace": "one"},
        b"busy",
    )
    assert (error.attempts, error.retry_after, error.errors) == (3, 90.0, ())


@pytest.mark.parametrize(
    ("headers", "request_id"),
    [
        ({"X-Apple-Jingle-Correlation-Key": "JB3Z"}, "JB3Z"),
        ({"X-Apple-Request-UUID": "5c0e"}, "5c0e"),
        ({"X-Apple-Request-UUID": "5c0e", "X-Apple-Jingle-Correlation-Key": "JB3Z"}, "JB3Z"),
        ({"X-Apple-Jingle-Correlation-Key": ""}, None),
        ({}, None),
    ],
)
def test_error_names_the_request_id(headers: dict[str, str], request_id: str | None) -> None:
    """For a 401 without a body it is the only thing that a report to Apple can name."""
    error = an_error(401, headers=headers)

    assert error.request_id == request_id
    assert (f"(after 1 attempt, request id {request_id})" in str(error)) is bool(request_id)


def test_list_of_errors_is_kept_as_values() -> None:
    """Every member that Apple documents is read, and numbers where texts are due."""
    full = {
        "id": "JB3ZVPRWGNSUETKWDOHBRIDOVQ",
        "status": "400",
        "code": "40005",
        "title": "Invalid Parameter Value",
        "detail": "Invalid language tag 'xx'",
        "source": {"parameter": "l"},
        "messageForDisplay": "left aside",
    }
    pointed = {"status": 400, "code": 40007, "source": {"pointer": "/attributes/value"}}

    assert an_error(400, errors(full, pointed)).errors == (
        ErrorDetail(
            id="JB3ZVPRWGNSUETKWDOHBRIDOVQ",
            status="400",
            code="40005",
            title="Invalid Parameter Value",
            detail="Invalid language tag 'xx'",
            parameter="l",
        ),
        ErrorDetail(status="400", code="40007", pointer="/attributes/value"),
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"errors":[null,1,"a",[],{}]}',
        b'{"errors":[{"id":[],"status":1.5,"code":true,"title":{},"source":[1]}]}',
        b'{"errors":[{"source":{"parameter":1.5,"pointer":null}}]}',
        b'{"errors":[{"code":NaN,"status":Infinity}]}',
    ],
)
def test_members_of_a_wrong_type_are_ignored(body: bytes) -> None:
    """Neither text nor a whole number; also an entry that is not an object."""
    assert parse_errors(body) == (ErrorDetail(),)


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["errors", "id", "code", "detail", "source", "parameter", "message"]
                ),
                inner,
            )
        ),
        max_leaves=20,
    ).map(lambda document: json.dumps(document).encode()),
    st.sampled_from([302, 400, 401, 404, 429, 503]),
)
def test_any_body_makes_an_error_with_a_printable_message(body: bytes, status: int) -> None:
    """Whatever the bytes or the JSON, there is an error of one line."""
    assert str(an_error(status, body)).isprintable()


@pytest.mark.parametrize(
    ("facts", "part"),
    [
        ({"status": 400}, "`errors` on this error"),
        ({"status": 400, "body": errors({"code": "40015"})}, "no active Apple Music subscription"),
        ({"status": 401}, "developer token was rejected"),
        ({"status": 403}, "Music User Token was rejected"),
        ({"status": 404}, "404 Not Found (after 1 attempt). Check the id"),
        ({"status": 429}, "rate-limiting"),
        ({"status": 429, "retry_after": 90.0}, "The service asks to wait 90 s."),
        ({"status": 500, "attempts": 2}, "(after 2 attempts). The service failed"),
        ({"status": 520}, "status 520"),
        ({"status": 799}, "status 799"),
        ({"status": 302}, "redirects are not followed"),
        ({"status": 429, "body": b"API capacity exceeded"}, '"API capacity exceeded"'),
        ({"status": 429, "body": {"message": "Capacity"}}, '"Capacity"'),
        ({"status": 403, "body": errors({"title": "Forbidden"})}, '"Forbidden"'),
        ({"status": 403, "body": errors({"title": "Forbidden", "detail": "Why"})}, '"Why"'),
        ({"status": 403, "body": errors({}, {"detail": "Second"})}, '"Second"'),
        (
            {"status": 400, "body": errors({"detail": "Bad", "source": {"parameter": "ids"}})},
            '"Bad" at "ids"',
        ),
        (
            {"status": 400, "body": errors({"detail": "Bad", "source": {"pointer": "/type"}})},
            '"Bad" at "/type"',
        ),
    ],
)
def test_message_says_what_happened_and_what_to_do(facts: dict[str, Any], part: str) -> None:
    """The status, the service's reason, the attempts and the next step."""
    assert part in str(an_error(**facts))


def test_message_is_one_or_two_sentences() -> None:
    """A whole message."""
    body = errors({"status": "403", "title": "Forbidden", "detail": "Invalid authentication"})

    assert str(an_error(403, body)) == (
        'PUT songs/900032829: 403 Forbidden, "Invalid authentication" (after 1 attempt). '
        "The Music User Token was rejected; the user has to sign in again."
    )


@pytest.mark.parametrize("place", ["detail", "title", "message", "text", "parameter", "header"])
def test_message_has_no_control_character_of_the_service(place: str) -> None:
    """A response cannot control a terminal or a log."""
    for text in (
        "two\nlines",
        "\x1b[31mred",
        "\x7f",
        "c1\x9b31m",
        "turned \u202e around",
        "\ud800",
    ):
        bodies: dict[str, bytes | dict[str, Any]] = {
            "detail": errors({"detail": text}),
            "title": errors({"title": text}),
            "message": {"message": text},
            "text": text.encode("utf-8", "surrogatepass"),
            "parameter": errors({"detail": "Bad", "source": {"parameter": text}}),
        }
        headers = {"X-Apple-Request-UUID": text} if place == "header" and text.isascii() else {}
        error = an_error(400, bodies.get(place, b""), headers=headers)

        assert str(error).isprintable()
