"""Arguments and options that several commands share."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from apple_music_ratings import InvalidItemError, Item, RowError
from apple_music_ratings.files import FileFormat, read_items

from .completion import complete_items
from .output import is_terminal, print_message
from .ratings_files import row_error_messages
from .session import Session

F = TypeVar("F", bound=Callable[..., Any])

# More would fill the screen.
_MOST_SHOWN = 20


class _AddsOption(Protocol):
    """A decorator that adds an option to a command. click has no name for the type."""

    def __call__(self, command: F, /) -> F: ...


json_option: _AddsOption = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON on stdout."
)
verify_option: _AddsOption = click.option(
    "--verify", is_flag=True, help="Read the ratings back, and report those that differ."
)
format_option: _AddsOption = click.option(
    "--format",
    "format",
    type=click.Choice([format.value for format in FileFormat]),
    help="The format of the file; otherwise its suffix decides.",
)
all_option: _AddsOption = click.option(
    "--all", "show_all", is_flag=True, help="Show every change, not only 20."
)


class NumberRange(click.FloatRange):
    """A number between bounds; click alone accepts `nan`."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Parse the number, or fail with a usage error."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def _set_journal(ctx: click.Context, _: click.Parameter, path: Path | None) -> None:
    ctx.ensure_object(Session).journal = path


def _set_same_account(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001
    ctx.ensure_object(Session).same_account = value


same_account_option: _AddsOption = click.option(
    "--same-account",
    is_flag=True,
    expose_value=False,
    callback=_set_same_account,
    help="Accept runs of another Music User Token: it was renewed for the same account.",
)
journal_option: _AddsOption = click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    expose_value=False,
    callback=_set_journal,
    help="Record the run in this file, instead of the state folder.",
)


def items_argument(*, required: bool = True) -> Callable[[F], F]:
    """Add the argument for items: `type/id`, links, or `-` for standard input."""
    metavar = "ITEM..." if required else "[ITEM...]"
    return click.argument(
        "items",
        metavar=metavar,
        nargs=-1,
        required=required,
        shell_complete=complete_items,
    )


def read_all(
    words: Sequence[str], *, type: str | None = None, with_files: bool = False
) -> list[Item]:
    """Read items from arguments, and from standard input where one is `-`.

    Args:
        words: The arguments.
        type: The type of ids without one.
        with_files: Whether an argument may be the path of a ratings file.

    Raises:
        click.UsageError: Some are not items; all of them are named.
    """
    items: list[Item] = []
    invalid: list[str] = []
    errors: list[RowError] = []
    for word in words:
        if word == "-" or (with_files and _is_file(word)):
            if word == "-" and is_terminal(sys.stdin):
                print_message(
                    "Reading items from the keyboard, one per line. Ctrl-D ends the list."
                )
            for found in read_items(word, type=type):
                if isinstance(found, RowError):
                    errors.append(found)
                else:
                    items.append(found)
            continue
        try:
            items.append(Item.parse(word, type=type))
        except InvalidItemError as error:
            invalid.append(error.reason)
    if invalid or errors:
        raise click.UsageError(shortened([*invalid, *row_error_messages(errors)]))
    return items


def _is_file(word: str) -> bool:
    try:
        Item.parse(word)
    except InvalidItemError:
        with suppress(OSError, ValueError):  # no name of a file has 10,000 characters
            return Path(word).exists()
    return False


def shortened(problems: Sequence[object]) -> str:
    """Return the first problems on a line each, and the number of the others."""
    shown = [str(problem) for problem in problems[:_MOST_SHOWN]]
    if more := len(problems) - len(shown):
        shown.append(f"... and {more:,} more.")
    return "\n".join(shown)
