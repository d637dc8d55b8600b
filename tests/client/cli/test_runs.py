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

_ROWS = """songs/1,like,First Light,The Lanterns
songs/2,like,Second,
songs/3,like,,
songs/4,dislike,Fourth,
"""
ITEMS = [f"songs/{number}" for number in range(1, 41)]


def last_run(user: Any) -> str:
    """Return the name of the newest run."""
    return str(user.run("runs", "--json").json[0]["run"])


def test_runs_are_listed_newest_first(user: Any) -> None:
    """With what a user needs to choose one."""
    user.run("like", "songs/1", "songs/2")
    user.run("dislike", "songs/3", "library-songs/i.none")

    ended = user.run("runs", "--json")
    second, first = ended.json

    assert ended.code == 0
    assert {"run", "state", "total", "done", "failed", "started_at"} <= set(first)
    assert [first["total"], first["done"], first["failed"]] == [2, 2, 0]
    assert [second["total"], second["done"], second["failed"]] == [2, 1, 1]
    assert datetime.fromisoformat(first["started_at"]).tzinfo is not None
    assert first["state"] == "finished"


def test_runs_are_lines_for_a_program(user: Any) -> None:
    """Name and state first."""
    user.run("like", "songs/1")

    (line,) = user.run("runs").lines

    assert line.split("\t")[:4] == [last_run(user), "finished", "1 of 1", "0"]
    assert line.split("\t")[5] == "like songs/1: 1 to like (songs/1)"


def test_runs_say_what_they_were(user: Any) -> None:
    """The command, its file, and the first items by name; an undo knows the names too."""
    path = user.file("mine.csv", "id,rating,name,artist\n" + _ROWS)
    user.run("apply", path, "--execute")
    run = last_run(user)
    shown = user.run("undo")
    user.run("undo", run, "--execute")
    undone, applied = user.run("runs", "--json").json

    assert f"The newest run is {run} (apply {path})." in shown.err
    assert shown.lines[0] == "delete\tsongs/1\tlike\tThe Lanterns - First Light"
    assert (applied["command"], undone["command"]) == (f"apply {path}", f"undo {run}")
    assert applied["changes"] == (
        "3 to like, 1 to dislike (The Lanterns - First Light; Second; songs/3; 1 more)"
    )
    assert undone["changes"].startswith("4 to delete (The Lanterns - First Light; Second;")


def test_runs_are_legible_at_60_columns(user: Any) -> None:
    """Columns that do not fit are left out; what a run was is on lines of its own."""
    path = user.file("m.csv", "id,rating,name,artist\n" + _ROWS)
    user.run("apply", path, "--execute")

    shown = user.run_on_terminal("runs", columns=60, NO_COLOR="1", TERM="dumb")
    heading, run, *what = shown.splitlines()

    assert heading.split() == ["RUN", "STATE", "DONE", "STARTED"]
    assert run.startswith(f"{last_run(user)}  finished  4 of 4  20")
    assert max(map(len, [heading, run, *what])) <= 60
    assert "".join(line.strip() for line in what).startswith(f"apply {path}")


def test_no_runs_is_an_empty_list(user: Any) -> None:
    """Looking makes no file."""
    listed = user.run("runs")
    as_json = user.run("runs", "--json")

    assert (listed.code, listed.out, as_json.json) == (0, "", [])
    assert "No runs yet." in listed.err
    assert not Path(user.environ["APPLE_MUSIC_JOURNAL"]).exists()


def test_run_is_undone(user: Any) -> None:
    """First shown, then done: the earlier ratings are set again."""
    user.rate("songs/1", -1)
    user.rate("songs/2", 1)
    user.run("like", "songs/1", "songs/2", "songs/3")
    run = last_run(user)

    shown = user.run("undo", run)
    unchanged = [user.rating(f"songs/{number}") for number in (1, 2, 3)]
    done = user.run("undo", run, "--execute")

    assert (shown.code, done.code) == (0, 0)
    assert [line.split("\t")[:2] for line in shown.lines] == [
        ["dislike", "songs/1"],
        ["delete", "songs/3"],
    ]
    assert f"apple-music-ratings undo {run} --execute" in shown.err
    assert unchanged == [1, 1, 1]
    assert [user.rating(f"songs/{number}") for number in (1, 2, 3)] == [-1, 1, None]


def test_undo_leaves_what_was_changed_since(user: Any) -> None:
    """Such items are listed and cost exit code 3; with --force they are restored too."""
    user.run("like", "songs/1", "songs/2")
    run = last_run(user)
    user.rate("songs/2", -1)

    planned = user.run("undo", run, "--json").json
    done = user.run("undo", run, "--execute", "--json")
    kept = [user.rating(f"songs/{number}") for number in (1, 2)]
    forced = user.run("undo", run, "--execute", "--force")

    assert (done.code, forced.code) == (3, 0)
    assert planned["changed"] == done.json["changed"]
    assert [(it["id"], it["before"], it["after"]) for it in planned["changed"]] == [
        ("2", "dislike", "none")
    ]
    assert [it["id"] for it in planned["steps"]] == ["1"]
    assert "songs/2: now dislike" in done.err
    assert f"apple-music-ratings undo {run} --force" in done.err
    assert kept == [None, -1]
    assert [user.rating(f"songs/{number}") for number in (1, 2)] == [None, None]


def test_run_of_another_account_is_rejected(user: Any) -> None:
    """Unless the command says that the token was renewed."""
    user.run("like", "songs/1")
    run = last_run(user)
    user.environ["APPLE_MUSIC_USER_TOKEN"] = "another-user-of-this-machine"

    for words in (["undo", run, "--execute"], ["resume", run], ["like", "songs/2"]):
        ended = user.run(*words)
        assert ended.code == 1
        assert "another --journal" in ended.err
        assert "--same-account" in ended.err
    assert user.rating("songs/1") == 1

    assert user.run("like", "songs/2", "--same-account").code == 0


def test_journal_that_fails_in_a_run_names_the_command_that_continues(
    a_user_with: Callable[[MockService], Any],
) -> None:
    """As after a full disk: once it can be written again, nothing is lost."""

    class Moving(MockService):
        def handle(self, request: Request) -> Response:
            if self.request_count == 20:
                journal.rename(moved)
            return super().handle(request)

    service = Moving()
    with a_user_with(service) as user:
        journal = Path(user.environ["APPLE_MUSIC_JOURNAL"])
        moved = journal.with_name("moved")
        ended = user.run("like", *ITEMS)
        moved.rename(journal)
        run = last_run(user)
        resumed = user.run("resume", run)
        liked = service.ratings(user.token)

    assert ended.code == 1
    assert f"Once that is fixed, continue with:\n  apple-music-ratings resume {run}\n" in ended.err
    assert resumed.code == 0
    assert len(liked) == len(ITEMS)


def test_run_is_forgotten(user: Any) -> None:
    """And no longer listed."""
    user.run("like", "songs/1")
    run = last_run(user)

    assert user.run("runs", "--forget", run).code == 0
    assert user.run("runs", "--json").json == []
    assert user.run("runs", "--forget", run).code == 1


def test_undo_can_be_undone(user: Any) -> None:
    """The way back is a run like any other."""
    user.run("like", "songs/1")
    user.run("undo", last_run(user), "--execute")
    user.run("undo", last_run(user), "--execute")

    assert user.rating("songs/1") == 1


def test_run_that_changed_nothing_needs_no_undo(user: Any) -> None:
    """And says so."""
    user.rate("songs/1", 1)
    user.run("like", "songs/1")

    ended = user.run("undo", last_run(user))

    assert ended.code == 0
    assert ended.out == ""
    assert "nothing to do" in ended.err


def test_undo_is_given_as_json(user: Any) -> None:
    """Like any plan."""
    user.run("like", "songs/1")

    ended = user.run("undo", last_run(user), "--json")

    assert ended.json["counts"]["delete"] == 1
    assert ended.json["steps"][0]["id"] == "1"


def test_run_of_another_service_is_not_undone(user: Any) -> None:
    """What was done to the mock is never undone on an account."""
    user.run("like", "songs/1")
    run = last_run(user)
    user.environ["APPLE_MUSIC_BASE_URL"] = "http://127.0.0.1:9"

    ended = user.run("undo", run, "--execute")

    assert ended.code == 1
    assert "APPLE_MUSIC_BASE_URL" in ended.err
    assert user.rating("songs/1") == 1


@pytest.mark.parametrize("command", ["undo", "resume"])
def test_unknown_run_is_reported(user: Any, command: str) -> None:
    """By its name."""
    ended = user.run(command, "nothing")

    assert ended.code == 1
    assert "nothing" in ended.err


def test_nothing_to_resume_is_reported(user: Any) -> None:
    """Whether or not there was a run."""
    user.run("like", "songs/1")

    ended = user.run("resume")

    assert ended.code == 1
    assert "nothing to resume" in ended.err


def test_stopped_run_is_resumed(a_user_with: Callable[[MockService], Any]) -> None:
    """After the token was renewed, what was not sent is sent."""
    with a_user_with(MockService()) as another:
        another.service.revoke(another.token)
        path = another.file("ratings.csv", "id,rating\nsongs/1,like\nsongs/2,like\n")
        another.service.reset()
        another.service.inject_fault(_rejection())
        stopped = another.run("apply", path, "--execute")
        another.service.reset()
        resumed = another.run("resume")

        assert stopped.code == 1
        assert "apple-music-ratings resume" in stopped.err
        assert resumed.code == 0
        assert [another.rating(f"songs/{number}") for number in (1, 2)] == [1, 1]
        assert another.run("runs", "--json").json[0]["state"] == "finished"


def _rejection() -> Any:
    from apple_music_ratings_mock import Fault

    return Fault("error", operation="put", status=403)


def test_journal_may_be_named(user: Any) -> None:
    """And what is suggested names it too."""
    path = user.folder / "mine.sqlite3"

    ended = user.run("like", "songs/1", "--journal", str(path))
    (run,) = user.run("runs", "--json", "--journal", str(path)).json
    undone = user.run("undo", run["run"], "--execute", "--journal", str(path))

    assert f"undo {run['run']} --journal {path}" in ended.err
    assert undone.code == 0
    assert user.run("runs", "--json").json == []
    assert user.rating("songs/1") is None


@pytest.mark.parametrize("command", [["runs"], ["resume"], ["undo", "x"], ["like", "songs/1"]])
def test_file_that_is_not_a_journal_is_left_alone(user: Any, command: list[str]) -> None:
    """And nothing is sent."""
    path = Path(user.environ["APPLE_MUSIC_JOURNAL"])
    path.write_text("my diary")

    ended = user.run(*command)

    assert ended.code == 1
    assert str(path) in ended.err
    assert path.read_text() == "my diary"
    assert user.rating("songs/1") is None


def test_journal_holds_no_token(user: Any) -> None:
    """Neither of the two."""
    user.run("like", "songs/1", "library-songs/i.none")
    written = b"".join(path.read_bytes() for path in user.folder.iterdir() if path.is_file())

    assert b"songs" in written
    assert user.token.encode() not in written
    assert user.environ["APPLE_MUSIC_DEVELOPER_TOKEN"].encode() not in written


class Interrupting(MockService):
    """A mock that presses Ctrl-C in the program that uses it, at a certain request."""

    def __init__(self, at: int, *, method: str = "PUT") -> None:
        super().__init__()
        self.at = at
        self.method = method
        self.writes: Counter[str] = Counter()
        self.program: subprocess.Popen[bytes] | None = None

    def handle(self, request: Request) -> Response:
        """Count, interrupt, and response."""
        if request.method == self.method:
            self.writes[request.path.removeprefix("/v1/me/ratings/")] += 1
            if self.program is not None and self.writes.total() == self.at:
                os.kill(self.program.pid, signal.SIGINT)
        return super().handle(request)


def test_interrupted_reading_just_ends(a_user_with: Callable[[Any], Any]) -> None:
    """With 130, and nothing to resume; a file is not written in part."""
    mock = Interrupting(at=1, method="GET")
    with a_user_with(mock) as another:
        path = str(another.folder / "ratings.csv")
        for words, message in (
            (["get"], "Interrupted."),
            (["export", "-o", path], f"Interrupted. {path} was not written."),
        ):
            mock.writes.clear()
            mock.program = another.start(*words, "songs/1", stderr=subprocess.PIPE)
            _, err = mock.program.communicate()

            assert mock.program.returncode == 130
            assert err.decode().strip() == message
        assert not Path(path).exists()


def test_interrupted_run_is_finished_by_resume(a_user_with: Callable[[Any], Any]) -> None:
    """Ctrl-C ends with 130 and says how to continue; nothing that was confirmed is sent again."""
    mock = Interrupting(at=12)
    with a_user_with(mock) as another:
        rows = "".join(f"{item},like\n" for item in ITEMS)
        path = another.file("ratings.csv", f"id,rating\n{rows}")
        mock.program = another.start("apply", path, "--execute", stderr=subprocess.PIPE)
        _, err = mock.program.communicate()
        code, mock.program = mock.program.returncode, None
        (run,) = another.run("runs", "--json").json
        resumed = another.run("resume", "--json")

        assert code == 130
        assert b"Progress is saved. To continue:\n  apple-music-ratings resume" in err
        assert b"Traceback" not in err
        assert run["state"] == "unfinished"
        assert run["done"] < len(ITEMS)
        assert resumed.code == 0
        assert [another.rating(item) for item in ITEMS] == [1] * len(ITEMS)
        sent_again = [item for item in ITEMS if mock.writes[item] > 1]
        assert len(sent_again) <= len(ITEMS) - run["done"]
        assert max(mock.writes.values()) <= 2
        assert another.run("runs", "--json").json[0]["done"] == len(ITEMS)
