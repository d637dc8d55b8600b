"""Record a run in progress, before and after each write."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from apple_music_ratings.errors import JournalError, RatingsError
from apple_music_ratings.models import Item
from apple_music_ratings.plans import Action, Outcome, OutcomeStatus, Plan, Step

from .database import Database
from .journal import Journal
from .run_lock import RunLock
from .steps import StepState, StoredStep, select_steps


class Recording:
    """One run in progress. Holds the lock of the run until it is closed."""

    def __init__(
        self,
        database: Database,
        lock: RunLock,
        run: str,
        plan: Plan,
        ended: Mapping[Item, Outcome],
    ) -> None:
        self.run = run
        self.plan = plan
        self.ended = ended
        self._database = database
        self._lock = lock
        self._positions = {step.item: position for position, step in enumerate(plan)}

    @classmethod
    def begin(cls, journal: Journal, plan: Plan, *, service: str, at: float) -> Recording:
        """Record a plan as a new run.

        Args:
            journal: Where to record it.
            plan: What to do; repeated steps are recorded once.
            service: The base URL of the service.
            at: Unix time in seconds.

        Raises:
            JournalError: The file cannot be written.
        """
        database = journal._database  # noqa: SLF001  # the other half of the package
        steps = list(dict.fromkeys(plan))
        database.connect()
        started_at = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d-%H%M%S")
        name = f"{started_at}-{secrets.token_hex(3)}"
        lock = _acquire_lock(database, name)
        try:
            with database.transaction(is_durable=True) as connection:
                number = connection.execute(
                    "INSERT INTO runs (name, service, started_at) VALUES (?, ?, ?)",
                    (name, service, at),
                ).lastrowid
                connection.executemany(
                    "INSERT INTO steps (run, position, type, id, action, before, state, changed_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (_row(number, position, step, at) for position, step in enumerate(steps)),
                )
            return cls(database, lock, name, Plan(steps), {})
        except BaseException:
            lock.release()
            raise

    @classmethod
    def reopen(cls, journal: Journal, run: str | None, *, service: str) -> Recording:
        """Continue a run that is not finished.

        Args:
            journal: Where it was recorded.
            run: Its name; `None` for the newest that is not finished.
            service: The base URL of the service, which must be that of the run.

        Raises:
            JournalError: The run does not exist, belongs to another service, or is in progress in
                another process.
        """
        database = journal._database  # noqa: SLF001  # as above
        found = journal.run(run)
        if found.service != service:
            raise JournalError(
                f"Run {found.name} writes to {found.service}, and this client to {service}. Resume "
                "it with a client for that service, or name another run."
            )
        lock = _acquire_lock(database, found.name)
        try:
            steps = select_steps(database, found.name)
            with database.transaction() as connection:
                connection.execute(
                    "UPDATE runs SET stopped_by = NULL WHERE name = ?", (found.name,)
                )
            plan = Plan(stored.step for stored in steps)
            return cls(database, lock, found.name, plan, _ended(steps))
        except BaseException:
            lock.release()
            raise

    def record(self, *, sending: Iterable[Item], ended: Iterable[Outcome], at: float) -> None:
        """Record, in one transaction, which items are about to be sent and how others ended.

        Args:
            sending: About to be sent.
            ended: The outcomes of others.
            at: Unix time in seconds.

        Raises:
            JournalError: The file cannot be written.
        """
        rows = [self._row(outcome.item, outcome, at) for outcome in ended]
        rows += [self._row(item, None, at) for item in sending]
        if rows:
            with self._database.transaction() as connection:
                connection.executemany(
                    "UPDATE steps SET state = ?, error = ?, is_retryable = ?, changed_at = ?"
                    " WHERE position = ? AND run = (SELECT id FROM runs WHERE name = ?)",
                    rows,
                )

    def stop(self, error: RatingsError) -> None:
        """Record what stopped the run."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE runs SET stopped_by = ? WHERE name = ?", (str(error), self.run)
            )

    def close(self) -> None:
        """Release the lock of the run."""
        self._lock.release()

    def _row(self, item: Item, outcome: Outcome | None, at: float) -> tuple[object, ...]:
        where = (self._positions[item], self.run)
        if outcome is None:
            return (StepState.SENDING.value, None, False, at, *where)
        if outcome.status is OutcomeStatus.NOT_SENT:
            # It was about to be sent, and the limiter rejected it.
            return (StepState.PLANNED.value, None, False, at, *where)
        error = None if outcome.error is None else str(outcome.error)
        return (outcome.status.value, error, outcome.is_retryable, at, *where)


def _acquire_lock(database: Database, run: str) -> RunLock:
    lock = RunLock(database.path.with_name(f"{database.path.name}.{run}.lock"))
    with database.errors():
        is_acquired = lock.acquire()
    if not is_acquired:
        raise JournalError(
            f"{database.path}: run {run} is in progress in another process. Wait until it has "
            "ended."
        )
    return lock


def _row(run: int | None, position: int, step: Step, at: float) -> tuple[object, ...]:
    item = step.item
    state = StepState.UNCHANGED if step.action is Action.LEAVE else StepState.PLANNED
    action = step.action.value
    return (run, position, item.type.value, item.id, action, step.before, state.value, at)


def _ended(steps: Iterable[StoredStep]) -> dict[Item, Outcome]:
    return {
        stored.step.item: Outcome(
            stored.step.item,
            stored.step.action,
            OutcomeStatus(stored.state.value),
            None if stored.error is None else RatingsError(stored.error),
            stored.step.before,
        )
        for stored in steps
        if not stored.is_unfinished
    }
