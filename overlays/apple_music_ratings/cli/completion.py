"""`completion`: the script for a shell, and what the arguments of other commands complete to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

from apple_music_ratings import RatingsError, ResourceType
from apple_music_ratings.profiles.store import TokenStore

from .command import command
from .session import PROGRAM, Session

if TYPE_CHECKING:
    from collections.abc import Callable

_VARIABLE = f"_{PROGRAM.replace('-', '_').upper()}_COMPLETE"
# In a plain .zshrc the completion system is not loaded yet.
_LOAD_ZSH = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }\n"
# A type is followed by an id, not by a space.
_BASH_PLAIN = "COMPREPLY+=($value)"
_BASH_NO_SPACE = f"{_BASH_PLAIN}; [[ $value == */ ]] && compopt -o nospace"


@command(
    'eval "$(apple-music-ratings completion bash)"      # in ~/.bashrc',
    'eval "$(apple-music-ratings completion zsh)"       # in ~/.zshrc',
    "apple-music-ratings completion fish > ~/.config/fish/completions/apple-music-ratings.fish",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a shell completion script.

    It completes commands, options, files, types, runs, profiles and the options of the mock.
    """
    found = get_completion_class(shell)
    if found is None:  # pragma: no cover -- the choice above lists what click has
        raise click.UsageError(f"There is no completion for {shell}.")
    script = found(ctx.find_root().command, {}, PROGRAM, _VARIABLE).source()
    if shell == "zsh":
        script = _LOAD_ZSH + script
    click.echo(script.replace(_BASH_PLAIN, _BASH_NO_SPACE) if shell == "bash" else script)


def complete_items(
    _ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the type of an item, and otherwise a file."""
    types = [CompletionItem(f"{each.value}/") for each in ResourceType]
    found = [item for item in types if item.value.startswith(incomplete)]
    return found if found and "/" not in incomplete else [CompletionItem(incomplete, type="file")]


def complete_runs(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of a run, the newest first."""

    def runs() -> Iterable[CompletionItem]:
        with _session(ctx).open_journal() as journal:
            for run in journal.runs():
                yield CompletionItem(run.name, help=f"{run.state}, {run.done} of {run.total}")

    return _started(runs, incomplete)


def complete_profiles(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of a profile that is saved in a file; a keyring has no list."""

    def profiles() -> Iterable[CompletionItem]:
        yield from map(CompletionItem, TokenStore.from_env(_session(ctx).environ).names())

    return _started(profiles, incomplete)


def _started(
    items: Callable[[], Iterable[CompletionItem]], incomplete: str
) -> list[CompletionItem]:
    try:
        return [item for item in items() if str(item.value).startswith(incomplete)]
    except (RatingsError, OSError):
        return []  # nothing may be printed while a line is edited


def _session(ctx: click.Context) -> Session:
    session: Session = ctx.find_root().obj
    session.profile = ctx.find_root().params.get("profile")
    return session
