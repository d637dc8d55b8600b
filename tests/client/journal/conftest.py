"""The runtimes of these tests: the flows are the same in all of them, so one is enough for most."""

from __future__ import annotations

import pytest
from support.builders import Runtime


@pytest.fixture
def runtime() -> Runtime:
    """The sync client."""
    return Runtime("sync", None)


@pytest.fixture(params=["sync", "asyncio", "trio"])
def each_runtime(request: pytest.FixtureRequest) -> Runtime:
    """Each runtime in turn, for what their runners do differently."""
    if request.param == "sync":
        return Runtime("sync", None)
    return Runtime(request.param, request.getfixturevalue(f"{request.param}_portal"))
