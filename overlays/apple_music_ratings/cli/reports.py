"""Shows plans and results, and turns a result into an exit code."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from apple_music_ratings import (
    Action,
    BulkResult,
    Item,
    Outcome,
    OutcomeStatus,
    Plan,
    RatingsError,
    Step,
)
from apple_music_ratings.files import RatingRow, format_rating

from .exit_codes import ExitCode
from .explanations import explain
from .output import (
    discard_output,
    is_terminal,
    print_hint,
    print_long_json,
    print_message,
    print_table,
)
from .session import Session

# On a terminal, the first few changes and the sums are enough; a program reads them all.
_FIRST = 20
# Observed in one live test; Apple says that other apps cannot remove a favorite.
_STARS_STAY = "A favorite keeps its star when its rating is deleted; only the apps can remove it."


def show_plan(
    session: Session,
    plan: Plan,
    *,
    as_json: bool,
    show_all: bool = False,
    rows: Mapping[Item, RatingRow] | None = None,
    head: Mapping[str, Any] | None = None,
) -> None:
    """Print the changes of a plan, and their counts.

    Args:
        session: The session.
        plan: The plan.
        as_json: Print one JSON document instead of a table.
        show_all: Show every change on a terminal too.
        rows: The names of items.
        head: Members of the document besides the counts and the steps.
    """
    rows = rows or {}
    writes = plan.writes
    if as_json:
        counts = {action.value: count for action, count in plan.counts().items()}
        steps = (step_document(step, rows.get(step.item)) for step in writes)
        print_long_json({"counts": counts, **(head or {})}, "steps", steps)
    elif writes:
        is_cut = is_terminal(sys.stdout) and not show_all and len(writes) > _FIRST
        print_table(
            session.environ,
            ("CHANGE", "ITEM", "NOW", "NAME"),
            (_cells(step, rows.get(step.item)) for step in (writes[:_FIRST] if is_cut else writes)),
        )
        if is_cut:
            print_message(f"... and {len(writes) - _FIRST:,} more; --all shows them.")
    print_message(_sum_of(plan))
    if plan.counts().get(Action.DELETE):
        print_message(_STARS_STAY)


def _sum_of(plan: Plan) -> str:
    counts = plan.counts()
    parts = [
        f"{count:,} to {action.value}"
        for action in (Action.LIKE, Action.DISLIKE, Action.DELETE)
        if (count := counts.get(action, 0))
    ]
    same = counts.get(Action.LEAVE, 0)
    parts += [f"{same:,} already match"] if same else []
    return f"Plan: {', '.join(parts)}." if parts else "Plan: nothing to do."


def step_document(step: Step, row: RatingRow | None = None) -> dict[str, Any]:
    """Return the JSON document of a step; a name and an artist are those of a file's row."""
    return {
        "type": step.item.type.value,
        "id": step.item.id,
        "action": step.action.value,
        "before": format_rating(step.before),
        "after": format_rating(step.after),
        "name": row and row.name,
        "artist": row and row.artist,
    }


def _cells(step: Step, row: RatingRow | None) -> tuple[str, ...]:
    return (step.action.value, str(step.item), format_rating(step.before), title_of(row))


def title_of(row: RatingRow | None) -> str:
    """Return what an item is called, artist first; empty if unknown."""
    return " - ".join(text for text in (row.artist, row.name) if text) if row else ""


def show_result(
    session: Session,
    result: BulkResult,
    *,
    as_json: bool,
    is_verified: bool = False,
    head: Mapping[str, Any] | None = None,
) -> ExitCode:
    """Print the outcome of each item and the next step, and return the exit code.

    A terminal shows the items that need attention, a pipe also what was done, and JSON everything.

    Args:
        session: The session.
        result: The result.
        as_json: Print one JSON document instead of a table.
        is_verified: Whether what was done was read back.
        head: Members of the document besides the run, the counts and the outcomes.
    """
    try:
        _show_outcomes(session, result, as_json=as_json, head=head)
    except OSError as error:
        # What was sent is reported all the same.
        _print_summary(session, result, is_verified=is_verified)
        if error.errno != errno.EBADF:
            raise
        discard_output()  # closed by the caller
        return exit_code_of(result)
    _print_summary(session, result, is_verified=is_verified)
    return exit_code_of(result)


def _show_outcomes(
    session: Session, result: BulkResult, *, as_json: bool, head: Mapping[str, Any] | None
) -> None:
    if as_json:
        counts = {status.value: len(of) for status, of in _groups(result).items()}
        document = {"run": result.run, "counts": counts, **(head or {})}
        print_long_json(document, "outcomes", map(_outcome, result.outcomes))
    elif is_terminal(sys.stdout):
        troubled = [*result.failed, *result.not_sent]
        # A throttle or a dead token leaves thousands unsent for one reason.
        shown = list(islice(troubled, _FIRST))
        if shown:
            _print_outcomes(session, shown)
        if more := len(troubled) - len(shown):
            print_message(f"... and {more:,} more; --json shows them.")
    else:
        _print_outcomes(
            session,
            (one for one in result.outcomes if one.status is not OutcomeStatus.UNCHANGED),
        )


def _print_outcomes(session: Session, outcomes: Iterable[Outcome]) -> None:
    print_table(
        session.environ,
        ("ACTION", "ITEM", "OUTCOME", "REASON"),
        (
            (
                outcome.action.value,
                str(outcome.item),
                outcome.status.value,
                "" if outcome.error is None else explain(outcome.error, session),
            )
            for outcome in outcomes
        ),
    )


def _groups(result: BulkResult) -> dict[OutcomeStatus, tuple[Outcome, ...]]:
    return {
        OutcomeStatus.DONE: result.done,
        OutcomeStatus.UNCHANGED: result.unchanged,
        OutcomeStatus.FAILED: result.failed,
        OutcomeStatus.NOT_SENT: result.not_sent,
    }


def _print_summary(session: Session, result: BulkResult, *, is_verified: bool) -> None:
    parts = [
        f"{len(outcomes):,} {status.value.replace('-', ' ')}"
        + (" and read back" if is_verified and status is OutcomeStatus.DONE else "")
        for status, outcomes in _groups(result).items()
        if outcomes
    ]
    print_message(f"{', '.join(parts)}." if parts else "Nothing to do.")
    if any(outcome.action is Action.DELETE for outcome in result.done):
        print_message(_STARS_STAY)
    if result.stopped_by is not None:
        print_message(f"The run stopped: {explain(result.stopped_by, session)}")
    if result.run and len(result.retryable):
        print_hint("To retry the rest:", session.command("resume", result.run))
    if result.run and result.done:
        print_hint(
            "To preview an undo (add --execute to apply it):", session.command("undo", result.run)
        )


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "type": outcome.item.type.value,
        "id": outcome.item.id,
        "action": outcome.action.value,
        "status": outcome.status.value,
        "error": None if outcome.error is None else str(outcome.error),
    }


def exit_code_of(result: BulkResult) -> ExitCode:
    """Return the exit code of a result."""
    if not result.failed and not result.not_sent:
        return ExitCode.SUCCESS
    return ExitCode.PARTIAL_FAILURE if result.done or result.unchanged else ExitCode.FAILURE


def report_unread(errors: Sequence[RatingsError]) -> ExitCode:
    """Print what could not be read of the responses, and return the exit code."""
    for error in errors[:_FIRST]:
        print_message(str(error))
    if len(errors) > _FIRST:
        print_message(f"... and {len(errors) - _FIRST:,} more errors.")
    return ExitCode.PARTIAL_FAILURE if errors else ExitCode.SUCCESS
