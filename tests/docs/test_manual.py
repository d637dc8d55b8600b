from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import click
from support.pages import ROOT

from apple_music_ratings.cli.app import program
from apple_music_ratings.cli.commands import COMMANDS

PAGE = ROOT / "docs" / "man" / "apple-music-ratings.1"
CHECKERS = (("man", "--warnings", "-l"), ("mandoc", "-Tlint", "-Werror"))


def test_manual_describes_every_command_and_option() -> None:
    """In the order of the help, and no option is left out."""
    text = PAGE.read_text("utf-8").replace("\\-", "-")
    context = click.Context(program)
    missing = []
    for name in COMMANDS:
        _, found, section = text.partition(f"\n.SS {name}\n")
        command = program.get_command(context, name)
        assert command is not None
        options = [each for each in command.params if isinstance(each, click.Option)]
        names = [each.opts[0] for each in options if not each.hidden]
        missing += [name] if not found else []
        missing += [f"{name} {each}" for each in names if each not in section.split("\n.SS ")[0]]

    assert missing == []


def test_manual_has_no_mistakes_in_its_markup() -> None:
    """As far as the programs of this machine can tell."""
    complaints = {}
    for checker, *options in CHECKERS:
        if path := shutil.which(checker):
            done = subprocess.run(  # noqa: S603  # a checker of manual pages
                [path, *options, PAGE],
                capture_output=True,
                encoding="utf-8",
                env={"PATH": str(Path(path).parent), "LC_ALL": "C.UTF-8", "MANWIDTH": "80"},
                check=False,
            )
            complaints[checker] = done.stderr + ("" if checker == "man" else done.stdout)

    assert not any(complaints.values())
