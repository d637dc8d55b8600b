"""The options of every command: how much it reports, and in which colors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from .session import Session


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
    session = session_of(ctx)
    if session is not None:
        session.verbosity += count


def _set_quiet(ctx: click.Context, _: click.Parameter, is_quiet: bool) -> None:  # noqa: FBT001
    session = session_of(ctx)
    if session is not None and is_quiet:
        session.is_quiet = True


def _set_color(ctx: click.Context, _: click.Parameter, color: bool | None) -> None:  # noqa: FBT001
    session = session_of(ctx)
    if session is not None and color is not None:
        session.set_color(color)
        ctx.find_root().color = ctx.color = session.has_color


def session_of(ctx: click.Context) -> Session | None:
    """Return the session of a context; `None` when only the help is written."""
    session: Session | None = ctx.find_root().obj
    return session
