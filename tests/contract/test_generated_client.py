"""The generated client on its own: responses as the service sends them, and all its operations."""

from __future__ import annotations

import asyncio
import copy
import pickle
import traceback
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from apple_music_ratings_client import AuthenticatedClient, Client
from apple_music_ratings_client.api.songs import get_song_rating, set_song_rating
from apple_music_ratings_client.errors import UnreadableBody
from apple_music_ratings_client.models import (
    RatingRequest,
    RatingRequestAttributes,
    RatingRequestType,
    RatingValue,
)
from apple_music_ratings_client.types import UNSET, Unset
from apple_music_ratings_mock import MockService

if TYPE_CHECKING:
    from support.contract import Operation

BASE_URL = "https://api.music.apple.com"
LIKE = {"id": "1", "type": "ratings", "href": "/v1/me/ratings/songs/1", "attributes": {"value": 1}}
# Bodies of errors, as observed and as the mock sends them.
ERROR_BODIES = [
    (401, b"", "application/json"),
    (403, b"<html>Forbidden</html>", "application/json"),
    (404, b"null", "application/json"),
    (429, b"API capacity exceeded", "text/plain"),
    (429, b'{"message":"API capacity exceeded"}', "application/json"),
    (500, b"", "application/json"),
    (500, b"<html>Internal Server Error</html>", "text/html"),
    (500, b'{"errors":null}', "application/json"),
    (502, b"<html>Bad Gateway</html>", "text/html"),
    (503, b"", "text/html"),
    (504, b"[" * 100_000, "application/json"),
    (520, b"\xff\xfe", "text/html"),
    (999, b"", "text/plain"),
]
# Bodies of a 200 that break the contract.
UNREADABLE = [
    b"",
    b"[]",
    b"null",
    b"<html></html>",
    b"\xff",
    b"[" * 100_000,
    b'{"data":null}',
    b'{"errors":[]}',
    b'{"data":[{"id":"1","type":"songs","href":"/"}]}',
    b'{"data":[{"id":"1","type":"ratings"}]}',
    b'{"data":[{"id":"1","type":"ratings","href":"/","attributes":null}]}',
    *(
        b'{"data":[{"id":"1","type":"ratings","href":"/","attributes":{"value":%s}}]}' % value
        for value in (b"0", b"5", b'"1"', b"null", b"[1]", b"{}")
    ),
]


def a_client(handler: Callable[[httpx.Request], httpx.Response]) -> Client:
    """Build a generated client whose requests are handled by a function."""
    arguments = {"transport": httpx.MockTransport(handler)}
    return Client(base_url=BASE_URL, httpx_args=arguments)


def get_with(status: int, body: bytes, content_type: str = "application/json") -> Any:
    """Get a rating from a service that always sends the same response."""
    headers = {"content-type": content_type, "x-apple-jingle-correlation-key": "ABC"}
    client = a_client(lambda _: httpx.Response(status, headers=headers, content=body))
    return get_song_rating.sync_detailed("1", client=client)


def test_error_response_keeps_status_headers_and_body() -> None:
    """Whatever the body of an error is, the caller gets status, headers and bytes."""
    lost = []
    for status, body, content_type in ERROR_BODIES:
        response = get_with(status, body, content_type)
        found = (
            response.status_code,
            response.content,
            response.headers["x-apple-jingle-correlation-key"],
        )
        if found != (status, body, "ABC") or type(response.status_code) is not int:
            lost.append((status, body, found))

    assert not lost


def test_unreadable_success_is_one_exception() -> None:
    """A 200 that breaks the contract raises `UnreadableBody` with the response, and no other."""
    wrong = []
    for body in UNREADABLE:
        with pytest.raises(UnreadableBody) as caught:
            get_with(200, body)
        response = caught.value.response
        if (response.status_code, response.content) != (200, body):
            wrong.append(body)

    assert not wrong
    assert str(caught.value) == "200, but the response body does not match the contract"
    assert caught.value.__cause__ is not None


def test_readable_success_keeps_unknown_members() -> None:
    """Members that Apple may add are kept, and a rating without a value is unrated."""
    parsed = get_with(200, b'{"data":[{"id":"1","type":"ratings","href":"/","new":1}]}').parsed

    assert parsed.data[0]["new"] == 1
    assert parsed.data[0].attributes is UNSET


def test_integer_enum_accepts_what_the_enum_accepts() -> None:
    """`parse` returns the same members as a call of the enum, and raises `ValueError`."""
    accepted = [RatingValue.parse(value) for value in (1, -1, 1.0, True)]

    assert accepted == [RatingValue(1), RatingValue(-1), RatingValue(1), RatingValue(1)]
    with pytest.raises(ValueError, match="0 is not a valid RatingValue"):
        RatingValue.parse(0)


def test_repr_shows_no_token() -> None:
    """Neither token appears in the `repr` of a client, wherever it was passed."""
    client = AuthenticatedClient(
        base_url=BASE_URL,
        token="secret-1",
        headers={"Music-User-Token": "secret-2"},
        cookies={"t": "secret-3"},
        httpx_args={"auth": ("a", "secret-4")},
    )

    assert "secret" not in repr(client) + repr(client.with_headers({"a": "secret-5"}))
    assert client.token == "secret-1"


def test_traceback_of_an_unreadable_body_shows_no_token() -> None:
    """The exception names the status, and neither the request nor the body."""
    client = a_client(lambda _: httpx.Response(200, content=b"secret")).with_headers(
        {"Music-User-Token": "secret"}
    )

    with pytest.raises(UnreadableBody) as caught:
        get_song_rating.sync_detailed("1", client=client)

    assert "secret" not in "".join(traceback.format_exception_only(caught.value))


def test_default_timeout_is_thirty_seconds() -> None:
    """A client waits 30 seconds unless configured otherwise; `None` means no limit."""
    clients: list[Client | AuthenticatedClient] = [
        Client(base_url=BASE_URL),
        AuthenticatedClient(base_url=BASE_URL, token="t"),
    ]

    assert [each.get_httpx_client().timeout for each in clients] == [httpx.Timeout(30.0)] * 2
    assert Client(base_url=BASE_URL, timeout=None).get_httpx_client().timeout == httpx.Timeout(None)


def test_unset_is_one_value() -> None:
    """Copies and pickles of `UNSET` are `UNSET`, which is false and prints its name."""
    copies = [Unset(), copy.copy(UNSET), copy.deepcopy(UNSET), pickle.loads(pickle.dumps(UNSET))]  # noqa: S301  # our own pickle

    assert all(each is UNSET for each in copies)
    assert (repr(UNSET), bool(UNSET)) == ("UNSET", False)


def operation_module(operation: Operation) -> ModuleType:
    """Return the generated module of an operation."""
    tag = operation.definition["tags"][0].replace("-", "_")
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in operation.id)
    return import_module(f"apple_music_ratings_client.api.{tag}.{name}")


def arguments_of(operation: Operation, rated_id: str) -> dict[str, Any]:
    """Return arguments for an item."""
    arguments: dict[str, Any] = {"id": rated_id}
    if operation.method == "PUT":
        attributes = RatingRequestAttributes(value=RatingValue.LIKE)
        arguments["body"] = RatingRequest(attributes=attributes, type_=RatingRequestType.RATING)
    return arguments if operation.path.endswith("{id}") else {"ids": [rated_id]}


def test_every_rating_operation_works_in_four_forms(operations: list[Operation]) -> None:
    """`sync`, `sync_detailed`, `asyncio` and `asyncio_detailed` of all 36, against the mock."""
    order = {"PUT": 0, "GET": 1, "DELETE": 2}
    rated = {
        each.definition["tags"][0]: each.parameters["id"]["example"]
        for each in operations
        if each.method == "PUT"
    }
    calls = [
        (each.id, operation_module(each), arguments_of(each, rated[each.definition["tags"][0]]))
        for each in sorted(operations, key=lambda each: order[each.method])
    ]
    expected = {each.id: 204 if each.method == "DELETE" else 200 for each in operations}

    def a_mock_client() -> AuthenticatedClient:
        service = MockService()
        return AuthenticatedClient(
            base_url=BASE_URL,
            token=service.developer_token(),
            headers={"Music-User-Token": "user"},
            httpx_args={"transport": service.transport},
        )

    async def all_async() -> tuple[dict[str, Any], dict[str, Any]]:
        async with a_mock_client() as client:
            long = {id: await m.asyncio_detailed(client=client, **args) for id, m, args in calls}
        async with a_mock_client() as client:
            return long, {id: await m.asyncio(client=client, **args) for id, m, args in calls}

    with a_mock_client() as client:
        long = {id: m.sync_detailed(client=client, **args) for id, m, args in calls}
    with a_mock_client() as client:
        short = {id: m.sync(client=client, **args) for id, m, args in calls}
    async_long, async_short = asyncio.run(all_async())

    parsed = {id: response.parsed for id, response in long.items()}
    assert {id: response.status_code for id, response in long.items()} == expected
    assert {id: response.status_code for id, response in async_long.items()} == expected
    assert {id for id, value in parsed.items() if value} == {
        id for id, status in expected.items() if status == 200
    }
    assert parsed == short == async_short
    assert parsed == {id: response.parsed for id, response in async_long.items()}


def test_successful_write_without_a_body_is_unreadable() -> None:
    """An empty 200 to a PUT, which the contract does not describe, raises `UnreadableBody`."""
    client = a_client(lambda _: httpx.Response(200))
    body = RatingRequest(attributes=RatingRequestAttributes(value=RatingValue.LIKE))

    with pytest.raises(UnreadableBody):
        set_song_rating.sync("1", client=client, body=body)
