from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.builders import DISLIKE, LIKE, USER_TOKEN, FakeClock, Runtime
from support.meddling import InterceptingTransport, a_client, an_error_response, ratings_of, songs

from apple_music_ratings import (
    Action,
    ForbiddenError,
    Item,
    JournalError,
    Plan,
    Progress,
    RatingsError,
    Step,
    make_plan,
)
from apple_music_ratings.journal import Journal, Run, RunState
from apple_music_ratings.journal.recording import Recording
from apple_music_ratings.journal.run_lock import RunLock
from apple_music_ratings_mock import MockService

SERVICE = "https://api.music.apple.com"


def fingerprint(salt: bytes) -> str:
    """Return the fingerprint of the only token of these tests."""
    return salt.hex()


def begin(journal: Journal, plan: Plan, *, at: float = 0.0) -> Recording:
    """Begin a run."""
    return Recording.begin(journal, plan, service=SERVICE, fingerprint=fingerprint, at=at)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a journal is to be."""
    return tmp_path / "state" / "ratings.journal"


def mixed(service: MockService, count: int = 12) -> list[Item]:
    """Like every third of some songs and dislike the one after."""
    items = songs(count)
    for number, item in enumerate(items):
        if number % 3 < 2:
            service.set_rating(USER_TOKEN, item.type, item.id, 1 if number % 3 == 0 else -1)
    return items


def about(request: httpx.Request) -> str:
    """Name the item in the path of a request."""
    return request.url.path.removeprefix("/v1/me/ratings/")


def statuses(result: Any) -> list[str]:
    """Name how each item ended."""
    return [outcome.status.value for outcome in result.outcomes]


def states(path: Path, run: str) -> dict[str, str]:
    """Read the state of each step from the file."""
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT steps.type || '/' || steps.id, state FROM steps"
            " JOIN runs ON runs.id = steps.run WHERE name = ?",
            (run,),
        ).fetchall()
    database.close()
    return dict(rows)


def test_run_is_written_down(each_runtime: Runtime, service: MockService, path: Path) -> None:
    """The plan, the ratings before, the outcomes and the time."""
    items = mixed(service)
    clock = FakeClock()
    with Journal(path) as journal:
        result = a_client(each_runtime, InterceptingTransport(service), clock=clock).set_ratings(
            items, LIKE, journal=journal
        )
        [run] = journal.runs()
        planned = journal.plan(run.name)

    assert run == Run(
        name=result.run,
        state=RunState.FINISHED,
        total=12,
        done=12,
        failed=0,
        started_at=datetime.fromtimestamp(clock.time, UTC),
        service=SERVICE,
    )
    assert run.name.startswith("20270115-080000-")
    assert planned == make_plan(
        desired=dict.fromkeys(items, LIKE),
        current=dict(zip(items, [LIKE, DISLIKE, None] * 4, strict=True)),
    )


def test_item_that_already_matches_needs_no_write(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """With a journal the ratings are read first; without one they are not known."""
    items = mixed(service)
    transport = InterceptingTransport(service)
    client = a_client(runtime, transport)
    result = client.set_ratings([*items, items[0]], LIKE, journal=path)
    writes = transport.count("PUT")
    client.set_ratings(items, LIKE)

    assert statuses(result) == ["unchanged", "done", "done"] * 4 + ["unchanged"]
    assert (writes, transport.count("PUT")) == (8, 8 + 12)


def test_run_can_be_undone(each_runtime: Runtime, service: MockService, path: Path) -> None:
    """To the rating before each; and the undo too."""
    items = mixed(service)
    before = ratings_of(service, items)
    client = a_client(each_runtime, InterceptingTransport(service))
    with Journal(path) as journal:
        first = client.delete_ratings(items, journal=journal)
        back = journal.undo_plan(first.run)
        second = client.apply(back, journal=journal)
        unescape_formula = ratings_of(service, items)
        forth = journal.undo_plan(second.run)
        client.apply(forth, journal=journal)

    assert unescape_formula == before
    assert [(step.action, step.before) for step in back][:2] == [
        (Action.LIKE, None),
        (Action.DISLIKE, None),
    ]
    assert len(back) == 8
    assert ratings_of(service, items) == [None] * 12


def test_undo_leaves_out_writes_that_changed_nothing(
    sync: Runtime, service: MockService, path: Path
) -> None:
    """The user deleted the rating before the undo did; undoing that undo must not set it again."""
    [song] = songs(1)
    client = a_client(sync, InterceptingTransport(service))
    with Journal(path) as journal:
        first = client.set_ratings([song], LIKE, journal=journal)
        client.delete_rating(song)
        second = client.apply(journal.undo_plan(first.run), journal=journal)
        forth = journal.undo_plan(second.run)

    assert statuses(second) == ["done"]
    assert forth == Plan(())


def test_undoing_at_once_is_not_fooled_by_lag(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """A read that does not show the write yet is waited for; the way back is sent in any case."""
    items = songs(4)
    lag = 0

    def stale(request: httpx.Request) -> httpx.Response | None:
        nonlocal lag
        lag -= request.method == "GET"
        is_stale = request.method == "GET" and lag >= 0
        return httpx.Response(200, json={"data": []}) if is_stale else None

    clock = FakeClock()
    client = a_client(runtime, InterceptingTransport(service, stale), clock=clock)
    with Journal(path) as journal:
        first = client.set_ratings(items, LIKE, journal=journal)
        lag = 3
        second = client.apply(journal.undo_plan(first.run), journal=journal)
        forth = journal.undo_plan(second.run)

    assert ratings_of(service, items) == [None] * 4
    assert clock.slept == [0.5, 1.0, 2.0]
    assert [step.action for step in forth] == [Action.LIKE] * 4


def test_plan_that_is_older_than_the_ratings_is_applied(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """Undo restores the ratings that were read, not those of the plan."""
    [one, two] = songs(2)
    old = make_plan(desired={one: LIKE, two: LIKE}, current={two: LIKE})
    service.set_rating(USER_TOKEN, "songs", "1", -1)
    client = a_client(runtime, InterceptingTransport(service))
    with Journal(path) as journal:
        result = client.apply(old, journal=journal)
        back = journal.undo_plan(result.run)

    assert statuses(result) == ["done", "unchanged"]
    assert back == Plan((Step(one, Action.DISLIKE, LIKE),))


def test_run_that_was_stopped_is_resumed(
    each_runtime: Runtime, service: MockService, path: Path
) -> None:
    """What was confirmed is not asked again, in reading or writing."""
    items = mixed(service, 9)
    is_rejected = True

    def reject(request: httpx.Request) -> httpx.Response | None:
        return (
            an_error_response(403, "40300") if about(request) == "songs/4" and is_rejected else None
        )

    transport = InterceptingTransport(service, reject)
    client = a_client(each_runtime, transport, max_concurrency=1)
    with Journal(path) as journal:
        stopped = client.set_ratings(items, DISLIKE, journal=journal)
        in_between = journal.run()
        is_rejected = False
        transport.sent.clear()
        resumed = client.resume(journal)
        [after] = journal.runs()

    assert isinstance(stopped.stopped_by, ForbiddenError)
    assert (in_between.state, in_between.failed) == (RunState.STOPPED, 1)
    assert after.state is RunState.FINISHED
    assert statuses(resumed) == ["done", "unchanged", "done"] * 3
    assert resumed.run == stopped.run == after.name
    assert transport.sent == [f"PUT /v1/me/ratings/songs/{number}" for number in (4, 6, 7, 9)]
    assert ratings_of(service, items) == [-1] * 9


def test_resuming_sends_only_what_is_left(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """One after the other, exactly these."""
    is_rejected = True

    def reject(request: httpx.Request) -> httpx.Response | None:
        return (
            an_error_response(403, "40300") if about(request) == "songs/3" and is_rejected else None
        )

    transport = InterceptingTransport(service, reject)
    client = a_client(runtime, transport, max_concurrency=1)
    client.set_ratings(songs(5), LIKE, journal=path)
    is_rejected = False
    transport.sent.clear()
    reported: list[Progress] = []
    client.resume(path, on_progress=reported.append)

    assert transport.sent == [f"PUT /v1/me/ratings/songs/{number}" for number in (3, 4, 5)]
    assert reported == [Progress(3, 5, 0), Progress(4, 5, 0), Progress(5, 5, 0)]


def test_failure_that_may_pass_is_resumed_and_a_final_one_is_not(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """A run is finished when nothing is left that a retry could fix."""
    is_down = True

    def respond(request: httpx.Request) -> httpx.Response | None:
        if request.method == "GET":
            return None
        if about(request) == "songs/2":
            return an_error_response(404, "40400")
        return httpx.Response(503) if about(request) == "songs/3" and is_down else None

    transport = InterceptingTransport(service, respond)
    client = a_client(runtime, transport)
    with Journal(path) as journal:
        first = client.set_ratings(songs(3), LIKE, journal=journal)
        unfinished = journal.run(first.run)
        is_down = False
        transport.sent.clear()
        second = client.resume(journal, first.run, verify=True)
        finished = journal.run(first.run)
        third = client.resume(journal, first.run)

    assert (unfinished.state, unfinished.done, unfinished.failed) == (RunState.UNFINISHED, 1, 2)
    assert transport.sent == ["PUT /v1/me/ratings/songs/3", "GET /v1/me/ratings/songs?ids=3"]
    assert (finished.state, finished.done, finished.failed) == (RunState.FINISHED, 2, 1)
    assert statuses(second) == statuses(third) == ["done", "failed", "done"]
    assert "404" in str(second.failed[0].error)
    assert len(second.retryable) == 0


def test_newest_unfinished_run_is_resumed_when_none_is_named(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """Finished ones are passed over; all are listed with the newest first."""
    rejected = {"songs/1"}
    transport = InterceptingTransport(
        service, lambda request: an_error_response(403) if about(request) in rejected else None
    )
    client = a_client(runtime, transport)
    with Journal(path) as journal:
        names = [
            client.set_ratings(items, LIKE, journal=journal).run
            for items in (songs(1), songs(1), songs(3)[1:])
        ]
        listed = [run.name for run in journal.runs()]
        rejected.clear()
        resumed = client.resume(journal)

    assert listed == names[::-1]
    assert resumed.run == names[1]


def test_undo_takes_back_only_what_may_have_been_written(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """What was done and what is unknown; not what failed for good or was not sent."""

    def respond(request: httpx.Request) -> httpx.Response | None:
        if request.method == "GET":
            return None
        if about(request) == "songs/2":
            return an_error_response(404, "40400")
        if about(request) == "songs/3":
            raise httpx.ReadTimeout("late", request=request)
        return an_error_response(403) if about(request) == "songs/4" else None

    client = a_client(runtime, InterceptingTransport(service, respond), max_concurrency=1)
    with Journal(path) as journal:
        result = client.set_ratings(songs(6), LIKE, journal=journal)
        back = journal.undo_plan(result.run)

    assert statuses(result) == ["done", "failed", "failed", "failed", "not-sent", "not-sent"]
    assert [(step.item.id, step.action) for step in back] == [
        ("1", Action.DELETE),
        ("3", Action.DELETE),
        ("4", Action.DELETE),
    ]


def test_callback_that_raises_loses_no_knowledge(
    each_runtime: Runtime, service: MockService, path: Path
) -> None:
    """Whatever was confirmed is in the journal, and resume sends the rest."""

    def tell(progress: Progress) -> None:
        if progress.finished == 5:
            raise RuntimeError("from the callback")

    transport = InterceptingTransport(service)
    client = a_client(each_runtime, transport, max_concurrency=2)
    with Journal(path) as journal:
        with pytest.raises(RuntimeError, match="from the callback"):
            client.set_ratings(songs(20), LIKE, journal=journal, on_progress=tell)
        run = journal.run()
        written = [rating is not None for rating in ratings_of(service, songs(20))]
        kept = states(path, run.name)
        resumed = client.resume(journal)

    assert [kept[str(item)] == "done" for item in songs(20)] == written
    assert set(kept.values()) == {"done", "planned"}
    assert statuses(resumed) == ["done"] * 20
    assert transport.count("PUT") == 20


def test_write_is_marked_before_it_is_sent(
    each_runtime: Runtime, service: MockService, path: Path
) -> None:
    """After a kill, the item that was in flight is marked."""
    seen: list[str] = []

    def look(request: httpx.Request) -> None:
        if request.method == "PUT":
            with Journal(path) as other:
                seen.append(states(path, other.run().name)[about(request)])

    client = a_client(each_runtime, InterceptingTransport(service, look))
    client.set_ratings(songs(6), LIKE, journal=path)

    assert seen == ["sending"] * 6


def test_reading_first_may_fail_and_then_nothing_is_written(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """Neither to the service nor to a file."""
    transport = InterceptingTransport(
        service, lambda request: an_error_response(403) if request.method == "GET" else None
    )
    client = a_client(runtime, transport)
    calls: tuple[Callable[[], object], ...] = (
        lambda: client.set_ratings(songs(2), LIKE, journal=path),
        lambda: client.apply(Plan((Step(songs(1)[0], Action.LIKE),)), journal=path),
    )
    for call in calls:
        with pytest.raises(ForbiddenError):
            call()

    assert transport.count("PUT") == 0
    assert not path.exists()


def test_reading_first_is_persistent(
    each_runtime: Runtime, service: MockService, path: Path
) -> None:
    """A batch that ran out of attempts is asked for again."""
    troubled = iter([httpx.Response(503)] * 12)
    transport = InterceptingTransport(
        service, lambda request: next(troubled, None) if request.method == "GET" else None
    )
    result = a_client(each_runtime, transport).set_ratings(songs(2), LIKE, journal=path)

    assert statuses(result) == ["done", "done"]


def test_journal_is_for_its_owner_alone(runtime: Runtime, service: MockService, path: Path) -> None:
    """Folders too, whatever the umask is, and no file of another mode is left beside it."""
    umask = os.umask(0)
    path = path.parent / "new" / "folder" / path.name
    with Journal(path) as journal:
        a_client(runtime, InterceptingTransport(service)).set_ratings(
            songs(2), LIKE, journal=journal
        )
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    os.umask(umask)

    assert set(modes.values()) == {0o600}
    for folder in path.parents[:2]:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_journal_never_holds_a_token(runtime: Runtime, service: MockService, path: Path) -> None:
    """Also not where a response repeats it in an error."""

    def echo(request: httpx.Request) -> httpx.Response | None:
        if request.method == "GET":
            return None
        tokens = f"{request.headers['Authorization']} {request.headers['Music-User-Token']}"
        return httpx.Response(400, text=tokens)

    transport = InterceptingTransport(service, echo)
    a_client(runtime, transport).set_ratings(songs(3), LIKE, journal=path)
    content = path.read_bytes()

    assert b"400" in content
    for token in (USER_TOKEN, transport.developer_token):
        assert token.encode() not in content
        assert token[:20].encode() not in content


def test_plain_call_writes_nothing_down(
    runtime: Runtime, service: MockService, tmp_path: Path
) -> None:
    """`journal=None` is what it says."""
    a_client(runtime, InterceptingTransport(service)).set_ratings(songs(3), LIKE)

    assert list(tmp_path.iterdir()) == []


def test_journal_without_a_run_has_no_file(path: Path) -> None:
    """A mistyped name leaves nothing behind."""
    with Journal(path) as journal:
        assert journal.runs() == []
        with pytest.raises(JournalError, match="nothing to resume"):
            journal.run()
        with pytest.raises(JournalError, match=r"run 'x' does not exist\. It has no runs yet"):
            journal.undo_plan("x")

    assert not path.exists()


def test_run_that_does_not_exist_is_named(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """With the newest that does."""
    client = a_client(runtime, InterceptingTransport(service))
    name = client.set_ratings(songs(1), LIKE, journal=path).run
    with Journal(path) as journal:
        for call in (journal.run, journal.plan, journal.undo_plan):
            with pytest.raises(
                JournalError, match=f"run 'other' does not exist. The newest is {name}"
            ):
                call("other")
        with pytest.raises(JournalError, match="nothing to resume"):
            client.resume(journal)


def test_run_of_another_service_is_not_resumed(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """A trial on the mock must not be finished with real tokens."""
    transport = InterceptingTransport(
        service, lambda request: an_error_response(403) if request.method == "PUT" else None
    )
    client = a_client(runtime, transport, base_url="http://127.0.0.1:8787")
    client.set_ratings(songs(2), LIKE, journal=path)
    with pytest.raises(JournalError, match=r"http://127\.0\.0\.1:8787, and this client to https"):
        a_client(runtime, InterceptingTransport(service)).resume(path)


def test_run_is_carried_out_by_one_at_a_time(
    each_runtime: Runtime, service: MockService, path: Path
) -> None:
    """Another one raises, and changes nothing; once the run has ended it may."""
    rejections: list[str] = []
    client = a_client(each_runtime, InterceptingTransport(service))

    def resume_meanwhile(progress: Progress) -> None:
        if progress.finished == 1:
            from apple_music_ratings import RatingsClient

            other = RatingsClient(
                developer_token="x", music_user_token=USER_TOKEN, transport=service.transport
            )
            with pytest.raises(JournalError) as caught:
                other.resume(path)
            rejections.append(str(caught.value))

    result = client.set_ratings(songs(4), LIKE, journal=path, on_progress=resume_meanwhile)

    assert len(rejections) == 1
    assert f"run {result.run} is in progress in another process" in rejections[0]
    assert statuses(client.resume(path, result.run)) == ["done"] * 4


def test_two_runs_may_share_a_journal(runtime: Runtime, service: MockService, path: Path) -> None:
    """At the same time."""
    from apple_music_ratings import RatingsClient

    inner: list[str | None] = []

    def another(progress: Progress) -> None:
        if progress.finished == 1:
            with RatingsClient(
                developer_token=service.developer_token(),
                music_user_token=USER_TOKEN,
                transport=service.transport,
            ) as other:
                inner.append(other.set_ratings(songs(3), DISLIKE, journal=path).run)

    outer = a_client(runtime, InterceptingTransport(service)).set_ratings(
        songs(5), LIKE, journal=path, on_progress=another
    )
    with Journal(path) as journal:
        assert {run.name for run in journal.runs()} == {outer.run, *inner}
        assert {run.state for run in journal.runs()} == {RunState.FINISHED}


def test_other_process_that_writes_is_waited_for_within_bounds(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """Then it is reported."""
    client = a_client(runtime, InterceptingTransport(service))
    client.set_ratings(songs(1), LIKE, journal=path)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with (
        Journal(path, timeout=0.05) as journal,
        pytest.raises(JournalError, match=r"another process has been writing .* for 0\.05 s"),
    ):
        client.set_ratings(songs(2), LIKE, journal=journal)
    blocker.execute("ROLLBACK")
    blocker.close()

    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_journal_that_fails_ends_the_run(
    each_runtime: Runtime, service: MockService, path: Path
) -> None:
    """What cannot be written down is not sent."""
    transport = InterceptingTransport(service)
    client = a_client(each_runtime, transport, max_concurrency=2)
    with Journal(path) as journal:

        def close(progress: Progress) -> None:
            if progress.finished == 4:
                journal.close()

        with pytest.raises(JournalError, match="is closed"):
            client.set_ratings(songs(30), LIKE, journal=journal, on_progress=close)

    assert transport.count("PUT") < 10
    resumed = client.resume(path)
    assert statuses(resumed) == ["done"] * 30


@pytest.mark.parametrize(
    "call",
    [
        lambda journal: journal.runs(),
        lambda journal: begin(journal, Plan(())),
    ],
)
def test_closed_journal_says_so(path: Path, call: Callable[[Journal], object]) -> None:
    """It is not opened again behind its owner's back."""
    journal = Journal(path)
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="is closed"):
        call(journal)


def test_journal_shows_its_path_only(path: Path) -> None:
    """In logs."""
    assert repr(Journal(path)) == f"Journal({str(path)!r})"


def a_journal(path: Path) -> None:
    """Create a journal with one run."""
    with Journal(path) as journal:
        steps = [Step(item, Action.LIKE) for item in songs(500)]
        begin(journal, Plan(steps), at=1_800_000_000.0).close()


def foreign_database(path: Path) -> None:
    """Create a database of another program."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE runs (name TEXT)")
    database.close()


def newer(path: Path) -> None:
    """Create a journal of a later version."""
    a_journal(path)
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()


def cut(path: Path) -> None:
    """Cut a journal short."""
    a_journal(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 // 4096 * 4096])


def scribbled(path: Path) -> None:
    """Overwrite the middle of a journal."""
    a_journal(path)
    content = bytearray(path.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 : page * 4096 + 200] = b"\xa5" * 200
    path.write_bytes(content)


def read_only(path: Path) -> None:
    """Create a read-only journal."""
    a_journal(path)
    path.chmod(0o444)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_text("type,id,rating\n"), "not a journal"),
        (lambda path: path.write_bytes(b"SQLite format 3\0"), "not a journal"),
        (foreign_database, "not a journal"),
        (newer, "newer version"),
        (cut, "corrupt"),
        (scribbled, "corrupt"),
        (read_only, "read-only"),
        (lambda path: path.mkdir(), "is a folder"),
    ],
)
def test_file_that_is_not_a_valid_journal_is_rejected_and_not_changed(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    """With a word on what it is; not one byte of it changes, and nothing appears beside it."""
    path = tmp_path / "file"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(JournalError, match=words) as caught:
        Journal(path)

    assert isinstance(caught.value, RatingsError)
    assert str(path) in str(caught.value)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert list(tmp_path.iterdir()) == [path]


def test_content_that_makes_no_sense_is_damage(path: Path) -> None:
    """A file whose structure is sound may still hold nonsense."""
    a_journal(path)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE steps SET action = 'adore'")
    database.close()
    with Journal(path) as journal, pytest.raises(JournalError, match="corrupt"):
        journal.plan(journal.runs()[0].name)


def test_run_that_cannot_be_written_down_is_not_half_written(path: Path) -> None:
    """Neither the run nor its lock is left."""
    a_journal(path)
    with sqlite3.connect(path) as database:
        database.execute("ALTER TABLE steps RENAME COLUMN before TO earlier")
    database.close()
    with Journal(path) as journal:
        with pytest.raises(JournalError, match="cannot be used"):
            begin(journal, Plan([Step(songs(1)[0], Action.LIKE)]))

        assert len(journal.runs()) == 1
        assert list(path.parent.glob("*.lock")) == []


def test_place_where_no_file_can_be_is_rejected(tmp_path: Path) -> None:
    """A folder that is a file, for instance."""
    (tmp_path / "file").write_text("x")
    with (
        Journal(tmp_path / "file" / "journal") as journal,
        pytest.raises(JournalError, match="cannot be used"),
    ):
        begin(journal, Plan(()))


def test_empty_file_becomes_a_journal(path: Path) -> None:
    """It is what a kill leaves behind while the file is being made."""
    path.parent.mkdir()
    path.touch()
    a_journal(path)

    with Journal(path) as journal:
        assert [run.total for run in journal.runs()] == [500]


def test_file_that_another_process_made_meanwhile_is_used(path: Path) -> None:
    """Both runs are in it."""
    slow = Journal(path)
    a_journal(path)
    with slow:
        begin(slow, Plan(()), at=1_800_000_001.0).close()

        assert [run.total for run in slow.runs()] == [0, 500]


def test_name_of_a_run_is_readable_and_its_own(path: Path) -> None:
    """The time of its start, and something by chance, so that two never meet."""
    with Journal(path) as journal:
        recordings = [begin(journal, Plan(())) for _ in range(20)]
        for recording in recordings:
            recording.close()

    names = {recording.run for recording in recordings}
    assert len(names) == 20
    assert all(re.fullmatch(r"19700101-000000-[0-9a-f]{6}", name) for name in names)


def test_lock_of_a_killed_process_blocks_nothing(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """The file is there, and not locked."""
    client = a_client(
        runtime,
        InterceptingTransport(
            service, lambda r: an_error_response(403) if r.method == "PUT" else None
        ),
    )
    run = client.set_ratings(songs(2), LIKE, journal=path).run
    path.with_name(f"{path.name}.{run}.lock").touch()
    result = a_client(runtime, InterceptingTransport(service)).resume(path)

    assert statuses(result) == ["done", "done"]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_ids_of_an_unknown_form_are_kept(path: Path) -> None:
    """They were let through on purpose."""
    odd = Item("songs", "odd-id", strict=False)
    with Journal(path) as journal:
        Recording.begin(
            journal,
            Plan((Step(odd, Action.LIKE),)),
            service=SERVICE,
            fingerprint=fingerprint,
            at=0.0,
        ).close()
        planned = journal.plan(journal.runs()[0].name)

    assert [step.item for step in planned] == [odd]


def test_lock_is_held_by_one_and_let_go_of_once(tmp_path: Path) -> None:
    """Its file is there as long as it is held."""
    file = tmp_path / "run.lock"
    first, second = RunLock(file), RunLock(file)

    assert (first.acquire(), second.acquire()) == (True, False)
    assert file.exists()
    first.release()
    first.release()
    second.release()
    assert not file.exists()
    assert second.acquire()
    second.release()


def test_lock_of_a_file_that_lost_its_name_is_none(tmp_path: Path) -> None:
    """Its holder removed it between the opening and the locking; no other process would see it."""

    class Vanishing(type(tmp_path)):  # type: ignore[misc]
        """A path whose file is gone when one looks again."""

        def stat(self, **_options: Any) -> Any:
            """Find nothing."""
            raise FileNotFoundError

    assert not RunLock(Vanishing(tmp_path / "run.lock")).acquire()


def test_run_whose_steps_cannot_be_read_is_let_go_of(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """The next attempt reports the damage, not another process."""
    rejecting = InterceptingTransport(
        service, lambda request: an_error_response(403) if request.method == "PUT" else None
    )
    client = a_client(runtime, rejecting)
    client.set_ratings(songs(2), LIKE, journal=path)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE steps SET action = 'adore'")
    database.close()
    for _ in range(2):
        with pytest.raises(JournalError, match="corrupt"):
            client.resume(path)


def test_items_asked_for_in_a_row_wait_for_a_question_that_was_put_off(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """Reading first waits as long as the service asked for before it asks again."""
    clock = FakeClock()
    busy = [httpx.Response(429, headers={"Retry-After": "2"}) for _ in range(5)]
    troubled = iter(busy)
    transport = InterceptingTransport(
        service, lambda request: next(troubled, None) if request.method == "GET" else None
    )
    result = a_client(runtime, transport, clock=clock).set_ratings(songs(2), LIKE, journal=path)

    assert statuses(result) == ["done", "done"]
    assert clock.slept == [2.0] * 5
