"""`plan` and `apply`: a ratings file, what it would change, and the change itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

from apple_music_ratings import Action, Plan, ResourceType, make_plan
from apple_music_ratings.files import RatingRow, RatingsFile, format_rating
from apple_music_ratings.relocation import ResolvedFile, find_differences, resolve_items

from .command import command
from .confirmation import confirms, execute_options
from .exit_codes import ExitCode
from .options import (
    all_option,
    journal_option,
    json_option,
    same_account_option,
    verify_option,
)
from .output import print_hint, print_message
from .progress import bar, read_progress
from .ratings_files import (
    FileOptions,
    count_text,
    file_options,
    has_errors,
    print_skipped,
    read_file,
    skipped_documents,
)
from .reports import exit_code_of, report_unread, show_plan, show_result, title_of

if TYPE_CHECKING:
    from apple_music_ratings import Item

    from .session import Session

_file_argument = click.argument("file", type=click.Path(allow_dash=True))
_MOST_DIFFERENCES = 20


@frozen(kw_only=True)
class _Prepared:
    """What a file would change."""

    plan: Plan
    read: RatingsFile
    resolved: ResolvedFile

    @property
    def rows(self) -> tuple[RatingRow, ...]:
        """The rows of the plan's items."""
        return (*self.resolved.unlisted, *self.resolved.rows)

    @property
    def invalid_rows(self) -> int:
        """How many errors were skipped."""
        return len(self.read.errors) + len(self.resolved.errors)


@command(
    "apple-music-ratings plan ratings.csv",
    "apple-music-ratings plan ratings.csv --json",
    "apple-music-ratings plan ids.txt --type songs --rating like",
)
@_file_argument
@file_options
@all_option
@json_option
@click.pass_obj
def plan(
    session: Session,
    file: str,
    reading: FileOptions,
    show_all: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Show what FILE would change, without changing anything.

    FILE is CSV, JSON, JSON Lines or an Excel workbook, or Apple's privacy export as a zip file, a
    folder or one file of it; - is standard input. It needs the columns type, id and rating; a link
    may take the place of type and id. A rating is like, dislike or none, where none deletes it; an
    empty one changes nothing.
    """
    ready = _prepare(session, file, reading, prune=False, as_json=as_json)
    if ready is None:
        return ExitCode.FAILURE
    _show(session, ready, as_json=as_json, show_all=show_all)
    if ready.plan.writes:
        again = _execution(session, file, reading)
        print_hint("Nothing was sent. To make these changes:", again)
    return ExitCode.SUCCESS


@command(
    "apple-music-ratings apply ratings.csv",
    "apple-music-ratings apply ratings.csv --execute",
    "apple-music-ratings apply ratings.csv --execute --verify --json",
)
@_file_argument
@execute_options
@click.option(
    "--prune",
    is_flag=True,
    help="Also delete the ratings of library items that are not in the file.",
)
@file_options
@verify_option
@journal_option
@same_account_option
@all_option
@json_option
@click.pass_obj
def apply(
    session: Session,
    file: str,
    execute: bool,  # noqa: FBT001
    prune: bool,  # noqa: FBT001
    reading: FileOptions,
    verify: bool,  # noqa: FBT001
    show_all: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Apply the ratings in a file. Shows the plan, and asks on a terminal.

    Without a terminal, add --execute to make the changes. Only differences are written. A library
    item whose library id has changed is found by its catalog id, and rows that name one item by
    both ids are joined. The run is recorded in a journal, so that `resume` can finish it and `undo`
    can undo it. If any row is invalid, nothing is sent; with --skip-invalid the exit code is 3 if
    rows were skipped. --verify reads back every row, unchanged ones too.
    """
    session.if_interrupted = "Nothing was sent."
    ready = _prepare(session, file, reading, prune=prune, as_json=as_json)
    if ready is None:
        return ExitCode.FAILURE
    if not execute:
        _show(session, ready, as_json=as_json, show_all=show_all)
        if not ready.plan.writes:
            return ExitCode.SUCCESS
        question = f"Apply {count_text(len(ready.plan.writes), 'change')}?"
        if not confirms(question, as_json=as_json or file == "-"):
            again = _execution(session, file, reading, *(["--prune"] if prune else []))
            print_hint("Nothing was sent. To make these changes:", again)
            return ExitCode.SUCCESS
    names = {row.item: name for row in ready.rows if (name := title_of(row))}
    note = f"apply {file} --prune" if prune else f"apply {file}"
    differences: list[dict[str, str]] = []

    def read_back() -> dict[str, Any]:
        differences.extend(_differences(session, ready.resolved))
        return {"differences": differences}

    code = execute_plan(
        session,
        ready.plan,
        note,
        names,
        verify=verify,
        as_json=as_json,
        read_back=read_back if verify else None,
    )
    if differences:
        return ExitCode.PARTIAL_FAILURE
    return ExitCode.PARTIAL_FAILURE if code is ExitCode.SUCCESS and ready.invalid_rows else code


def _execution(session: Session, file: str, reading: FileOptions, *more: str) -> str:
    return session.command("apply", file, "--execute", *more, *reading.arguments())


def execute_plan(
    session: Session,
    changes: Plan,
    note: str,
    names: Mapping[Item, str],
    *,
    verify: bool,
    as_json: bool,
    head: Mapping[str, Any] | None = None,
    read_back: Callable[[], Mapping[str, Any]] | None = None,
) -> ExitCode:
    """Apply a plan, record it with its command, and show the result. See `show_result`.

    After a success, `read_back` returns more members of the document.
    """
    client = session.client()
    session.is_resumable = True
    with (
        session.open_journal(note, names) as journal,
        bar(
            session.environ,
            "Applying",
            total=len(changes.writes),
            skipped=changes.counts()[Action.LEAVE],
        ) as show,
    ):
        result = client.apply(changes, verify=verify, journal=journal, on_progress=show)
    session.is_resumable = False
    if read_back is not None and exit_code_of(result) is ExitCode.SUCCESS:
        head = {**(head or {}), **read_back()}
    return show_result(session, result, as_json=as_json, is_verified=verify, head=head)


def _prepare(
    session: Session, file: str, reading: FileOptions, *, prune: bool, as_json: bool
) -> _Prepared | None:
    """Read the file and the current ratings; `None` if invalid rows, which were reported."""
    read = read_file(file, reading, as_json=as_json)
    if has_errors(read.errors, reading, as_json=as_json):
        return None
    if read.skipped and not as_json:
        print_skipped(read.skipped)
    if read.skipped and not read.rows:
        print_message("Nothing in the file can be applied.")
        return None
    with read_progress(session.environ, "Checking the current ratings") as show:
        resolved = resolve_items(
            session.client(),
            read,
            unlisted_types=_unlisted_types(read, prune=prune),
            on_progress=show,
            on_library_progress=partial(show, task="Looking for changed library ids"),
        )
    if has_errors(resolved.errors, reading, as_json=as_json):
        return None
    desired, current = resolved.desired, resolved.current
    if prune:
        desired = desired | {row.item: None for row in resolved.unlisted}
        current = current | {row.item: row.rating for row in resolved.unlisted}
    report_unread(resolved.unread)
    _report(read, resolved, prune=prune)
    return _Prepared(plan=make_plan(desired=desired, current=current), read=read, resolved=resolved)


def _unlisted_types(read: RatingsFile, *, prune: bool) -> set[ResourceType]:
    """Return the library types of a file; to prune a file without any, all of them."""
    types = {row.item.type for row in read.rows if row.item.type.is_library}
    return types or ({t for t in ResourceType if t.is_library} if prune else set())


def _report(read: RatingsFile, resolved: ResolvedFile, *, prune: bool) -> None:
    if read.blank_rows:
        print_message(f"{count_text(read.blank_rows)} without a rating: no change.")
    if read.duplicates:
        print_message(f"Ignored as duplicate or older: {count_text(read.duplicates)}.")
    if resolved.joined:
        print_message(f"{count_text(len(resolved.joined))} joined with another row of the item.")
    if resolved.relocated:
        print_message(
            f"{count_text(len(resolved.relocated), 'item')} found by catalog id, as the library id "
            "has changed."
        )
    if resolved.unlisted and not prune:
        print_message(
            f"{count_text(len(resolved.unlisted), 'rated library item')} not in the file: no "
            "change. To delete these ratings, use `apply --prune`."
        )


def _show(session: Session, ready: _Prepared, *, as_json: bool, show_all: bool) -> None:
    rows = {row.item: row for row in ready.rows}
    head = {
        "skipped": skipped_documents(ready.read.skipped),
        "unlisted": len(ready.resolved.unlisted),
    }
    show_plan(session, ready.plan, as_json=as_json, show_all=show_all, rows=rows, head=head)


def _differences(session: Session, resolved: ResolvedFile) -> list[dict[str, str]]:
    """Read back every item of the file, and report those that differ."""
    with read_progress(session.environ, "Reading back") as show:
        differences = find_differences(session.client(), resolved, on_progress=show)
    for item, (wanted, found) in list(differences.items())[:_MOST_DIFFERENCES]:
        print_message(f"{item} reads {format_rating(found)}, not {format_rating(wanted)}.")
    if differences:
        print_message(f"{count_text(len(differences), 'item')} without the rating of the file.")
    return [
        {
            "type": item.type.value,
            "id": item.id,
            "expected": format_rating(wanted),
            "found": format_rating(found),
        }
        for item, (wanted, found) in differences.items()
    ]
