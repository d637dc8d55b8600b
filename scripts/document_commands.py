"""Write docs/reference/command-line.md from the help of the commands, or check that it is fresh.

Usage: scripts/document_commands.py write|check
"""

from __future__ import annotations

import sys
from difflib import unified_diff
from pathlib import Path

import click

from apple_music_ratings.cli.app import COMMANDS, program
from apple_music_ratings.cli.session import PROGRAM

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "command-line.md"
HEAD = f"""# The command line

<!-- Made by scripts/document_commands.py from the help of the commands. -->

`pip install "apple-music-ratings[cli]"` installs the program `{PROGRAM}`.

Data goes to stdout, words and progress bars to stderr; bars are drawn on a terminal only.
On a terminal data is a table; in a pipe it is lines with tabs between the cells and no headings.
With `--json` it is one JSON document.

| exit code | means |
| --- | --- |
| 0 | done; also a dry run, and an item that had the rating already |
| 1 | failed: nothing of it was done |
| 2 | used wrongly: nothing was sent |
| 3 | partly done: items failed or were not sent, or `--skip-invalid` left rows out |
| 130 | interrupted by Ctrl-C; `resume` goes on |
| 141 | whoever read our output went away |

Tokens come from the environment or from `login`, never from an argument.

| variable | holds |
| --- | --- |
| `APPLE_MUSIC_DEVELOPER_TOKEN` | a ready-made developer token |
| `APPLE_MUSIC_KEY_ID`, `APPLE_MUSIC_TEAM_ID`, `APPLE_MUSIC_PRIVATE_KEY` | what signs one |
| `APPLE_MUSIC_USER_TOKEN` | the Music User Token |
| `APPLE_MUSIC_BASE_URL` | another service than Apple's, such as the mock |
| `APPLE_MUSIC_JOURNAL` | where runs are kept, in place of a file in the state folder |
| `APPLE_MUSIC_TOKEN_FOLDER` | a folder to keep tokens in, in place of the system's keyring |
| `NO_COLOR` | anything, for output without colors |
"""


def helped(words: list[str], command: click.Command) -> str:
    """Give the help of a command as a person with a narrow screen sees it."""
    parent = None
    for name in words[:-1]:
        # A group: the arguments of the command itself stand behind its own name only.
        parent = click.Context(click.Group(name), info_name=name, parent=parent)
    context = click.Context(
        command,
        info_name=words[-1],
        parent=parent,
        terminal_width=80,
        max_content_width=80,
        help_option_names=["-h", "--help"],
    )
    return command.get_help(context).rstrip()


def section(level: int, words: list[str], command: click.Command) -> str:
    """Describe one command, and those below it."""
    title = words[-1] if words[1:] else "All commands"
    text = f"\n{'#' * level} {title}\n\n```text\n{helped(words, command)}\n```\n"
    if isinstance(command, click.Group) and words[1:]:
        context = click.Context(command, info_name=words[-1])
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            text += section(level + 1, [*words, name], below)
    return text


def document() -> str:
    """Give the whole page."""
    context = click.Context(program, info_name=PROGRAM)
    text = HEAD + section(2, [PROGRAM], program)
    for name in COMMANDS:
        command = program.get_command(context, name)
        assert command is not None
        text += section(2, [PROGRAM, name], command)
    return text


def main(task: str) -> int:
    """Do what is asked, and give the exit code."""
    if task == "write":
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(document(), "utf-8")
        return 0
    found = PAGE.read_text("utf-8").splitlines() if PAGE.exists() else []
    difference = list(unified_diff(found, document().splitlines(), "the page", "the commands", n=1))
    if difference:
        print("\n".join(difference[:40]))
        print("docs/reference/command-line.md is stale. Run: scripts/document_commands.py write")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
