from __future__ import annotations

import io
import json
from typing import Any

import pytest

from apple_music_ratings_mock import Fault, MockService
from apple_music_ratings_mock.api.messages import Note
from apple_music_ratings_mock.serving.access_log import access_log
from apple_music_ratings_mock.serving.asgi import MockASGIApp

SONG = "/v1/me/ratings/songs/1"


def a_scope(**changes: Any) -> dict[str, Any]:
    """Build the scope of a request that is in order but for the changes."""
    scope = {
        "type": "http",
        "method": "GET",
        "raw_path": SONG.encode(),
        "query_string": b"",
        "http_version": "1.1",
        "client": ("127.0.0.1", 5),
        "headers": [],
    }
    return scope | changes


def logged(form: str, scope: dict[str, Any], note: Note | None = None) -> str:
    """Return what is written about one response."""
    stream = io.StringIO()
    access_log(form, stream, now=lambda: 1_800_000_000.25)(scope, 404, note)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, f'127.0.0.1:5 - "GET {SONG} HTTP/1.1" 404\n'),
        ({"query_string": b"l=en"}, f'127.0.0.1:5 - "GET {SONG}?l=en HTTP/1.1" 404\n'),
        ({"raw_path": b"/a%20b"}, '127.0.0.1:5 - "GET /a%20b HTTP/1.1" 404\n'),
        ({"query_string": b"\xff"}, f'127.0.0.1:5 - "GET {SONG}?\\xff HTTP/1.1" 404\n'),
        ({"client": None}, f' - "GET {SONG} HTTP/1.1" 404\n'),
    ],
)
def test_line_for_people_says_who_asked_for_what(changes: dict[str, Any], expected: str) -> None:
    """Who, method, target as it was sent, version and status are on one line."""
    assert logged("text", a_scope(**changes)) == expected


def test_line_for_programs_is_a_json_object() -> None:
    """The same facts have names, and a time."""
    line = logged("json", a_scope(query_string=b"ids=1"))

    assert line.count("\n") == 1
    assert json.loads(line) == {
        "time": "2027-01-15T08:00:00.250+00:00",
        "level": "info",
        "client": "127.0.0.1:5",
        "method": "GET",
        "target": f"{SONG}?ids=1",
        "http_version": "1.1",
        "status": 404,
    }


def test_verdict_and_reason_are_logged() -> None:
    """They follow the status on the line, and are members of the JSON object."""
    note = Note("invalid", "there is no type 's\x1b'")
    text, document = logged("text", a_scope(), note), json.loads(logged("json", a_scope(), note))

    assert text.endswith(r"""404 invalid: there is no type 's\x1b'""" + "\n")
    assert (document["verdict"], document["reason"]) == (note.verdict, note.reason)
    assert logged("text", a_scope(), Note("ok")).endswith("404 ok\n")


def test_closed_stream_raises_nothing() -> None:
    """A closed log does not stop the responses."""
    stream = io.StringIO()
    write = access_log("text", stream)
    stream.close()

    write(a_scope(), 404, None)

    assert stream.closed


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fault", "expected"),
    [(None, [401]), (Fault("slow-body", seconds=0.0), [401]), (Fault("error", status=502), [502])],
)
async def test_application_tells_of_each_response(fault: Fault | None, expected: list[int]) -> None:
    """However a response is delivered, it is logged once."""
    service, logged = MockService(), []
    if fault is not None:
        service.inject_fault(fault)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(_: Any) -> None:
        pass

    app = MockASGIApp(service, log=lambda _scope, status, _note: logged.append(status))
    await app(a_scope(), receive, send)

    assert logged == expected
