"""What each run did, step by step, in an SQLite file; resume and undo read it.

Every step is recorded with the rating before it when the run begins, then again before it is sent
and once its outcome is known. Safe against crashes at any point. Never stores tokens.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from apple_music_ratings.errors import JournalError, OtherAccountError
from apple_music_ratings.models import Item
from apple_music_ratings.plans import Plan

from .account import Fingerprint, is_same_account
from .database import Database
from .run_lock import in_progress_error, lock_of
from .steps import UNFINISHED, StoredStep, select_steps

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["Journal", "Run", "RunState"]

_RUNS = f"""
    SELECT name, service, note, started_at, stopped_by, COUNT(position),
        TOTAL(state IN ('done', 'unchanged')), TOTAL(state = 'failed'), TOTAL({UNFINISHED})
    FROM runs LEFT JOIN steps ON steps.run = runs.id GROUP BY runs.id ORDER BY runs.id DESC
"""  # noqa: S608  # our own constant


class RunState(StrEnum):
    """How far a run has come. `resume` continues a run that is not finished."""

    FINISHED = "finished"
    UNFINISHED = "unfinished"
    STOPPED = "stopped"


@frozen
class Run:
    """One run in the journal.

    Args:
        name: Its name, which begins with the time of its start.
        state: Finished; unfinished, because it was interrupted, is still in progress, or has
            retryable failures; or stopped, by a rejected token for instance.
        total: Distinct items in its plan.
        done: Items whose rating is as planned, including those that needed no write.
        failed: Items that failed.
        started_at: When it was started.
        service: The base URL of the service that it writes to.
        note: What it is for; empty unless its journal had a note.
    """

    name: str
    state: RunState
    total: int
    done: int
    failed: int
    started_at: datetime
    service: str
    note: str = ""


class Journal:
    """A file in which bulk calls record what they do. Close it, or use it in a `with` block.

    The file is created when the first run begins, readable by its owner only. It holds items and
    their names, ratings, times, notes and error messages.

    Args:
        path: The file. Missing folders are created with it.
        timeout: Seconds to wait for another process that is writing to the same file.
        same_account: Whether clients whose Music User Token differs from that of an earlier run are
            of the same account, as after a renewal. Otherwise they are rejected.
        note: What the runs that begin with it are for, such as a command. Recorded with each.
        names: What items are called, recorded with the steps of these runs.

    Raises:
        JournalError: The file is not a journal, is corrupt, comes from a newer version, or cannot
            be read and written. It is not changed.

    Example:
        >>> with Journal("ratings.journal") as journal:  # doctest: +SKIP
        ...     result = client.set_ratings(songs, RatingValue.LIKE, journal=journal)
        ...     client.apply(journal.undo_plan(result.run), journal=journal)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        timeout: float = 10.0,
        same_account: bool = False,
        note: str = "",
        names: Mapping[Item, str] | None = None,
    ) -> None:
        self._database = Database(Path(path), timeout=timeout)
        self._same_account = same_account
        self.note: str = note
        self.names: Mapping[Item, str] = names or {}

    def runs(self) -> list[Run]:
        """Return every run, the newest first.

        Raises:
            JournalError: The file cannot be read.
        """
        return [_run(row) for row in self._database.select(_RUNS)]

    def run(self, run: str | None = None) -> Run:
        """Return a run.

        Args:
            run: Its name; `None` for the newest that is not finished.

        Raises:
            JournalError: The run does not exist.
        """
        path, found = self._database.path, self.runs()
        for one in found:
            if one.name == run or (run is None and one.state is not RunState.FINISHED):
                return one
        if run is None:
            raise JournalError(f"{path}: every run is finished; there is nothing to resume.")
        newest = f" The newest is {found[0].name}." if found else " It has no runs yet."
        raise JournalError(f"{path}: run {run!r} does not exist.{newest}")

    def plan(self, run: str) -> Plan:
        """Return the plan of a run, with the rating before each step.

        Raises:
            JournalError: The run does not exist.
        """
        return Plan(stored.step for stored in self._steps(run))

    def names_of(self, run: str) -> dict[Item, str]:
        """Return what the items of a run are called, as far as it was recorded.

        Raises:
            JournalError: The run does not exist.
        """
        return {stored.step.item: stored.name for stored in self._steps(run) if stored.name}

    def undo_plan(self, run: str) -> Plan:
        """Plan the changes back to the ratings before a run. Nothing is read or sent.

        It has a step for every item that the run may have written, those with an unknown outcome
        included, unless the write did not change the rating. If the run ended with a crash, steps
        that were not sent are included too: after a loss of power the file may be older than the
        last writes. Apply it like any plan.

        `plan_undo` of a client also checks whose run it is, and which items were changed since.

        Raises:
            JournalError: The run does not exist, or is in progress.
        """
        has_crashed = self._has_crashed(run)
        undone = (stored.undo(has_crashed=has_crashed) for stored in self._steps(run))
        return Plan(step for step in undone if step is not None)

    def _undo_plan_for(self, run: str, *, service: str, fingerprint: Fingerprint) -> Plan:
        """Plan an undo for a client, which must be of the service and the token of the run."""
        self._check_service(run, service)
        self._check_account(run, fingerprint)
        return self.undo_plan(run)

    def forget(self, run: str) -> None:
        """Delete a run from the journal. It can no longer be resumed or undone.

        Raises:
            JournalError: The run does not exist, or is in progress.
        """
        self._has_crashed(run)
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM steps WHERE run = (SELECT id FROM runs WHERE name = ?)", (run,)
            )
            connection.execute("DELETE FROM runs WHERE name = ?", (run,))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

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
        return f"{type(self).__name__}({str(self._database.path)!r})"

    def _has_crashed(self, run: str) -> bool:
        """Return whether a run ended without closing its recording.

        Raises:
            JournalError: The run does not exist, or is in progress.
        """
        self.run(run)
        rows = self._database.select("SELECT is_in_progress FROM runs WHERE name = ?", run)
        if not rows[0][0]:
            return False
        path = self._database.path
        lock = lock_of(path, run)
        try:
            with self._database.errors():
                is_acquired = lock.acquire()
        finally:
            lock.release()
        if not is_acquired:
            raise in_progress_error(path, run)
        return True

    def _check_service(self, run: str, service: str) -> None:
        """Check that a run is of a service.

        Raises:
            JournalError: It is not.
        """
        found = self.run(run)
        if found.service != service:
            raise JournalError(
                f"Run {found.name} writes to {found.service}, and this client to {service}. Use a "
                "client for that service, or name another run."
            )

    def _check_account(self, run: str, fingerprint: Fingerprint) -> None:
        """Check that a run is of the same token.

        Raises:
            OtherAccountError: It is not.
        """
        query = "SELECT name, account FROM runs WHERE name = ?"
        self._check_rows(self._database.select(query, run), fingerprint)

    def _check_newest_account(self, service: str, fingerprint: Fingerprint) -> None:
        """Check that the newest run for a service, if any, is of the same token.

        Raises:
            OtherAccountError: It is not.
        """
        query = "SELECT name, account FROM runs WHERE service = ? ORDER BY id DESC LIMIT 1"
        self._check_rows(self._database.select(query, service), fingerprint)

    def _check_rows(self, rows: list[tuple[Any, ...]], fingerprint: Fingerprint) -> None:
        for name, account in () if self._same_account else rows:
            if not is_same_account(account, fingerprint):
                raise OtherAccountError(
                    f"{self._database.path}: run {name} is of another Music User Token.",
                    advice="For another account, use another journal. If the token was renewed for "
                    "the same account, open the journal with Journal(path, same_account=True).",
                )

    def _steps(self, run: str) -> list[StoredStep]:
        self.run(run)
        return select_steps(self._database, run)


def _run(row: tuple[Any, ...]) -> Run:
    name, service, note, started_at, stopped_by, total, done, failed, unfinished = row
    state = RunState.FINISHED
    if unfinished:
        state = RunState.UNFINISHED if stopped_by is None else RunState.STOPPED
    return Run(
        name=str(name),
        state=state,
        total=int(total),
        done=int(done),
        failed=int(failed),
        started_at=datetime.fromtimestamp(started_at, UTC),
        service=str(service),
        note=str(note),
    )
