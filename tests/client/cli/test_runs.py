from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from apple_music_ratings_mock import MockService, Request, Response

ITEMS = [f"songs/{number}" for number in range(1, 41)]


def last_run(person: Any) -> str:
    """Give the name of the newest run."""
    return str(person.run("runs", "--json").json[0]["run"])


def test_runs_are_listed_newest_first(person: Any) -> None:
    """With what a person needs to choose one."""
    person.run("like", "songs/1", "songs/2")
    person.run("dislike", "songs/3", "library-songs/i.none")

    ended = person.run("runs", "--json")
    second, first = ended.json

    assert ended.code == 0
    assert {"run", "state", "total", "done", "failed", "started_at"} <= set(first)
    assert [first["total"], first["done"], first["failed"]] == [2, 2, 0]
    assert [second["total"], second["done"], second["failed"]] == [2, 1, 1]
    assert datetime.fromisoformat(first["started_at"]).tzinfo is not None
    assert first["state"] == "finished"


def test_runs_are_lines_for_a_program(person: Any) -> None:
    """Name and state first."""
    person.run("like", "songs/1")

    (line,) = person.run("runs").lines

    assert line.split("\t")[:4] == [last_run(person), "finished", "1 of 1", "0"]


def test_no_runs_is_an_empty_list(person: Any) -> None:
    """Looking makes no file."""
    listed = person.run("runs")
    as_json = person.run("runs", "--json")

    assert (listed.code, listed.out, as_json.json) == (0, "", [])
    assert "No runs yet." in listed.err
    assert not Path(person.environ["APPLE_MUSIC_JOURNAL"]).exists()


def test_run_is_undone(person: Any) -> None:
    """First shown, then done: what stood before stands again."""
    person.rate("songs/1", -1)
    person.rate("songs/2", 1)
    person.run("like", "songs/1", "songs/2", "songs/3")
    run = last_run(person)

    shown = person.run("undo", run)
    unchanged = [person.rating(f"songs/{number}") for number in (1, 2, 3)]
    done = person.run("undo", run, "--execute")

    assert (shown.code, done.code) == (0, 0)
    assert [line.split("\t")[:2] for line in shown.lines] == [
        ["dislike", "songs/1"],
        ["delete", "songs/3"],
    ]
    assert f"apple-music-ratings undo {run} --execute" in shown.err
    assert unchanged == [1, 1, 1]
    assert [person.rating(f"songs/{number}") for number in (1, 2, 3)] == [-1, 1, None]


def test_undo_leaves_what_was_changed_since(person: Any) -> None:
    """Such items are listed and cost exit code 3; with --force they are restored too."""
    person.run("like", "songs/1", "songs/2")
    run = last_run(person)
    person.rate("songs/2", -1)

    done = person.run("undo", run, "--execute")
    kept = [person.rating(f"songs/{number}") for number in (1, 2)]
    forced = person.run("undo", run, "--execute", "--force")

    assert (done.code, forced.code) == (3, 0)
    assert "songs/2: now dislike" in done.err
    assert f"apple-music-ratings undo {run} --force" in done.err
    assert kept == [None, -1]
    assert [person.rating(f"songs/{number}") for number in (1, 2)] == [None, None]


def test_run_of_another_account_is_rejected(person: Any) -> None:
    """Unless the command says that the token was renewed."""
    person.run("like", "songs/1")
    run = last_run(person)
    person.environ["APPLE_MUSIC_USER_TOKEN"] = "another-user-of-this-machine"

    for words in (["undo", run, "--execute"], ["resume", run], ["like", "songs/2"]):
        ended = person.run(*words)
        assert ended.code == 1
        assert "another --journal" in ended.err
        assert "--same-account" in ended.err
    assert person.rating("songs/1") == 1

    assert person.run("like", "songs/2", "--same-account").code == 0


def test_run_is_forgotten(person: Any) -> None:
    """And no longer listed."""
    person.run("like", "songs/1")
    run = last_run(person)

    assert person.run("runs", "--forget", run).code == 0
    assert person.run("runs", "--json").json == []
    assert person.run("runs", "--forget", run).code == 1


def test_undo_can_be_undone(person: Any) -> None:
    """The way back is a run like any other."""
    person.run("like", "songs/1")
    person.run("undo", last_run(person), "--execute")
    person.run("undo", last_run(person), "--execute")

    assert person.rating("songs/1") == 1


def test_run_that_changed_nothing_needs_no_undo(person: Any) -> None:
    """And says so."""
    person.rate("songs/1", 1)
    person.run("like", "songs/1")

    ended = person.run("undo", last_run(person))

    assert ended.code == 0
    assert ended.out == ""
    assert "nothing to do" in ended.err


def test_undo_is_given_as_json(person: Any) -> None:
    """Like any plan."""
    person.run("like", "songs/1")

    ended = person.run("undo", last_run(person), "--json")

    assert ended.json["counts"]["delete"] == 1
    assert ended.json["steps"][0]["id"] == "1"


def test_run_of_another_service_is_not_undone(person: Any) -> None:
    """What was done to the mock is never undone on an account."""
    person.run("like", "songs/1")
    run = last_run(person)
    person.environ["APPLE_MUSIC_BASE_URL"] = "http://127.0.0.1:9"

    ended = person.run("undo", run, "--execute")

    assert ended.code == 1
    assert "APPLE_MUSIC_BASE_URL" in ended.err
    assert person.rating("songs/1") == 1


@pytest.mark.parametrize("command", ["undo", "resume"])
def test_unknown_run_is_told(person: Any, command: str) -> None:
    """By its name."""
    ended = person.run(command, "nothing")

    assert ended.code == 1
    assert "nothing" in ended.err


def test_nothing_to_resume_is_told(person: Any) -> None:
    """Whether or not there was a run."""
    person.run("like", "songs/1")

    ended = person.run("resume")

    assert ended.code == 1
    assert "nothing to resume" in ended.err


def test_stopped_run_is_resumed(a_person_with: Callable[[MockService], Any]) -> None:
    """After the token was renewed, what was not sent is sent."""
    with a_person_with(MockService()) as somebody:
        somebody.service.revoke(somebody.token)
        path = somebody.file("ratings.csv", "id,rating\nsongs/1,like\nsongs/2,like\n")
        somebody.service.reset()
        somebody.service.inject_fault(_refusal())
        stopped = somebody.run("apply", path, "--execute")
        somebody.service.reset()
        resumed = somebody.run("resume")

        assert stopped.code == 1
        assert "apple-music-ratings resume" in stopped.err
        assert resumed.code == 0
        assert [somebody.rating(f"songs/{number}") for number in (1, 2)] == [1, 1]
        assert somebody.run("runs", "--json").json[0]["state"] == "finished"


def _refusal() -> Any:
    from apple_music_ratings_mock import Fault

    return Fault("error", operation="put", status=403)


def test_journal_may_be_named(person: Any) -> None:
    """And what is suggested names it too."""
    path = person.folder / "mine.sqlite3"

    ended = person.run("like", "songs/1", "--journal", str(path))
    (run,) = person.run("runs", "--json", "--journal", str(path)).json
    undone = person.run("undo", run["run"], "--execute", "--journal", str(path))

    assert f"undo {run['run']} --journal {path}" in ended.err
    assert undone.code == 0
    assert person.run("runs", "--json").json == []
    assert person.rating("songs/1") is None


@pytest.mark.parametrize("command", [["runs"], ["resume"], ["undo", "x"], ["like", "songs/1"]])
def test_file_that_is_no_journal_is_left_alone(person: Any, command: list[str]) -> None:
    """And nothing is sent."""
    path = Path(person.environ["APPLE_MUSIC_JOURNAL"])
    path.write_text("my diary")

    ended = person.run(*command)

    assert ended.code == 1
    assert str(path) in ended.err
    assert path.read_text() == "my diary"
    assert person.rating("songs/1") is None


def test_journal_holds_no_token(person: Any) -> None:
    """Neither of the two."""
    person.run("like", "songs/1", "library-songs/i.none")
    written = b"".join(path.read_bytes() for path in person.folder.iterdir() if path.is_file())

    assert b"songs" in written
    assert person.token.encode() not in written
    assert person.environ["APPLE_MUSIC_DEVELOPER_TOKEN"].encode() not in written


class Interrupting(MockService):
    """A mock that presses Ctrl-C in the program that uses it, at a certain request."""

    def __init__(self, at: int, *, method: str = "PUT") -> None:
        super().__init__()
        self.at = at
        self.method = method
        self.writes: Counter[str] = Counter()
        self.program: subprocess.Popen[bytes] | None = None

    def handle(self, request: Request) -> Response:
        """Count, interrupt, and answer."""
        if request.method == self.method:
            self.writes[request.path.removeprefix("/v1/me/ratings/")] += 1
            if self.program is not None and self.writes.total() == self.at:
                os.kill(self.program.pid, signal.SIGINT)
        return super().handle(request)


def test_interrupted_reading_just_ends(a_person_with: Callable[[Any], Any]) -> None:
    """With 130, and nothing to resume."""
    mock = Interrupting(at=1, method="GET")
    with a_person_with(mock) as somebody:
        mock.program = somebody.start("get", "songs/1", stderr=subprocess.PIPE)
        _, err = mock.program.communicate()

        assert mock.program.returncode == 130
        assert err.strip() == b"Interrupted."


def test_interrupted_run_is_finished_by_resume(a_person_with: Callable[[Any], Any]) -> None:
    """Ctrl-C ends with 130 and says how to go on; nothing that was confirmed is sent again."""
    mock = Interrupting(at=12)
    with a_person_with(mock) as somebody:
        rows = "".join(f"{item},like\n" for item in ITEMS)
        path = somebody.file("ratings.csv", f"id,rating\n{rows}")
        mock.program = somebody.start("apply", path, "--execute", stderr=subprocess.PIPE)
        _, err = mock.program.communicate()
        code, mock.program = mock.program.returncode, None
        (run,) = somebody.run("runs", "--json").json
        resumed = somebody.run("resume", "--json")

        assert code == 130
        assert b"Progress is saved. To continue:\n  apple-music-ratings resume" in err
        assert b"Traceback" not in err
        assert run["state"] == "unfinished"
        assert run["done"] < len(ITEMS)
        assert resumed.code == 0
        assert [somebody.rating(item) for item in ITEMS] == [1] * len(ITEMS)
        sent_again = [item for item in ITEMS if mock.writes[item] > 1]
        assert len(sent_again) <= len(ITEMS) - run["done"]
        assert max(mock.writes.values()) <= 2
        assert somebody.run("runs", "--json").json[0]["done"] == len(ITEMS)
