"""The class of our commands: one with examples in its help, and with the shared options."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import click

from .log import request_log
from .shared_options import session_of, shared_options


class HelpFormatter(click.HelpFormatter):
    """Help with bold headings, where the terminal has them."""

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        super().write_heading(click.style(heading, bold=True))


class Context(click.Context):
    """A context whose help has bold headings."""

    formatter_class: type[click.HelpFormatter] = HelpFormatter


class Command(click.Command):
    """A command with examples.

    Args:
        examples: Lines to paste, printed unchanged at the end of the help.
        settings: The arguments of click's class.
    """

    context_class: type[click.Context] = Context

    def __init__(self, *settings: Any, examples: Sequence[str] = (), **more_settings: Any) -> None:
        super().__init__(*settings, **more_settings)
        self.examples: tuple[str, ...] = tuple(examples)
        self.params.extend(shared_options(hidden=True))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, with logging if it is turned on."""
        session = session_of(ctx)
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
