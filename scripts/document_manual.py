"""The manual page of the command line, derived from the help of the commands.

`scripts/generate.py` writes and checks it; the wheel installs it as `man apple-music-ratings`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
from document_commands import HEAD

from apple_music_ratings import __version__
from apple_music_ratings.cli.app import program
from apple_music_ratings.cli.command import Command
from apple_music_ratings.cli.commands import GROUPS
from apple_music_ratings.cli.session import PROGRAM
from apple_music_ratings_mock.serving.options import make_parser

PAGE = Path(__file__).parents[1] / "docs" / "man" / f"{PROGRAM}.1"
_ROW = re.compile(r"^\| (?!---)(.+?) \| (.+) \|$", re.MULTILINE)


def document(page: str = "") -> str:  # noqa: ARG001  # every derived page takes its old text
    """Return the whole page."""
    context = click.Context(program, info_name=PROGRAM)
    lines = [
        '.\\" Derived from the help of the commands by `make generate`; do not edit.',
        f'.TH APPLE-MUSIC-RATINGS 1 "" "{PROGRAM} {__version__}" "User Commands"',
        ".nh",
        ".ad l",
        ".SH NAME",
        f"{_escaped(PROGRAM)} \\- read, set, export and restore Apple Music ratings",
        ".SH SYNOPSIS",
        f".B {_escaped(PROGRAM)}",
        _escaped("[OPTIONS] COMMAND [ARGUMENTS]"),
        ".SH DESCRIPTION",
        *_paragraphs(program.help or ""),
        ".SH OPTIONS",
        *_options(program, context),
    ]
    for group, entries in GROUPS.items():
        lines.append(f".SH {_escaped(group.upper())}")
        for name in entries:
            command = program.get_command(context, name)
            assert command is not None
            lines += _command(command, name, context)
    lines += [".SH EXIT STATUS", *_table("exit code"), ".SH ENVIRONMENT", *_table("variable")]
    return "\n".join(lines) + "\n"


def _command(command: click.Command, name: str, parent: click.Context) -> Iterator[str]:
    """Yield the section of a command, and those of its subcommands."""
    context = click.Context(command, info_name=name, parent=parent)
    yield f".SS {_escaped(context.command_path.removeprefix(f'{PROGRAM} '))}"
    yield f".B {_escaped(context.command_path)}"
    yield _escaped(" ".join(command.collect_usage_pieces(context)))
    yield ".PP"
    yield from _paragraphs(command.help or "")
    yield from _options(command, context)
    if context.command_path.endswith((" serve", " mock run")):
        # Their options are those of the server.
        parser = make_parser(context.command_path, runs_command=name == "run")
        actions = parser._actions  # noqa: SLF001  # argparse lists them nowhere else
        yield from _definitions(
            (
                " ".join([", ".join(each.option_strings), str(each.metavar or "")]).rstrip(),
                (each.help or "") % vars(each),
            )
            for each in actions
            if each.option_strings and each.dest != "help"
        )
    if isinstance(command, Command) and command.examples:
        yield from (".PP", "Examples:", ".PP", ".nf", ".RS")
        yield from map(_escaped, command.examples)
        yield from (".RE", ".fi")
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            below = command.get_command(context, each)
            assert below is not None
            yield from _command(below, each, context)


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip())):
        if number:
            yield ".PP"
        yield _escaped(" ".join(paragraph.split()))


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    options = (each for each in command.params if isinstance(each, click.Option))
    records = (option.get_help_record(context) for option in options)
    return _definitions(record for record in records if record is not None)


def _definitions(rows: Iterator[tuple[str, str]]) -> Iterator[str]:
    for term, text in rows:
        yield from (".TP", f".B {_escaped(term)}", _escaped(text))


def _table(heading: str) -> Iterator[str]:
    """Yield a table of the reference page as definitions."""
    _, _, table = HEAD.partition(f"| {heading} |")
    rows = _ROW.findall(table.split("\n\n")[0])
    return _definitions((term.replace("`", ""), text.replace("`", "")) for term, text in rows)


def _escaped(text: str) -> str:
    """Return a line of text for roff, in which no character is an instruction."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
