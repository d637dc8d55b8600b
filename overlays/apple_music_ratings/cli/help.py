"""`help`: the help of a command, under the name that people try first."""

from __future__ import annotations

from collections.abc import Sequence

import click

from .command import Context, command


@command("apple-music-ratings help apply", "apple-music-ratings help mock serve")
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
@click.pass_context
def help(ctx: click.Context, words: Sequence[str]) -> None:  # the name of the command
    """Show the help of a command, or of the program."""
    root = ctx.find_root()
    current: click.Command = root.command
    context = root
    for word in words:
        if not isinstance(current, click.Group):
            raise click.UsageError(f"{context.command_path!r} has no commands.")
        name, found, _ = current.resolve_command(context, [word])
        if found is None:  # pragma: no cover -- resolve_command fails first
            continue
        context = Context(found, info_name=name, parent=context)
        context.help_option_names = root.help_option_names
        current = found
    click.echo(current.get_help(context), color=ctx.color)
