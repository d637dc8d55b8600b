"""Records the ratings that a probe will change, and restores them afterward.

A journal of its own holds pairs of runs: one that records the ratings and writes for the first
time, and one that restores them. A run without its pair is a probe that was killed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from apple_music_ratings.client import RatingsClient
from apple_music_ratings.journal import Journal, RunState
from apple_music_ratings.models import Item, RatingValue
from apple_music_ratings.plans import ACTION_FOR, Plan, Step, make_plan

__all__ = ["is_restored", "preserve_ratings", "record", "restore_ratings"]


def is_restored(journal: Journal) -> bool:
    """Return whether every probe in the journal has restored the ratings it changed."""
    runs = journal.runs()
    return len(runs) % 2 == 0 and all(run.state is RunState.FINISHED for run in runs[:1])


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
    runs = journal.runs()
    if is_restored(journal):
        return Plan(())
    if len(runs) % 2 == 0:
        client.resume(journal, runs[0].name).raise_for_failures()
        return journal.plan(runs[0].name)
    before = {step.item: step.before for step in journal.plan(runs[0].name)}
    current = client.get_ratings(before)
    # Written in any case: a read may lag behind what the probe wrote last.
    plan = Plan(Step(item, ACTION_FOR[value], current[item]) for item, value in before.items())
    client.apply(plan, journal=journal, verify=True).raise_for_failures()
    return plan


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
    before = client.get_ratings(items)
    desired = {item: _other(before[item]) for item in items}
    plan = make_plan(desired=desired, current=before)
    client.apply(plan, journal=journal).raise_for_failures()


def _other(value: RatingValue | None) -> RatingValue:
    return RatingValue.DISLIKE if value is RatingValue.LIKE else RatingValue.LIKE
