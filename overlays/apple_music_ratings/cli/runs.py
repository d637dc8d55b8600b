"""`runs`, `resume` and `undo`: what was done before, how to finish it, how to take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .command import command
from .exit_codes import ExitCode
from .options import all_option, journal_option, json_option, verify_option
from .output import print_json, print_message, print_table
from .plans import execute_plan
from .progress import bar
from .reports import show_plan, show_result

if TYPE_CHECKING:
    from apple_music_ratings.journal import Run

    from .session import Session


@command(
    "apple-music-ratings runs",
    "apple-music-ratings runs --json",
)
@journal_option
@json_option
@click.pass_obj
def runs(session: Session, as_json: bool) -> None:  # noqa: FBT001  # click's
    """List what was done before, newest first."""
    with session.open_journal() as journal:
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
@verify_option
@journal_option
@all_option
@json_option
@click.pass_obj
def undo(
    session: Session,
    run: str,
    execute: bool,  # noqa: FBT001
    verify: bool,  # noqa: FBT001
    show_all: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Take a run back: plan the way to the ratings that stood before it, and show that.

    Changes nothing until --execute is given. The way back is a run of its own, which can be resumed
    and undone. `runs` lists what there is.
    """
    with session.open_journal() as journal:
        _check_service(session, journal.run(run))
        changes = journal.undo_plan(run)
    if execute:
        return execute_plan(session, changes, verify=verify, as_json=as_json)
    show_plan(session, changes, as_json=as_json, show_all=show_all)
    if changes.writes:
        print_message(
            "Nothing was sent. To do it:", command=session.command("undo", run, "--execute")
        )
    return ExitCode.SUCCESS


def _check_service(session: Session, run: Run) -> None:
    """Keep what was done to one service, such as the mock, from being undone on another."""
    here = session.service()
    if run.service.rstrip("/") != here.rstrip("/"):
        raise click.ClickException(
            f"Run {run.name} wrote to {run.service}, and this would write to {here}. Set "
            "APPLE_MUSIC_BASE_URL to undo it there."
        )
