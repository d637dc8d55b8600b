"""`mock`: serve the mock, and report what a client has tested against it."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout, suppress
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import click
from click.shell_completion import CompletionItem

from .command import Command
from .exit_codes import ExitCode
from .output import escaped, print_json, print_message, print_table
from .session import PROGRAM, Session

_DEFAULT_URL = "http://127.0.0.1:8787"
_BASE_URL = "APPLE_MUSIC_BASE_URL"
_ADMIN_TOKEN = "APPLE_MUSIC_MOCK_ADMIN_TOKEN"  # noqa: S105  # the name of a variable
_OPERATIONS = ("get", "list", "put", "delete")


def _help_of_mock() -> str:
    """Return the help of the mock server, which has the options that it takes."""
    from apple_music_ratings_mock.__main__ import main  # noqa: PLC0415  # only where it is served

    text = io.StringIO()
    with redirect_stdout(text), suppress(SystemExit):
        main(["--help"], program=f"{PROGRAM} mock serve")
    return text.getvalue()


def _complete_value(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the value of the option before it."""
    option = ctx.params.get("options", ())[-1:]
    if option == ("--scenario",):
        folder = files("apple_music_ratings_mock.scenarios")
        names = [each.name[:-5] for each in folder.iterdir() if each.name.endswith(".yaml")]
        found = [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]
        return found or [CompletionItem(incomplete, type="file")]
    pattern = rf"^  {re.escape(' '.join(option))} \{{(.*?)\}}" if option else r"(?!)"
    values = re.search(pattern, _help_of_mock(), re.MULTILINE | re.DOTALL)
    if values is None:
        return [CompletionItem(incomplete, type="file")]
    words = re.sub(r"\s", "", values[1]).split(",")
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


class _ServeCommand(Command):
    """Passes its options on to the mock server, and completes them."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """Complete the name of an option."""
        names = re.findall(r"^  (?:-\w, )?(--[a-z-]+)", _help_of_mock(), re.MULTILINE)
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.group()
def mock() -> None:
    """Serve a mock of the ratings API, and report what a client has tested against it."""


@mock.command(
    cls=_ServeCommand,
    examples=("apple-music-ratings mock serve --scenario small-library --port 0",),
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED, shell_complete=_complete_value)
def serve(options: tuple[str, ...]) -> int:
    """Serve the mock until Ctrl-C; `mock serve --help` lists scenarios, behaviors and the rest.

    Prints lines for a shell on stdout: the base URL and two tokens.
    """
    return _run_mock(options, program=f"{PROGRAM} mock serve")


class _RunCommand(Command):
    """Passes everything on, also the `--` before the command to run, which click would drop."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take all arguments as they are."""
        return super().parse_args(ctx, ["--", *args])


@mock.command(
    name="run",
    cls=_RunCommand,
    examples=("apple-music-ratings mock run --scenario small-library -- pytest tests",),
    add_help_option=False,
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def run_command(options: tuple[str, ...]) -> int:
    """Run a command against a mock, and report what it tested; `mock run --help` has the options.

    Exits with the command's exit code, or 1 if it sent an invalid request.
    """
    return _run_mock(("run", *options), program=f"{PROGRAM} mock")


def _run_mock(options: tuple[str, ...], *, program: str) -> int:
    from apple_music_ratings_mock.__main__ import main  # noqa: PLC0415  # only where it is served

    try:
        return main(options, program=program)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ExitCode.FAILURE


class _NoMockError(click.ClickException):
    """No mock responds: not a verdict on the client, so another exit code."""

    exit_code = ExitCode.USAGE_ERROR


@mock.command(
    cls=Command,
    examples=(
        "apple-music-ratings mock report",
        "apple-music-ratings mock report http://127.0.0.1:8787 --require-all",
    ),
)
@click.argument("url", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the whole coverage as JSON.")
@click.option("--require-all", is_flag=True, help="Fail unless all 36 were called correctly.")
@click.pass_obj
def report(session: Session, url: str | None, *, as_json: bool, require_all: bool) -> int:
    """Report which of the 36 operations a client called correctly, incorrectly, or never.

    URL is the base URL of the mock, by default that of APPLE_MUSIC_BASE_URL. Exit code 1 if an
    operation was called incorrectly, 2 if no mock responds.
    """
    url = url or session.environ.get(_BASE_URL) or _DEFAULT_URL
    coverage = _coverage(url, session.environ.get(_ADMIN_TOKEN))
    if as_json:
        print_json(coverage)
    else:
        _print(session, coverage)
    is_short = require_all and coverage["never"] > 0
    return (
        ExitCode.FAILURE
        if coverage["invalid"] or coverage["unmatched"] or is_short
        else ExitCode.SUCCESS
    )


def _coverage(url: str, token: str | None) -> Any:
    import httpx  # noqa: PLC0415  # slower than all the rest

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise click.UsageError(f"{url!r} is not a URL; use one such as {_DEFAULT_URL}.")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    address = f"{parts.scheme}://{parts.netloc}/__admin/coverage"
    try:
        response = httpx.get(address, headers=headers, trust_env=False)
        document = response.json()
    except httpx.HTTPError as error:
        raise _NoMockError(
            f"No mock responds at {url} ({type(error).__name__}). "
            f"Start one with '{PROGRAM} mock serve'."
        ) from error
    except ValueError as error:
        raise _NoMockError(f"The server at {url} is not the mock.") from error
    if response.status_code == 401:
        raise _NoMockError(f"The mock requires its admin token; set {_ADMIN_TOKEN}.")
    if response.status_code != 200 or not isinstance(document, dict) or "ratings" not in document:
        raise _NoMockError(f"The server at {url} is not the mock, or an older version.")
    return document


def _print(session: Session, coverage: Any) -> None:
    by_type: dict[str, dict[str, Any]] = {}
    for each in coverage["ratings"]:
        by_type.setdefault(each["type"], {})[each["operation"]] = each
    rows = [
        [type_, *(_cell(operations[name]) for name in _OPERATIONS)]
        for type_, operations in by_type.items()
    ]
    print_table(session.environ, ["TYPE", *(name.upper() for name in _OPERATIONS)], rows)
    for each in [*coverage["ratings"], *coverage["auxiliary"]]:
        for reason in each["reasons"]:
            name = " ".join(filter(None, (each["operation"], each["type"])))
            click.echo(escaped(f"invalid: {name}: {reason['count']} x {reason['reason']}"))
    for reason in coverage["unmatched"]:
        click.echo(escaped(f"invalid: {reason['count']} x {reason['reason']}"))
    print_message(
        f"{coverage['operations']} operations: {coverage['ok']} ok, "
        f"{coverage['invalid']} invalid, {coverage['never']} not called."
    )


def _cell(each: Any) -> str:
    if each["state"] == "never":
        return "never"
    if each["invalid"]:
        return f"invalid {each['invalid']} of {each['ok'] + each['invalid']}"
    return f"ok {each['ok']}"
