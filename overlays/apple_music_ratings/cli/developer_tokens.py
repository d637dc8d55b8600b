"""`developer-token`: create one, or inspect one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from apple_music_ratings import ConfigurationError
from apple_music_ratings.doctor.developer_tokens import (
    DAY,
    DEVELOPER_TOKEN,
    find_signing_key,
    inspect_token,
    override_key,
    sign_token,
)
from apple_music_ratings.profiles.store import DEFAULT_PROFILE, TokenStore

from .command import command
from .exit_codes import ExitCode
from .options import NumberRange, json_option
from .output import is_terminal, print_json
from .token_reports import print_report, report_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from .session import Session

_DAYS = 30
_MAX_DAYS = 180


def key_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for a key and its two ids."""
    for option in (
        click.option(
            "--team-id", metavar="ID", help="The id of the developer team, ten characters."
        ),
        click.option("--key-id", metavar="ID", help="The id of the key, ten characters."),
        click.option(
            "--key-file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="The .p8 file of the MusicKit key.",
        ),
    ):
        function = option(function)
    return function


@command(
    "apple-music-ratings developer-token --key-file AuthKey.p8 --key-id ABCDE12345 "
    "--team-id ABCDE12345",
    "apple-music-ratings developer-token --decode < token.txt",
)
@key_options
@click.option(
    "--days",
    type=NumberRange(0, _MAX_DAYS, min_open=True),
    default=_DAYS,
    show_default=True,
    help="Its lifetime.",
)
@click.option(
    "--origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Limit it to a web origin; with --decode, the origin that sends it.",
)
@click.option("--decode", is_flag=True, help="Inspect one from stdin or the environment.")
@json_option
@click.pass_context
def developer_token(
    ctx: click.Context,
    key_file: Path | None,
    key_id: str | None,
    team_id: str | None,
    days: float,
    origins: Sequence[str],
    decode: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Create a developer token and print it, or inspect one.

    The key comes from the options, from APPLE_MUSIC_PRIVATE_KEY, APPLE_MUSIC_KEY_ID and
    APPLE_MUSIC_TEAM_ID, or from the profile.

    --decode reads a token from standard input, also as a pasted header line, or else from
    APPLE_MUSIC_DEVELOPER_TOKEN, never from an argument. It shows the content of the token and what
    Apple would reject; the exit code is 0 if there is nothing. Only Apple can verify the signature.
    """
    session: Session = ctx.obj
    if decode:
        mistaken = [
            parameter.opts[0]
            for parameter in ctx.command.params
            if parameter.name in {"key_file", "key_id", "team_id", "days"}
            and ctx.get_parameter_source(parameter.name) is click.core.ParameterSource.COMMANDLINE
        ]
        if mistaken or len(origins) > 1:
            raise click.UsageError(
                f"{' and '.join(mistaken or ['a second --origin'])} cannot be used with --decode."
            )
        return _decode(session, origins[0] if origins else None, as_json=as_json)
    if as_json:
        raise click.UsageError("--json requires --decode; a new token is printed as it is.")
    environ = override_key(
        session.environ,
        key_file=None if key_file is None else str(key_file),
        key_id=key_id,
        team_id=team_id,
    )
    key = find_signing_key(
        environ, session.profile or DEFAULT_PROFILE, TokenStore.from_env(environ).load
    )
    click.echo(sign_token(key, lifetime=days * DAY, origin=origins))
    return ExitCode.SUCCESS


def _decode(session: Session, origin: str | None, *, as_json: bool) -> int:
    text = "" if is_terminal(sys.stdin) else sys.stdin.read().strip()
    token = text or session.environ.get(DEVELOPER_TOKEN, "").strip()
    if not token:
        raise ConfigurationError(
            f"There is no token to decode. Pass one on standard input, or set {DEVELOPER_TOKEN}."
        )
    report = inspect_token(token, origin=origin)
    if as_json:
        print_json(report_document(report))
    else:
        print_report(report)
    return ExitCode.FAILURE if report.problems else ExitCode.SUCCESS
