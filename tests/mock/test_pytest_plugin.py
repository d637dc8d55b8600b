from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

import pytest
from attrs import frozen

PLUGIN = "apple-music-ratings-mock"
EXAMPLE = """
import urllib.request

import httpx
import pytest

SONG = "/v1/me/ratings/songs/907242702"


def headers(mock, user="mock-user"):
    return {"Authorization": f"Bearer {mock.developer_token()}", "Music-User-Token": user}


def ask(mock):
    with httpx.Client(
        transport=mock.transport, base_url="https://api.music.apple.com", headers=headers(mock)
    ) as client:
        return client.get(SONG).status_code


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_a_mock_of_its_own(ratings_mock, turn):
    assert ratings_mock.ratings("anna") == {}
    ratings_mock.set_rating("anna", "songs", "1", 1)


@pytest.mark.ratings_mock_scenario("small-library")
def test_scenario(ratings_mock):
    assert ratings_mock.get_rating("mock-user", "songs", "907242702") == 1


@pytest.mark.ratings_mock_faults({"kind": "error", "status": 503, "count": 1})
class TestFaults:
    @pytest.mark.ratings_mock_faults({"kind": "error", "status": 502, "count": 1})
    def test_faults_of_class_and_test(self, ratings_mock):
        assert [ask(ratings_mock) for _ in range(3)] == [503, 502, 404]


@pytest.mark.ratings_mock_behaviors(unrated_body="empty")
def test_switches(ratings_mock):
    assert ratings_mock.behaviors.unrated_body == "empty"


@pytest.mark.ratings_mock_scenario("small-library")
def test_any_library_over_a_socket(ratings_mock, ratings_mock_url):
    request = urllib.request.Request(ratings_mock_url + SONG, headers=headers(ratings_mock))
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as response:
        assert response.status == 200
    assert ratings_mock.requests()[0].verdict == "ok"
"""

WRONG = """
import pytest


@pytest.mark.ratings_mock_faults("error")
def test_wrong(ratings_mock):
    pass
"""
MISTAKES = """
import httpx
import pytest

SONGS = "/v1/me/ratings/songs"


def ask(mock, method, target):
    headers = {"Authorization": f"Bearer {mock.developer_token()}", "Music-User-Token": "anna"}
    base = "https://api.music.apple.com"
    with httpx.Client(transport=mock.transport, base_url=base, headers=headers) as client:
        return client.request(method, target).status_code


def test_red(ratings_mock):
    assert ask(ratings_mock, "PUT", f"{SONGS}/1") == 200


def test_repeated_keys(ratings_mock):
    assert ask(ratings_mock, "GET", f"{SONGS}?ids=1&ids=2") == 200


@pytest.mark.ratings_mock_strict
def test_strict(ratings_mock):
    assert ask(ratings_mock, "GET", f"{SONGS}?ids=1&ids=2") == 200


@pytest.mark.ratings_mock_strict
def test_strict_and_valid(ratings_mock):
    assert ask(ratings_mock, "GET", f"{SONGS}/1") == 404
"""
LIBRARIES = """
import asyncio

import pytest

SONG = "/v1/me/ratings/songs/907242702"
BODY = {"type": "rating", "attributes": {"value": 1}}


def test_environment(ratings_mock_environment, ratings_mock_headers):
    assert ratings_mock_environment["APPLE_MUSIC_BASE_URL"].startswith("http://127.0.0.1:")
    token = ratings_mock_environment["APPLE_MUSIC_DEVELOPER_TOKEN"]
    user = ratings_mock_environment["APPLE_MUSIC_USER_TOKEN"]
    assert ratings_mock_headers == {"Authorization": f"Bearer {token}", "Music-User-Token": user}


def test_requests(ratings_mock, ratings_mock_url, ratings_mock_headers):
    import requests
    session = requests.Session()
    session.trust_env = False
    url = ratings_mock_url + SONG
    assert session.put(url, json=BODY, headers=ratings_mock_headers).status_code == 200
    assert ratings_mock.get_rating("mock-user", "songs", "907242702") == 1
    assert repr(ratings_mock) == "MockService(requests=1, faults=0)"


def test_aiohttp(ratings_mock, ratings_mock_url, ratings_mock_headers):
    import aiohttp

    async def put():
        async with aiohttp.ClientSession(headers=ratings_mock_headers) as session:
            async with session.put(ratings_mock_url + SONG, json=BODY) as response:
                return response.status

    assert asyncio.run(put()) == 200
    assert ratings_mock.requests()[0].verdict == "ok"
"""


@frozen
class Run:
    """A run of pytest: the outcome of each test by file and name, and what was printed."""

    outcomes: dict[tuple[str, str], str]
    output: str

    def of(self, file: str) -> dict[str, str]:
        """Return the outcomes of the tests of one file."""
        return {name: outcome for (each, name), outcome in self.outcomes.items() if each == file}


def run(folder: Path, files: Mapping[str, str], ini: str = "") -> Run:
    """Run test files with the installed plugin and nothing of this checkout's settings."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    (folder / "pytest.ini").write_text(f"[pytest]\naddopts = --strict-markers\n{ini}\n")
    program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=x.xml"]
    program += ["--ratings-mock-report"]
    done = subprocess.run(  # noqa: S603  # our own interpreter
        [*program, *(f"{name}.py" for name in files)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    cases = ET.parse(folder / "x.xml").iter("testcase")  # noqa: S314  # pytest wrote it
    outcomes = {
        (case.attrib["classname"].split(".")[0], case.attrib["name"]): next(
            (child.tag for child in case if child.tag in {"failure", "error"}), "passed"
        )
        for case in cases
    }
    return Run(outcomes, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run of every file, since pytest takes a second to start."""
    files = {
        "test_example": EXAMPLE,
        "test_wrong": WRONG,
        "test_mistakes": MISTAKES,
        "test_libraries": LIBRARIES,
    }
    return run(tmp_path_factory.mktemp("plugin"), files)


def test_fixtures_and_markers_do_what_they_say(result: Run) -> None:
    """Isolation, scenario, faults, behaviors and the socket, in a user's own tests."""
    outcomes = result.of("test_example")

    assert len(outcomes) == 6
    assert set(outcomes.values()) == {"passed"}, result.output


def test_wrong_fault_is_reported(result: Run) -> None:
    """An argument that is not a fault is reported in one line."""
    assert result.of("test_wrong") == {"test_wrong": "error"}
    assert "ratings_mock: ratings_mock_faults takes faults and mappings, not 'error'" in (
        result.output
    )
    assert "pytest_plugin.py" not in result.output


def test_failing_test_reports_what_the_mock_found(result: Run) -> None:
    """A red test has the reason; strictness fails one that got 200; others are green."""
    assert result.of("test_mistakes") == {
        "test_red": "failure",
        "test_repeated_keys": "passed",
        "test_strict": "failure",
        "test_strict_and_valid": "passed",
    }
    assert "PUT /v1/me/ratings/songs/1 400 invalid" in result.output
    assert "PUT has no body; the contract requires" in result.output
    assert "1 invalid requests; see the section ratings_mock" in result.output
    assert "ids are sent as repeated keys" in result.output


def test_ini_option_makes_every_test_strict(tmp_path: Path) -> None:
    """Without a marker, the configuration decides."""
    strict = run(tmp_path, {"test_mistakes": MISTAKES}, "ratings_mock_strict = true")

    assert strict.outcomes["test_mistakes", "test_repeated_keys"] == "failure", strict.output


def test_requests_and_aiohttp_are_served_too(result: Run) -> None:
    """The same mock serves clients of other libraries, where they are installed."""
    names = {"test_environment", "test_requests", "test_aiohttp"}
    assert result.of("test_libraries") == dict.fromkeys(names, "passed"), result.output


def test_coverage_of_all_tests_is_reported(result: Run) -> None:
    """An operation that one test called incorrectly is invalid, whatever others did."""
    assert "2 ok: get songs, put songs" not in result.output
    assert "1 ok: get songs" in result.output
    assert "2 invalid: list songs, put songs" in result.output
    assert "33 not called: get albums" in result.output


def test_plugin_imports_nothing_else_of_ours(tmp_path: Path) -> None:
    """In a run whose tests do not use it, where it costs every project of the environment."""
    code = "import sys\ndef test():\n    print(*(n for n in sys.modules if 'apple_music' in n))"
    (tmp_path / "test_other.py").write_text(f"{code}\n")
    done = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", PLUGIN, "test_other.py"],
        cwd=tmp_path,
        # Without the plugins of other packages.
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert [word for word in done.stdout.split() if "apple_music" in word] == [
        "apple_music_ratings_mock",
        "apple_music_ratings_mock.pytest_plugin",
    ]
