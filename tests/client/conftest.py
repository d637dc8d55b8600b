"""The worlds the clients live in, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from support.builders import FakeClock, Runtime

from apple_music_ratings_mock import MockService


@pytest.fixture(scope="session")
def asyncio_portal() -> Iterator[BlockingPortal]:
    """An asyncio loop in a thread of its own."""
    with start_blocking_portal("asyncio") as portal:
        yield portal


@pytest.fixture(scope="session")
def trio_portal() -> Iterator[BlockingPortal]:
    """A trio loop in a thread of its own."""
    with start_blocking_portal("trio") as portal:
        yield portal


@pytest.fixture(params=["sync", "asyncio", "trio"])
def runtime(request: pytest.FixtureRequest) -> Runtime:
    """Each world in turn: a promise is kept in all of them."""
    if request.param == "sync":
        return Runtime("sync", None)
    return Runtime(request.param, request.getfixturevalue(f"{request.param}_portal"))


@pytest.fixture
def clock() -> FakeClock:
    """A clock that moves only when somebody sleeps."""
    return FakeClock()


@pytest.fixture
def service() -> MockService:
    """A mock without ratings."""
    return MockService()
