"""`login`, `logout` and `doctor`: tokens for people."""

from __future__ import annotations

import sys
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import evolve

from apple_music_ratings import __version__
from apple_music_ratings.doctor.developer_tokens import override_key, page_token, update_profile
from apple_music_ratings.login.sign_in import DEFAULT_TIMEOUT, App, sign_in
from apple_music_ratings.profiles.store import (
    DEFAULT_PROFILE,
    Profile,
    TokenStore,
    as_music_user_token,
)

from .command import command
from .developer_tokens import key_options
from .exit_codes import ExitCode
from .options import NumberRange, json_option
from .output import escaped, is_terminal, print_json, print_message

if TYPE_CHECKING:
    from apple_music_ratings.doctor.checks import Check

    from .session import Session


@command(
    "apple-music-ratings login --key-file AuthKey.p8 --key-id ABCDE12345 --team-id ABCDE12345",
    "apple-music-ratings login --no-browser",
    "apple-music-ratings --profile family login --paste",
)
@click.option("--no-browser", is_flag=True, help="Print the link instead of opening it.")
@click.option("--paste", is_flag=True, help="Read a Music User Token from a hidden prompt.")
@key_options
@click.option(
    "--save-developer-token",
    is_flag=True,
    help="Keep what the environment says about the developer token, too.",
)
@click.option(
    "--minutes",
    type=NumberRange(0, 60, min_open=True),
    default=DEFAULT_TIMEOUT / 60,
    show_default=True,
    help="How long the page waits.",
)
@click.pass_obj
def login(
    session: Session,
    no_browser: bool,  # noqa: FBT001  # click's
    paste: bool,  # noqa: FBT001
    key_file: Path | None,
    key_id: str | None,
    team_id: str | None,
    save_developer_token: bool,  # noqa: FBT001
    minutes: float,
) -> int:
    """Sign in and keep the Music User Token.

    A page on this machine opens in the browser, and Apple asks there. It needs a developer token:
    from the environment, from --key-file with its two ids, or from an earlier login. What the
    options say is kept together with the token; the key itself stays where it is.

    Tokens are kept in the system's keyring, or in a file that only you can read. The page ends
    after five minutes, or with Ctrl-C.
    """
    name = session.profile or DEFAULT_PROFILE
    store = TokenStore.from_env(session.environ)
    kept = store.load(name) or Profile()
    path = None if key_file is None else str(key_file)
    environ = override_key(session.environ, key_file=path, key_id=key_id, team_id=team_id)
    if path or key_id or team_id or save_developer_token:
        kept = update_profile(kept, environ, name)

    def save(token: str) -> None:
        store.save(name, evolve(kept, music_user_token=token))

    if paste:
        save(_pasted())
    elif not sign_in(
        developer_token=page_token(environ, kept, name),
        app=App(name="apple-music-ratings", build=__version__),
        save=save,
        on_link=_show if no_browser else _open,
        timeout=minutes * 60,
    ):
        print_message(
            f"Nobody signed in within {minutes:g} minutes. Run `{session.command('login')}` again."
        )
        return ExitCode.FAILURE
    print_message(
        f"Signed in. The Music User Token of the profile {name!r} is kept in {store.location}."
    )
    print_message(f"Next: `{session.command('doctor')}` shows whether everything works.")
    return ExitCode.SUCCESS


def _pasted() -> str:
    if is_terminal(sys.stdin):
        text = click.prompt("Music User Token", hide_input=True, err=True)
    else:
        text = sys.stdin.readline()
    return as_music_user_token(text)


def _show(link: str) -> None:
    print_message("Open this link in a browser on this machine. It works once.")
    # On stdout, so that a program can hand it on.
    click.echo(link)


def _open(link: str) -> None:
    print_message("Opening the sign-in page in your browser. Ctrl-C ends this.")

    def try_to_open() -> None:
        if not webbrowser.open(link):
            print_message("No browser could be opened.")
            _show(link)

    # Some browsers run in the terminal, and come back only when they are closed.
    threading.Thread(target=try_to_open, daemon=True).start()


@command("apple-music-ratings logout", "apple-music-ratings --profile family logout")
@click.pass_obj
def logout(session: Session) -> None:
    """Remove kept tokens from this machine.

    Everything kept under the profile goes: the Music User Token and what gives developer tokens.
    The Music User Token itself stays good; only the person can withdraw it, on Apple's account
    pages.
    """
    name = session.profile or DEFAULT_PROFILE
    if TokenStore.from_env(session.environ).delete(name):
        print_message(f"Removed what was kept for the profile {name!r}.")
    else:
        print_message(f"Nothing was kept for the profile {name!r}.")


@command("apple-music-ratings doctor", "apple-music-ratings --profile family doctor --json")
@json_option
@click.pass_obj
def doctor(session: Session, as_json: bool) -> int:  # noqa: FBT001
    """Find out what is wrong with the tokens, one check after the other.

    Nothing is changed, and no token is shown. Exit code 0 means that all is well.
    """
    from apple_music_ratings.doctor.checks import CheckStatus, run_checks  # noqa: PLC0415

    checks = []
    for check in run_checks(
        session.environ,
        profile=session.profile or DEFAULT_PROFILE,
        load=lambda name: TokenStore.from_env(session.environ).load(name),
    ):
        checks.append(check)
        if not as_json:
            _print_check(check)
    is_well = all(check.status is not CheckStatus.FAILED for check in checks)
    if as_json:
        print_json({"ok": is_well, "checks": [_as_document(check) for check in checks]})
    return ExitCode.SUCCESS if is_well else ExitCode.FAILURE


_MARKS = {"ok": "✓", "failed": "✗", "skipped": "-"}
_PLAIN_MARKS = {"ok": "ok", "failed": "FAILED", "skipped": "-"}


def _print_check(check: Check) -> None:
    try:
        "".join(_MARKS.values()).encode(sys.stdout.encoding or "ascii")
        mark = _MARKS[check.status]
    except UnicodeEncodeError:
        mark = _PLAIN_MARKS[check.status]
    click.echo(escaped(f"{mark} {check.name}: {check.message}"))
    if check.next_step is not None:
        click.echo(escaped(f"    Next: {check.next_step}"))


def _as_document(check: Check) -> dict[str, str | None]:
    return {
        "name": check.name,
        "status": check.status.value,
        "message": check.message,
        "next_step": check.next_step,
    }
