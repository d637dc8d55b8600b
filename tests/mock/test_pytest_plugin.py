from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def run(folder: Path, text: str, ini: str = "") -> subprocess.CompletedProcess[str]:
    """Run a test file with the installed plugin and nothing of this checkout's settings."""
    (folder / "test_mine.py").write_text(text)
    (folder / "pytest.ini").write_text(f"[pytest]\naddopts = --strict-markers\n{ini}\n")
    return subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_fixtures_and_markers_do_what_they_say(tmp_path: Path) -> None:
    """Isolation, scenario, faults, behaviors and the socket, in a user's own tests."""
    result = run(tmp_path, EXAMPLE)

    assert "6 passed" in result.stdout, result.stdout + result.stderr


def test_wrong_fault_is_reported(tmp_path: Path) -> None:
    """An argument that is not a fault is reported in one line."""
    text = (
        "import pytest\n@pytest.mark.ratings_mock_faults('error')\n"
        "def test_mine(ratings_mock): pass\n"
    )
    result = run(tmp_path, text)

    assert "ratings_mock: ratings_mock_faults takes faults and mappings, not 'error'" in (
        result.stdout
    )
    assert "pytest_plugin.py" not in result.stdout


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


def test_failing_test_reports_what_the_mock_found(tmp_path: Path) -> None:
    """A red test has the reason; strictness fails one that got 200; others are green."""
    result = run(tmp_path, MISTAKES)

    assert "2 failed, 2 passed" in result.stdout, result.stdout
    assert "PUT /v1/me/ratings/songs/1 400 invalid" in result.stdout
    assert "PUT has no body; the contract requires" in result.stdout
    assert "1 invalid requests; see the section ratings_mock" in result.stdout
    assert "ids are sent as repeated keys" in result.stdout


def test_ini_option_makes_every_test_strict(tmp_path: Path) -> None:
    """Without a marker, the configuration decides."""
    result = run(tmp_path, MISTAKES, "ratings_mock_strict = true")

    assert "3 failed, 1 passed" in result.stdout, result.stdout


def test_requests_and_aiohttp_are_served_too(tmp_path: Path) -> None:
    """The same mock serves clients of other libraries, where they are installed."""
    text = """
import asyncio

import pytest

SONG = "/v1/me/ratings/songs/907242702"
BODY = {"type": "rating", "attributes": {"value": 1}}


@pytest.fixture
def headers(ratings_mock):
    token = ratings_mock.developer_token()
    return {"Authorization": f"Bearer {token}", "Music-User-Token": "anna"}


def test_requests(ratings_mock, ratings_mock_url, headers):
    import requests
    session = requests.Session()
    session.trust_env = False
    assert session.put(ratings_mock_url + SONG, json=BODY, headers=headers).status_code == 200
    assert ratings_mock.get_rating("anna", "songs", "907242702") == 1


def test_aiohttp(ratings_mock, ratings_mock_url, headers):
    import aiohttp

    async def put():
        async with aiohttp.ClientSession(headers=headers) as session:
            async with session.put(ratings_mock_url + SONG, json=BODY) as response:
                return response.status

    assert asyncio.run(put()) == 200
    assert ratings_mock.requests()[0].verdict == "ok"
"""
    result = run(tmp_path, text)

    assert result.returncode == 0, result.stdout + result.stderr
