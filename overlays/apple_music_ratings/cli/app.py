"""The program: its commands, its global options, and the message and exit code of each error.

A command's module is imported when the command runs, so that `--help` and `--version` start fast.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from apple_music_ratings import Clock, JournalError, RatingsError, __version__

from .command import Context
from .commands import COMMANDS, GROUPS, suggest
from .exit_codes import ExitCode
from .explanations import explain
from .output import discard_output, print_error, print_message
from .progress import print_interrupted
from .session import PROGRAM, Session
from .shared_options import shared_options

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class _ClosedPipeError(Exception):
    """The reading end of the pipe was closed. click would turn it into a failure of its own."""


class _OutputError(Exception):
    """Standard output cannot be written, such as on a full disk."""


@contextmanager
def _output_errors() -> Iterator[None]:
    """Raise the errors of standard output as ours, which click passes on."""
    try:
        yield
    except BrokenPipeError as error:
        raise _ClosedPipeError from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG):
            raise
        raise _OutputError(error.strerror) from error


class _Commands(click.Group):
    """A group whose commands are imported when they are needed."""

    context_class: type[click.Context] = Context

    def invoke(self, ctx: click.Context) -> Any:
        with _output_errors():
            result = super().invoke(ctx)
            sys.stdout.flush()
        return result

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module = import_module(f".{entry.module}", __package__)
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(module, "list_ratings" if name == "list" else name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        width = max(map(len, COMMANDS))
        for group, entries in GROUPS.items():
            with formatter.section(group):
                rows = [(name.ljust(width), entry.help) for name, entry in entries.items()]
                formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS:
            likely = " or ".join(map(repr, suggest(args[0])))
            hint = f" Did you mean {likely}?" if likely else ""
            ctx.fail(f"Unknown command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


def _complete_profiles(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from .completion import complete_profiles  # noqa: PLC0415  # only while a line is edited

    return complete_profiles(ctx, parameter, incomplete)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM)
@click.option(
    "--profile",
    metavar="NAME",
    shell_complete=_complete_profiles,
    help="Use the tokens saved under this name.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True, max=1e6),
    metavar="N",
    help="Send at most N requests per second, to leave capacity for the rest of the team.",
)
@click.pass_context
def program(ctx: click.Context, profile: str | None, rate: float | None) -> None:
    """Read, set, export and restore the likes and dislikes of an Apple Music user.

    Unofficial; not affiliated with Apple. Tokens come from the environment
    (APPLE_MUSIC_DEVELOPER_TOKEN, APPLE_MUSIC_USER_TOKEN) or from `login`, never from an argument.

    Exit codes: 0 success, 1 failure, 2 usage error, 3 partial failure, 130 interrupted.
    """
    ctx.obj.profile = profile
    ctx.obj.rate = rate


program.params += shared_options()


def run(
    arguments: Sequence[str] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> int:
    """Run the program, and return the exit code.

    Args:
        arguments: The arguments after the program's name; by default those of the process.
        environ: The environment variables; by default those of the process.
        clock: The source of time, sleep and jitter; a test passes one that does not wait.

    Returns:
        An `ExitCode`.
    """
    session = Session(environ=os.environ if environ is None else environ, clock=clock)
    try:
        return _run(session, list(sys.argv[1:] if arguments is None else arguments))
    finally:
        session.close()


def _run(session: Session, arguments: list[str]) -> int:
    try:
        with _output_errors():
            result = program.main(
                arguments,
                prog_name=PROGRAM,
                standalone_mode=False,
                obj=session,
                color=None if session.has_color else False,
            )
    except click.ClickException as error:
        _show_usage_error(error, session)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        print_interrupted(session)
        return ExitCode.INTERRUPTED
    except _ClosedPipeError:
        discard_output()
        return ExitCode.BROKEN_PIPE
    except _OutputError as error:
        discard_output()
        print_error(f"Standard output cannot be written: {error}.", color=_color(session))
        return ExitCode.FAILURE
    except RatingsError as error:
        print_error(explain(error, session), color=_color(session))
        if isinstance(error, JournalError) and error.run:
            command = session.command("resume", error.run)
            print_message("Once that is fixed, continue with:", command=command)
        return ExitCode.FAILURE
    finally:
        if session.activity.summary and not session.is_quiet:
            print_message(session.activity.summary)
    return result if isinstance(result, int) else ExitCode.SUCCESS


def _color(session: Session) -> bool | None:
    return None if session.has_color else False


def _show_usage_error(error: click.ClickException, session: Session) -> None:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(error.ctx.get_usage(), err=True)
        click.echo(f"Try '{error.ctx.command_path} --help' for help.\n", err=True)
    print_error(error.format_message(), color=_color(session))
