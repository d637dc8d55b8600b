"""`runs`, `resume` and `undo`: what was done before, how to finish it, how to take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from apple_music_ratings.files import format_rating

from .command import command
from .exit_codes import ExitCode
from .options import (
    all_option,
    journal_option,
    json_option,
    same_account_option,
    shortened,
    verify_option,
)
from .output import print_json, print_message, print_table
from .plans import execute_plan
from .progress import bar, waiting
from .reports import show_plan, show_result

if TYPE_CHECKING:
    from apple_music_ratings import UndoPlan
    from apple_music_ratings.journal import Run

    from .session import Session


@command(
    "apple-music-ratings runs",
    "apple-music-ratings runs --json",
    "apple-music-ratings runs --forget RUN",
)
@click.option("--forget", metavar="RUN", help="Delete this run: it can no longer be undone.")
@journal_option
@json_option
@click.pass_obj
def runs(session: Session, forget: str | None, as_json: bool) -> None:  # noqa: FBT001  # click's
    """List past runs, newest first."""
    with session.open_journal() as journal:
        if forget is not None:
            journal.forget(forget)
        found = journal.runs()
    if as_json:
        print_json([_document(run) for run in found])
    elif found:
        print_table(
            session.environ, ("RUN", "STATE", "DONE", "FAILED", "STARTED"), map(_cells, found)
        )
    else:
        place = session.journal_path()
        print_message(
            f"No runs yet. `like`, `dislike`, `delete` and `apply` keep theirs in {place}."
        )


def _document(run: Run) -> dict[str, str | int]:
    return {
        "run": run.name,
        "state": run.state.value,
        "total": run.total,
        "done": run.done,
        "failed": run.failed,
        "started_at": run.started_at.isoformat(),
        "service": run.service,
    }


def _cells(run: Run) -> tuple[str, ...]:
    started_at = run.started_at.astimezone()
    return (
        run.name,
        run.state,
        f"{run.done:,} of {run.total:,}",
        f"{run.failed:,}",
        f"{started_at:%Y-%m-%d %H:%M:%S}",
    )


@command(
    "apple-music-ratings resume",
    "apple-music-ratings resume RUN --json",
)
@click.argument("run", required=False)
@verify_option
@journal_option
@same_account_option
@json_option
@click.pass_obj
def resume(session: Session, run: str | None, verify: bool, as_json: bool) -> int:  # noqa: FBT001
    """Finish a run that was interrupted or stopped: RUN, or the newest unfinished one.

    Nothing that was confirmed is sent again.
    """
    client = session.client()
    session.is_resumable = True
    with session.open_journal() as journal, bar(session.environ, "Resuming") as show:
        result = client.resume(journal, run, verify=verify, on_progress=show)
    session.is_resumable = False
    return show_result(session, result, as_json=as_json)


@command(
    "apple-music-ratings undo RUN",
    "apple-music-ratings undo RUN --execute",
)
@click.argument("run")
@click.option("--execute", is_flag=True, help="Do it. Without this the plan is only shown.")
@click.option("--force", is_flag=True, help="Also restore items that were changed after the run.")
@verify_option
@journal_option
@same_account_option
@all_option
@json_option
@click.pass_obj
def undo(
    session: Session,
    run: str,
    execute: bool,  # noqa: FBT001
    force: bool,  # noqa: FBT001
    verify: bool,  # noqa: FBT001
    show_all: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Undo a run. Shows the changes; add --execute to make them.

    Items that were changed after the run are listed and left as they are, unless --force is given;
    the exit code of --execute is then 3. An undo is a run of its own, which can be resumed and
    undone. `runs` lists the runs.
    """
    client = session.client()
    with session.open_journal() as journal:
        _check_service(session, journal.run(run))
        with waiting(session.environ, "Checking the current ratings"):
            undo = client.plan_undo(journal, run, force=force)
    _print_changed(session, undo, run)
    if execute:
        code = execute_plan(session, undo.plan, verify=verify, as_json=as_json)
        is_partial = code is ExitCode.SUCCESS and undo.changed
        return ExitCode.PARTIAL_FAILURE if is_partial else code
    show_plan(session, undo.plan, as_json=as_json, show_all=show_all)
    if undo.plan.writes:
        options = ["--force"] if force else []
        print_message(
            "Nothing was sent. To do it:",
            command=session.command("undo", run, "--execute", *options),
        )
    return ExitCode.SUCCESS


def _print_changed(session: Session, undo: UndoPlan, run: str) -> None:
    """List the items that were changed after the run, and how to restore them too."""
    if undo.changed:
        lines = [f"{step.item}: now {format_rating(step.before)}" for step in undo.changed]
        print_message(
            f"{shortened(lines)}\n{len(undo.changed):,} items were changed after the run and are "
            "left as they are. To restore them too:",
            command=session.command("undo", run, "--force"),
        )


def _check_service(session: Session, run: Run) -> None:
    """Keep what was done to one service, such as the mock, from being undone on another."""
    here = session.service()
    if run.service.rstrip("/") != here.rstrip("/"):
        raise click.ClickException(
            f"Run {run.name} wrote to {run.service}, and this would write to {here}. Set "
            "APPLE_MUSIC_BASE_URL to undo it there."
        )
