"""Results on stdout, messages on stderr, and no control characters in either."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from .session import Session

# Control characters, those that change the direction of writing, line ends of Unicode, and
# surrogates. Names come from other users.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def escaped(text: str) -> str:
    """Return a text that is safe to print on one line: control characters are escaped."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def print_message(
    text: str, *, command: str | None = None, from_signal_handler: bool = False
) -> None:
    """Print a message on stderr.

    Args:
        text: The message; on a terminal it is wrapped between words.
        command: A command to run next. It is printed on its own line and never wrapped, so that it
            can be pasted.
        from_signal_handler: Whether the signal may have interrupted another write to stderr, whose
            buffer must not be entered twice.
    """
    lines = [escaped(line) for line in text.split("\n")]
    if is_terminal(sys.stderr):
        width = get_terminal_size().columns
        lines = [part for line in lines for part in _wrapped(line, width)]
    if command is not None:
        lines.append(f"  {escaped(command)}")
    if from_signal_handler:
        with suppress(OSError):  # the terminal is gone
            os.write(sys.stderr.fileno(), "\n".join([*lines, ""]).encode())
        return
    click.echo("\n".join(lines), err=True)


def print_hint(text: str, command: str) -> None:
    """Print a message with the command to run next, unless `--quiet` is set."""
    context = click.get_current_context(silent=True)
    session: Session | None = None if context is None else context.find_root().obj
    if session is None or not session.is_quiet:
        print_message(text, command=command)


def print_error(text: str, *, color: bool | None = None) -> None:
    """Print an error on stderr, after a red `Error:` where colors are allowed."""
    lines = f"Error: {text}".split("\n")
    if is_terminal(sys.stderr):
        width = get_terminal_size().columns
        lines = [part for line in lines for part in _wrapped(escaped(line), width)]
    first = escaped(lines[0]).removeprefix("Error:")
    label = click.style("Error:", fg="red", bold=True)
    click.echo("\n".join([f"{label}{first}", *map(escaped, lines[1:])]), err=True, color=color)


def _wrapped(line: str, width: int) -> list[str]:
    return wrap(line, width, break_long_words=False, break_on_hyphens=False)


def to_json(document: Any, *, indent: int | None = None) -> str:
    """Return a document as JSON that is safe to print."""
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    # What is left of these is inside strings; the line ends between values are not.
    return _UNSAFE.sub(
        lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text
    )


def print_json(document: Any) -> None:
    """Print one JSON document, on stdout."""
    click.echo(to_json(document, indent=2))


def print_long_json(head: Mapping[str, Any], name: str, elements: Iterable[Any]) -> None:
    """Print one JSON document whose last member is a long list, an element a line.

    Args:
        head: The members before it.
        name: The name of the list.
        elements: Its elements, printed as they arrive.
    """
    beginning = to_json(head, indent=2).removesuffix("\n}")
    sys.stdout.write(f"{beginning},\n  {to_json(name)}: [")
    between = ""
    for element in elements:
        sys.stdout.write(f"{between}\n    {to_json(element)}")
        between = ","
    sys.stdout.write("\n  ]\n}\n" if between else "]\n}\n")
    sys.stdout.flush()


def is_terminal(stream: TextIO) -> bool:
    """Return whether a stream is a terminal."""
    return stream.isatty()


def console(environ: Mapping[str, str], *, stderr: bool = False) -> Console:
    """Return a console for tables and bars, which obeys NO_COLOR, TERM and COLUMNS."""
    from rich.console import Console  # noqa: PLC0415  # slower than all the rest

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, _environ=environ)


def print_table(
    environ: Mapping[str, str],
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    optional: Sequence[str] = (),
) -> None:
    """Print rows on stdout: a table on a terminal, else lines with tabs between the cells.

    Args:
        environ: The environment variables.
        headings: One for each column, shown on a terminal only.
        rows: The cells, escaped here. The last column is shortened on a narrow screen.
        optional: Columns to leave out on a narrow screen, the first one first.
    """
    safe = ([escaped(cell) for cell in row] for row in rows)
    if is_terminal(sys.stdout):
        screen = console(environ)
        screen.print(_table(headings, list(safe), optional=optional, width=screen.width))
        return
    sys.stdout.writelines("\t".join(row) + "\n" for row in safe)
    # A closed pipe is noticed here, and not when the program ends.
    sys.stdout.flush()


def print_records(
    environ: Mapping[str, str],
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    optional: Sequence[str] = (),
) -> None:
    """Print rows like `print_table`, but on a terminal the last cell is a line of its own."""
    if not is_terminal(sys.stdout):
        print_table(environ, headings, rows)
        return
    from rich.text import Text  # noqa: PLC0415  # slower than all the rest

    screen = console(environ)
    head = [[escaped(cell) for cell in row[:-1]] for row in rows]
    # Drawn as a table and printed line by line, so that the columns are aligned.
    table = _table(
        [*headings[:-1], ""], [[*row, ""] for row in head], optional=optional, width=screen.width
    )
    first, *lines = (
        Text.assemble(*((part.text, part.style or "") for part in line))
        for line in screen.render_lines(table, pad=False)
    )
    screen.print(first)
    for line, row in zip(lines, rows, strict=True):
        screen.print(line)
        for part in wrap(escaped(row[-1]), screen.width - 2, break_on_hyphens=False):
            screen.print(f"  {part}", style="dim")


def _table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    optional: Sequence[str],
    width: int,
) -> Table:
    from rich.cells import cell_len  # noqa: PLC0415  # slower than all the rest
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    widths = [
        max(map(cell_len, (heading, *(row[number] for row in rows))))
        for number, heading in enumerate(headings)
    ]
    shown = [number for number, _ in enumerate(headings)]
    if not any(row[-1] for row in rows):
        shown.pop()
    for name in optional:
        if sum(widths[number] + 2 for number in shown) > width and len(shown) > 1:
            shown = [number for number in shown if headings[number] != name]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number in shown[:-1]:
        table.add_column(headings[number], no_wrap=True, min_width=widths[number])
    table.add_column(headings[shown[-1]], overflow="fold")
    # A reason is read to its end; a name is known by its beginning.
    is_one_line = headings[shown[-1]] != "REASON"
    for row in rows:
        table.add_row(
            *(
                Text(
                    row[number],
                    style=_STYLES.get(row[number], ""),
                    no_wrap=is_one_line,
                    overflow="ellipsis",
                )
                for number in shown
            )
        )
    return table


_STYLES = {
    "like": "green",
    "dislike": "yellow",
    "delete": "magenta",
    "none": "dim",
    "failed": "bold red",
    "not-sent": "red",
    "unfinished": "yellow",
    "stopped": "yellow",
}


def discard_output() -> None:
    """Discard what cannot be written to stdout, and everything after it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
