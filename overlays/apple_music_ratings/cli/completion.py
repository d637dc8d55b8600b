"""`completion`: what a shell needs to complete our commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from .command import command
from .session import PROGRAM

_VARIABLE = f"_{PROGRAM.replace('-', '_').upper()}_COMPLETE"


@command(
    'eval "$(apple-music-ratings completion bash)"      # in ~/.bashrc',
    'eval "$(apple-music-ratings completion zsh)"       # in ~/.zshrc',
    "apple-music-ratings completion fish > ~/.config/fish/completions/apple-music-ratings.fish",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that makes a shell complete commands and options."""
    made = get_completion_class(shell)
    if made is None:  # pragma: no cover -- the choice above holds what click has
        raise click.UsageError(f"There is no completion for {shell}.")
    click.echo(made(ctx.find_root().command, {}, PROGRAM, _VARIABLE).source())
