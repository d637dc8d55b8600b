"""Whose a run is, what undo includes, and what happens when the file goes away."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.builders import DISLIKE, LIKE, USER_TOKEN, Runtime
from support.meddling import InterceptingTransport, a_client, an_error_response, ratings_of, songs

from apple_music_ratings import (
    Action,
    Item,
    JournalError,
    OtherAccountError,
    Plan,
    Progress,
    RatingsClient,
    Step,
    UndoPlan,
)
from apple_music_ratings.journal import Journal
from apple_music_ratings.journal.recording import Recording
from apple_music_ratings.journal.run_lock import RunLock
from apple_music_ratings_mock import MockService

SERVICE = "https://api.music.apple.com"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of the journal."""
    return tmp_path / "journal"


def fingerprint(salt: bytes) -> str:
    """Return the fingerprint of the only token of these tests."""
    return salt.hex()


def begin(journal: Journal, plan: Plan) -> Recording:
    """Begin a run."""
    return Recording.begin(journal, plan, service=SERVICE, fingerprint=fingerprint, at=0.0)


def client_of(service: MockService, user: str) -> RatingsClient:
    """Return a client of a user."""
    return RatingsClient(
        developer_token=service.developer_token(),
        music_user_token=user,
        transport=service.transport,
    )


def crash(client: RatingsClient, path: Path, *, at: int, copy: Path) -> None:
    """Copy the files of a journal when a run has come to an item, as a crash would leave them."""

    def keep(progress: Progress) -> None:
        if progress.finished == at:
            for file in path.parent.glob(f"{path.name}*"):
                if file.suffix != ".lock":
                    shutil.copy(file, copy.with_name(file.name.replace(path.name, copy.name)))

    client.set_ratings(songs(12), LIKE, journal=path, on_progress=keep)


def test_other_account_neither_resumes_nor_undoes_nor_applies(
    service: MockService, path: Path
) -> None:
    """A run is finished on the account where it began; nothing is sent to another one."""
    alice, bob = client_of(service, USER_TOKEN), client_of(service, "another-user-of-this-machine")
    transport = InterceptingTransport(
        service, lambda request: an_error_response(403) if request.url.path[-1] == "7" else None
    )
    run = (
        a_client(Runtime("sync", None), transport, max_concurrency=1)
        .set_ratings(songs(12), LIKE, journal=path)
        .run
    )
    plan = Plan([Step(songs(1)[0], Action.DISLIKE)])
    calls: list[Callable[[], object]] = [
        lambda: bob.resume(path),
        lambda: bob.plan_undo(path, str(run)),
        lambda: bob.apply(plan, journal=path),
        lambda: bob.set_ratings(songs(3), LIKE, journal=path),
    ]
    for call in calls:
        with pytest.raises(OtherAccountError, match=r"same_account=True") as caught:
            call()
        assert str(run) in caught.value.reason

    assert service.ratings("another-user-of-this-machine") == {}
    assert len(alice.resume(path).done) == 12


def test_renewed_token_continues_when_the_caller_says_so(service: MockService, path: Path) -> None:
    """The run then belongs to the new token."""
    old, new = client_of(service, "the-old-token"), client_of(service, "the-renewed-token")
    run = str(old.set_ratings(songs(2), LIKE, journal=path).run)
    with Journal(path, same_account=True) as journal:
        new.resume(journal, run)

    assert new.resume(path, run).run == run
    with pytest.raises(OtherAccountError):
        old.resume(path, run)


def test_journal_has_fingerprints_that_differ_for_equal_tokens(
    service: MockService, path: Path
) -> None:
    """They are salted, so that two journals do not show that they are of one account."""
    client = client_of(service, USER_TOKEN)
    for _ in range(2):
        client.set_ratings(songs(1), LIKE, journal=path)
    with Journal(path) as journal:
        rows = journal._database.select("SELECT account FROM runs")

    assert len(set(rows)) == 2


def test_undo_of_a_run_in_progress_is_rejected(
    runtime: Runtime, service: MockService, path: Path
) -> None:
    """Its plan would miss what is not sent yet."""
    messages: list[str] = []

    def undo(progress: Progress) -> None:
        if progress.finished == 2:
            with Journal(path) as journal:
                run = journal.run().name
                for call in (journal.undo_plan, journal.forget):
                    with pytest.raises(JournalError) as caught:
                        call(run)
                    messages.append(str(caught.value))

    result = a_client(runtime, InterceptingTransport(service)).set_ratings(
        songs(9), LIKE, journal=path, on_progress=undo
    )

    assert ["in progress in another process" in message for message in messages] == [True] * 2
    with Journal(path) as journal:
        assert len(journal.undo_plan(str(result.run))) == 9
    assert list(path.parent.glob("*.lock")) == []


@pytest.mark.parametrize("status", [400, 404, 409, 410, 422])
def test_lost_write_that_is_rejected_afterward_is_undone(
    service: MockService, path: Path, status: int
) -> None:
    """The first attempt took effect without a response; that the next one failed says nothing."""
    sent = 0

    def lose(request: httpx.Request) -> httpx.Response | None:
        nonlocal sent
        if request.method == "GET":
            return None
        sent += 1
        if sent == 1:
            service.set_rating(USER_TOKEN, "songs", "1", 1)
            raise httpx.ReadError("lost", request=request)
        return an_error_response(status)

    client = a_client(Runtime("sync", None), InterceptingTransport(service, lose))
    result = client.set_ratings(songs(1), LIKE, journal=path)
    with Journal(path) as journal:
        back = journal.undo_plan(str(result.run))

    assert [outcome.is_retryable for outcome in result.failed] == [False]
    assert back == Plan([Step(songs(1)[0], Action.DELETE, LIKE)])


def test_write_in_flight_at_a_crash_stays_in_undo_when_resume_is_rejected(
    service: MockService, path: Path, tmp_path: Path
) -> None:
    """And a planned one too: after a loss of power it may have been sent."""
    copy = tmp_path / "copy" / "journal"
    copy.parent.mkdir()
    transport = InterceptingTransport(service)
    crash(a_client(Runtime("sync", None), transport, max_concurrency=1), path, at=6, copy=copy)
    rejecting = InterceptingTransport(
        service, lambda request: an_error_response(404) if request.method != "GET" else None
    )
    result = a_client(Runtime("sync", None), rejecting).resume(copy)
    with Journal(copy) as journal:
        back = journal.undo_plan(str(result.run))

    assert len(result.failed) >= 6
    assert len(back) == 12


def test_undo_after_a_loss_of_power_includes_planned_steps(
    service: MockService, path: Path, tmp_path: Path
) -> None:
    """Without the write-ahead log the file is as old as its last checkpoint, at the run's begin."""
    copy = tmp_path / "copy" / "journal"
    copy.parent.mkdir()
    transport = InterceptingTransport(service)
    crash(a_client(Runtime("sync", None), transport, max_concurrency=2), path, at=6, copy=copy)
    copy.with_name("journal-wal").unlink()
    copy.with_name("journal-shm").unlink(missing_ok=True)
    with Journal(copy) as journal:
        [run] = journal.runs()
        back = journal.undo_plan(run.name)

    assert (run.total, run.done) == (12, 0)
    assert [step.item for step in back] == songs(12)


def test_run_that_ended_leaves_out_what_was_not_sent(service: MockService, path: Path) -> None:
    """Only a crash makes planned steps uncertain."""
    transport = InterceptingTransport(
        service, lambda request: an_error_response(403) if request.url.path[-1] == "4" else None
    )
    client = a_client(Runtime("sync", None), transport, max_concurrency=1)
    run = str(client.set_ratings(songs(8), LIKE, journal=path).run)
    with Journal(path) as journal:
        back = journal.undo_plan(run)

    assert [step.item for step in back] == songs(4)


def removed(path: Path) -> None:
    """Remove all files of a journal."""
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def moved(path: Path) -> None:
    """Move the files of a journal."""
    (path.parent / "elsewhere").mkdir()
    for file in path.parent.glob(f"{path.name}*"):
        file.rename(path.parent / "elsewhere" / file.name)


def truncated(path: Path) -> None:
    """Cut the write-ahead log to nothing."""
    with path.with_name(f"{path.name}-wal").open("r+b") as file:
        file.truncate()


def replaced(path: Path) -> None:
    """Replace the journal by a copy."""
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [removed, moved, truncated, replaced])
def test_journal_that_goes_away_stops_the_run(
    each_runtime: Runtime, service: MockService, path: Path, harm: Callable[[Path], None]
) -> None:
    """At the next write; SQLite alone would continue in a file without a name."""
    transport = InterceptingTransport(service)
    client = a_client(each_runtime, transport, max_concurrency=2)

    def go(progress: Progress) -> None:
        if progress.finished == 4:
            harm(path)

    with pytest.raises(JournalError, match="was moved, removed, replaced or truncated") as caught:
        client.set_ratings(songs(30), LIKE, journal=path, on_progress=go)

    assert transport.count("PUT") <= 8
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{6}", str(caught.value.run))


def test_undo_leaves_what_was_changed_since(
    each_runtime: Runtime, service: MockService, path: Path
) -> None:
    """Such items are listed; with force they are restored too."""
    items = songs(4)
    service.set_rating(USER_TOKEN, "songs", "4", -1)
    client = a_client(each_runtime, InterceptingTransport(service))
    run = str(client.set_ratings(items, LIKE, journal=path).run)
    service.set_rating(USER_TOKEN, "songs", "2", -1)
    undo = client.plan_undo(path, run)
    forced = client.plan_undo(path, run, force=True)
    client.apply(undo.plan, journal=path)
    left = ratings_of(service, items)
    client.apply(forced.plan, journal=path)

    changed = Step(items[1], Action.DELETE, DISLIKE)
    assert undo.changed == (changed,)
    assert [step.item for step in undo.plan] == [items[0], items[2], items[3]]
    assert forced == UndoPlan(Plan([undo.plan.steps[0], changed, *undo.plan.steps[1:]]))
    assert left == [None, -1, None, -1]
    assert ratings_of(service, items) == [None, None, None, -1]


def test_undo_of_the_older_run_leaves_the_newer_one(service: MockService, path: Path) -> None:
    """The ratings of the newer run are neither those of the older one nor those before it."""
    items = songs(3)
    client = a_client(Runtime("sync", None), InterceptingTransport(service))
    older = str(client.set_ratings(items, LIKE, journal=path).run)
    client.set_ratings(items, DISLIKE, journal=path)
    undo = client.plan_undo(path, older)

    assert len(undo.plan) == 0
    assert [step.item for step in undo.changed] == items


def test_undo_is_of_the_service_of_the_run(service: MockService, path: Path) -> None:
    """As resume is."""
    client = a_client(
        Runtime("sync", None), InterceptingTransport(service), base_url="http://127.0.0.1:8787"
    )
    run = str(client.set_ratings(songs(1), LIKE, journal=path).run)
    with pytest.raises(JournalError, match="this client to https"):
        a_client(Runtime("sync", None), InterceptingTransport(service)).plan_undo(path, run)


def test_ctrl_c_at_any_line_of_begin_and_end_releases_the_lock(
    service: MockService, tmp_path: Path
) -> None:
    """A notebook, which keeps the traceback, can resume at once."""
    lines, held = 0, []
    client = client_of(service, USER_TOKEN)
    for line in range(300):
        path = tmp_path / str(line)
        caught: list[BaseException] = []
        with Journal(path) as journal:
            if not interrupted_at(
                line, partial(client.delete_ratings, songs(1), journal=journal), caught
            ):
                break
            lines += 1
            for run in journal.runs():
                lock = RunLock(path.with_name(f"{path.name}.{run.name}.lock"))
                held += [] if lock.acquire() else [line]
                lock.release()

    assert lines > 20
    assert held == []


def interrupted_at(line: int, work: Callable[[], object], caught: list[BaseException]) -> bool:
    """Press Ctrl-C at a line of beginning a run, and keep the traceback; return whether it came."""
    lines = iter(range(line + 1))

    def at_each_line(frame: Any, event: str, _argument: Any) -> Any:
        code = frame.f_code
        file = Path(code.co_filename).name
        is_ours = (file, code.co_name) in {
            ("recording.py", "begin"),
            ("recording.py", "close"),
            ("recording.py", "_acquire"),
            ("run_lock.py", "acquire"),
            ("run_lock.py", "release"),
            ("recording.py", "__init__"),
        }
        if not is_ours:
            return None
        if event == "line" and next(lines, None) == line:
            raise KeyboardInterrupt
        return at_each_line

    before = sys.gettrace()
    sys.settrace(at_each_line)
    try:
        work()
    except KeyboardInterrupt as error:
        caught.append(error)
        return True
    finally:
        sys.settrace(before)
    return False


def test_forgotten_run_is_gone_and_others_stay(service: MockService, path: Path) -> None:
    """With its steps."""
    client = a_client(Runtime("sync", None), InterceptingTransport(service))
    first, second = (
        str(client.set_ratings(songs(2), value, journal=path).run) for value in (LIKE, DISLIKE)
    )
    with Journal(path) as journal:
        journal.forget(first)
        with pytest.raises(JournalError, match="does not exist"):
            journal.forget(first)

        assert [run.name for run in journal.runs()] == [second]
        assert journal._database.select("SELECT COUNT(*) FROM steps") == [(2,)]


def test_item_that_is_as_before_the_run_is_undone_all_the_same(
    service: MockService, path: Path
) -> None:
    """Reads may lag behind the run's writes, and the write back does no harm."""
    client = a_client(Runtime("sync", None), InterceptingTransport(service))
    run = str(client.set_ratings(songs(1), LIKE, journal=path).run)
    client.delete_rating(Item("songs", "1"))
    undo = client.plan_undo(path, run)

    assert undo == UndoPlan(Plan([Step(Item("songs", "1"), Action.DELETE, None)]))
