from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
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

deterministic = settings(derandomize=True, deadline=None)

BY_STATUS = [
    (400, BadRequestError),
    (401, UnauthorizedError),
    (403, ForbiddenError),
    (404, NotFoundError),
    (405, ApiError),
    (406, ApiError),
    (409, ApiError),
    (413, ApiError),
    (414, ApiError),
    (418, ApiError),
    (429, RateLimitError),
    (451, ApiError),
    (499, ApiError),
    (500, ServerError),
    (501, ServerError),
    (502, ServerError),
    (503, ServerError),
    (504, ServerError),
    (520, ServerError),
    (599, ServerError),
]
BODIES = {
    "empty": b"",
    "blank": b" \r\n\t ",
    "text": b"API capacity exceeded",
    "page": b"<html><body><h1>Gateway Timeout</h1>Correlation Key: ABC</body></html>",
    "truncated": b'{"errors":[{"status":"4',
    "list": b"[1, 2, 3]",
    "null": b"null",
    "number": b"17",
    "string": b'"words"',
    "object": b"{}",
    "message": b'{"message":"API capacity exceeded"}',
    "message_of_wrong_type": b'{"message":{"a":1}}',
    "errors_null": b'{"errors":null}',
    "errors_object": b'{"errors":{"code":"40015"}}',
    "errors_text": b'{"errors":"many"}',
    "errors_empty": b'{"errors":[]}',
    "errors_of_wrong_types": b'{"errors":[null,1,"a",[],{}]}',
    "members_of_wrong_types": json.dumps(
        {"errors": [{"id": [], "status": 1.5, "code": True, "title": {}, "source": [1]}]}
    ).encode(),
    "source_of_wrong_types": b'{"errors":[{"source":{"parameter":1.5,"pointer":null}}]}',
    "deep_list": b"[" * 100_000,
    "deep_errors": b'{"errors":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "huge_number": b'{"errors":[{"code":' + b"9" * 5_000 + b"}]}",
    "long_number": b'{"errors":[{"code":' + b"9" * 4_000 + b"}]}",
    "nan": b'{"errors":[{"code":NaN,"status":Infinity}]}',
    "not_utf8": b"\xff\xfe\xfa\xfb",
    "not_utf8_inside": b'{"errors":[{"detail":"\xff"}]}',
    "surrogate": b'{"errors":[{"detail":"\\ud800"}]}',
    "byte_order_mark": b'\xef\xbb\xbf{"errors":[]}',
    "nul": b"\x00\x00\x00",
    "huge_text": b"x" * 1_000_000,
}


def a_error_from_response(
    status: int,
    body: bytes | dict[str, Any] = b"",
    *,
    method: str = "PUT",
    path: str = "/v1/me/ratings/songs/900032829",
    attempts: int = 1,
    retry_after: float | None = None,
) -> Any:
    """Judge an answer."""
    return error_from_response(
        method=method,
        path=path,
        status_code=status,
        headers={"X-Trace": "one"},
        body=json.dumps(body).encode() if isinstance(body, dict) else body,
        attempts=attempts,
        retry_after=retry_after,
    )


def errors(*entries: dict[str, Any]) -> dict[str, Any]:
    """Build a body with the service's list of errors."""
    return {"errors": list(entries)}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize(("status", "kind"), BY_STATUS)
def test_status_alone_decides_the_class_whatever_the_body(
    status: int, kind: type[ApiError], body: bytes
) -> None:
    """An empty, cut, wrong or hostile body still gives the right class, and is kept."""
    error = a_error_from_response(status, body)

    assert kind is type(error)
    assert (status, body) == (error.status_code, error.body)


@deterministic
@given(status=st.integers(400, 999), body=st.binary(max_size=40))
def test_every_4xx_and_5xx_is_an_api_error_and_every_5xx_a_server_error(
    status: int, body: bytes
) -> None:
    """Catching ServerError is enough for every 5xx, and only for those."""
    error = a_error_from_response(status, body)

    assert isinstance(error, ApiError)
    assert (status >= 500) == isinstance(error, ServerError)


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 303, 304, 307, 308, 399])
def test_status_below_400_is_unexpected(status: int) -> None:
    """A redirect is no error of the service, and the contract has none."""
    error = a_error_from_response(status, b"elsewhere", attempts=2)

    assert UnexpectedResponseError is type(error)
    assert (status, b"elsewhere", "PUT", 2) == (
        error.status_code,
        error.body,
        error.method,
        error.attempts,
    )


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
        (500, [{"code": "40015"}], ServerError),
        (404, [{"code": "40300"}], NotFoundError),
        (429, [{"code": "40400"}], RateLimitError),
    ],
)
def test_code_40015_of_a_400_is_a_missing_subscription(
    status: int, entries: list[dict[str, Any]], kind: type[ApiError]
) -> None:
    """No other code and no other status changes the class."""
    assert kind is type(a_error_from_response(status, errors(*entries)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", True),
        (b"<html>Not Found</html>", True),
        (b'{"errors":[]}', True),
        (b'{"errors":[{"code":"40400"}]}', True),
        (b'{"errors":[{"code":"40401"}]}', False),
        (b'{"errors":[{"code":40401}]}', False),
        (b'{"errors":[{"code":"40400"},{"code":"40401"}]}', False),
    ],
)
def test_missing_path_does_not_mean_unrated(body: bytes, *, expected: bool) -> None:
    """A 404 says "unrated", unless its code says that there is no such path."""
    assert expected == means_unrated(a_error_from_response(404, body))


def test_error_keeps_what_is_known_of_the_call() -> None:
    """Method, path, status, headers, body, attempts and the wait asked for are there."""
    error = a_error_from_response(429, b"busy", attempts=3, retry_after=90.0)

    assert (error.method, error.path) == ("PUT", "/v1/me/ratings/songs/900032829")
    assert (error.status_code, error.headers, error.body) == (429, {"X-Trace": "one"}, b"busy")
    assert (error.attempts, error.retry_after, error.errors) == (3, 90.0, ())


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

    assert (
        ErrorDetail(
            id="JB3ZVPRWGNSUETKWDOHBRIDOVQ",
            status="400",
            code="40005",
            title="Invalid Parameter Value",
            detail="Invalid language tag 'xx'",
            parameter="l",
        ),
        ErrorDetail(status="400", code="40007", pointer="/attributes/value"),
    ) == a_error_from_response(400, errors(full, pointed)).errors


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (BODIES["errors_of_wrong_types"], (ErrorDetail(),)),
        (BODIES["members_of_wrong_types"], (ErrorDetail(),)),
        (BODIES["source_of_wrong_types"], (ErrorDetail(),)),
        (BODIES["nan"], (ErrorDetail(),)),
        (BODIES["errors_object"], ()),
        (BODIES["errors_empty"], ()),
        (BODIES["truncated"], ()),
        (BODIES["page"], ()),
        (BODIES["null"], ()),
        (BODIES["deep_list"], ()),
        (BODIES["byte_order_mark"], ()),
    ],
)
def test_members_of_a_wrong_type_are_as_if_absent(
    body: bytes, expected: tuple[ErrorDetail, ...]
) -> None:
    """What is no text and no whole number is left out; an entry that is no object too."""
    assert expected == parse_errors(body)


@deterministic
@given(st.binary(max_size=200))
def test_any_bytes_can_be_read_for_errors(body: bytes) -> None:
    """No body makes the reading fail."""
    assert isinstance(parse_errors(body), tuple)


@deterministic
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["errors", "id", "code", "detail", "source", "parameter", "message"]),
            inner,
        ),
        max_leaves=20,
    ),
    st.sampled_from([302, 400, 401, 404, 429, 503]),
)
def test_any_json_makes_an_error_with_a_printable_message(document: Any, status: int) -> None:
    """Whatever shape JSON has, there is an error of one line."""
    error = a_error_from_response(status, json.dumps(document).encode())

    assert str(error).isprintable()


def test_message_says_what_to_what_and_what_next() -> None:
    """Call, status, the service's words, attempts and advice are in one sentence or two."""
    body = errors({"status": "403", "title": "Forbidden", "detail": "Invalid authentication"})

    assert str(a_error_from_response(403, body)) == (
        'PUT songs/900032829: 403 Forbidden, "Invalid authentication" (after 1 attempt). '
        "The Music User Token may have expired; ask the user to sign in again."
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "errors"),
        (401, "developer token"),
        (403, "Music User Token"),
        (404, "id"),
        (429, "later"),
        (500, "later"),
    ],
)
def test_message_says_what_next_for_each_status(status: int, words: str) -> None:
    """Each class has advice of its own."""
    assert words in str(a_error_from_response(status))


def test_message_of_a_missing_subscription_says_so() -> None:
    """The word subscription is what a person looks for."""
    assert "subscription" in str(a_error_from_response(400, errors({"code": "40015"})))


@pytest.mark.parametrize(
    ("attempts", "words"), [(1, "(after 1 attempt)"), (2, "(after 2 attempts)")]
)
def test_message_counts_attempts(attempts: int, words: str) -> None:
    """One attempt is singular."""
    assert words in str(a_error_from_response(503, attempts=attempts))


def test_message_says_how_long_the_service_asks_to_wait() -> None:
    """A wait beyond the cap is told."""
    assert "90 s" in str(a_error_from_response(429, retry_after=90.0))


@pytest.mark.parametrize(
    ("status", "words"), [(404, "404 Not Found"), (520, "520"), (599, "599"), (799, "799")]
)
def test_message_names_the_status_also_where_python_has_no_name(status: int, words: str) -> None:
    """520 and its kind appear by number."""
    assert words in str(a_error_from_response(status))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"API capacity exceeded", '"API capacity exceeded"'),
        (b'{"message":"API capacity exceeded"}', '"API capacity exceeded"'),
        (b'{"errors":[{"title":"Forbidden"}]}', '"Forbidden"'),
        (b'{"errors":[{"title":"Forbidden","detail":"Why"}]}', '"Why"'),
        (b'{"errors":[{},{"detail":"Second"}]}', '"Second"'),
        (b'{"errors":[{"detail":"Bad","source":{"parameter":"ids"}}]}', '"ids"'),
        (b'{"errors":[{"detail":"Bad","source":{"pointer":"/type"}}]}', '"/type"'),
    ],
)
def test_message_quotes_the_words_of_the_service(body: bytes, words: str) -> None:
    """The first sentence that the answer holds is quoted."""
    assert words in str(a_error_from_response(429, body))


@pytest.mark.parametrize("name", ["page", "truncated", "list", "object", "deep_list"])
def test_message_quotes_neither_pages_nor_other_json(name: str) -> None:
    """Markup is for the `body` attribute."""
    assert BODIES[name][:5].decode() not in str(a_error_from_response(502, BODIES[name]))


@pytest.mark.parametrize(
    "words",
    [
        "two\nlines",
        "carriage\rreturn",
        "\x1b[31mred\x1b[0m",
        "bell\x07",
        "nul\x00",
        "delete\x7f",
        "c1\x9b31m",
        "turned \u202e around",
        "line\u2028separator",
        "\ud800 alone",
        "zero\u200bwidth",
    ],
)
@pytest.mark.parametrize("place", ["detail", "title", "message", "text", "parameter"])
def test_message_holds_no_control_character_of_foreign_text(words: str, place: str) -> None:
    """A terminal or a log cannot be steered by what the service says."""
    bodies: dict[str, bytes | dict[str, Any]] = {
        "detail": errors({"detail": words}),
        "title": errors({"title": words}),
        "message": {"message": words},
        "text": words.encode("utf-8", "surrogatepass"),
        "parameter": errors({"detail": "Bad", "source": {"parameter": words}}),
    }
    error = a_error_from_response(400, bodies[place])

    assert str(error).isprintable()


def test_message_shortens_long_words() -> None:
    """A page of text does not fill the screen; all of it is in `body`."""
    error = a_error_from_response(500, b"x" * 100_000)

    assert len(str(error)) < 500
    assert len(error.body) == 100_000
