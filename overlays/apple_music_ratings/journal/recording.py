"""Record a run in progress, before and after each write."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from apple_music_ratings.errors import RatingsError
from apple_music_ratings.models import Item
from apple_music_ratings.plans import Action, Outcome, OutcomeStatus, Plan, Step

from .account import Fingerprint, new_account
from .database import Database
from .journal import Journal
from .run_lock import RunLock, in_progress_error, lock_of
from .steps import StepState, StoredStep, select_steps

_INSERT_RUN = (
    "INSERT INTO runs (name, service, account, note, is_in_progress, started_at)"
    " VALUES (?, ?, ?, ?, 1, ?)"
)
_INSERT_STEP = (
    "INSERT INTO steps (run, position, type, id, item_name, action, before, state, changed_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_UPDATE_STEP = (
    "UPDATE steps SET state = ?, error = ?, is_retryable = ?,"
    " may_be_written = may_be_written OR ?, changed_at = ?"
    " WHERE position = ? AND run = (SELECT id FROM runs WHERE name = ?)"
)
# A write that was in flight when the run ended may have had an effect, whatever a later attempt
# says. After a crash the states may be those before the last writes.
_MARK_UNCERTAIN = (
    "UPDATE steps SET may_be_written = 1 WHERE run = (SELECT id FROM runs WHERE name = ?) AND"
    " (state = 'sending' OR is_retryable OR (state = 'planned' AND"
    " (SELECT is_in_progress FROM runs WHERE name = ?)))"
)
_REOPEN_RUN = "UPDATE runs SET stopped_by = NULL, is_in_progress = 1, account = ? WHERE name = ?"


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
    def begin(
        cls, journal: Journal, plan: Plan, *, service: str, fingerprint: Fingerprint, at: float
    ) -> Recording:
        """Record a plan as a new run.

        Args:
            journal: Where to record it.
            plan: What to do; repeated steps are recorded once.
            service: The base URL of the service.
            fingerprint: Whose run it is.
            at: Unix time in seconds.

        Raises:
            JournalError: The file cannot be written.
            OtherAccountError: The newest run for this service is of another token.
        """
        database = journal._database  # noqa: SLF001  # the other half of the package
        steps = list(dict.fromkeys(plan))
        database.connect()
        journal._check_newest_account(service, fingerprint)  # noqa: SLF001  # as above
        started_at = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d-%H%M%S")
        name = f"{started_at}-{secrets.token_hex(3)}"
        lock = lock_of(database.path, name)
        try:
            _acquire(lock, database, name)
            with database.transaction(is_durable=True) as connection:
                number = connection.execute(
                    _INSERT_RUN,
                    (name, service, new_account(fingerprint), journal.note, at),
                ).lastrowid
                connection.executemany(
                    _INSERT_STEP,
                    (
                        _row(number, position, step, journal.names.get(step.item), at)
                        for position, step in enumerate(steps)
                    ),
                )
            database.checkpoint()
            return cls(database, lock, name, Plan(steps), {})
        except BaseException:
            lock.release()
            raise

    @classmethod
    def reopen(
        cls, journal: Journal, run: str | None, *, service: str, fingerprint: Fingerprint
    ) -> Recording:
        """Continue a run that is not finished.

        Args:
            journal: Where it was recorded.
            run: Its name; `None` for the newest that is not finished.
            service: The base URL of the service, which must be that of the run.
            fingerprint: Whose client it is, which must be that of the run.

        Raises:
            JournalError: The run does not exist, belongs to another service, or is in progress in
                another process.
            OtherAccountError: The run is of another token.
        """
        database = journal._database  # noqa: SLF001  # as above
        found = journal.run(run)
        journal._check_service(found.name, service)  # noqa: SLF001  # as above
        journal._check_account(found.name, fingerprint)  # noqa: SLF001  # as above
        lock = lock_of(database.path, found.name)
        try:
            _acquire(lock, database, found.name)
            steps = select_steps(database, found.name)
            with database.transaction(is_durable=True) as connection:
                connection.execute(_MARK_UNCERTAIN, (found.name, found.name))
                connection.execute(_REOPEN_RUN, (new_account(fingerprint), found.name))
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
                connection.executemany(_UPDATE_STEP, rows)

    def stop(self, error: RatingsError) -> None:
        """Record what stopped the run."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE runs SET stopped_by = ? WHERE name = ?", (str(error), self.run)
            )

    def close(self) -> None:
        """Record that the run is no longer in progress, and release its lock.

        Raises:
            JournalError: The file cannot be written; the lock is released all the same.
        """
        try:
            # Durable, so that every record before it is, too.
            with self._database.transaction(is_durable=True) as connection:
                connection.execute("UPDATE runs SET is_in_progress = 0 WHERE name = ?", (self.run,))
        finally:
            self.release()

    def release(self) -> None:
        """Release the lock, without a record that the run has ended."""
        self._lock.release()

    def _row(self, item: Item, outcome: Outcome | None, at: float) -> tuple[object, ...]:
        where = (self._positions[item], self.run)
        if outcome is None:
            return (StepState.SENDING.value, None, False, False, at, *where)
        if outcome.status is OutcomeStatus.NOT_SENT:
            # It was about to be sent, and the limiter rejected it.
            return (StepState.PLANNED.value, None, False, False, at, *where)
        error = None if outcome.error is None else str(outcome.error)
        # An attempt before the last one failed without a response, or with one that may hide an
        # effect.
        may_be_written = outcome.is_retryable or getattr(outcome.error, "attempts", 0) > 1
        state = outcome.status.value
        return (state, error, outcome.is_retryable, may_be_written, at, *where)


def _acquire(lock: RunLock, database: Database, run: str) -> None:
    with database.errors():
        is_acquired = lock.acquire()
    if not is_acquired:
        raise in_progress_error(database.path, run)


def _row(
    run: int | None, position: int, step: Step, name: str | None, at: float
) -> tuple[object, ...]:
    item = step.item
    state = StepState.UNCHANGED if step.action is Action.LEAVE else StepState.PLANNED
    action = step.action.value
    return (run, position, item.type.value, item.id, name, action, step.before, state.value, at)


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
