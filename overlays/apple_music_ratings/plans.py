"""Plans and their results: what to change, how each item ended, and the whole result.

Pure: nothing here sends. The clients apply plans.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from attrs import Attribute, field, frozen

from .errors import BulkError, InvalidItemError, RatingsError
from .models import Item, RatingValue, as_rating_value, validate_item

__all__ = [
    "Action",
    "BulkResult",
    "Outcome",
    "OutcomeStatus",
    "Plan",
    "Progress",
    "Step",
    "UndoPlan",
    "make_plan",
]


class Action(StrEnum):
    """What a plan does with an item."""

    LIKE = "like"
    DISLIKE = "dislike"
    DELETE = "delete"
    LEAVE = "leave"


_RATING_AFTER: dict[Action, RatingValue | None] = {
    Action.LIKE: RatingValue.LIKE,
    Action.DISLIKE: RatingValue.DISLIKE,
    Action.DELETE: None,
}
ACTION_FOR = {rating: action for action, rating in _RATING_AFTER.items()}


@frozen
class Step:
    """What a plan does with one item.

    Args:
        item: The item.
        action: Like, dislike, delete its rating, or leave it unchanged.
        before: The rating when the plan was made; `None` for no rating, or if it was not read.
    """

    item: Item
    action: Action = field(converter=Action)
    before: RatingValue | None = None

    @property
    def after(self) -> RatingValue | None:
        """The rating once the step is done."""
        return self.before if self.action is Action.LEAVE else _RATING_AFTER[self.action]


def _as_tuple(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(steps)


def _validate_steps(plan: Plan, attribute: Attribute[Any], steps: tuple[Step, ...]) -> None:  # noqa: ARG001  # attrs's signature
    by_item: dict[Item, Step] = {}
    for step in steps:
        other = by_item.setdefault(step.item, step)
        if other != step:
            raise InvalidItemError(
                f"The plan has two conflicting steps for {step.item}: {other.action} and "
                f"{step.action} (with {format_rating(other.before)} and "
                f"{format_rating(step.before)} before). Keep one of them."
            )


@frozen
class Plan:
    """What to do with many items, in order.

    A step may be repeated; it is then sent once, and each repetition has the same outcome.

    Args:
        steps: One step per item.

    Raises:
        InvalidItemError: Two steps for the same item differ.
    """

    steps: tuple[Step, ...] = field(converter=_as_tuple, validator=_validate_steps)

    @property
    def writes(self) -> tuple[Step, ...]:
        """The distinct steps that need a write."""
        return tuple(dict.fromkeys(step for step in self.steps if step.action is not Action.LEAVE))

    def counts(self) -> dict[Action, int]:
        """Count the steps of each action; every action has a number."""
        found = Counter(step.action for step in self.steps)
        return {action: found[action] for action in Action}

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)


@frozen
class UndoPlan:
    """How to undo a run: what to apply, and what was changed since.

    Args:
        plan: The changes back to the ratings before the run; apply it like any plan. Each step has
            the current rating as its `before`.
        changed: The steps of items whose rating is neither the one that the run set nor the one
            before the run. They are not in the plan unless they are forced.
    """

    plan: Plan
    changed: tuple[Step, ...] = ()


def make_plan(
    *, desired: Mapping[Item, RatingValue | None], current: Mapping[Item, RatingValue | None]
) -> Plan:
    """Plan the changes from the current ratings to the desired ones. Nothing is read or sent.

    Args:
        desired: The rating each item should have; `None` for no rating. Other items are not part
            of the plan.
        current: The current ratings, as `get_ratings` returns them. A missing item counts as
            unrated.

    Returns:
        One step for each desired item, in that order. An item that already has the desired rating
        is left unchanged and needs no write.

    Raises:
        InvalidItemError: A key is not an `Item`.
        InvalidRatingError: A value is neither a rating nor `None`.

    Example:
        >>> song = Item("songs", "907242702")
        >>> make_plan(desired={song: RatingValue.LIKE}, current={song: None}).steps[0].action
        <Action.LIKE: 'like'>
    """
    steps = []
    for key, wanted in desired.items():
        item = validate_item(key)
        value = None if wanted is None else as_rating_value(wanted)
        before = current.get(item)
        action = Action.LEAVE if value == before else ACTION_FOR[value]
        steps.append(Step(item, action, before))
    return Plan(steps)


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
        item: The item.
        action: The planned action.
        status: Done; unchanged, because no write was needed; failed; or not sent, because the run
            stopped first.
        error: Why it failed; `None` unless it did.
        before: The rating before, if it was read.
        is_retryable: Whether the same write may succeed later: the service was throttling or
            failing, a token can be renewed, or the write was not sent.
    """

    item: Item
    action: Action
    status: OutcomeStatus
    error: RatingsError | None = None
    before: RatingValue | None = None
    is_retryable: bool = False

    @property
    def step(self) -> Step:
        """The step of the plan."""
        return Step(self.item, self.action, self.before)


@frozen
class BulkResult:
    """The result of a bulk call: an outcome for each item, in the order given.

    Args:
        outcomes: The outcomes.
        run: The name of the run in the journal; `None` without a journal.
        stopped_by: What stopped the run early, such as a rejected token; `None` when every step was
            tried.
    """

    outcomes: tuple[Outcome, ...]
    run: str | None = None
    stopped_by: RatingsError | None = None

    @property
    def done(self) -> tuple[Outcome, ...]:
        """The items that were written."""
        return self._with(OutcomeStatus.DONE)

    @property
    def unchanged(self) -> tuple[Outcome, ...]:
        """The items that needed no write."""
        return self._with(OutcomeStatus.UNCHANGED)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The items that failed, each with its error."""
        return self._with(OutcomeStatus.FAILED)

    @property
    def not_sent(self) -> tuple[Outcome, ...]:
        """The items that were not sent because the run stopped."""
        return self._with(OutcomeStatus.NOT_SENT)

    @property
    def retryable(self) -> Plan:
        """The plan of what may succeed when it is applied again later."""
        return Plan(
            tuple(dict.fromkeys(outcome.step for outcome in self.outcomes if outcome.is_retryable))
        )

    def raise_for_failures(self) -> None:
        """Raise an error unless every item is done or unchanged.

        Raises:
            BulkError: An item failed or was not sent. Its `result` is this one.
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
    """How far a bulk call has come, passed to `on_progress`.

    Args:
        finished: Distinct items that have ended.
        total: Distinct items in all.
        failed: How many of the finished ones failed.
    """

    finished: int
    total: int
    failed: int


def format_rating(value: RatingValue | None) -> str:
    """Format a rating for a message."""
    return "no rating" if value is None else f"a {value.name.lower()}"
