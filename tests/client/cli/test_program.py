from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from apple_music_ratings import __version__
from apple_music_ratings.cli.app import program
from apple_music_ratings.cli.commands import COMMANDS, SYNONYMS, suggest
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


def test_help_lists_every_command(user: Any) -> None:
    """Each with a line."""
    ended = user.run("--help")

    assert ended.code == 0
    for name, entry in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(entry.help)}", ended.out, re.MULTILINE)


def test_command_has_help_with_an_example(user: Any) -> None:
    """What it does, every option, and a line to paste."""
    for name in list(COMMANDS):
        ended = user.run(name, "--help")

        assert ended.code == 0
        assert f"Usage: apple-music-ratings {name}" in ended.out
        assert re.search(
            rf"apple-music-ratings (--profile \w+ )?{name}\b", ended.out.split("Usage", 1)[1]
        )
        for parameter in command_called(name).params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.help, parameter.name


def test_command_is_in_the_docs() -> None:
    """Under a heading of its own."""
    for name in list(COMMANDS):
        assert f"\n## {name}\n" in PAGE.read_text("utf-8")


def test_exit_code_is_in_the_docs() -> None:
    """They are public."""
    for code in list(ExitCode):
        assert f"\n| {code.value} |" in PAGE.read_text("utf-8")


def test_examples_of_a_command_are_understood() -> None:
    """A pasted example is not a usage error."""
    for name in ("get", "like", "dislike", "delete", "favorite", "export", "plan"):
        import shlex

        command = command_called(name)
        for example in command.examples:  # type: ignore[attr-defined]
            words = shlex.split(example.split(" < ")[0])
            assert words[:2] == ["apple-music-ratings", name]
            with click.Context(command, obj=Session(environ={})) as context:
                command.parse_args(context, words[2:])


def test_commands_speak_json() -> None:
    """All but those that have nothing to say in it."""
    for name in set(COMMANDS) - {"login", "logout"}:
        has_json = any(parameter.name == "as_json" for parameter in command_called(name).params)

        assert has_json == (name not in {"completion", "help", "mock", "probe"})


def test_version_is_shown(user: Any) -> None:
    """On stdout."""
    ended = user.run("--version")

    assert (ended.code, ended.out) == (
        0,
        f"apple-music-ratings, version {__version__}\n",
    )


def test_no_command_shows_the_help(user: Any) -> None:
    """And it exits with the code of a usage error."""
    ended = user.run()

    assert ended.code == 2
    assert "Ratings:" in ended.out + ended.err


def test_unknown_command_is_a_usage_error(user: Any) -> None:
    """A typing error gets a hint."""
    cases: list[tuple[str, str]] = [("gett", "Did you mean 'get'?"), ("xyzzy", "Unknown command")]
    for word, hint in cases:
        ended = user.run(word)

        assert ended.code == 2
        assert hint in ended.err


def test_wrong_words_lead_to_the_command_and_never_to_its_opposite() -> None:
    """Names from other programs are known; each leads to a command that exists."""
    words = ("unlike", "undislike", "remove", "clear", "rate", "ls")
    found = {word: suggest(word) for word in words}
    names = {name for likely in SYNONYMS.values() for name in likely}

    assert found == {
        **dict.fromkeys(("unlike", "undislike", "remove", "clear"), ("delete",)),
        "rate": ("like", "dislike"),
        "ls": ("list",),
    }
    assert {name.split()[0] for name in names} - set(COMMANDS) == {"--version"}
    assert not set(SYNONYMS) & set(COMMANDS)


def test_wrong_use_says_where_help_is(user: Any) -> None:
    """On stderr, exit code 2."""
    for arguments in (["get", "--colr", "songs/1"], ["apply"], ["like"]):
        ended = user.run(*arguments)

        assert ended.code == 2
        assert ended.out == ""
        assert "--help" in ended.err


def test_completion_is_a_script_for_the_shell(user: Any) -> None:
    """It asks the program back under the name that click looks for."""
    for shell in ("zsh", "fish"):
        ended = user.run("completion", shell)

        assert ended.code == 0
        assert f"_APPLE_MUSIC_RATINGS_COMPLETE={shell}_complete" in ended.out


def test_completion_completes_commands(user: Any) -> None:
    """As the script of a shell would ask."""
    user.environ.update(
        {
            "_APPLE_MUSIC_RATINGS_COMPLETE": "zsh_complete",
            "COMP_WORDS": "apple-music-ratings exp",
            "COMP_CWORD": "1",
        }
    )

    ended = user.run_apart()

    assert "export" in ended.out


def test_closed_pipe_is_not_an_error(user: Any) -> None:
    """As in `... | head -1`: quiet, with the code that a shell expects."""
    running = user.start(
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
    """SQLite, keyrings and servers are loaded when a command needs them."""
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


def test_text_is_made_harmless() -> None:
    """What steers a terminal is spelled out; letters and pictures stay."""
    cases: list[tuple[str, str]] = [
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
    ]
    for text, shown in cases:
        assert escaped(text) == shown
        assert json.loads(to_json([text])) == [text]
        assert "\x1b" not in to_json([text])
        assert "\u202e" not in to_json({text: text}, indent=2)


def test_each_account_has_a_journal_of_its_own() -> None:
    """In the user's state folder, and the mock has another than Apple."""
    cases: list[tuple[str | None, dict[str, str], str]] = [
        (None, {}, "journal.sqlite3"),
        ("work", {}, "journal-work.sqlite3"),
        (None, {"APPLE_MUSIC_BASE_URL": "http://127.0.0.1:8787"}, "journal-127.0.0.1.sqlite3"),
        ("../x", {"APPLE_MUSIC_BASE_URL": "http://[::1]:1"}, "journal-.._x-__1.sqlite3"),
    ]
    for profile, environ, name in cases:
        path = Session(environ=environ, profile=profile).journal_path()

        assert path.name == name
        assert path.parent.name == "apple-music-ratings"


def test_journal_of_the_environment_is_taken() -> None:
    """Unless an option names another."""
    session = Session(environ={"APPLE_MUSIC_JOURNAL": "/tmp/a"})  # noqa: S108  # never written
    of_environment = session.journal_path()
    session.journal = Path("b")

    assert (of_environment, session.journal_path()) == (Path("/tmp/a"), Path("b"))  # noqa: S108
