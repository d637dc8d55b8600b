"""Decide what to send next while a plan is carried out, and how each item ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from attrs import evolve, frozen

from apple_music_ratings.errors import LimiterError, RatingsError
from apple_music_ratings.models import Item
from apple_music_ratings.plans import (
    Action,
    BulkResult,
    Outcome,
    OutcomeStatus,
    Plan,
    Progress,
    Step,
)
from apple_music_ratings.retries import RetryPolicy

from .failures import MAX_CONSECUTIVE_FAILURES, OnFailure, is_retryable, judge
from .reading import requested_delay


@frozen
class WriteRequest:
    """One write on its way.

    Args:
        step: What to write.
        requeues: How often it went back to the end already.
        delay: Seconds to wait before sending.
    """

    step: Step
    requeues: int = 0
    delay: float = 0.0


class WriteQueue:
    """The carrying out of a plan, as far as it has come.

    Args:
        plan: What to do.
        policy: How patient each call is.
        ended: Items that came to their end in an earlier life of the run. They are not sent.
    """

    def __init__(
        self, plan: Plan, *, policy: RetryPolicy, ended: Mapping[Item, Outcome] | None = None
    ) -> None:
        self.stopped_by: RatingsError | None = None
        self._plan = plan
        self._policy = policy
        self._ended: dict[Item, Outcome] = dict(ended or {})
        self._ended |= {
            step.item: make_outcome(step, OutcomeStatus.UNCHANGED)
            for step in plan
            if step.action is Action.LEAVE
        }
        self._total = len({step.item for step in plan})
        self._failed = sum(map(_is_failure, self._ended.values()))
        self._waiting = deque(
            WriteRequest(step) for step in plan.writes if step.item not in self._ended
        )
        # How items that are on their way again ended the last time.
        self._requeued: dict[Item, Outcome] = {}
        self._faults_in_a_row = 0

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        return Progress(len(self._ended), self._total, self._failed)

    def is_finished(self, item: Item) -> bool:
        """Tell whether an item has come to its end; it may be on its way again otherwise."""
        return item in self._ended

    def take(self) -> WriteRequest | None:
        """Give the next write; `None` when there is none at the moment."""
        return self._waiting.popleft() if self._waiting and self.stopped_by is None else None

    def succeeded(self, send: WriteRequest) -> Outcome:
        """Take note that the service confirmed a write."""
        self._faults_in_a_row = 0
        return self._end(make_outcome(send.step, OutcomeStatus.DONE))

    def failed(self, send: WriteRequest, error: RatingsError) -> Outcome:
        """Decide what becomes of a write that failed.

        Returns:
            How it stands with the item now. It may be on its way again all the same.
        """
        if isinstance(error, LimiterError) and error.attempts == 0:
            # It was never on its way this time; a later run takes it up as if it had been left.
            self.stopped_by = self.stopped_by or error
            return self._outcome(send.step)
        outcome = make_outcome(send.step, OutcomeStatus.FAILED, error)
        verdict = judge(error, policy=self._policy, requeues=send.requeues)
        self._faults_in_a_row = self._faults_in_a_row + 1 if outcome.is_retryable else 0
        if verdict is OnFailure.STOP or self._faults_in_a_row >= MAX_CONSECUTIVE_FAILURES:
            self.stopped_by = self.stopped_by or error
        if verdict is OnFailure.REQUEUE and self.stopped_by is None:
            again = evolve(send, requeues=send.requeues + 1, delay=requested_delay(error))
            self._waiting.append(again)
            self._requeued[send.step.item] = outcome
            return outcome
        return self._end(outcome)

    def mark_unverified(self, item: Item, error: RatingsError) -> Outcome:
        """Take back that an item is done, since reading it says otherwise."""
        outcome = make_outcome(self._ended[item].step, OutcomeStatus.FAILED, error)
        return self._end(outcome)

    def result(self, run: str | None = None) -> BulkResult:
        """Give an outcome for each step, in the order of the plan."""
        return BulkResult(tuple(map(self._outcome, self._plan)), run, self.stopped_by)

    def _outcome(self, step: Step) -> Outcome:
        outcome = self._ended.get(step.item) or self._requeued.get(step.item)
        return outcome or make_outcome(step, OutcomeStatus.NOT_SENT)

    def _end(self, outcome: Outcome) -> Outcome:
        self._requeued.pop(outcome.item, None)
        self._failed += _is_failure(outcome)
        self._ended[outcome.item] = outcome
        return outcome


def make_outcome(step: Step, status: OutcomeStatus, error: RatingsError | None = None) -> Outcome:
    """Say how a step ended."""
    return Outcome(
        step.item,
        step.action,
        status,
        error,
        step.before,
        status is OutcomeStatus.NOT_SENT or (error is not None and is_retryable(error)),
    )


def _is_failure(outcome: Outcome) -> bool:
    return outcome.status is OutcomeStatus.FAILED
