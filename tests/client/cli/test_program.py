from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from apple_music_ratings import __version__
from apple_music_ratings.cli.app import COMMANDS, program
from apple_music_ratings.cli.exit_codes import ExitCode
from apple_music_ratings.cli.output import escaped, to_json
from apple_music_ratings.cli.session import Session

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "command-line.md"


def command_called(name: str) -> click.Command:
    """Look a command up as the program does."""
    found = program.get_command(click.Context(program), name)
    assert found is not None
    return found


def test_help_lists_every_command(person: Any) -> None:
    """Each with a line."""
    ended = person.run("--help")

    assert ended.code == 0
    for name, entry in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(entry.help)}", ended.out, re.MULTILINE)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_command_has_help_with_an_example(person: Any, name: str) -> None:
    """What it does, every option, and a line to paste."""
    ended = person.run(name, "--help")

    assert ended.code == 0
    assert f"Usage: apple-music-ratings {name}" in ended.out
    assert re.search(
        rf"apple-music-ratings (--profile \w+ )?{name}\b", ended.out.split("Usage", 1)[1]
    )
    for parameter in command_called(name).params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert parameter.help, parameter.name


@pytest.mark.parametrize("name", list(COMMANDS))
def test_command_is_in_the_docs(name: str) -> None:
    """Under a heading of its own."""
    assert f"\n## {name}\n" in PAGE.read_text("utf-8")


@pytest.mark.parametrize("code", list(ExitCode))
def test_exit_code_is_in_the_docs(code: ExitCode) -> None:
    """They are public."""
    assert f"\n| {code.value} |" in PAGE.read_text("utf-8")


@pytest.mark.parametrize("name", ["get", "like", "dislike", "delete", "favorite", "export", "plan"])
def test_examples_of_a_command_are_understood(name: str) -> None:
    """Whoever pastes one gets no usage error."""
    import shlex

    command = command_called(name)
    for example in command.examples:  # type: ignore[attr-defined]
        words = shlex.split(example.split(" < ")[0])
        assert words[:2] == ["apple-music-ratings", name]
        with click.Context(command, obj=Session(environ={})) as context:
            command.parse_args(context, words[2:])


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in {"login", "logout"}])
def test_commands_speak_json(name: str) -> None:
    """All but those that have nothing to say in it."""
    has_json = any(parameter.name == "as_json" for parameter in command_called(name).params)

    assert has_json == (name not in {"completion", "mock"})


def test_version_is_shown(person: Any) -> None:
    """On stdout."""
    ended = person.run("--version")

    assert (ended.code, ended.out) == (0, f"apple-music-ratings, version {__version__}\n")


def test_no_command_shows_the_help(person: Any) -> None:
    """And counts as used wrongly."""
    ended = person.run()

    assert ended.code == 2
    assert "Commands:" in ended.out + ended.err


@pytest.mark.parametrize(
    ("word", "hint"), [("gett", "Did you mean 'get'?"), ("xyzzy", "There is no")]
)
def test_unknown_command_is_used_wrongly(person: Any, word: str, hint: str) -> None:
    """A slip gets a hint."""
    ended = person.run(word)

    assert ended.code == 2
    assert hint in ended.err


@pytest.mark.parametrize(
    "arguments",
    [["get", "--colour", "songs/1"], ["apply"], ["undo"]],
)
def test_wrong_use_says_where_help_is(person: Any, arguments: list[str]) -> None:
    """On stderr, exit code 2."""
    ended = person.run(*arguments)

    assert ended.code == 2
    assert ended.out == ""
    assert "--help" in ended.err


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completion_is_a_script_for_the_shell(person: Any, shell: str) -> None:
    """It asks the program back under the name that click looks for."""
    ended = person.run("completion", shell)

    assert ended.code == 0
    assert f"_APPLE_MUSIC_RATINGS_COMPLETE={shell}_complete" in ended.out


def test_completion_completes_commands(person: Any) -> None:
    """As the script of a shell would ask."""
    person.environ.update(
        {
            "_APPLE_MUSIC_RATINGS_COMPLETE": "zsh_complete",
            "COMP_WORDS": "apple-music-ratings exp",
            "COMP_CWORD": "1",
        }
    )

    ended = person.run_apart()

    assert "export" in ended.out


def test_reader_that_leaves_is_no_trouble(person: Any) -> None:
    """As in `... | head -1`: quiet, with the code that a shell expects."""
    running = person.start(
        "export", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    items = "".join(f"songs/{10**15 + number}\n" for number in range(5000))
    running.stdin.write(items.encode())
    running.stdin.close()
    first = running.stdout.readline()
    running.stdout.close()
    err = running.stderr.read()
    running.stderr.close()
    running.wait()

    assert first == b"type,id,rating,catalog_id,name,artist,album\n"
    assert running.returncode == ExitCode.BROKEN_PIPE
    assert err == b""


def test_help_starts_without_what_keeps_and_serves() -> None:
    """SQLite, keyrings and servers are loaded by whoever needs them."""
    code = (
        "import sys; from apple_music_ratings.cli.app import run; run(['--help'], environ={});"
        "print(sorted({'sqlite3', 'keyring', 'platformdirs', 'uvicorn', 'yaml', 'asyncio'}"
        " & set(sys.modules)))"
    )
    ran = subprocess.run(  # noqa: S603  # our own line
        # Without what measures coverage, which loads more.
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={},
    )

    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Ünï 👍🏽 東京", "Ünï 👍🏽 東京"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\tb\nc\r", "a\\tb\\nc\\r"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202etxt", "\\u202etxt"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("\u2028", "\\u2028"),
        ("\ud83d", "\\ud83d"),
        ("\x7f", "\\x7f"),
    ],
)
def test_text_is_made_harmless(text: str, shown: str) -> None:
    """What steers a terminal is spelled out; letters and pictures stay."""
    assert escaped(text) == shown
    assert json.loads(to_json([text])) == [text]
    assert "\x1b" not in to_json([text])
    assert "\u202e" not in to_json({text: text}, indent=2)


@pytest.mark.parametrize(
    ("profile", "environ", "name"),
    [
        (None, {}, "journal.sqlite3"),
        ("work", {}, "journal-work.sqlite3"),
        (None, {"APPLE_MUSIC_BASE_URL": "http://127.0.0.1:8787"}, "journal-127.0.0.1.sqlite3"),
        ("../x", {"APPLE_MUSIC_BASE_URL": "http://[::1]:1"}, "journal-.._x-__1.sqlite3"),
    ],
)
def test_each_account_has_a_journal_of_its_own(
    profile: str | None, environ: dict[str, str], name: str
) -> None:
    """In the user's state folder, and the mock has another than Apple."""
    path = Session(environ=environ, profile=profile).journal_path()

    assert path.name == name
    assert path.parent.name == "apple-music-ratings"


def test_journal_of_the_environment_is_taken() -> None:
    """Unless an option names another."""
    session = Session(environ={"APPLE_MUSIC_JOURNAL": "/tmp/a"})  # noqa: S108  # never written
    of_environment = session.journal_path()
    session.journal = Path("b")

    assert (of_environment, session.journal_path()) == (Path("/tmp/a"), Path("b"))  # noqa: S108
