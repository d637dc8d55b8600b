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
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        assert answer.status == 200
    assert ratings_mock.requests()[0].verdict == "ok"
"""


def run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run a test file with the installed plugin and nothing of this checkout's settings."""
    (folder / "test_mine.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    return subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_fixtures_and_markers_do_what_they_say(tmp_path: Path) -> None:
    """Isolation, scenario, faults, behaviors and the socket, in somebody's own tests."""
    result = run(tmp_path, EXAMPLE)

    assert "6 passed" in result.stdout, result.stdout + result.stderr


def test_wrong_fault_is_told(tmp_path: Path) -> None:
    """What is no fault is a slip in the marker."""
    text = (
        "import pytest\n@pytest.mark.ratings_mock_faults('error')\n"
        "def test_mine(ratings_mock): pass\n"
    )
    result = run(tmp_path, text)

    assert "ratings_mock_faults takes faults and mappings, not 'error'" in result.stdout


def test_plugin_loads_nothing_before_it_is_needed() -> None:
    """People who do not use it do not wait for a server or a reader of YAML."""
    words = (
        "import sys, pytest, apple_music_ratings_mock.pytest_plugin as p;"
        "print([n for n in ('uvicorn', 'yaml') if n in sys.modules])"
    )
    result = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", words], capture_output=True, text=True, timeout=60, check=True
    )

    assert result.stdout.strip() == "[]"


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
            async with session.put(ratings_mock_url + SONG, json=BODY) as answer:
                return answer.status

    assert asyncio.run(put()) == 200
    assert ratings_mock.requests()[0].verdict == "ok"
"""
    result = run(tmp_path, text)

    assert result.returncode == 0, result.stdout + result.stderr
