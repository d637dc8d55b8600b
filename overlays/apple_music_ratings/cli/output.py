"""Data on stdout, words on stderr, and nothing that could steer a terminal in either."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

# Control characters, those that turn the direction of writing, line ends of Unicode's own, and
# halves of characters. Names come from other people.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def escaped(text: str) -> str:
    """Make a text harmless to print on one line, by writing such characters as Python does."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def print_message(words: str, *, command: str | None = None) -> None:
    """Tell the person something, on stderr.

    Args:
        words: What to tell; a terminal gets it with line ends between words.
        command: What to do next. It stands on a line of its own that is never broken, so that it
            can be pasted.
    """
    lines = [escaped(line) for line in words.split("\n")]
    if is_terminal(sys.stderr):
        width = get_terminal_size().columns
        lines = [part for line in lines for part in _wrapped(line, width)]
    if command is not None:
        lines.append(f"  {escaped(command)}")
    click.echo("\n".join(lines), err=True)


def _wrapped(line: str, width: int) -> list[str]:
    return wrap(line, width, break_long_words=False, break_on_hyphens=False)


def to_json(document: Any, *, indent: int | None = None) -> str:
    """Turn a document into JSON that is harmless to print."""
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    # Whatever is left of these stands inside of strings; the line ends between values do not.
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
        name: What the list is called.
        elements: What is in it; they are printed as they come.
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
    """Tell whether a person is at the other end."""
    return stream.isatty()


def console(environ: Mapping[str, str], *, stderr: bool = False) -> Console:
    """Make what draws tables and bars; it obeys NO_COLOR, TERM and COLUMNS of the environment."""
    from rich.console import Console  # noqa: PLC0415  # slower than all the rest

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, _environ=environ)


def print_table(
    environ: Mapping[str, str], headings: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    """Print rows on stdout: a table for a person, lines with tabs for a program.

    Args:
        environ: The environment variables.
        headings: One for each column; only a person sees them.
        rows: Cells of text, made harmless here. The last gives way on a narrow screen.
    """
    safe = ([escaped(cell) for cell in row] for row in rows)
    if is_terminal(sys.stdout):
        console(environ).print(_table(headings, list(safe)))
        return
    sys.stdout.writelines("\t".join(row) + "\n" for row in safe)
    # A reader that has left is noticed here and not when the program ends.
    sys.stdout.flush()


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    from rich.cells import cell_len  # noqa: PLC0415  # slower than all the rest
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    if not any(row[-1] for row in rows):
        headings, rows = headings[:-1], [row[:-1] for row in rows]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(headings[:-1]):
        widest = max(cell_len(text) for text in (heading, *(row[number] for row in rows)))
        table.add_column(heading, no_wrap=True, min_width=widest)
    table.add_column(headings[-1], overflow="fold")
    # A reason is read to its end; a name is known by its beginning.
    is_one_line = headings[-1] != "REASON"
    for row in rows:
        table.add_row(
            *(
                Text(cell, style=_STYLES.get(cell, ""), no_wrap=is_one_line, overflow="ellipsis")
                for cell in row
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
