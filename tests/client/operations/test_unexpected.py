from __future__ import annotations

from typing import Any

import pytest
from support.builders import (
    OPERATIONS,
    OTHER_SONG,
    SONG,
    Operation,
    Runtime,
    ScriptedTransport,
    a_response,
    ratings,
)

from apple_music_ratings import Item, UnexpectedResponseError

ENTRY = {"id": SONG.id, "type": "ratings", "href": f"/v1/me/ratings/{SONG}"}
WITH_BODY = [operation for operation in OPERATIONS if operation.name != "delete_rating"]
READERS = [operation for operation in OPERATIONS if operation.name.startswith("get")]


def entry(**changes: Any) -> dict[str, Any]:
    """Build a list with one valid entry, but for the changes; `...` removes a member."""
    members = ENTRY | {"attributes": {"value": 1}} | changes
    return {"data": [{name: value for name, value in members.items() if value is not ...}]}


UNREADABLE: list[Any] = [
    "<html><body>Welcome to the hotel network</body></html>",
    "OK",
    '{"data":[{"id":"907242702"',
    "null",
    "[]",
    "17",
    "{}",
    '{"data":null}',
    '{"data":5}',
    '{"data":[1]}',
    '{"data":[null]}',
    "[" * 100_000,
    b'{"data":[{"id":"\xff"}]}',
]
INVALID_ENTRIES = [
    entry(id=...),
    entry(id="1"),
    entry(id=1),
    entry(attributes={"value": 0}),
    entry(attributes={"value": 2}),
    entry(attributes={"value": "1"}),
    entry(attributes="liked"),
]
LOCATIONS = [
    {},
    {"Location": "https://api.music.apple.com/v1/elsewhere"},
    {"Location": "https://example.com/"},
    {"Location": "ftp://example.com/"},
    {"Location": "https://example.com:port/"},
]


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
def test_unreadable_success_is_unexpected(sync: Runtime, operation: Operation) -> None:
    """A page, text or other JSON under status 200 is neither a rating nor "unrated"."""
    for body in UNREADABLE:
        wire = ScriptedTransport(a_response(200, body, content_type="application/json"))
        with pytest.raises(UnexpectedResponseError) as caught:
            operation.run(sync.client(wire))

        error = caught.value
        assert (error.status_code, error.attempts) == (200, 1)
        assert error.body == (body.encode() if isinstance(body, str) else body)
        assert (error.method, error.path) == (wire.sent[0].method, wire.targets[0].split("?")[0])
        assert len(wire.sent) == 1


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
def test_invalid_entry_is_unexpected(sync: Runtime, operation: Operation) -> None:
    """A rating of another id, or an invalid value, is never ignored."""
    for body in INVALID_ENTRIES:
        with pytest.raises(UnexpectedResponseError):
            operation.run(sync.client(ScriptedTransport(a_response(200, body))))


@pytest.mark.parametrize("operation", READERS, ids=str)
def test_empty_success_of_a_read_is_unexpected(runtime: Runtime, operation: Operation) -> None:
    """It does not contain a rating."""
    for status in (200, 202, 204):
        with pytest.raises(UnexpectedResponseError):
            operation.run(runtime.client(ScriptedTransport(a_response(status))))


def test_entry_that_was_not_requested_is_unexpected(sync: Runtime) -> None:
    """The response belongs to another request."""
    body = ratings((SONG, 1), (Item("songs", "5"), 1))
    with pytest.raises(UnexpectedResponseError):
        sync.client(ScriptedTransport(a_response(200, body))).get_ratings([SONG, OTHER_SONG])


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_redirect_is_unexpected_and_not_followed(runtime: Runtime, operation: Operation) -> None:
    """The contract does not have one, whatever its status and wherever it points."""
    statuses = [(status, LOCATIONS[1]) for status in (300, 301, 302, 303, 304, 307, 308)]
    for status, headers in statuses + [(302, headers) for headers in LOCATIONS]:
        wire = ScriptedTransport(a_response(status, b"moved", **headers))
        with pytest.raises(UnexpectedResponseError) as caught:
            operation.run(runtime.client(wire))

        assert (caught.value.status_code, caught.value.attempts) == (status, 1)
        assert len(wire.sent) == 1


def test_message_of_an_unexpected_response_is_short_and_one_line(sync: Runtime) -> None:
    """A foreign body cannot fill the screen or control the terminal."""
    body = entry(id="x\n\x1b[31m" * 10_000)
    with pytest.raises(UnexpectedResponseError) as caught:
        sync.client(ScriptedTransport(a_response(200, body))).get_rating(SONG)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
def test_unknown_members_are_ignored(sync: Runtime, operation: Operation) -> None:
    """Apple may add some; schemas stay open."""
    body = entry(meta={"a": 1}, relationships={}) | {"next": "/x", "meta": {"total": 1}}

    operation.run(sync.client(ScriptedTransport(a_response(200, body))))
