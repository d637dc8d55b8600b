"""The program: its commands, its global options, and what every error becomes.

A command's module is imported when the command runs, so that `--help` and `--version` start fast.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NamedTuple

import click

from apple_music_ratings import Clock, JournalError, OtherAccountError, RatingsError, __version__

from .exit_codes import ExitCode
from .output import print_message
from .session import PROGRAM, Session


class _CommandEntry(NamedTuple):
    """Where a command is, and what its line in the list says."""

    module: str
    help: str


# In the order in which a newcomer needs them.
COMMANDS: dict[str, _CommandEntry] = {
    "login": _CommandEntry("tokens", "Sign in and keep the Music User Token."),
    "logout": _CommandEntry("tokens", "Remove kept tokens from this machine."),
    "doctor": _CommandEntry("tokens", "Find out what is wrong with the tokens."),
    "developer-token": _CommandEntry("developer_tokens", "Sign a developer token, or explain one."),
    "get": _CommandEntry("rating", "Show the rating of items."),
    "like": _CommandEntry("rating", "Like items."),
    "dislike": _CommandEntry("rating", "Dislike items."),
    "delete": _CommandEntry("rating", "Clear the rating of items."),
    "favorite": _CommandEntry(
        "rating", "Add catalog items to the favorites, the star in the apps."
    ),
    "export": _CommandEntry("exporting", "Save the ratings of the library, or of some items."),
    "plan": _CommandEntry("plans", "Show what a file of ratings would change."),
    "apply": _CommandEntry("plans", "Rate as a file says."),
    "runs": _CommandEntry("runs", "List what was done before."),
    "resume": _CommandEntry("runs", "Finish a run that was interrupted or stopped."),
    "undo": _CommandEntry("runs", "Take a run back."),
    "probe": _CommandEntry("probe", "Ask the service what Apple does not document."),
    "mock": _CommandEntry("mock", "Serve a mock of the API; report what a client proved."),
    "contract": _CommandEntry("contract", "Print the OpenAPI document of the API."),
    "completion": _CommandEntry("completion", "Print what makes a shell complete commands."),
}


class _ClosedPipeError(Exception):
    """Whoever read our output went away. click would make a failure of the broken pipe itself."""


class _Commands(click.Group):
    """A group whose commands are imported when they are needed."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _ClosedPipeError from error

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module = import_module(f".{entry.module}", __package__)
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS:
            close = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM)
@click.option("--profile", metavar="NAME", help="Use the tokens kept under this name.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True, max=1e6),
    metavar="N",
    help="Send at most N requests a second, to leave room for others of the same developer team.",
)
@click.pass_context
def program(ctx: click.Context, profile: str | None, rate: float | None) -> None:
    """Read, set, save and move the likes and dislikes of an Apple Music user.

    Unofficial; not affiliated with Apple. Tokens come from the environment
    (APPLE_MUSIC_DEVELOPER_TOKEN, APPLE_MUSIC_USER_TOKEN) or from `login`, never from an argument.

    Exit codes: 0 done, 1 failed, 2 used wrongly, 3 partly done, 130 interrupted.
    """
    ctx.obj.profile = profile
    ctx.obj.rate = rate


def run(
    arguments: Sequence[str] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> int:
    """Run the program and give the exit code.

    Args:
        arguments: The words after the program's name; those of the process unless given.
        environ: The environment variables; those of the process unless given.
        clock: Provides time and sleep to `probe`; a test passes one that does not wait.

    Returns:
        An `ExitCode`.
    """
    session = Session(environ=os.environ if environ is None else environ, clock=clock)
    try:
        result = program.main(
            list(sys.argv[1:] if arguments is None else arguments),
            prog_name=PROGRAM,
            standalone_mode=False,
            obj=session,
        )
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        if session.is_resumable:
            print_message(
                "Interrupted. What was done is kept. To go on:", command=session.command("resume")
            )
        else:
            print_message("Interrupted.")
        return ExitCode.INTERRUPTED
    except _ClosedPipeError:
        # Whatever is left to flush at exit goes nowhere, quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.BROKEN_PIPE
    except OtherAccountError as error:
        print_message(
            f"{PROGRAM}: {error.reason} For another account, name another --journal. If the token "
            "was renewed for the same account, add --same-account."
        )
        return ExitCode.FAILURE
    except RatingsError as error:
        print_message(f"{PROGRAM}: {error}")
        if session.is_resumable and isinstance(error, JournalError):
            print_message("Once that is fixed, continue with:", command=session.command("resume"))
        return ExitCode.FAILURE
    finally:
        session.close()
    return result if isinstance(result, int) else ExitCode.SUCCESS
