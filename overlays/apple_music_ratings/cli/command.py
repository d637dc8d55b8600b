"""The class of our commands: one with examples in its help, and with the shared options."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from .log import request_log

if TYPE_CHECKING:
    from .session import Session


class HelpFormatter(click.HelpFormatter):
    """Help with bold headings, where the terminal has them."""

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        super().write_heading(click.style(heading, bold=True))


class Context(click.Context):
    """A context whose help has bold headings."""

    formatter_class = HelpFormatter


class Command(click.Command):
    """A command with examples.

    Args:
        examples: Lines to paste, printed unchanged at the end of the help.
        settings: The arguments of click's class.
    """

    context_class = Context

    def __init__(self, *settings: Any, examples: Sequence[str] = (), **more_settings: Any) -> None:
        super().__init__(*settings, **more_settings)
        self.examples: tuple[str, ...] = tuple(examples)
        self.params += shared_options(hidden=True)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, with logging if it is turned on."""
        session = _session(ctx)
        with nullcontext() if session is None else request_log(session):
            return super().invoke(ctx)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{example}\n")


def command(*examples: str) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a command with examples."""
    return click.command(cls=Command, examples=examples)


def shared_options(*, hidden: bool = False) -> list[click.Parameter]:
    """Return the options of every command, which the help of the program lists once."""
    return [
        click.Option(
            ["-v", "--verbose"],
            count=True,
            expose_value=False,
            hidden=hidden,
            callback=_add_verbosity,
            help="Report each wait for another attempt; -vv reports each request.",
        ),
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            expose_value=False,
            hidden=hidden,
            callback=_set_quiet,
            help="Print no hints and no progress.",
        ),
        click.Option(
            ["--color/--no-color"],
            default=None,
            expose_value=False,
            hidden=hidden,
            callback=_set_color,
            help="Use colors on a terminal or not; by default NO_COLOR decides.",
        ),
    ]


def _add_verbosity(ctx: click.Context, _: click.Parameter, count: int) -> None:
    session = _session(ctx)
    if session is not None:
        session.verbosity += count


def _set_quiet(ctx: click.Context, _: click.Parameter, is_quiet: bool) -> None:  # noqa: FBT001
    session = _session(ctx)
    if session is not None and is_quiet:
        session.is_quiet = True


def _set_color(ctx: click.Context, _: click.Parameter, color: bool | None) -> None:  # noqa: FBT001
    session = _session(ctx)
    if session is not None and color is not None:
        session.set_color(color)
        ctx.find_root().color = ctx.color = session.has_color


def _session(ctx: click.Context) -> Session | None:
    # Without a session when only the help is written.
    session: Session | None = ctx.find_root().obj
    return session
