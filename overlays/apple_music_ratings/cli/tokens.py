"""`login`, `logout` and `doctor`: the tokens of the user."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import evolve

from apple_music_ratings import __version__
from apple_music_ratings.doctor.developer_tokens import override_key, page_token, update_profile
from apple_music_ratings.login.sign_in import DEFAULT_TIMEOUT, App, SignInLink, sign_in
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
from .output import escaped, is_terminal, print_hint, print_json, print_message

if TYPE_CHECKING:
    from apple_music_ratings.doctor.checks import Check

    from .session import Session

# Seconds after which the link is printed although a browser was started.
_LINK_DELAY = 3.0


@command(
    "apple-music-ratings login --key-file AuthKey.p8 --key-id ABCDE12345 --team-id ABCDE12345",
    "apple-music-ratings login --no-browser --port 8765",
    "apple-music-ratings --profile family login --paste",
)
@click.option("--no-browser", is_flag=True, help="Print the link instead of opening it.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="The port of the page, for a tunnel; otherwise a free one.",
)
@click.option("--paste", is_flag=True, help="Read a Music User Token from a hidden prompt.")
@key_options
@click.option(
    "--save-developer-token",
    is_flag=True,
    help="Also save the developer-token settings from the environment.",
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
    port: int | None,
    paste: bool,  # noqa: FBT001
    key_file: Path | None,
    key_id: str | None,
    team_id: str | None,
    save_developer_token: bool,  # noqa: FBT001
    minutes: float,
) -> int:
    """Sign in and save the Music User Token.

    A page on this machine opens in the browser, where you sign in with Apple. It requires a
    developer token: from the environment, from --key-file with its two ids, or from an earlier
    login. The values of these options are saved with the token; the key itself stays in its file.

    Over SSH, forward a port and open the link on your own machine: ssh -L 8765:127.0.0.1:8765
    HOST, then login --no-browser --port 8765.

    Tokens are saved in the system's keyring, or in a file that only you can read. The page ends
    after five minutes, or with Ctrl-C.
    """
    name = session.profile or DEFAULT_PROFILE
    store = TokenStore.from_env(session.environ)
    saved = store.load(name) or Profile()
    path = None if key_file is None else str(key_file)
    environ = override_key(session.environ, key_file=path, key_id=key_id, team_id=team_id)
    if path or key_id or team_id or save_developer_token:
        saved = update_profile(saved, environ, name)

    def save(token: str) -> None:
        store.save(name, evolve(saved, music_user_token=token))

    if paste:
        save(_pasted())
    elif not sign_in(
        developer_token=page_token(environ, saved, name),
        app=App(name="apple-music-ratings", build=__version__),
        save=save,
        on_link=_print_link if no_browser else _open,
        timeout=minutes * 60,
        port=port or 0,
    ):
        print_message(
            f"No sign-in within {minutes:g} minutes. Run `{session.command('login')}` again."
        )
        return ExitCode.FAILURE
    print_message(
        f"Signed in. The Music User Token of the profile {name!r} is saved in {store.location}."
    )
    print_hint("To check that everything works:", session.command("doctor"))
    return ExitCode.SUCCESS


def _pasted() -> str:
    if is_terminal(sys.stdin):
        text = click.prompt("Music User Token", hide_input=True, err=True)
    else:
        text = sys.stdin.readline()
    return as_music_user_token(text)


def _print_link(link: SignInLink) -> None:
    print_message(
        "Open this link in a browser on this machine. It works once. "
        f"The page shows the code {link.code}."
    )
    # On stdout, so that a program can pass it on.
    click.echo(link.url)


def _open(link: SignInLink) -> None:
    print_message(
        f"Opening the sign-in page in your browser. It shows the code {link.code}; close it if it "
        "shows another one. Ctrl-C cancels."
    )
    is_printed = threading.Event()

    def print_once(reason: str) -> None:
        if not is_printed.is_set() and not link.is_used():
            is_printed.set()
            print_message(reason)
            _print_link(link)

    def try_to_open() -> None:
        if _is_remote() or not webbrowser.open(link.file_url):
            print_once("No browser could be opened here.")

    def print_later() -> None:
        if not is_printed.wait(_LINK_DELAY):
            print_once("If no page has opened:")

    # Some browsers run in the terminal, and return only when they are closed.
    for step in (try_to_open, print_later):
        threading.Thread(target=step, daemon=True).start()


def _is_remote() -> bool:
    """Return whether a browser would open on another machine than the user's."""
    return bool(os.environ.get("SSH_CONNECTION")) and not os.environ.get("DISPLAY")


@command("apple-music-ratings logout", "apple-music-ratings --profile family logout")
@click.pass_obj
def logout(session: Session) -> None:
    """Remove saved tokens from this machine.

    Everything saved under the profile is removed: the Music User Token and the developer-token
    settings. The Music User Token itself stays valid; you can revoke it on Apple's account pages.
    """
    name = session.profile or DEFAULT_PROFILE
    if TokenStore.from_env(session.environ).delete(name):
        print_message(f"Removed the profile {name!r}.")
    else:
        print_message(f"The profile {name!r} does not exist.")


@command("apple-music-ratings doctor", "apple-music-ratings --profile family doctor --json")
@json_option
@click.pass_obj
def doctor(session: Session, as_json: bool) -> int:  # noqa: FBT001
    """Check tokens and configuration, in the order in which a request needs them.

    Then where tokens are stored and runs are recorded.

    Nothing is changed, and no token is shown. Exit code 0 if every check passes.
    """
    from apple_music_ratings.doctor.checks import CheckStatus, run_checks  # noqa: PLC0415
    from apple_music_ratings.doctor.storage import check_storage  # noqa: PLC0415

    def store() -> TokenStore:
        return TokenStore.from_env(session.environ)

    checks = []
    for check in chain(
        run_checks(
            session.environ,
            profile=session.profile or DEFAULT_PROFILE,
            load=lambda name: store().load(name),
        ),
        check_storage(store, session.journal_path, session.open_journal),
    ):
        checks.append(check)
        if not as_json:
            _print_check(check)
    has_passed = all(check.status is not CheckStatus.FAILED for check in checks)
    if as_json:
        print_json({"ok": has_passed, "checks": [_as_document(check) for check in checks]})
    return ExitCode.SUCCESS if has_passed else ExitCode.FAILURE


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
