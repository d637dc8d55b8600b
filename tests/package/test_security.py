"""SECURITY.md promises what tests keep."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import click
import pytest

from apple_music_ratings.cli.app import program

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]
SECRET = re.compile(r"token|secret|private|password")
# These say something about a token, or where a key is; none of them is one.
HARMLESS = {"--save-developer-token", "developer-token"}


def options(command: click.Command, name: str) -> list[tuple[str, click.Parameter]]:
    """Return every parameter of a command and of those below it."""
    found = [(name, parameter) for parameter in command.params]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            child = command.get_command(context, below)
            assert child is not None
            found += options(child, f"{name} {below}")
    return found


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_promise_names_a_test_that_exists(file: str, name: str) -> None:
    """Renaming a test would leave its promise alone."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    names = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }

    assert name in names


def test_every_promise_has_its_test() -> None:
    """A promise without one is a wish."""
    assert len(ROWS) >= 10
    assert not [row for row in ROWS if "`tests/" not in row]


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """Arguments can be read by every user of the machine."""
    found = options(program, "apple-music-ratings")
    secrets = [
        (name, parameter.opts)
        for name, parameter in found
        if SECRET.search(" ".join(parameter.opts))
        and not HARMLESS & set(parameter.opts)
        and not isinstance(parameter.type, (click.Path, click.File))
    ]

    assert len(found) > 50
    assert secrets == []


def test_flags_about_tokens_take_no_value() -> None:
    """What is called harmless above is a flag."""
    taken = [parameter for _, parameter in options(program, "") if HARMLESS & set(parameter.opts)]

    assert taken
    assert all(isinstance(each, click.Option) and each.is_flag for each in taken)
