"""The reference of the command line, derived from the help of the commands.

`scripts/generate.py` writes and checks it.
"""

from __future__ import annotations

from pathlib import Path

import click

from apple_music_ratings.cli.app import program
from apple_music_ratings.cli.commands import COMMANDS
from apple_music_ratings.cli.session import PROGRAM

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "command-line.md"
HEAD = f"""# The command line

<!-- Derived from the help of the commands by `make generate`; do not edit. -->

`pip install "apple-music-ratings[cli]"` installs the program `{PROGRAM}`.
`man {PROGRAM}` shows its manual page.

Results go to stdout; messages and progress go to stderr.
Progress is a bar with the total on a terminal, and a line every ten seconds elsewhere.
`--quiet` turns it off.
Output is a table on a terminal and tab-separated lines without a header in a pipe.
With `--json`, output is one JSON document.

| exit code | meaning |
| --- | --- |
| 0 | success, including a dry run and an item that already had the rating |
| 1 | failure; nothing was done |
| 2 | usage error; nothing was sent |
| 3 | partial failure: items failed or were not sent, or `--skip-invalid` skipped rows |
| 130 | interrupted by Ctrl-C; continue with `resume` |
| 141 | the reading end of the pipe closed |

Tokens come from the environment or from `login`, never from an argument.

| variable | value |
| --- | --- |
| `APPLE_MUSIC_DEVELOPER_TOKEN` | a ready-made developer token |
| `APPLE_MUSIC_KEY_ID`, `APPLE_MUSIC_TEAM_ID`, `APPLE_MUSIC_PRIVATE_KEY` | the key that signs one |
| `APPLE_MUSIC_USER_TOKEN` | the Music User Token |
| `APPLE_MUSIC_BASE_URL` | the base URL of another service, such as the mock |
| `APPLE_MUSIC_ALLOW_HTTP_HOSTS` | hosts that the base URL may name with `http://` |
| `APPLE_MUSIC_JOURNAL` | the journal file, instead of the one in the state folder |
| `APPLE_MUSIC_TOKEN_FOLDER` | a folder to store tokens in, instead of the system keyring |
| `APPLE_MUSIC_LOG` | `info` reports each wait, like `-v`; `debug` each request, like `-vv` |
| `NO_COLOR` | any value, for output without colors |
"""


def help_of(path: list[str], command: click.Command) -> str:
    """Return the help of a command for a terminal of 80 columns."""
    parent = None
    for name in path[:-1]:
        # A group, because the arguments of the command follow its own name only.
        parent = click.Context(click.Group(name), info_name=name, parent=parent)
    context = click.Context(
        command,
        info_name=path[-1],
        parent=parent,
        terminal_width=80,
        max_content_width=80,
        help_option_names=["-h", "--help"],
    )
    return command.get_help(context).rstrip()


def section(level: int, path: list[str], command: click.Command) -> str:
    """Return the section of one command and of its subcommands."""
    title = path[-1] if path[1:] else "All commands"
    text = f"\n{'#' * level} {title}\n\n```text\n{help_of(path, command)}\n```\n"
    if isinstance(command, click.Group) and path[1:]:
        context = click.Context(command, info_name=path[-1])
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            text += section(level + 1, [*path, name], below)
    return text


def document(page: str = "") -> str:  # noqa: ARG001  # every derived page takes its old text
    """Return the whole page."""
    context = click.Context(program, info_name=PROGRAM)
    text = HEAD + section(2, [PROGRAM], program)
    for name in COMMANDS:
        command = program.get_command(context, name)
        assert command is not None
        text += section(2, [PROGRAM, name], command)
    return text
