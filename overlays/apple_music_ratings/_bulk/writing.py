"""Decide what to send next while a plan is applied, and how each item ended."""

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

from .failures import MAX_CONSECUTIVE_FAILURES, OnFailure, classify, is_retryable
from .reading import requested_delay


@frozen
class WriteRequest:
    """One write.

    Args:
        step: What to write.
        requeues: How often it returned to the end of the queue already.
        delay: Seconds to wait before sending.
    """

    step: Step
    requeues: int = 0
    delay: float = 0.0


class WriteQueue:
    """The state of a plan that is being applied.

    Args:
        plan: What to do.
        policy: The limits of each call.
        ended: Items that ended before the run was resumed. They are not sent.
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
        # The last outcome of items that are in the queue again.
        self._requeued: dict[Item, Outcome] = {}
        self._consecutive_failures = 0

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        return Progress(len(self._ended), self._total, self._failed)

    def is_finished(self, item: Item) -> bool:
        """Return whether an item has ended, and is not in the queue again."""
        return item in self._ended

    def take(self) -> WriteRequest | None:
        """Return the next write; `None` when none is left for now."""
        return self._waiting.popleft() if self._waiting and self.stopped_by is None else None

    def succeeded(self, request: WriteRequest) -> Outcome:
        """Record that the service confirmed a write."""
        self._consecutive_failures = 0
        return self._end(make_outcome(request.step, OutcomeStatus.DONE))

    def failed(self, request: WriteRequest, error: RatingsError) -> Outcome:
        """Decide what to do after a write failed.

        Returns:
            The outcome so far. The item may be in the queue again.
        """
        if isinstance(error, LimiterError) and error.attempts == 0:
            # It was not sent this time; a resumed run sends it as if it had not been taken.
            self.stopped_by = self.stopped_by or error
            return self._outcome(request.step)
        outcome = make_outcome(request.step, OutcomeStatus.FAILED, error)
        decision = classify(error, policy=self._policy, requeues=request.requeues)
        self._consecutive_failures = self._consecutive_failures + 1 if outcome.is_retryable else 0
        if decision is OnFailure.STOP or self._consecutive_failures >= MAX_CONSECUTIVE_FAILURES:
            self.stopped_by = self.stopped_by or error
        if decision is OnFailure.REQUEUE and self.stopped_by is None:
            self._waiting.append(
                evolve(request, requeues=request.requeues + 1, delay=requested_delay(error))
            )
            self._requeued[request.step.item] = outcome
            return outcome
        return self._end(outcome)

    def mark_unverified(self, item: Item, error: RatingsError) -> Outcome:
        """Record that an item is not done after all, because it reads back differently."""
        return self._end(make_outcome(self._ended[item].step, OutcomeStatus.FAILED, error))

    def result(self, run: str | None = None) -> BulkResult:
        """Return an outcome for each step, in the order of the plan."""
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
    """Return the outcome of a step."""
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
