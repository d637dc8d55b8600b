"""What each run did, step by step, in a SQLite file; resume and undo read it.

Every step is written down with what stood there before, before the first is sent; then each is
marked before it is sent and again when its outcome is known. A process may be killed at any moment
and nothing is forgotten. No token ever comes here.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from attrs import frozen

from apple_music_ratings._bulk.writing import make_outcome
from apple_music_ratings.errors import JournalError, RatingsError
from apple_music_ratings.models import Item, RatingValue
from apple_music_ratings.plans import Action, Outcome, OutcomeStatus, Plan, Step

from .run_lock import RunLock

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["Journal", "Run", "RunState"]

# Tells our files from those of other programs: https://www.sqlite.org/fileformat.html
_APPLICATION_ID = int.from_bytes(b"AMRj")
_VERSION = 1
_MAGIC = b"SQLite format 3\0"
_SCHEMA = (
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        service TEXT NOT NULL,
        started_at REAL NOT NULL,
        stopped_by TEXT
    )""",
    """CREATE TABLE steps (
        run INTEGER NOT NULL REFERENCES runs (id),
        position INTEGER NOT NULL,
        type TEXT NOT NULL,
        id TEXT NOT NULL,
        action TEXT NOT NULL,
        before INTEGER,
        state TEXT NOT NULL,
        error TEXT,
        is_retryable INTEGER NOT NULL DEFAULT 0,
        changed_at REAL NOT NULL,
        PRIMARY KEY (run, position)
    ) WITHOUT ROWID""",
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {_VERSION}",
)
_PLANNED, _SENDING = "planned", "sending"
_UNFINISHED = "(state IN ('planned', 'sending') OR (state = 'failed' AND is_retryable))"
_RUNS = f"""
    SELECT name, service, started_at, stopped_by, COUNT(position),
        TOTAL(state IN ('done', 'unchanged')), TOTAL(state = 'failed'), TOTAL({_UNFINISHED})
    FROM runs LEFT JOIN steps ON steps.run = runs.id GROUP BY runs.id ORDER BY runs.id DESC
"""  # noqa: S608  # our own words
_ACTIONS = {RatingValue.LIKE: Action.LIKE, RatingValue.DISLIKE: Action.DISLIKE, None: Action.REMOVE}


class RunState(StrEnum):
    """How far a run has come. `resume` goes on with what is not finished."""

    FINISHED = "finished"
    UNFINISHED = "unfinished"
    STOPPED = "stopped"


@frozen
class Run:
    """One run, as the journal knows it.

    Args:
        run: Its name, which begins with the time of its start.
        state: Finished; unfinished, since it was interrupted, is still going on, or has failures
            that may pass; or stopped, by a refused token for instance.
        total: Distinct items in its plan.
        done: Items that stand as planned, those that needed no write included.
        failed: Items that failed.
        started_at: When it was started.
        service: The address of the service that it writes to.
    """

    run: str
    state: RunState
    total: int
    done: int
    failed: int
    started_at: datetime
    service: str


class _StoredStep(NamedTuple):
    """One step, as the journal holds it."""

    step: Step
    state: str
    error: str | None
    is_retryable: bool


class Journal:
    """A file in which bulk calls keep what they do. Close it, or use it in a `with` block.

    The file is made, for its owner alone, when the first run begins. It holds items, ratings, times
    and error messages.

    Args:
        path: The file. Folders that are missing are made with it.
        timeout: Seconds to wait for another process that is writing to the same file.

    Raises:
        JournalError: The file is no journal, is damaged, comes from a newer version, or cannot be
            read and written. It is left as it is.

    Example:
        >>> with Journal("ratings.journal") as journal:  # doctest: +SKIP
        ...     result = client.set_ratings(songs, RatingValue.LIKE, journal=journal)
        ...     client.apply(journal.undo_plan(result.run), journal=journal)
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = 10.0) -> None:
        self._path = Path(path)
        self._timeout = timeout
        self._guard = RLock()
        self._database: sqlite3.Connection | None = None
        self._is_closed = False
        with self._wrap_sqlite_errors():
            if self._path.exists():
                self._database = self._open()

    def runs(self) -> list[Run]:
        """List every run, the newest first.

        Raises:
            JournalError: The file cannot be read.
        """
        return [_run(row) for row in self._select(_RUNS)]

    def run(self, run: str | None = None) -> Run:
        """Look up a run.

        Args:
            run: Its name; `None` for the newest that is not finished.

        Raises:
            JournalError: There is no such run.
        """
        found = self.runs()
        for one in found:
            if one.run == run or (run is None and one.state is not RunState.FINISHED):
                return one
        if run is None:
            raise JournalError(f"{self._path}: no run is unfinished; there is nothing to resume.")
        known = f" The newest is {found[0].run}." if found else " It has no runs yet."
        raise JournalError(f"{self._path}: there is no run {run!r}.{known}")

    def plan(self, run: str) -> Plan:
        """Give what a run was to do, with what stood before it.

        Raises:
            JournalError: There is no such run.
        """
        return Plan(kept.step for kept in self._steps(run))

    def undo_plan(self, run: str) -> Plan:
        """Plan the way back from a run to what stood before it. Nothing is sent.

        Every item that the run may have written is in it, those with an unknown outcome too, unless
        the write left the rating as it was. It is applied like any plan.

        Raises:
            JournalError: There is no such run.
        """
        return Plan(
            Step(kept.step.item, _ACTIONS[kept.step.before], kept.step.after)
            for kept in self._steps(run)
            if (kept.state in {_SENDING, OutcomeStatus.DONE} or kept.is_retryable)
            and kept.step.before != kept.step.after
        )

    def begin(self, plan: Plan, *, service: str, at: float) -> Recording:
        """Write a plan down as a new run. For the clients, which call this before they send.

        Args:
            plan: What is to be done; repeated steps are written once.
            service: The address of the service.
            at: Unix time in seconds.

        Raises:
            JournalError: The file cannot be written.
        """
        steps = list(dict.fromkeys(plan))
        with self._guard, self._wrap_sqlite_errors():
            self._check_open()
            self._connection()
        stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d-%H%M%S")
        name = f"{stamp}-{secrets.token_hex(3)}"
        lock = self._locked(name)
        try:
            with self._writing(is_durable=True) as database:
                number = database.execute(
                    "INSERT INTO runs (name, service, started_at) VALUES (?, ?, ?)",
                    (name, service, at),
                ).lastrowid
                database.executemany(
                    "INSERT INTO steps (run, position, type, id, action, before, state, changed_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (_row(number, position, step, at) for position, step in enumerate(steps)),
                )
        except BaseException:
            lock.release()
            raise
        return Recording(self, lock, name, Plan(steps), {})

    def reopen(self, run: str | None, *, service: str) -> Recording:
        """Take up a run that is not finished. For the clients.

        Args:
            run: Its name; `None` for the newest that is not finished.
            service: The address of the service, which must be that of the run.

        Raises:
            JournalError: There is no such run, it belongs to another service, or another process is
                carrying it out.
        """
        found = self.run(run)
        if found.service != service:
            raise JournalError(
                f"Run {found.run} writes to {found.service}, and this client to {service}. Resume "
                "it with a client for that service, or name another run."
            )
        lock = self._locked(found.run)
        try:
            steps = self._steps(found.run)
            with self._writing() as database:
                database.execute("UPDATE runs SET stopped_by = NULL WHERE name = ?", (found.run,))
        except BaseException:
            lock.release()
            raise
        ended = {
            kept.step.item: make_outcome(
                kept.step,
                OutcomeStatus(kept.state),
                None if kept.error is None else RatingsError(kept.error),
            )
            for kept in steps
            if kept.state not in {_PLANNED, _SENDING} and not kept.is_retryable
        }
        return Recording(self, lock, found.run, Plan(kept.step for kept in steps), ended)

    def close(self) -> None:
        """Close the file."""
        with self._guard:
            self._is_closed = True
            if self._database is not None:
                self._database.close()
                self._database = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._path)!r})"

    def _locked(self, run: str) -> RunLock:
        lock = RunLock(self._path.with_name(f"{self._path.name}.{run}.lock"))
        with self._wrap_sqlite_errors():
            is_ours = lock.acquire()
        if not is_ours:
            raise JournalError(
                f"{self._path}: run {run} is being carried out by another process. Wait until it "
                "has ended."
            )
        return lock

    def _steps(self, run: str) -> list[_StoredStep]:
        self.run(run)
        rows = self._select(
            "SELECT type, steps.id, action, before, state, error, is_retryable FROM steps"
            " JOIN runs ON runs.id = steps.run WHERE name = ? ORDER BY position",
            run,
        )
        with self._wrap_sqlite_errors():
            return [_kept(*row) for row in rows]

    def _select(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        with self._guard, self._wrap_sqlite_errors():
            self._check_open()
            if self._database is None:
                return []
            return self._database.execute(query, arguments).fetchall()

    def _check_open(self) -> None:
        if self._is_closed:
            raise JournalError(f"{self._path}: this journal is closed.")

    @contextmanager
    def _writing(self, *, is_durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Open a transaction. A durable one also outlives a loss of power."""
        with self._guard, self._wrap_sqlite_errors():
            self._check_open()
            database = self._connection()
            database.execute(f"PRAGMA synchronous = {'FULL' if is_durable else 'NORMAL'}")
            try:
                # Within, since Ctrl-C may come when it has begun.
                database.execute("BEGIN IMMEDIATE")
                yield database
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise

    def _connection(self) -> sqlite3.Connection:
        """Give the open file, made at the first write."""
        if self._database is None:
            self._create()
            self._database = self._open()
        return self._database

    def _create(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Where another process was faster, its file is checked like any other.
        with suppress(FileExistsError):
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    def _open(self) -> sqlite3.Connection:
        _check_file(self._path)
        database = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=self._timeout,
            isolation_level=None,
            # A guard of ours keeps threads apart.
            check_same_thread=False,
        )
        try:
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _prepare(self, database: sqlite3.Connection) -> None:
        if not _has_tables(database):
            database.execute("BEGIN IMMEDIATE")
            # Another process may have been faster.
            for statement in () if _has_tables(database) else _SCHEMA:
                database.execute(statement)
            database.execute("COMMIT")
        [(verdict,)] = database.execute("PRAGMA quick_check(1)").fetchall()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        # Commits then need no fsync to outlive the process, and readers do not wait. Where it
        # cannot be done, since a file system cannot or another process is about it, all works on.
        with suppress(sqlite3.OperationalError):
            database.execute("PRAGMA journal_mode = WAL")

    @contextmanager
    def _wrap_sqlite_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:
            raise JournalError(f"{self._path}: {self._words(error)}") from error

    def _words(self, error: Exception) -> str:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return (
                f"another process has been writing to this journal for {self._timeout:g} s. Wait "
                "until it has ended, or use another file."
            )
        if isinstance(error, sqlite3.OperationalError | OSError):
            return f"the journal cannot be used: {error}."
        return (
            f"this journal is damaged: {error}. It is left as it is; use another file, or restore "
            "it from a copy."
        )


class Recording:
    """The journal's side of one run that is being carried out. Made by `Journal`."""

    def __init__(
        self, journal: Journal, lock: RunLock, run: str, plan: Plan, ended: dict[Item, Outcome]
    ) -> None:
        self.run = run
        self.plan = plan
        self.ended = ended
        self._journal = journal
        self._lock = lock
        self._positions = {step.item: position for position, step in enumerate(plan)}

    def record(self, *, sending: Iterable[Item], ended: Iterable[Outcome], at: float) -> None:
        """Write down, at once, which items are about to be sent and how others ended.

        Args:
            sending: About to be sent.
            ended: How others ended.
            at: Unix time in seconds.

        Raises:
            JournalError: The file cannot be written.
        """
        rows = [self._change(outcome.item, outcome, at) for outcome in ended]
        rows += [self._change(item, None, at) for item in sending]
        if rows:
            with self._journal._writing() as database:  # noqa: SLF001  # the other half of it
                database.executemany(
                    "UPDATE steps SET state = ?, error = ?, is_retryable = ?, changed_at = ?"
                    " WHERE position = ? AND run = (SELECT id FROM runs WHERE name = ?)",
                    rows,
                )

    def stop(self, error: RatingsError) -> None:
        """Write down what stopped the run."""
        with self._journal._writing() as database:  # noqa: SLF001  # as above
            database.execute(
                "UPDATE runs SET stopped_by = ? WHERE name = ?", (str(error), self.run)
            )

    def close(self) -> None:
        """Let other processes take up the run."""
        self._lock.release()

    def _change(self, item: Item, outcome: Outcome | None, at: float) -> tuple[object, ...]:
        where = (self._positions[item], self.run)
        if outcome is None:
            return (_SENDING, None, False, at, *where)
        if outcome.status is OutcomeStatus.NOT_SENT:
            # About to be sent, and then there was no leave to.
            return (_PLANNED, None, False, at, *where)
        error = None if outcome.error is None else str(outcome.error)
        return (outcome.status.value, error, outcome.is_retryable, at, *where)


def _kept(
    type: str,
    id: str,
    action: str,
    before: int | None,
    state: str,
    error: str | None,
    is_retryable: int,
) -> _StoredStep:
    value = None if before is None else RatingValue(before)
    # What was sent once was checked, or let through on purpose, then.
    step = Step(Item(type, id, strict=False), Action(action), value)
    return _StoredStep(step, state, error, bool(is_retryable))


def _run(row: tuple[Any, ...]) -> Run:
    name, service, started_at, stopped_by, total, done, failed, left = row
    state = RunState.FINISHED
    if left:
        state = RunState.UNFINISHED if stopped_by is None else RunState.STOPPED
    return Run(
        run=str(name),
        state=state,
        total=int(total),
        done=int(done),
        failed=int(failed),
        started_at=datetime.fromtimestamp(started_at, UTC),
        service=str(service),
    )


def _row(run: int | None, position: int, step: Step, at: float) -> tuple[object, ...]:
    is_left = step.action is Action.LEAVE
    state = OutcomeStatus.UNCHANGED.value if is_left else _PLANNED
    item = step.item
    return (run, position, item.type.value, item.id, step.action.value, step.before, state, at)


def _has_tables(database: sqlite3.Connection) -> bool:
    """Tell a journal from a file that is still empty, as after a kill while it was being made."""
    [(number,)] = database.execute("PRAGMA application_id").fetchall()
    return bool(number == _APPLICATION_ID)


def _check_file(path: Path) -> None:
    """Refuse a file that is no journal of ours, from its first bytes, without opening it as one.

    Raises:
        JournalError: It is a folder, read-only, foreign, or from a newer version.
    """
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise JournalError(f"{path} is a folder or a device, not a journal. Name a file.")
    if not facts.st_mode & 0o222 or not os.access(path, os.R_OK | os.W_OK):
        raise JournalError(f"{path} is read-only. Make it writable, or use another file.")
    with path.open("rb") as file:
        head = file.read(100)
    if not head:
        return
    number = int.from_bytes(head[68:72])
    if not head.startswith(_MAGIC) or number != _APPLICATION_ID:
        raise JournalError(f"{path} is no journal of ours; it is left as it is. Use another file.")
    version = int.from_bytes(head[60:64])
    if version > _VERSION:
        raise JournalError(
            f"{path} was written by a newer version of this program. Upgrade, or use another file."
        )
