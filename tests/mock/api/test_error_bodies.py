from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from apple_music_ratings_mock import Behaviors, MockService, Response


def test_error_is_as_observed(ask: Callable[..., Response], error_of: Callable[..., Any]) -> None:
    """The 404 of an unrated song is the body that a MusicKit log shows, 159 bytes long."""
    response = ask("GET", "songs/907242702")
    error = error_of(response)

    assert re.fullmatch("[A-Z2-7]{26}", error.pop("id"))
    assert error == {
        "title": "Resource Not Found",
        "detail": "Resource with requested id was not found",
        "status": "404",
        "code": "40400",
    }
    assert len(response.body) == 159


ERRORS = [
    ("GET", "song/1", 400),
    ("GET", "songs", 400),
    ("GET", "songs/1", 404),
    ("GET", "/", 404),
    ("POST", "songs/1", 405),
    ("GET", "songs/1?" + "x" * 20_000, 414),
]


def test_errors_have_one_form(ask: Callable[..., Response], error_of: Callable[..., Any]) -> None:
    """Every error but the 401 is the same compact JSON, as observed and as documented."""
    offenders = []
    for bodies, (method, target, status) in product(("observed", "documented"), ERRORS):
        behaviors = Behaviors.from_mapping({"error_bodies": bodies})
        service = MockService(behaviors=behaviors, now=lambda: 1_800_000_000)
        response = ask(method, target, of=service)
        error, headers = error_of(response), dict(response.headers)
        compact = json.dumps(json.loads(response.body), separators=(",", ":")).encode()
        if not (
            (response.status, error["status"]) == (status, str(status))
            and re.fullmatch("[0-9]{5}", error["code"])
            and headers["Content-Type"] == "application/json;charset=utf-8"
            and headers["Content-Length"] == str(len(response.body))
            and compact == response.body
        ):
            offenders.append((bodies, method, target[:20], response))

    assert not offenders


@pytest.mark.parametrize(
    ("bodies", "content_type", "body"),
    [
        ("observed", "application/json; charset=utf-8", b""),
        ("documented", "application/json;charset=utf-8", b"{}"),
    ],
)
def test_401_has_no_errors(
    ask: Callable[..., Response], bodies: Any, content_type: str, body: bytes
) -> None:
    """A 401 is empty as observed, and an empty object as documented."""
    response = ask(
        "GET", "songs/1", token=None, of=MockService(behaviors=Behaviors(error_bodies=bodies))
    )

    assert (response.status, response.body) == (401, body)
    assert dict(response.headers)["Content-Type"] == content_type


@pytest.mark.parametrize(
    ("changes", "status"),
    [({}, 200), ({"method": "DELETE"}, 204), ({"token": None}, 401), ({"user": None}, 403)],
)
def test_every_response_is_open_to_web_pages(
    ask: Callable[..., Response], changes: dict[str, Any], status: int
) -> None:
    """A page of any origin may read every response."""
    ask("PUT", "songs/1", body={"attributes": {"value": 1}})

    response = ask(**({"method": "GET", "target": "songs/1"} | changes))

    assert response.status == status
    assert dict(response.headers)["Access-Control-Allow-Origin"] == "*"


def test_seeded_error_ids_repeat(ask: Callable[..., Response]) -> None:
    """The same seed gives the same ids, one after another different."""
    runs = [
        [ask("GET", "/", of=service).body for _ in range(3)]
        for service in (an_idle_service(7), an_idle_service(7), an_idle_service(8))
    ]

    assert runs[0] == runs[1]
    assert len({*runs[0], *runs[2]}) == 6


def test_unseeded_error_ids_differ(ask: Callable[..., Response]) -> None:
    """Two services without a seed give different ids."""
    first, second = (ask("GET", "/", of=an_idle_service(None)).body for _ in range(2))

    assert first != second


def test_error_ids_may_be_given(ask: Callable[..., Response], error_of: Callable[..., Any]) -> None:
    """A caller may name each error."""
    service = an_idle_service(lambda: "MINE")

    assert error_of(ask("GET", "/", of=service))["id"] == "MINE"


def test_every_response_has_an_id_of_its_own(ask: Callable[..., Response], now: int) -> None:
    """The ids of the requests repeat with the seed, and after a reset."""
    preflight = (("Access-Control-Request-Method", "PUT"),)
    first, second, other = (MockService(now=lambda: now, seed=seed) for seed in (1, 1, 2))
    runs = []
    for service in (first, second, other, first):
        service.reset()
        responses = [
            ask("PUT", "songs/1", body={"attributes": {"value": 1}}, of=service),
            ask("GET", "songs/1", token=None, of=service),
            ask("GET", "songs/1", user=None, of=service),
            ask("DELETE", "songs/1", of=service),
            ask("OPTIONS", "songs/1", headers=preflight, of=service),
        ]
        assert [response.status for response in responses] == [200, 401, 403, 204, 204]
        runs.append([dict(each.headers)["X-Apple-Jingle-Correlation-Key"] for each in responses])

    assert runs[0] == runs[1] == runs[3]
    assert len({*runs[0], *runs[2]}) == 10
    assert all(re.fullmatch("[A-Z2-7]{26}", id) for id in runs[0])


def an_idle_service(error_ids: Any) -> MockService:
    """Build a service with this source of error ids."""
    return MockService(error_ids=error_ids, now=lambda: 1_800_000_000)
