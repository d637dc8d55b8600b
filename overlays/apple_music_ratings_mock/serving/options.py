"""The options of the command line."""

from __future__ import annotations

import argparse
import re
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from apple_music_ratings_mock.api.behaviors import describe_behaviors
from apple_music_ratings_mock.scenarios import NAMES

from .environment import ADMIN_TOKEN, SHELLS

_EPILOG = f"""
If other machines can reach it, the admin API requires a token: {ADMIN_TOKEN}, or a new one, which
is printed. Exit codes: 0 after Ctrl-C, 1 cannot run, 2 usage error.
"""


class OneLineParser(argparse.ArgumentParser):
    """A parser whose errors are one line, with a suggestion if there is one."""

    def error(self, message: str) -> NoReturn:
        """Print the error and exit with 2."""
        self.exit(2, f"{self.prog}: {message}{self._suggestion(message)}\n")

    def _suggestion(self, message: str) -> str:
        known = [option for action in self._actions for option in action.option_strings]
        unknown = re.match(r"unrecognized arguments: (--[\w-]+)", message)
        choice = re.match(
            r"argument [\w-]+: invalid choice: '([^']*)' \(choose from (.*)\)", message
        )
        if unknown is not None:
            close = get_close_matches(unknown[1], known, n=1)
        elif choice is not None:
            close = get_close_matches(choice[1], re.findall(r"[\w-]+", choice[2]), n=1)
        else:
            return ""
        return f"; did you mean {close[0]}?" if close else f"; see {self.prog} --help"


def make_parser(program: str, *, runs_command: bool) -> argparse.ArgumentParser:
    """Return the parser of the command line.

    Args:
        program: The name of the program.
        runs_command: Whether the options are followed by a command to run.
    """
    parser = OneLineParser(
        prog=program,
        description=(
            "A stateful mock of Apple Music's ratings API, with an admin API and a dashboard "
            "under /__admin/. "
            + (
                "Runs a command against it, reports what the command tested, and exits with the "
                "command's exit code, or 1 after an invalid request."
                if runs_command
                else "Prints environment variables for a shell."
            )
        ),
        epilog=None if runs_command else _EPILOG,
        allow_abbrev=False,
    )
    _add_server_options(parser, default_port=0 if runs_command else 8787)
    if runs_command:
        parser.add_argument("command", nargs="+", metavar="-- COMMAND", help="what to run")
    else:
        parser.add_argument(
            "--shell", choices=SHELLS, default="sh", help="form of the variables (%(default)s)"
        )
    parser.add_argument(
        "--env-file", type=Path, metavar="FILE", help="also write the variables to this file"
    )
    _add_behaviors(parser)
    return parser


def _add_server_options(parser: argparse.ArgumentParser, *, default_port: int) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=_port, default=default_port, help="0 for any free port (%(default)s)"
    )
    parser.add_argument(
        "--scenario",
        metavar="NAME|FILE",
        help=f"the starting state: {', '.join(NAMES)}, or a YAML file",
    )
    parser.add_argument(
        "--evidence",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="behave as an evidence file of `apple-music-ratings probe` says; repeatable",
    )
    parser.add_argument("--seed", type=int, help="seeds the faults' randomness")
    parser.add_argument("--user", metavar="TOKEN", help="the Music User Token to print")
    parser.add_argument(
        "--public-key",
        type=Path,
        metavar="FILE",
        help="verify signatures of developer tokens with this P-256 public key (PEM)",
    )
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="serve HTTPS (PEM)")
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="the certificate's private key (PEM)"
    )
    parser.add_argument(
        "--log-format",
        choices=("text", "json"),
        default="text",
        help="log requests on stderr as text or as JSON lines (%(default)s)",
    )
    parser.add_argument(
        "--no-advice",
        dest="advice",
        action="store_false",
        help="send no headers X-Mock-Verdict and X-Mock-Advice",
    )


def _add_behaviors(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "behaviors", "Undocumented behavior: the default and the evidence."
    )
    for each in describe_behaviors():
        text = f"{each.question} [{each.default}] Evidence: {each.evidence}"
        group.add_argument(
            f"--{each.name.replace('_', '-')}",
            choices=None if each.name == "max_ids" else each.values,
            metavar="N|off" if each.name == "max_ids" else None,
            help=text.replace("%", "%%"),
        )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 5 or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; use a number from 0 to 65535")
    return int(text)
