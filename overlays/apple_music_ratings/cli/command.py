"""The kind of command that ours are: one with examples in its help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click


class Command(click.Command):
    """A command with examples.

    Args:
        examples: Lines that a reader can paste. They stand last in the help, as they are.
        settings: What click takes.
    """

    def __init__(self, *settings: Any, examples: Sequence[str] = (), **more_settings: Any) -> None:
        super().__init__(*settings, **more_settings)
        self.examples: tuple[str, ...] = tuple(examples)

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
