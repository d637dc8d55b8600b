"""The page on many workers: its programs are run, four of them at once against one throttle."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from attrs import frozen

from apple_music_ratings_mock import Fault, MockService
from apple_music_ratings_mock.journal.request_journal import JournalEntry
from apple_music_ratings_mock.serving.server import serve

PAGE = Path(__file__).parents[3].joinpath("docs/how-to/rate-limits.md").read_text("utf-8")
WORKERS = 4
LIMIT = 50
RATE = 46.0
# Requests of each worker in one round; a round takes about two seconds.
EACH = 20
# A machine that pauses for a tenth of a second spoils a round, which is not an error of a limiter;
# where others use the machine as well, many do. One that lets too much through, or too little,
# spoils all of them.
ROUNDS = 15
TIMEOUT = 120


def program(name: str) -> str:
    """Return the block of the page that is run under this name."""
    found = re.search(rf"<!-- run: {name} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def shown_below(name: str) -> str:
    """Return what the page shows below that block."""
    found = re.search(
        rf"<!-- run: {name} -->\n```\w+\n.*?```\n\n```text\n(.*?)```", PAGE, re.DOTALL
    )
    assert found is not None
    return found[1]


@pytest.fixture
def service() -> MockService:
    """A mock that takes every token."""
    return MockService()


@pytest.fixture
def environ(service: MockService) -> Iterator[dict[str, str]]:
    """The environment of a user who has pasted the mock's lines."""
    with serve(service) as base_url:
        yield os.environ | {
            "APPLE_MUSIC_BASE_URL": base_url,
            "APPLE_MUSIC_DEVELOPER_TOKEN": service.developer_token(),
            "APPLE_MUSIC_USER_TOKEN": "a-reader",
        }


def run(name: str, environ: dict[str, str]) -> str:
    """Run a program of the page, and give what it prints."""
    shown = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-W", "error", "-c", program(name)],
        env=environ,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    assert shown.stderr == ""
    return shown.stdout


@pytest.mark.parametrize("name", ["processes", "rejected", "own"])
def test_program_of_the_page_prints_what_it_says(name: str, environ: dict[str, str]) -> None:
    """Run unchanged, against the mock."""
    assert run(name, environ | {"WORKERS": "4"}) == shown_below(name)


def test_page_speaks_of_what_is_tested() -> None:
    """Its numbers are those below."""
    assert f"a limit of {LIMIT} per second, `REQUESTS_PER_SECOND={RATE:g}`" in PAGE
    assert f"{RATE / LIMIT:.0%}".replace("%", " %") in PAGE


def test_threads_of_the_page_keep_to_the_pace(
    environ: dict[str, str], service: MockService
) -> None:
    """Thirty requests at twenty a second need a second and a half, less what the first is late."""
    shown = run("threads", environ)
    times = [entry.at for entry in service.requests()]

    assert shown == shown_below("threads")
    assert len(times) == 30
    assert times[-1] - times[0] > 0.5


@frozen
class Worker:
    """One process that runs the program of the page for hosts."""

    process: subprocess.Popen[str]

    def ask(self, first: int, number: int) -> None:
        """Hand it some songs."""
        assert self.process.stdin is not None
        lines = [f"songs/{song}\n" for song in range(first, first + number)]
        self.process.stdin.write("".join(lines))
        self.process.stdin.flush()

    def wait(self, number: int) -> None:
        """Wait until it has done this many."""
        assert self.process.stdout is not None
        for _ in range(number):
            assert self.process.stdout.readline().startswith("songs/")

    def end(self) -> None:
        """Let it come to its end, or end it."""
        try:
            self.process.communicate(timeout=TIMEOUT)
        finally:
            self.process.kill()


@pytest.fixture
def workers(environ: dict[str, str], redis_url: str) -> Iterator[list[Worker]]:
    """Four workers that are ready: each has one request behind it."""
    environ |= {"REDIS_URL": redis_url, "REQUESTS_PER_SECOND": str(RATE)}
    with ExitStack() as stack:
        crowd = []
        for number in range(WORKERS):
            process = subprocess.Popen(  # noqa: S603  # our own interpreter
                [sys.executable, "-W", "error", "-c", program("hosts")],
                env=environ | {"APPLE_MUSIC_USER_TOKEN": f"worker-{number}"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
            crowd.append(Worker(process))
            stack.callback(crowd[-1].end)
        for worker in crowd:
            worker.ask(1, 1)
        for worker in crowd:
            worker.wait(1)
        yield crowd


@frozen
class Measure:
    """What one round came to.

    Args:
        rejected: The share of responses with 429.
        used: The share of the limit that was let through, while all workers were at work.
    """

    rejected: float
    used: float

    @property
    def is_good(self) -> bool:
        """Whether it is what was promised."""
        return self.rejected < 0.01 and self.used >= 0.9


def measured(entries: list[JournalEntry]) -> Measure:
    """Judge a round by the mock's own journal."""
    ends = [
        (times[0], times[-1])
        for user in {entry.user for entry in entries}
        if (times := [entry.at for entry in entries if entry.user == user])
    ]
    assert len(ends) == WORKERS
    start, end = max(first for first, _ in ends), min(last for _, last in ends)
    passed = sum(entry.status == 200 and start < entry.at <= end for entry in entries)
    rejected = sum(entry.status == 429 for entry in entries)
    return Measure(rejected / len(entries), passed / (end - start) / LIMIT)


def test_workers_use_the_budget_of_a_team_and_no_more(
    workers: list[Worker], service: MockService
) -> None:
    """Under 1 % of responses are 429, and at least 90 % of the limit is used."""
    service.inject_fault(Fault("team-throttle", max_per_second=LIMIT))
    rounds: list[Measure] = []
    while len(rounds) < ROUNDS and not any(each.is_good for each in rounds):
        service.clear_requests()
        for worker in workers:
            worker.ask(100, EACH)
        for worker in workers:
            worker.wait(EACH)
        rounds.append(measured(service.requests()))

    assert any(each.is_good for each in rounds), rounds
