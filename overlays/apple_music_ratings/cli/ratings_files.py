"""Ratings files as arguments: the options for reading them, and the report of what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import click
from attrs import frozen

from apple_music_ratings import FileError, ResourceType, RowError
from apple_music_ratings.files import RatingsFile, ReadOptions, SkippedRow, read_ratings

from .output import print_json, print_message

_MOST_SHOWN = 20
_MOST_LINES = 10
# What differs between two errors of one cause: quoted texts and numbers.
_DETAILS = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\S*\d\S*")


@frozen(kw_only=True)
class FileOptions:
    """How to read a ratings file.

    Args:
        format: The format, if the content is not to decide.
        skip_invalid: Whether to continue without invalid rows.
        options: What the file does not say itself.
    """

    format: str | None
    skip_invalid: bool
    options: ReadOptions

    def arguments(self) -> list[str]:
        """Return the arguments that give these options again."""
        given = {
            "--format": self.format,
            "--type": self.options.type,
            "--rating": self.options.rating,
            "--id-column": self.options.id_column,
            "--rating-column": self.options.rating_column,
        }
        words = [word for name, value in given.items() if value for word in (name, str(value))]
        return [*words, *(["--skip-invalid"] if self.skip_invalid else [])]


def type_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--type`, the type of ids without one."""
    return click.option(
        "--type",
        type=click.Choice([t.value for t in ResourceType]),
        metavar="TYPE",
        help="The type of plain ids, such as songs; library ids get the library's type.",
    )(function)


def file_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for reading a file, passed on as one argument `reading`."""

    @wraps(function)
    def with_options(
        *arguments: Any,
        format: str | None,
        skip_invalid: bool,
        type: str | None,
        rating: str | None,
        id_column: str | None,
        rating_column: str | None,
        **more: Any,
    ) -> Any:
        options = ReadOptions(
            type=type, rating=rating, id_column=id_column, rating_column=rating_column
        )
        reading = FileOptions(format=format, skip_invalid=skip_invalid, options=options)
        return function(*arguments, reading=reading, **more)

    command: Callable[..., Any] = with_options
    for option in (
        click.option(
            "--skip-invalid", is_flag=True, help="Skip the rows that are invalid; they are listed."
        ),
        click.option("--rating-column", metavar="NAME", help="The column that holds ratings."),
        click.option("--id-column", metavar="NAME", help="The column that holds ids or links."),
        click.option(
            "--rating",
            type=click.Choice(["like", "dislike", "none"]),
            help="One rating for every row of a file without ratings.",
        ),
        type_option,
        click.option(
            "--format",
            type=click.Choice(["csv", "json", "jsonl"]),
            help="The format of the file; otherwise its content decides.",
        ),
    ):
        command = option(command)
    return command


def read_file(file: str, reading: FileOptions, *, as_json: bool) -> RatingsFile:
    """Read a ratings file.

    Raises:
        FileError: It cannot be read to its end. The invalid rows before that were reported.
    """
    try:
        return read_ratings(file, format=reading.format, options=reading.options)
    except FileError as error:
        _print_row_errors(error.errors)
        if as_json:
            print_json({"error": str(error), "errors": _documents(error.errors)})
        raise


def has_errors(errors: Sequence[RowError], reading: FileOptions, *, as_json: bool) -> bool:
    """Report the errors of rows, and return whether they prevent the work."""
    if not errors:
        return False
    _print_row_errors(errors)
    rows = count_text(len({(error.file, error.line) for error in errors}))
    if reading.skip_invalid:
        print_message(f"{rows} skipped.")
        return False
    if as_json:
        print_json({"errors": _documents(errors)})
    print_message(
        f"{rows} cannot be used. Nothing was sent. Fix the file, or skip these rows with "
        "--skip-invalid."
    )
    return True


def row_error_messages(errors: Sequence[RowError]) -> list[str]:
    """Return one message for each cause, with the number of rows that have it."""
    causes: dict[tuple[str | None, str], list[RowError]] = {}
    for error in errors:
        causes.setdefault((error.column, _DETAILS.sub("", error.reason)), []).append(error)
    messages = []
    for first, *more in causes.values():
        messages.append(str(first))
        if more:
            lines = ", ".join(str(error.line) for error in more[:_MOST_LINES])
            dots = ", …" if len(more) > _MOST_LINES else ""
            messages[-1] += f" ({count_text(len(more))} more: line {lines}{dots})"
    return messages


def _print_row_errors(errors: Sequence[RowError]) -> None:
    messages = row_error_messages(errors)
    for message in messages[:_MOST_SHOWN]:
        print_message(message)
    if len(messages) > _MOST_SHOWN:
        print_message(f"... and {len(messages) - _MOST_SHOWN:,} other errors; --json lists all.")


def print_skipped(skipped: Sequence[SkippedRow]) -> None:
    """Print what the API cannot apply, one message for each cause."""
    causes: dict[str, list[str]] = {}
    for row in skipped:
        causes.setdefault(row.cause, []).append(row.name)
    for cause, names in causes.items():
        listed = "; ".join(" ".join(name.split()) for name in names[:_MOST_LINES])
        dots = "; … (--json lists all)" if len(names) > _MOST_LINES else ""
        print_message(f"{count_text(len(names))} skipped. {cause} {listed}{dots}")


def skipped_documents(skipped: Sequence[SkippedRow]) -> list[dict[str, str | int]]:
    """Return skipped rows as JSON."""
    return [
        {"file": row.file, "line": row.line, "cause": row.cause, "name": row.name}
        for row in skipped
    ]


def count_text(count: int, noun: str = "row") -> str:
    """Return a number of things as text."""
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def _documents(errors: Sequence[RowError]) -> list[dict[str, str | int | None]]:
    return [
        {"file": e.file, "line": e.line, "column": e.column, "reason": e.reason} for e in errors
    ]
