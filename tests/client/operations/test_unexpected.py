from __future__ import annotations

from typing import Any

import pytest
from support.builders import (
    OPERATIONS,
    OTHER_SONG,
    SONG,
    Answer,
    Operation,
    Runtime,
    ScriptedTransport,
    a_response,
    ratings,
)

from apple_music_ratings import RatingsError, UnexpectedResponseError

ENTRY = {"id": SONG.id, "type": "ratings", "href": f"/v1/me/ratings/{SONG}"}
READ_BODY = [operation for operation in OPERATIONS if operation.name != "delete_rating"]
READERS = [operation for operation in OPERATIONS if operation.name.startswith("get")]


def entry(**changes: Any) -> dict[str, Any]:
    """Build a list with one entry, good but for the changes; `...` leaves a member out."""
    members = ENTRY | {"attributes": {"value": 1}} | changes
    return {"data": [{name: value for name, value in members.items() if value is not ...}]}


UNREADABLE = {
    "page": "<html><body>Welcome to the hotel network</body></html>",
    "text": "OK",
    "truncated": '{"data":[{"id":"907242702"',
    "null": "null",
    "list": "[]",
    "number": "17",
    "no data": "{}",
    "data null": '{"data":null}',
    "data number": '{"data":5}',
    "data of numbers": '{"data":[1]}',
    "data of nulls": '{"data":[null]}',
    "deep": "[" * 100_000,
    "not utf-8": b'{"data":[{"id":"\xff"}]}',
}
WRONG_ENTRIES = {
    "no id": entry(id=...),
    "other id": entry(id="1"),
    "id of another kind": entry(id=907242702),
    "value 0": entry(attributes={"value": 0}),
    "value 2": entry(attributes={"value": 2}),
    "value as text": entry(attributes={"value": "1"}),
    "attributes as text": entry(attributes="liked"),
}


@pytest.mark.parametrize("operation", READ_BODY, ids=str)
@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_good_status_with_another_body_is_unexpected(
    runtime: Runtime, operation: Operation, body: Any
) -> None:
    """A page, text, cut or other JSON under status 200 is neither a rating nor "unrated"."""
    wire = ScriptedTransport(a_response(200, body, content_type="application/json"))
    with pytest.raises(UnexpectedResponseError) as caught:
        operation.run(runtime.client(wire))

    error = caught.value
    assert (error.status_code, error.attempts) == (200, 1)
    assert error.body == (body.encode() if isinstance(body, str) else body)
    assert (error.method, error.path) == (wire.sent[0].method, wire.targets[0].split("?")[0])
    assert len(wire.sent) == 1


@pytest.mark.parametrize("operation", READ_BODY, ids=str)
@pytest.mark.parametrize("body", WRONG_ENTRIES.values(), ids=WRONG_ENTRIES.keys())
def test_entry_that_does_not_fit_the_question_is_unexpected(
    runtime: Runtime, operation: Operation, body: Any
) -> None:
    """A rating of another id, or a value that is no rating, is never passed over."""
    with pytest.raises(UnexpectedResponseError):
        operation.run(runtime.client(ScriptedTransport(a_response(200, body))))


@pytest.mark.parametrize("operation", READERS, ids=str)
@pytest.mark.parametrize("answer", [a_response(200), a_response(204), a_response(202)])
def test_question_without_an_answer_is_unexpected(
    runtime: Runtime, operation: Operation, answer: Answer
) -> None:
    """An empty success says nothing about a rating."""
    with pytest.raises(UnexpectedResponseError):
        operation.run(runtime.client(ScriptedTransport(answer)))


def test_entry_among_good_ones_that_was_not_asked_for_is_unexpected(runtime: Runtime) -> None:
    """A stranger in the list means that the answer belongs to another question."""
    from apple_music_ratings import Item

    body = ratings((SONG, 1), (Item("songs", "5"), 1))
    with pytest.raises(UnexpectedResponseError):
        runtime.client(ScriptedTransport(a_response(200, body))).get_ratings([SONG, OTHER_SONG])


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_every_redirect_is_unexpected(runtime: Runtime, status: int) -> None:
    """The contract has no such answer."""
    wire = ScriptedTransport(a_response(status, b"moved", Location="/elsewhere"))
    with pytest.raises(UnexpectedResponseError) as caught:
        runtime.client(wire).get_rating(SONG)

    assert (caught.value.status_code, caught.value.attempts) == (status, 1)
    assert len(wire.sent) == 1


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Location": "https://api.music.apple.com/v1/elsewhere"},
        {"Location": "https://example.com/"},
        {"Location": "ftp://example.com/"},
        {"Location": "https://example.com:port/"},
    ],
    ids=str,
)
def test_redirect_is_not_followed(
    runtime: Runtime, operation: Operation, headers: dict[str, str]
) -> None:
    """Wherever it points to, and be it nowhere, nothing more is sent."""
    wire = ScriptedTransport(a_response(302, b"moved", **headers))
    with pytest.raises(UnexpectedResponseError) as caught:
        operation.run(runtime.client(wire))

    assert (caught.value.status_code, caught.value.attempts) == (302, 1)
    assert len(wire.sent) == 1


def test_message_of_an_unexpected_answer_is_short_and_one_line(runtime: Runtime) -> None:
    """What a foreign body holds does not fill the screen or steer it."""
    body = entry(id="x\n\x1b[31m" * 10_000)
    with pytest.raises(UnexpectedResponseError) as caught:
        runtime.client(ScriptedTransport(a_response(200, body))).get_rating(SONG)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("operation", READ_BODY, ids=str)
def test_members_we_have_not_met_are_passed_over(runtime: Runtime, operation: Operation) -> None:
    """Apple may add some; schemas stay open."""
    body = entry(meta={"a": 1}, relationships={}) | {"next": "/x", "meta": {"total": 1}}

    try:
        operation.run(runtime.client(ScriptedTransport(a_response(200, body))))
    except RatingsError as error:
        pytest.fail(f"refused: {error}")
