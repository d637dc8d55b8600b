from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from random import Random
from urllib.parse import urlsplit

import pytest
from mock_pipelines import a_pipeline, send

VALID = b"GET /v1/me/ratings/songs/1 HTTP/1.1\r\nHost: mock\r\n\r\n"
CONNECT = b"CONNECT mock:443 HTTP/1.1\r\nHost: mock\r\n\r\n"


@pytest.fixture(scope="module")
def where() -> Iterator[tuple[str, int]]:
    """The address of a mock in its own process, which a test can end if it hangs."""
    command = [sys.executable, "-m", "apple_music_ratings_mock", "--port", "0"]
    with subprocess.Popen(  # noqa: S603  # our own program
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        url = urlsplit(process.stdout.readline().strip().partition("=")[2])
        yield str(url.hostname), int(url.port or 0)
        process.kill()


def test_connect_anywhere_in_a_pipeline_is_rejected(where: tuple[str, int]) -> None:
    """CONNECT is an unknown method: first, after an empty line, after a request, or split.

    Its usual target is not a path; with a path, the missing token is noticed first.
    """
    forms = [
        [CONNECT],
        [b"\r\n" + CONNECT],
        [VALID + CONNECT],
        [VALID, CONNECT],
        [CONNECT[:4], CONNECT[4:]],
        [CONNECT.replace(b"mock:443", b"/") * 3],
        [b"\r\n" + CONNECT.replace(b"mock:443", b"/") + VALID],
    ]
    statuses = [send(where, form) for form in forms]

    assert [found[-1] for found in statuses] == [400] * 5 + [401] * 2
    assert send(where, [VALID]) == [401]


def test_no_pipeline_stops_the_mock(where: tuple[str, int]) -> None:
    """Pipelines of any methods, prefixes and splits get no 5xx, and the mock keeps responding."""
    random = Random(20261126)  # noqa: S311  # not a secret
    worst = [max(send(where, a_pipeline(random)), default=0) for _ in range(400)]

    assert max(worst) < 500
    assert send(where, [VALID]) == [401]
