"""Records the ratings that a probe will change, and restores them afterward.

A journal of its own holds the run that records them and writes for the first time, and below it the
attempts to restore them; once one has succeeded, they are forgotten. A first run without a last one
that succeeded is a probe that was killed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from apple_music_ratings.client import RatingsClient
from apple_music_ratings.errors import JournalError
from apple_music_ratings.journal import Journal, RunState
from apple_music_ratings.journal.private_files import make_private_folders
from apple_music_ratings.journal.run_lock import lock_of
from apple_music_ratings.models import Item, RatingValue
from apple_music_ratings.plans import ACTION_FOR, Plan, Step, make_plan

__all__ = ["is_restored", "open_probe_journal", "preserve_ratings", "record", "restore_ratings"]


@contextmanager
def open_probe_journal(path: Path, *, same_account: bool = False) -> Iterator[Journal]:
    """Open the journal of the probes, which one process may use at a time.

    Args:
        path: The file.
        same_account: As for `Journal`.

    Raises:
        JournalError: Another probe uses it, or it cannot be used.
    """
    lock = lock_of(path, "probe")
    try:
        make_private_folders(path.parent)
        is_free = lock.acquire()
    except OSError as error:
        raise JournalError(f"{path}: the journal cannot be used: {error}.") from error
    if not is_free:
        raise JournalError(f"{path}: another probe is in progress. Wait until it has ended.")
    try:
        with Journal(path, same_account=same_account) as journal:
            yield journal
    finally:
        lock.release()


def is_restored(journal: Journal) -> bool:
    """Return whether the last probe in the journal has restored the ratings it changed.

    A user who undoes its first run has restored them too.
    """
    runs = journal.runs()
    return not runs or (len(runs) > 1 and runs[0].state is RunState.FINISHED and not runs[0].failed)


def restore_ratings(client: RatingsClient, journal: Journal) -> Plan:
    """Restore the ratings from before the last probe, also one that was killed.

    Args:
        client: Sends the writes, with its retries.
        journal: The journal of the probe.

    Returns:
        What was restored; empty if there was nothing to do.

    Raises:
        BulkError: Some ratings could not be restored. Call it again.
        RatingsError: Nothing could be read or written. Call it again.
    """
    if is_restored(journal):
        return Plan(())
    first = journal.runs()[-1]
    before = {step.item: step.before for step in journal.plan(first.name)}
    current = client.get_ratings(before)
    # Written in any case: a read may lag behind what the probe wrote last.
    plan = Plan(Step(item, ACTION_FOR[value], current[item]) for item, value in before.items())
    client.apply(plan, journal=journal, verify=True).raise_for_failures()
    _forget_all(journal)
    return plan


def _forget_all(journal: Journal) -> None:
    # The first run last: a process that is killed in between restores once more.
    for run in journal.runs():
        journal.forget(run.name)


@contextmanager
def preserve_ratings(
    client: RatingsClient, journal: Journal, items: Sequence[Item]
) -> Iterator[None]:
    """Record the ratings of items, and restore them when the block ends, however it ends.

    Raises:
        RatingsError: The ratings could not be read, recorded or restored.
    """
    try:
        record(client, journal, items)
        yield
    finally:
        restore_ratings(client, journal)


def record(client: RatingsClient, journal: Journal, items: Sequence[Item]) -> None:
    """Record the ratings of items in the journal, with a first write to each.

    Raises:
        RatingsError: The ratings could not be read, recorded or changed.
    """
    _forget_all(journal)
    before = client.get_ratings(items)
    desired = {item: _other(before[item]) for item in items}
    plan = make_plan(desired=desired, current=before)
    client.apply(plan, journal=journal).raise_for_failures()


def _other(value: RatingValue | None) -> RatingValue:
    return RatingValue.DISLIKE if value is RatingValue.LIKE else RatingValue.LIKE
