"""The steps of a run as the journal stores them, and what their states mean."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import frozen

from apple_music_ratings.models import Item, RatingValue
from apple_music_ratings.plans import ACTION_FOR, Action, Step

if TYPE_CHECKING:
    from .database import Database


class StepState(StrEnum):
    """How far one step has come."""

    PLANNED = "planned"
    SENDING = "sending"
    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@frozen(kw_only=True)
class StoredStep:
    """One step of a run.

    Args:
        step: What was planned.
        state: How far it has come.
        name: What the item is called, if that was recorded.
        error: Why it failed; `None` unless it did.
        is_retryable: Whether a failed step is sent again by `resume`.
        may_be_written: Whether an attempt that failed may have had an effect all the same: its
            response was lost, or the process ended before it arrived.
    """

    step: Step
    state: StepState
    name: str | None = None
    error: str | None = None
    is_retryable: bool = False
    may_be_written: bool = False

    @property
    def is_unfinished(self) -> bool:
        """Whether `resume` sends it."""
        return self.state in {StepState.PLANNED, StepState.SENDING} or self.is_retryable

    def undo(self, *, has_crashed: bool) -> Step | None:
        """Return the step back; `None` if there is nothing to undo.

        Args:
            has_crashed: Whether the run ended without closing its recording. After a loss of power
                the file may then be older than the last writes, so planned steps count too.
        """
        step, state = self.step, self.state
        may_be_written = (
            self.may_be_written
            or self.is_retryable
            or state in {StepState.SENDING, StepState.DONE}
            or (has_crashed and state is StepState.PLANNED)
        )
        if not may_be_written or step.before == step.after:
            return None
        return Step(step.item, ACTION_FOR[step.before], step.after)


# In SQL, what `is_unfinished` is for one step.
UNFINISHED = "(state IN ('planned', 'sending') OR (state = 'failed' AND is_retryable))"


def select_steps(database: Database, run: str) -> list[StoredStep]:
    """Return the steps of a run in the order of its plan."""
    rows = database.select(
        "SELECT type, steps.id, item_name, action, before, state, error, is_retryable,"
        " may_be_written FROM steps JOIN runs ON runs.id = steps.run WHERE name = ?"
        " ORDER BY position",
        run,
    )
    with database.errors():
        return [_stored_step(*row) for row in rows]


def _stored_step(
    type: str,
    id: str,
    name: str | None,
    action: str,
    before: int | None,
    state: str,
    error: str | None,
    is_retryable: int,
    may_be_written: int,
) -> StoredStep:
    rating = None if before is None else RatingValue(before)
    return StoredStep(
        # The id was validated, or accepted on purpose, when the run began.
        step=Step(Item(type, id, strict=False), Action(action), rating),
        state=StepState(state),
        name=name,
        error=error,
        is_retryable=bool(is_retryable),
        may_be_written=bool(may_be_written),
    )
