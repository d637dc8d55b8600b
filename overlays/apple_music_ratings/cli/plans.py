"""`plan` and `apply`: a file of ratings, what it would change, and the change itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from apple_music_ratings import FileError, RowError, make_plan
from apple_music_ratings.files import RatingsFile, read_ratings
from apple_music_ratings.relocation import ResolvedFile, resolve_items

from .command import command
from .exit_codes import ExitCode
from .options import (
    all_option,
    format_option,
    journal_option,
    json_option,
    shortened,
    verify_option,
)
from .output import print_json, print_message
from .progress import bar, waiting
from .reports import show_plan, show_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apple_music_ratings import Plan

    from .session import Session

_file_argument = click.argument("file")
_skip_option = click.option(
    "--skip-invalid",
    is_flag=True,
    help="Go on without the rows that cannot be used; they are listed.",
)


@command(
    "apple-music-ratings plan ratings.csv",
    "apple-music-ratings plan ratings.csv --json",
    "apple-music-ratings plan - --format jsonl < ratings.jsonl",
)
@_file_argument
@format_option
@_skip_option
@all_option
@json_option
@click.pass_obj
def plan(
    session: Session,
    file: str,
    format: str | None,
    skip_invalid: bool,  # noqa: FBT001
    show_all: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Show what FILE would change, without changing anything.

    FILE is CSV, JSON or JSON Lines, by its suffix or --format; - is standard input. It needs the
    columns type, id and rating; a link may stand in place of type and id. A rating is like, dislike
    or none, where none removes it; an empty one leaves the item alone.
    """
    ready = _prepare(session, file, format, skip_invalid=skip_invalid, as_json=as_json)
    if ready is None:
        return ExitCode.FAILURE
    changes, resolved, _ = ready
    _show(session, changes, resolved, as_json=as_json, show_all=show_all)
    if changes.writes:
        print_message("Nothing was sent. To do it:", command=_execution(session, file))
    return ExitCode.SUCCESS


@command(
    "apple-music-ratings apply ratings.csv",
    "apple-music-ratings apply ratings.csv --execute",
    "apple-music-ratings apply ratings.csv --execute --verify --json",
)
@_file_argument
@click.option("--execute", is_flag=True, help="Do it. Without this the plan is only shown.")
@format_option
@_skip_option
@verify_option
@journal_option
@all_option
@json_option
@click.pass_obj
def apply(
    session: Session,
    file: str,
    execute: bool,  # noqa: FBT001
    format: str | None,
    skip_invalid: bool,  # noqa: FBT001
    verify: bool,  # noqa: FBT001
    show_all: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Rate as FILE says. Shows the plan, and changes nothing until --execute is given.

    Only what differs is written. A library item whose library id has changed is found again by its
    catalog id. What was done is kept in a journal, so that `resume` can finish it and `undo` can
    take it back. While a row cannot be used nothing is sent; with --skip-invalid the exit code is 3
    if rows were left out.
    """
    ready = _prepare(session, file, format, skip_invalid=skip_invalid, as_json=as_json)
    if ready is None:
        return ExitCode.FAILURE
    changes, resolved, left_out = ready
    if not execute:
        _show(session, changes, resolved, as_json=as_json, show_all=show_all)
        if changes.writes:
            print_message(
                "A dry run; nothing was sent. To do it:", command=_execution(session, file)
            )
        return ExitCode.SUCCESS
    code = execute_plan(session, changes, verify=verify, as_json=as_json)
    return ExitCode.PARTIAL_FAILURE if code is ExitCode.SUCCESS and left_out else code


def _execution(session: Session, file: str) -> str:
    return session.command("apply", file, "--execute")


def execute_plan(session: Session, changes: Plan, *, verify: bool, as_json: bool) -> ExitCode:
    """Do what a plan says, keep it in the journal, and show what became of it."""
    client = session.client()
    session.is_resumable = True
    with session.open_journal() as journal, bar(session.environ, "Applying") as show:
        result = client.apply(changes, verify=verify, journal=journal, on_progress=show)
    session.is_resumable = False
    return show_result(session, result, as_json=as_json)


def _prepare(
    session: Session, file: str, format: str | None, *, skip_invalid: bool, as_json: bool
) -> tuple[Plan, ResolvedFile, int] | None:
    """Read the file and what stands now; `None` when rows are in the way, which were told."""
    read = _read(file, format, as_json=as_json)
    if _has_errors(read.errors, skip_invalid=skip_invalid, as_json=as_json):
        return None
    with waiting(session.environ, f"Reading what stands now, for {len(read.rows):,} items"):
        resolved = resolve_items(session.client(), read)
    if _has_errors(resolved.errors, skip_invalid=skip_invalid, as_json=as_json):
        return None
    changes = make_plan(desired=resolved.desired, current=resolved.current)
    _tell(read, resolved)
    return changes, resolved, len(read.errors) + len(resolved.errors)


def _read(file: str, format: str | None, *, as_json: bool) -> RatingsFile:
    try:
        return read_ratings(file, format=format)
    except FileError as error:
        _print_row_errors(error.errors)
        if as_json:
            print_json({"error": str(error), "errors": _documents(error.errors)})
        raise


def _has_errors(errors: Sequence[RowError], *, skip_invalid: bool, as_json: bool) -> bool:
    if not errors:
        return False
    _print_row_errors(errors)
    rows = len({error.line for error in errors})
    what = "1 row" if rows == 1 else f"{rows:,} rows"
    if skip_invalid:
        print_message(f"{what} left out.")
        return False
    if as_json:
        print_json({"errors": _documents(errors)})
    print_message(
        f"{what} cannot be used, so nothing was sent. Mend the file, or leave them out with "
        "--skip-invalid."
    )
    return True


def _print_row_errors(errors: Sequence[RowError]) -> None:
    if errors:
        print_message(shortened(errors))


def _documents(errors: Sequence[RowError]) -> list[dict[str, str | int | None]]:
    return [
        {"file": p.file, "line": p.line, "column": p.column, "reason": p.reason} for p in errors
    ]


def _tell(read: RatingsFile, resolved: ResolvedFile) -> None:
    if read.blank_rows:
        print_message(f"{read.blank_rows:,} rows without a rating: their items are left alone.")
    if read.duplicates:
        print_message(f"{read.duplicates:,} rows repeat an earlier one.")
    if resolved.relocated:
        print_message(
            f"{len(resolved.relocated):,} items are no longer under their library id; their "
            "catalog id found them."
        )


def _show(
    session: Session, changes: Plan, resolved: ResolvedFile, *, as_json: bool, show_all: bool
) -> None:
    rows = {row.item: row for row in resolved.rows}
    show_plan(session, changes, as_json=as_json, show_all=show_all, rows=rows)
