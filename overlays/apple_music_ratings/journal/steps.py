"""The steps of a run as the journal stores them, and what their states mean."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import frozen

from apple_music_ratings.models import Item, RatingValue
from apple_music_ratings.plans import Action, Step

if TYPE_CHECKING:
    from .database import Database


class StepState(StrEnum):
    """How far one step has come."""

    PLANNED = "planned"
    SENDING = "sending"
    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@frozen
class StoredStep:
    """One step of a run.

    Args:
        step: What was planned.
        state: How far it has come.
        error: Why it failed; `None` unless it did.
        is_retryable: Whether a failed step is sent again by `resume`.
    """

    step: Step
    state: StepState
    error: str | None = None
    is_retryable: bool = False

    @property
    def is_unfinished(self) -> bool:
        """Whether `resume` sends it."""
        return self.state in {StepState.PLANNED, StepState.SENDING} or self.is_retryable

    @property
    def may_be_written(self) -> bool:
        """Whether the service may have the write."""
        return self.state in {StepState.SENDING, StepState.DONE} or self.is_retryable


# In SQL, what `is_unfinished` is for one step.
UNFINISHED = "(state IN ('planned', 'sending') OR (state = 'failed' AND is_retryable))"


def select_steps(database: Database, run: str) -> list[StoredStep]:
    """Return the steps of a run in the order of its plan."""
    rows = database.select(
        "SELECT type, steps.id, action, before, state, error, is_retryable FROM steps"
        " JOIN runs ON runs.id = steps.run WHERE name = ? ORDER BY position",
        run,
    )
    with database.errors():
        return [_stored_step(*row) for row in rows]


def _stored_step(
    type: str,
    id: str,
    action: str,
    before: int | None,
    state: str,
    error: str | None,
    is_retryable: int,
) -> StoredStep:
    rating = None if before is None else RatingValue(before)
    # The id was validated, or accepted on purpose, when the run began.
    step = Step(Item(type, id, strict=False), Action(action), rating)
    return StoredStep(step, StepState(state), error, bool(is_retryable))
