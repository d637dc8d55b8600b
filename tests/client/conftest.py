"""The runtimes of the clients, a clock and a mock."""

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
    """Each runtime in turn, for what differs between them: sleeping, closing, cancellation."""
    if request.param == "sync":
        return Runtime("sync", None)
    return Runtime(request.param, request.getfixturevalue(f"{request.param}_portal"))


@pytest.fixture
def sync() -> Runtime:
    """The sync runtime alone, for what does not depend on the runtime."""
    return Runtime("sync", None)


@pytest.fixture
def clock() -> FakeClock:
    """A clock that advances only when a caller sleeps."""
    return FakeClock()


@pytest.fixture
def service() -> MockService:
    """A mock without ratings."""
    return MockService()
