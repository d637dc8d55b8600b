from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import pytest
from anyio import CancelScope, run
from support.builders import LIKE, USER_TOKEN, FakeClock
from support.meddling import InterceptingTransport, ratings_of, songs

from apple_music_ratings import Action, AsyncRatingsClient, Plan, RatingsClient, Step
from apple_music_ratings.journal import Journal, RunState
from apple_music_ratings_mock import MockService

COUNT = 40
# A program that likes songs and is killed, or interrupted, in the middle of a write: before the
# service has seen it or after. What the service saw is in a file, one item a line.
PROGRAM = dedent(
    """
    import os, sys, threading, time
    from pathlib import Path
    import httpx
    from apple_music_ratings import Item, RatingsClient
    from apple_music_ratings.journal import Journal

    journal, seen, at, moment, sign, resumes = sys.argv[1:]
    at, sign, resumes = int(at), int(sign), resumes == "resume"
    lock, count = threading.Lock(), 0

    class Service(httpx.BaseTransport):
        def handle_request(self, request):
            global count
            if request.method == "GET":
                return httpx.Response(200, json={"data": []})
            with lock:
                count += 1
                if count == at and moment == "before":
                    os.kill(os.getpid(), sign)
                with open(seen, "a") as file:
                    file.write(request.url.path.removeprefix("/v1/me/ratings/") + "\\n")
                if count == at and moment == "after":
                    os.kill(os.getpid(), sign)
            return httpx.Response(200)

    def tell(progress):
        print(progress.finished, flush=True)

    client = RatingsClient(
        developer_token="x", music_user_token="y", transport=Service(), max_concurrency=4
    )
    if resumes:
        client.resume(journal, on_progress=tell)
    else:
        songs = [Item("songs", str(number)) for number in range(1, 41)]
        client.set_ratings(songs, 1, journal=journal, on_progress=tell)
    """
)


def killed(
    folder: Path, at: int, moment: str = "after", sign: int = signal.SIGKILL, mode: str = "begin"
) -> subprocess.CompletedProcess[str]:
    """Run the program until it is killed at one of its writes."""
    return subprocess.run(  # noqa: S603  # our own program
        [
            sys.executable,
            "-c",
            PROGRAM,
            str(folder / "journal"),
            str(folder / "seen"),
            str(at),
            moment,
            str(int(sign)),
            mode,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def seen_by(folder: Path) -> list[str]:
    """Read what the service of the program saw."""
    file = folder / "seen"
    return file.read_text().split() if file.exists() else []


def a_sync_client(transport: Any, **options: Any) -> RatingsClient:
    """Return a client for the service of the program."""
    return RatingsClient(
        developer_token="x", music_user_token="y", transport=transport, clock=FakeClock(), **options
    )


def accepting(sent: list[str]) -> httpx.MockTransport:
    """Build a service that takes everything and keeps what it saw."""

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path.removeprefix("/v1/me/ratings/"))
        return httpx.Response(200)

    return httpx.MockTransport(respond)


def rating_nothing(sent: list[str]) -> httpx.MockTransport:
    """Build the same for a user who has rated nothing so far."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"data": []})
        sent.append(request.url.path)
        return httpx.Response(200)

    return httpx.MockTransport(respond)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 17, COUNT])
def test_killed_process_leaves_nothing_unknown(tmp_path: Path, at: int, moment: str) -> None:
    """Whatever was written is done or marked; `resume` sends the rest and nothing confirmed."""
    done = killed(tmp_path, at, moment)
    seen = seen_by(tmp_path)
    confirmed = int(done.stdout.split()[-1]) if done.stdout else 0
    with Journal(tmp_path / "journal") as journal:
        run_before = journal.run()
        back = {str(step.item) for step in journal.undo_plan(run_before.name)}
        sent: list[str] = []
        result = a_sync_client(accepting(sent)).resume(journal)
        run_after = journal.run(run_before.name)

    assert done.returncode == -signal.SIGKILL
    assert (run_before.state, run_before.total) == (RunState.UNFINISHED, COUNT)
    # An item that was reported is never unknown, and undo forgets none.
    assert run_before.done >= confirmed - 4
    assert set(seen) <= back
    assert {outcome.status for outcome in result.outcomes} == {"done"}
    assert sorted(set(seen) | set(sent)) == sorted(str(item) for item in songs(COUNT))
    assert len(sent) == COUNT - run_before.done
    assert len(seen) - run_before.done <= 4
    assert (run_after.state, run_after.done) == (RunState.FINISHED, COUNT)


def test_run_that_is_killed_again_and_again_is_finished_in_the_end(tmp_path: Path) -> None:
    """And undo knows the ratings before the first process."""
    killed(tmp_path, 7)
    killed(tmp_path, 9, "before", mode="resume")
    killed(tmp_path, 5, mode="resume")
    sent: list[str] = []
    with Journal(tmp_path / "journal") as journal:
        result = a_sync_client(accepting(sent)).resume(journal)
        back = journal.undo_plan(str(result.run))
        runs = journal.runs()

    assert [run.state for run in runs] == [RunState.FINISHED]
    assert {str(item) for item in songs(COUNT)} == {*seen_by(tmp_path), *sent}
    assert back == Plan(Step(item, Action.DELETE, LIKE) for item in songs(COUNT))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["journal", "seen"]


def test_requests_in_flight_complete_after_ctrl_c(tmp_path: Path) -> None:
    """The journal then agrees with the service, line by line, and nothing more was sent."""
    done = killed(tmp_path, 11, "after", signal.SIGINT)
    seen = seen_by(tmp_path)
    with Journal(tmp_path / "journal") as journal:
        run_before = journal.run()
        back = journal.undo_plan(run_before.name)

    assert done.returncode in {-signal.SIGINT, 128 + signal.SIGINT}
    assert "KeyboardInterrupt" in done.stderr
    assert len(seen) < 11 + 8
    assert {str(step.item) for step in back} >= set(seen)
    assert run_before.done >= len(seen) - 1


def interrupted_at(line: int, work: Callable[[], object]) -> bool:
    """Press Ctrl-C when the journal has come to a line of its writing; tell if there is one."""
    lines = iter(range(line + 1))

    def at_each_line(frame: Any, event: str, _argument: Any) -> Any:
        code = frame.f_code
        if not (
            code.co_filename.endswith(("recording.py", "database.py"))
            and code.co_name in {"record", "transaction"}
        ):
            return None
        # What begins a run is written before anything is sent.
        is_later = not frame.f_locals.get("is_durable", False)
        if event == "line" and is_later and next(lines, None) == line:
            raise KeyboardInterrupt
        return at_each_line

    before = sys.gettrace()
    sys.settrace(at_each_line)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_ctrl_c_at_any_line_of_the_writing_loses_nothing(tmp_path: Path) -> None:
    """What it breaks is taken back, and whatever has ended by then is written down."""
    lines, wrong = 0, []
    for line in range(500):
        sent: list[str] = []
        path = tmp_path / str(line)
        with a_sync_client(rating_nothing(sent), max_concurrency=2) as client:
            if not interrupted_at(line, partial(client.set_ratings, songs(5), LIKE, journal=path)):
                break
        with Journal(path) as journal:
            (run_before,) = journal.runs()
        lines += 1
        wrong += [(line, run_before.done, len(sent))] if run_before.done != len(sent) else []

    assert lines > 20
    assert wrong == []


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_canceled_run_is_resumed(tmp_path: Path, service: MockService, backend: str) -> None:
    """What was in flight is uncertain and sent again; what was confirmed is not."""
    transport = InterceptingTransport(service)

    async def write_and_cancel() -> None:
        async with AsyncRatingsClient(
            developer_token=transport.developer_token,
            music_user_token=USER_TOKEN,
            transport=transport,
        ) as client:
            with CancelScope() as scope:
                await client.set_ratings(
                    songs(COUNT),
                    LIKE,
                    journal=tmp_path / "journal",
                    on_progress=lambda progress: scope.cancel()
                    if progress.finished == 10
                    else None,
                )

    async def resume() -> Any:
        async with AsyncRatingsClient(
            developer_token=transport.developer_token,
            music_user_token=USER_TOKEN,
            transport=transport,
        ) as client:
            return await client.resume(tmp_path / "journal")

    run(write_and_cancel, backend=backend)
    with Journal(tmp_path / "journal") as journal:
        run_before = journal.run()
    transport.sent.clear()
    result = run(resume, backend=backend)

    assert run_before.state is RunState.UNFINISHED
    assert 10 <= run_before.done < COUNT
    assert len(transport.sent) == COUNT - run_before.done
    assert {outcome.status for outcome in result.outcomes} == {"done"}
    assert ratings_of(service, songs(COUNT)) == [1] * COUNT


def test_process_that_ends_lets_go_of_its_run(tmp_path: Path) -> None:
    """However it ends; here by SIGKILL, with the file of its lock left behind."""
    killed(tmp_path, 3)

    assert [file.suffix for file in tmp_path.glob("*.lock")] == [".lock"]
    with Journal(tmp_path / "journal") as journal:
        a_sync_client(accepting([])).resume(journal)
    assert list(tmp_path.glob("*.lock")) == []
