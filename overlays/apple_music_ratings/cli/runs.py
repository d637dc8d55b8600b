"""`runs`, `resume` and `undo`: past runs, how to finish one, and how to undo one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from apple_music_ratings import Action
from apple_music_ratings.files import RatingRow, format_rating

from .command import command
from .completion import complete_runs
from .confirmation import confirms, execute_options
from .exit_codes import ExitCode
from .options import (
    all_option,
    journal_option,
    json_option,
    same_account_option,
    shortened,
    verify_option,
)
from .output import print_hint, print_json, print_message, print_records
from .plans import execute_plan
from .progress import bar, waiting
from .reports import show_plan, show_result, step_document

if TYPE_CHECKING:
    from apple_music_ratings import UndoPlan
    from apple_music_ratings.journal import Journal, Run

    from .session import Session

# How many items of a run are named.
_FIRST = 3


@command(
    "apple-music-ratings runs",
    "apple-music-ratings runs --json",
    "apple-music-ratings runs --forget RUN",
)
@click.option(
    "--forget",
    metavar="RUN",
    shell_complete=complete_runs,
    help="Delete this run: it can no longer be undone.",
)
@journal_option
@json_option
@click.pass_obj
def runs(session: Session, forget: str | None, as_json: bool) -> None:  # noqa: FBT001  # click's
    """List past runs, newest first, and what each changed."""
    with session.open_journal() as journal:
        if forget is not None:
            journal.forget(forget)
        found = journal.runs()
        if as_json:
            print_json([_document(run, _changes(journal, run)) for run in found])
        elif found:
            print_records(
                session.environ,
                ("RUN", "STATE", "DONE", "FAILED", "STARTED", "WHAT"),
                [_cells(run, _changes(journal, run)) for run in found],
                optional=("FAILED", "STARTED"),
            )
        else:
            path = session.journal_path()
            print_message(
                f"No runs yet. `like`, `dislike`, `delete` and `apply` record theirs in {path}."
            )


def _changes(journal: Journal, run: Run) -> str:
    """Return what a run changes: how many of each action, and the first items by name."""
    plan, names = journal.plan(run.name), journal.names_of(run.name)
    counts = [
        f"{count:,} to {action.value}"
        for action, count in plan.counts().items()
        if count and action is not Action.LEAVE
    ]
    items = [names.get(step.item, str(step.item)) for step in plan.writes[:_FIRST]]
    more = len(plan.writes) - len(items)
    items += [f"{more:,} more"] if more else []
    return f"{', '.join(counts)} ({'; '.join(items)})" if items else "no changes"


def _document(run: Run, changes: str) -> dict[str, str | int]:
    return {
        "run": run.name,
        "state": run.state.value,
        "total": run.total,
        "done": run.done,
        "failed": run.failed,
        "started_at": run.started_at.isoformat(),
        "service": run.service,
        "command": run.note,
        "changes": changes,
    }


def _cells(run: Run, changes: str) -> tuple[str, ...]:
    started_at = run.started_at.astimezone()
    return (
        run.name,
        run.state,
        f"{run.done:,} of {run.total:,}",
        f"{run.failed:,}",
        f"{started_at:%Y-%m-%d %H:%M}",
        f"{run.note}: {changes}" if run.note else changes,
    )


@command(
    "apple-music-ratings resume",
    "apple-music-ratings resume RUN --json",
)
@click.argument("run", required=False, shell_complete=complete_runs)
@verify_option
@journal_option
@same_account_option
@json_option
@click.pass_obj
def resume(session: Session, run: str | None, verify: bool, as_json: bool) -> int:  # noqa: FBT001
    """Continue a run that was interrupted or stopped: RUN, or the newest unfinished one.

    Confirmed changes are not sent again.
    """
    client = session.client()
    session.is_resumable = True
    with session.open_journal() as journal:
        found = journal.run(run)
        left = found.total - found.done
        with bar(session.environ, "Resuming", total=left, skipped=found.done) as show:
            result = client.resume(journal, found.name, verify=verify, on_progress=show)
    session.is_resumable = False
    return show_result(session, result, as_json=as_json, is_verified=verify)


@command(
    "apple-music-ratings undo",
    "apple-music-ratings undo RUN --execute",
)
@click.argument("run", required=False, shell_complete=complete_runs)
@execute_options
@click.option("--force", is_flag=True, help="Also restore items that were changed after the run.")
@verify_option
@journal_option
@same_account_option
@all_option
@json_option
@click.pass_obj
def undo(
    session: Session,
    run: str | None,
    execute: bool,  # noqa: FBT001
    force: bool,  # noqa: FBT001
    verify: bool,  # noqa: FBT001
    show_all: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Undo a run: RUN, or the newest. Shows the changes, and asks on a terminal.

    Without a terminal, add --execute to make the changes. Items that were changed after the run are
    listed and left as they are, unless --force is given; the exit code is then 3. An undo is a run
    too, so it can be resumed and undone. `runs` lists all runs.
    """
    session.if_interrupted = "Nothing was sent."
    client = session.client()
    with session.open_journal() as journal:
        found = journal.run(run) if run else _newest(journal)
        _check_service(session, found)
        if not run:
            print_message(f"The newest run is {found.name}{found.note and f' ({found.note})'}.")
        with waiting(session.environ, "Checking the current ratings"):
            undo = client.plan_undo(journal, found.name, force=force)
        names = journal.names_of(found.name)
    _print_changed(session, undo, found.name)
    rows = {
        step.item: RatingRow(item=step.item, rating=step.after, name=names.get(step.item))
        for step in (*undo.plan, *undo.changed)
    }
    head = {"changed": [step_document(step, rows[step.item]) for step in undo.changed]}
    if not execute:
        show_plan(session, undo.plan, as_json=as_json, show_all=show_all, rows=rows, head=head)
        if not undo.plan.writes:
            return ExitCode.SUCCESS
        if not confirms(f"Undo {len(undo.plan.writes):,} changes?", as_json=as_json):
            options = ["--force"] if force else []
            again = session.command("undo", found.name, "--execute", *options)
            print_hint("Nothing was sent. To make these changes:", again)
            return ExitCode.SUCCESS
    note = f"undo {found.name}"
    code = execute_plan(session, undo.plan, note, names, verify=verify, as_json=as_json, head=head)
    is_partial = code is ExitCode.SUCCESS and undo.changed
    return ExitCode.PARTIAL_FAILURE if is_partial else code


def _print_changed(session: Session, undo: UndoPlan, run: str) -> None:
    """List the items that were changed after the run, and how to restore them too."""
    if undo.changed:
        lines = [f"{step.item}: now {format_rating(step.before)}" for step in undo.changed]
        print_message(
            f"{shortened(lines)}\n{len(undo.changed):,} items were changed after the run and are "
            "left as they are. To restore them too:",
            command=session.command("undo", run, "--force"),
        )


def _newest(journal: Journal) -> Run:
    found = journal.runs()
    if not found:
        raise click.UsageError("There are no runs to undo.")
    return found[0]


def _check_service(session: Session, run: Run) -> None:
    """Raise if a run changed another service, such as the mock."""
    here = session.service
    if run.service.rstrip("/") != here.rstrip("/"):
        raise click.ClickException(
            f"Run {run.name} changed {run.service}, and this would change {here}. Set "
            "APPLE_MUSIC_BASE_URL to undo it there."
        )
