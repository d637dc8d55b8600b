"""pytest fixtures and markers: `ratings_mock` and `ratings_mock_url`.

pytest loads this module through the entry point `pytest11`. Each test has its own mock, configured
by its markers:

    @pytest.mark.ratings_mock_scenario("small-library")
    @pytest.mark.ratings_mock_faults({"kind": "error", "status": 503, "count": 1})
    def test_sync_survives_an_outage(ratings_mock): ...

No other module is imported before a test requests a mock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .service import MockService

_MARKERS = (
    "ratings_mock_scenario(scenario): the starting state of this test's mock: the name of a "
    "scenario, or the path of a file",
    "ratings_mock_faults(*faults): the faults of this test, as Fault objects or mappings",
    "ratings_mock_behaviors(**values): how the mock behaves where Apple's behavior is undocumented",
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)


@pytest.fixture
def ratings_mock(request: pytest.FixtureRequest) -> MockService:
    """A stateful mock of Apple Music's ratings API, new for each test.

    `ratings_mock.transport` connects httpx to it; `ratings_mock_url` serves the same mock on a
    socket for every other client.
    """
    from .api.behaviors import Behaviors
    from .service import MockService

    marker = request.node.get_closest_marker("ratings_mock_behaviors")
    behaviors = dict(marker.kwargs) if marker else {}
    scenario = request.node.get_closest_marker("ratings_mock_scenario")
    if scenario is None:
        service = MockService(behaviors=Behaviors.from_mapping(behaviors))
    else:
        service = MockService.from_scenario(*scenario.args, **scenario.kwargs, behaviors=behaviors)
    # The outermost marker first, so that the faults of a class precede those of a test.
    for marker in reversed(list(request.node.iter_markers("ratings_mock_faults"))):
        for fault in marker.args:
            _inject_fault(service, fault)
    return service


@pytest.fixture
def ratings_mock_url(ratings_mock: MockService) -> Iterator[str]:
    """The base URL of this test's mock, served on its own socket.

    For clients of any library: httpx, requests, aiohttp, or a program that the test starts. Needs
    uvicorn, which the extra `mock` installs.
    """
    from .serving.server import serve

    with serve(ratings_mock) as url:
        yield url


def _inject_fault(service: MockService, fault: object) -> None:
    from .faults.kinds import Fault

    if isinstance(fault, Mapping):
        fault = Fault.from_mapping(fault)
    if not isinstance(fault, Fault):
        raise pytest.UsageError(f"ratings_mock_faults takes faults and mappings, not {fault!r}")
    service.inject_fault(fault)
