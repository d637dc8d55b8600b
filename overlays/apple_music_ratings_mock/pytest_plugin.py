"""Fixtures for people's own tests: `ratings_mock` and `ratings_mock_url`.

pytest finds this module by the entry point `pytest11`. Each test has a mock of
its own, as its markers want it:

    @pytest.mark.ratings_mock_scenario("small-library")
    @pytest.mark.ratings_mock_faults({"kind": "error", "status": 503, "count": 1})
    def test_sync_survives_an_outage(ratings_mock): ...

Nothing else is imported before a test asks for a mock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .service import MockService

_MARKERS = (
    "ratings_mock_scenario(scenario): how the mock of this test begins: the name of a scenario, "
    "or the path of a file",
    "ratings_mock_faults(*faults): what goes wrong in this test, as Fault objects or mappings",
    "ratings_mock_behaviors(**positions): how the mock behaves where Apple's behaviour is open",
)


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the markers."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)


@pytest.fixture
def ratings_mock(request: pytest.FixtureRequest) -> MockService:
    """A stateful mock of Apple Music's ratings API, new for each test.

    `ratings_mock.transport` plugs it into httpx; `ratings_mock_url` serves the
    same mock on a socket for everything else.
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
    # The outermost marker first, so that a class's faults come before a test's.
    for marker in reversed(list(request.node.iter_markers("ratings_mock_faults"))):
        for fault in marker.args:
            _arm(service, fault)
    return service


@pytest.fixture
def ratings_mock_url(ratings_mock: MockService) -> Iterator[str]:
    """The base URL of this test's mock, served on a socket of its own.

    For clients in any library: httpx, requests, aiohttp, or a program that the
    test starts. Needs uvicorn, which the extra `mock` brings.
    """
    from .serving.server import serve

    with serve(ratings_mock) as url:
        yield url


def _arm(service: MockService, fault: object) -> None:
    from .faults.kinds import Fault

    if isinstance(fault, Mapping):
        fault = Fault.from_mapping(fault)
    if not isinstance(fault, Fault):
        raise pytest.UsageError(f"ratings_mock_faults takes faults and mappings, not {fault!r}")
    service.inject_fault(fault)
