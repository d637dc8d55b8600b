from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from apple_music_ratings_mock import Fault, MockService
from apple_music_ratings_mock.serving.asgi import MockASGIApp
from apple_music_ratings_mock.serving.delivery import ConnectionEndedError
from apple_music_ratings_mock.serving.server import serve

SONG = "/v1/me/ratings/songs/1"
LIKE = {"attributes": {"value": 1}}


@pytest.fixture
def client(service: MockService) -> Iterator[httpx.Client]:
    """A client of a mock on a socket."""
    headers = {
        "Authorization": f"Bearer {service.developer_token()}",
        "Music-User-Token": "anna",
    }
    with (
        serve(service) as base_url,
        httpx.Client(base_url=base_url, headers=headers, trust_env=False) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("fault", "error", "value"),
    [
        (Fault("connection-reset", count=1), httpx.ReadError, None),
        (Fault("connection-reset", apply_write_first=True, count=1), httpx.ReadError, 1),
        (Fault("truncated-body", count=1), httpx.RemoteProtocolError, 1),
    ],
)
def test_connection_ends_as_the_fault_says(
    client: httpx.Client,
    service: MockService,
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
    error: type[Exception],
    value: int | None,
) -> None:
    """The client sees a broken connection; the server logs nothing and continues."""
    caplog.set_level(logging.WARNING)
    service.inject_fault(fault)

    with pytest.raises(error):
        client.put(SONG, json=LIKE)

    assert service.get_rating("anna", "songs", "1") == value
    assert client.put(SONG, json=LIKE).status_code == 200
    assert caplog.records == []


@pytest.mark.parametrize(
    "faults",
    [
        [Fault("slow-headers", seconds=0.01)],
        [Fault("slow-body", seconds=0.001, chunk_size=40)],
        [Fault("latency", seconds=0.001)],
        [Fault("slow-headers", seconds=0.01), Fault("slow-body", seconds=0.001, chunk_size=40)],
        [Fault("slow-headers", seconds=0.01), Fault("error", status=499)],
    ],
)
def test_slow_response_is_whole(
    client: httpx.Client, service: MockService, faults: list[Fault]
) -> None:
    """However slow, this response and the next one are correct."""
    for fault in faults:
        service.inject_fault(fault)
    slow = client.put(SONG, json=LIKE)
    service.clear_faults()

    if slow.status_code == 499:
        assert slow.json()["errors"][0]["code"] == "49900"
    else:
        assert slow.json() == client.put(SONG, json=LIKE).json()
    assert slow.headers["access-control-allow-origin"] == "*"


def test_who_leaves_during_slow_headers_is_not_written_to(
    client: httpx.Client, service: MockService
) -> None:
    """A client that gives up stops the drip."""
    service.inject_fault(Fault("slow-headers", seconds=0.5, count=1))

    with pytest.raises(httpx.ReadTimeout):
        client.get(SONG, timeout=httpx.Timeout(5.0, read=0.01))

    assert client.get(SONG).status_code == 404


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["connection-reset", "truncated-body"])
async def test_server_without_access_to_the_connection_is_asked_to_close_it(
    service: MockService, kind: str
) -> None:
    """Under another server an error ends the connection."""
    service.inject_fault(Fault(kind))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(_: Any) -> None:
        pass

    scope = {"type": "http", "method": "GET", "path": SONG, "query_string": b"", "headers": []}
    with pytest.raises(ConnectionEndedError):
        await MockASGIApp(service)(scope, receive, send)
