"""`help`: the help of a command, under the name that people try first."""

from __future__ import annotations

from collections.abc import Sequence

import click

from .command import command


@command("apple-music-ratings help apply", "apple-music-ratings help mock serve")
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
@click.pass_context
def help(ctx: click.Context, words: Sequence[str]) -> None:  # the name of the command
    """Show the help of a command, or of the program."""
    root = ctx.find_root()
    root.command.main(
        [*words, "--help"],
        prog_name=root.info_name,
        standalone_mode=False,
        obj=ctx.obj,
        color=ctx.color,
    )
