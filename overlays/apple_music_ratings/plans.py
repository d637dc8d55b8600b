"""The values of bulk work: what is planned, how each item ended, and the whole result.

Nothing here talks to the service. `plan` in `_core/planning.py` makes plans, and the clients carry
them out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from attrs import Attribute, field, frozen

from .errors import BulkError, InvalidItemError, RatingsError
from .models import Item, RatingValue

__all__ = ["Action", "BulkResult", "Outcome", "OutcomeStatus", "Plan", "Progress", "Step"]


class Action(StrEnum):
    """What a plan does with an item."""

    LIKE = "like"
    DISLIKE = "dislike"
    REMOVE = "remove"
    LEAVE = "leave"


_AFTER: dict[Action, RatingValue | None] = {
    Action.LIKE: RatingValue.LIKE,
    Action.DISLIKE: RatingValue.DISLIKE,
    Action.REMOVE: None,
}


@frozen
class Step:
    """What a plan does with one item.

    Args:
        item: What it is about.
        action: Like, dislike, remove its rating, or leave it alone.
        before: The rating when the plan was made; `None` when there was none or nobody looked.
    """

    item: Item
    action: Action = field(converter=Action)
    before: RatingValue | None = None

    @property
    def after(self) -> RatingValue | None:
        """The rating that the step leaves behind."""
        return self.before if self.action is Action.LEAVE else _AFTER[self.action]


def _steps(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(steps)


def _one_step_an_item(plan: Plan, attribute: Attribute[Any], steps: tuple[Step, ...]) -> None:  # noqa: ARG001  # attrs's signature
    chosen: dict[Item, Step] = {}
    for step in steps:
        other = chosen.setdefault(step.item, step)
        if other != step:
            raise InvalidItemError(
                f"The plan has two conflicting steps for {step.item}: {other.action} and "
                f"{step.action} (with {format_rating(other.before)} and "
                f"{format_rating(step.before)} before). Keep one of them."
            )


@frozen
class Plan:
    """What to do with many items, in order.

    A step may be repeated; it is then sent once and answered for each.

    Args:
        steps: What to do, one step for an item.

    Raises:
        InvalidItemError: Two steps want different things of one item.
    """

    steps: tuple[Step, ...] = field(converter=_steps, validator=_one_step_an_item)

    @property
    def writes(self) -> tuple[Step, ...]:
        """The steps that cost a write, each once."""
        return tuple(dict.fromkeys(step for step in self.steps if step.action is not Action.LEAVE))

    def counts(self) -> dict[Action, int]:
        """Count the steps of each action; every action has a number."""
        found = Counter(step.action for step in self.steps)
        return {action: found[action] for action in Action}

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)


class OutcomeStatus(StrEnum):
    """How one item ended."""

    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    NOT_SENT = "not-sent"


@frozen
class Outcome:
    """How one item of a bulk call ended.

    Args:
        item: What it is about.
        action: What was to be done.
        status: Done; unchanged, since nothing was to be done; failed; or not sent, since the run
            was stopped before.
        error: Why it failed; `None` unless it did.
        before: The rating before, as far as somebody looked.
        is_retryable: Whether the same write may well succeed later: a throttled or failing
            service, a token that the person can renew, or a write that was not sent.
    """

    item: Item
    action: Action
    status: OutcomeStatus
    error: RatingsError | None = None
    before: RatingValue | None = None
    is_retryable: bool = False

    @property
    def step(self) -> Step:
        """The step of the plan that ended so."""
        return Step(self.item, self.action, self.before)


@frozen
class BulkResult:
    """How a bulk call ended: an outcome for each item, in the order given.

    Args:
        outcomes: The outcomes.
        run: The name of the run in the journal; `None` without one.
        stopped_by: What stopped the run before its end, such as a refused token; `None` when
            everything was tried.
    """

    outcomes: tuple[Outcome, ...]
    run: str | None = None
    stopped_by: RatingsError | None = None

    @property
    def done(self) -> tuple[Outcome, ...]:
        """What was written."""
        return self._with(OutcomeStatus.DONE)

    @property
    def unchanged(self) -> tuple[Outcome, ...]:
        """What needed no write."""
        return self._with(OutcomeStatus.UNCHANGED)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """What failed, each with its error."""
        return self._with(OutcomeStatus.FAILED)

    @property
    def not_sent(self) -> tuple[Outcome, ...]:
        """What was left when the run was stopped."""
        return self._with(OutcomeStatus.NOT_SENT)

    @property
    def retryable(self) -> Plan:
        """What may succeed when it is applied again later."""
        return Plan(
            tuple(dict.fromkeys(outcome.step for outcome in self.outcomes if outcome.is_retryable))
        )

    def raise_for_failures(self) -> None:
        """Raise an error unless every item is done or unchanged.

        Raises:
            BulkError: Something failed or was not sent. Its `result` is this one.
        """
        failed, not_sent = self.failed, self.not_sent
        if not failed and not not_sent:
            return
        reason = next((str(outcome.error) for outcome in failed), "")
        raise BulkError(
            f"Of {len(self.outcomes)} items {len(failed)} failed and {len(not_sent)} were not sent."
            + (f" The first failure: {reason}" if reason else "")
            + (" `result.retryable` holds what may succeed later." if len(self.retryable) else ""),
            result=self,
        )

    def _with(self, status: OutcomeStatus) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.status is status)


@frozen
class Progress:
    """How far a bulk call has come, told to `on_progress`.

    Args:
        finished: Distinct items that have come to their end.
        total: Distinct items in all.
        failed: How many of the finished ones failed.
    """

    finished: int
    total: int
    failed: int


def format_rating(value: RatingValue | None) -> str:
    return "no rating" if value is None else f"a {value.name.lower()}"
