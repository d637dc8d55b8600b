"""The worlds the clients live in, and a clock that stands still."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from apple_music_ratings.mock import MockService

# Test files are no package; this lets them say `from builders import an_answer`.
sys.path.insert(0, str(Path(__file__).parent))

from builders import FakeClock, World  # found by the line above


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
def world(request: pytest.FixtureRequest) -> World:
    """Each world in turn: a promise is kept in all of them."""
    if request.param == "sync":
        return World("sync", None)
    return World(request.param, request.getfixturevalue(f"{request.param}_portal"))


@pytest.fixture
def clock() -> FakeClock:
    """A clock that moves only when somebody sleeps."""
    return FakeClock()


@pytest.fixture
def service() -> MockService:
    """A mock without ratings."""
    return MockService()
