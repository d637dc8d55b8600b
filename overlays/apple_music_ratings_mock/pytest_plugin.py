"""pytest fixtures and markers for the mock, and a report of what all tests covered.

pytest loads this module through the entry point `pytest11`. Each test has its own mock, configured
by its markers:

    @pytest.mark.ratings_mock_scenario("small-library")
    @pytest.mark.ratings_mock_faults({"kind": "error", "status": 503, "count": 1})
    def test_sync_survives_an_outage(ratings_mock): ...

A failing test reports the requests of its mock. No other module is imported before a test requests
a mock.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pluggy import Result

    from .service import MockService

_MARKERS = (
    "ratings_mock_scenario(scenario): the starting state of this test's mock: the name of a "
    "scenario, or the path of a file",
    "ratings_mock_faults(*faults): the faults of this test, as Fault objects or mappings",
    "ratings_mock_behaviors(**values): how the mock behaves where Apple's behavior is undocumented",
    "ratings_mock_strict(strict=True): whether an invalid request fails this test",
)
_STRICT = "ratings_mock_strict"
_COVERAGE = "ratings_mock_coverage"
_SHOWN = 20


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options."""
    parser.getgroup("ratings mock").addoption(
        "--ratings-mock-report",
        action="store_true",
        help="print which of the 36 operations all tests together called",
    )
    parser.addini(_STRICT, "whether an invalid request to the mock fails a test", "bool")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Result[pytest.TestReport], None]:
    """Add the requests of a test's mock to its report if it fails."""
    outcome = yield
    report = outcome.get_result()
    service = getattr(item, "funcargs", {}).get("ratings_mock")
    if call.when != "call" or service is None:
        return
    if item.config.getoption("ratings_mock_report"):
        report.user_properties.append((_COVERAGE, service.coverage()["ratings"]))
    if report.passed and _is_strict(item):
        invalid = service.requests(verdict="invalid")
        if invalid:
            report.outcome = "failed"
            report.longrepr = f"{len(invalid)} invalid requests; see the section ratings_mock"
    if report.failed:
        report.sections.append(("ratings_mock", _describe(service)))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the coverage of all tests, those of pytest-xdist's workers too."""
    if not config.getoption("ratings_mock_report"):
        return
    reports = [report for each in terminalreporter.stats.values() for report in each]
    states: dict[str, set[str]] = {}
    for report in reports:
        for name, ratings in getattr(report, "user_properties", ()):
            for each in ratings if name == _COVERAGE else ():
                states.setdefault(f"{each['operation']} {each['type']}", set()).add(each["state"])
    terminalreporter.section("ratings mock")
    for title, wanted in _STATES.items():
        found = [name for name, has in states.items() if wanted(has)]
        terminalreporter.write_line(f"{len(found)} {title}: {', '.join(found) or '-'}")


_STATES: dict[str, Callable[[set[str]], bool]] = {
    "ok": lambda states: "ok" in states and "invalid" not in states,
    "invalid": lambda states: "invalid" in states,
    "not called": lambda states: states == {"never"},
}


def _is_strict(item: pytest.Item) -> bool:
    marker = item.get_closest_marker(_STRICT)
    if marker is None:
        return bool(item.config.getini(_STRICT))
    return bool(marker.kwargs.get("strict", marker.args[0] if marker.args else True))


def _describe(service: MockService) -> str:
    requests = service.requests(limit=_SHOWN)
    lines = []
    for each in requests:
        lines.append(f"{each.method} {each.target} {each.status} {each.verdict}")
        lines += [f"    {text}" for text in (each.reason, each.closest_request) if text]
        lines += [f"    injected fault: {kind}" for kind in each.faults]
    earlier = service.request_count - len(requests)
    if earlier:
        lines.insert(0, f"({earlier} earlier requests)")
    return "\n".join(lines) or "(no requests)"


@pytest.fixture
def ratings_mock(request: pytest.FixtureRequest) -> MockService:
    """A stateful mock of Apple Music's ratings API, new for each test.

    `ratings_mock.transport` connects httpx to it; `ratings_mock_url` serves the same mock on a
    socket for every other client.
    """
    try:
        return _make_service(request.node)
    except (ImportError, TypeError, ValueError) as error:
        # One line about the marker, instead of the code that rejected it.
        message = f"ratings_mock: {error}"
    pytest.fail(message, pytrace=False)


@pytest.fixture
def ratings_mock_url(ratings_mock: MockService) -> Iterator[str]:
    """The base URL of this test's mock, served on its own socket.

    For clients of any library: httpx, requests, aiohttp, or a program that the test starts. Needs
    uvicorn, which the extra `mock` installs.
    """
    try:
        from .serving.server import serve
    except ImportError as error:
        install = "pip install 'apple-music-ratings[mock]'"
        pytest.fail(f"ratings_mock_url needs {error.name}; run: {install}", pytrace=False)
    with serve(ratings_mock) as url:
        yield url


@pytest.fixture
def ratings_mock_headers(ratings_mock: MockService) -> dict[str, str]:
    """The headers with both tokens, for a client of this test's mock."""
    from .serving.environment import choose_user

    return {
        "Authorization": f"Bearer {ratings_mock.developer_token()}",
        "Music-User-Token": choose_user(ratings_mock.initial_users, is_loopback=True, fresh=""),
    }


@pytest.fixture
def ratings_mock_environment(
    ratings_mock_url: str, ratings_mock_headers: dict[str, str]
) -> dict[str, str]:
    """The environment variables for a program that uses this test's mock."""
    from .serving.environment import make_environment

    return make_environment(
        ratings_mock_url,
        developer_token=ratings_mock_headers["Authorization"].removeprefix("Bearer "),
        user=ratings_mock_headers["Music-User-Token"],
        admin_token=None,
    )


def _make_service(node: Any) -> MockService:
    from .api.behaviors import Behaviors
    from .service import MockService

    marker = node.get_closest_marker("ratings_mock_behaviors")
    behaviors = dict(marker.kwargs) if marker else {}
    scenario = node.get_closest_marker("ratings_mock_scenario")
    if scenario is None:
        service = MockService(behaviors=Behaviors.from_mapping(behaviors))
    else:
        service = MockService.from_scenario(*scenario.args, **scenario.kwargs, behaviors=behaviors)
    # The outermost marker first, so that the faults of a class precede those of a test.
    for marker in reversed(list(node.iter_markers("ratings_mock_faults"))):
        for fault in marker.args:
            service.inject_fault(_as_fault(fault))
    return service


def _as_fault(fault: object) -> Any:
    from .faults.kinds import Fault

    if isinstance(fault, Mapping):
        return Fault.from_mapping(fault)
    if not isinstance(fault, Fault):
        raise TypeError(f"ratings_mock_faults takes faults and mappings, not {fault!r}")
    return fault
