from __future__ import annotations

from typing import Any

import httpx
import pytest

from apple_music_ratings_mock import Fault, MockService

SONG = "/v1/me/ratings/songs/907242702"
BASE_URL = "https://api.music.apple.com"


class Sleeps:
    """Keeps what a wait would have been."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        """Keep the wait of a thread."""
        self.taken.append(seconds)

    async def later(self, seconds: float) -> None:
        """Keep the wait of a task."""
        self.taken.append(seconds)


@pytest.fixture
def sleeps() -> Sleeps:
    """The waits of a test, none of them waited."""
    return Sleeps()


def a_service(sleeps: Sleeps, *faults: Fault) -> MockService:
    """Build a mock with a like and some faults that never really sleeps."""
    service = MockService(sleep=sleeps, sleep_async=sleeps.later, faults=faults)
    service.set_rating("anna", "songs", "907242702", 1)
    return service


def settings_for(service: MockService, read: float | None = 5.0) -> dict[str, Any]:
    """Build the arguments of a client that is let in."""
    headers = {
        "Authorization": f"Bearer {service.developer_token()}",
        "Music-User-Token": "anna",
    }
    return {
        "transport": service.transport,
        "base_url": BASE_URL,
        "headers": headers,
        "timeout": httpx.Timeout(5.0, read=read),
    }


async def outcome_async(service: MockService, read: float | None = 5.0) -> object:
    """Ask once as a task; give the status or the type of the error."""
    async with httpx.AsyncClient(**settings_for(service, read)) as client:
        try:
            return (await client.get(SONG)).status_code
        except httpx.HTTPError as error:
            return type(error)


def outcome(service: MockService, read: float | None = 5.0) -> object:
    """Ask once; give the status or the type of the error."""
    with httpx.Client(**settings_for(service, read)) as client:
        try:
            return client.get(SONG).status_code
        except httpx.HTTPError as error:
            return type(error)


CASES: list[tuple[Fault, float | None, object, list[float]]] = [
    (Fault("latency", seconds=2.0), 5.0, 200, [2.0, 0.0]),
    (Fault("latency", seconds=9.0), 5.0, httpx.ReadTimeout, [5.0]),
    (Fault("latency", seconds=9.0), None, 200, [9.0, 0.0]),
    (Fault("slow-headers", seconds=3.0), 5.0, 200, [3.0, 0.0]),
    (Fault("connection-reset"), 5.0, httpx.ReadError, [0.0]),
    (Fault("connection-reset", apply_write_first=True), 5.0, httpx.ReadError, [0.0]),
    (Fault("truncated-body"), 5.0, httpx.RemoteProtocolError, [0.0]),
    (Fault("slow-body", seconds=1.0, chunk_size=100), 5.0, 200, [1.0, 1.0]),
    (Fault("slow-body", seconds=6.0, chunk_size=100), 5.0, httpx.ReadTimeout, [5.0]),
]


@pytest.mark.parametrize(("fault", "read", "expected", "waits"), CASES)
def test_fault_shows_as_on_a_socket(
    sleeps: Sleeps, fault: Fault, read: float | None, expected: object, waits: list[float]
) -> None:
    """Waits are handed to the given sleep, and end in the errors that httpx has for them."""
    assert outcome(a_service(sleeps, fault), read) == expected
    assert sleeps.taken == waits


@pytest.mark.anyio
@pytest.mark.parametrize(("fault", "read", "expected", "waits"), CASES)
async def test_fault_shows_to_tasks_as_well(
    sleeps: Sleeps, fault: Fault, read: float | None, expected: object, waits: list[float]
) -> None:
    """An async client meets the same."""
    assert await outcome_async(a_service(sleeps, fault), read) == expected
    assert sleeps.taken == waits


def test_truncated_body_is_reported_with_its_length(sleeps: Sleeps) -> None:
    """The error says how much came and how much should have."""
    service = a_service(sleeps, Fault("truncated-body"))
    with (
        httpx.Client(**settings_for(service)) as client,
        pytest.raises(httpx.RemoteProtocolError, match=r"received 5\d bytes, expected 11\d"),
    ):
        client.get(SONG)


@pytest.mark.anyio
async def test_without_a_sleep_of_its_own_it_really_waits() -> None:
    """No wait at all is waited under asyncio and trio alike."""
    service = MockService(faults=[Fault("latency", seconds=0.001)])

    assert await outcome_async(service) == 404
    assert outcome(service) == 404
