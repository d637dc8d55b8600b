"""What needs an extra names it, in an environment without any."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from support.environments import Environment

PRINT_ERROR = """
import sys
from apple_music_ratings import ConfigurationError
try:
    {call}
except ConfigurationError as error:
    print(error)
"""


@pytest.fixture
def core(tmp_path: Path) -> Environment:
    """An environment without any extra."""
    return Environment(tmp_path)


@pytest.mark.parametrize(
    ("extra", "arguments"),
    [
        ("cli", ("-m", "apple_music_ratings.cli", "--version")),
        ("mock", ("-m", "apple_music_ratings_mock", "--port", "0")),
    ],
)
def test_program_without_its_extra_names_it(
    core: Environment, extra: str, arguments: tuple[str, ...]
) -> None:
    """With the command that installs it, and exit code 1."""
    ended = core.run(*arguments)

    assert ended.returncode == 1
    assert f"pip install 'apple-music-ratings[{extra}]'" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("extra", "call"),
    [
        (
            "fast",
            "from apple_music_ratings.transports import fast_async_transport;"
            " fast_async_transport()",
        ),
        (
            "redis",
            "from apple_music_ratings.limiters.redis import RedisLimiter;"
            " RedisLimiter('redis://127.0.0.1', 20)",
        ),
        (
            "cli",
            "from apple_music_ratings import RatingsClient;"
            " RatingsClient.from_env(environ={}, profile='work')",
        ),
    ],
)
def test_call_without_its_extra_names_it(core: Environment, extra: str, call: str) -> None:
    """The module can be imported all the same; the error comes at first use."""
    ended = core.run("-c", PRINT_ERROR.format(call=call))

    assert f"pip install 'apple-music-ratings[{extra}]'" in ended.stdout, ended.stderr


RUN_COMMANDS = """
import contextlib, io, json, sys
from apple_music_ratings.cli.app import run
from apple_music_ratings.cli.commands import COMMANDS

more = [["plan", sys.argv[1]], ["mock", "serve", "--port", "0"]]
ended = {}
for words in [*([name, "--help"] for name in COMMANDS), *more]:
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = run(words, environ={"HOME": "/"})
    ended[" ".join(words)] = code, out.buffer.getvalue().decode()
print(json.dumps(ended))
"""


def test_every_command_runs_with_the_extra_cli_or_names_another(tmp_path: Path) -> None:
    """Workbooks and the mock need extras of their own; no other command does."""
    book = tmp_path / "ratings.csv"
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    folder = tmp_path / "environment"
    folder.mkdir()

    done = Environment(folder, extras=("cli",)).run("-c", RUN_COMMANDS, str(book))
    ended = json.loads(done.stdout)
    failed = {words: text for words, (code, text) in ended.items() if code}

    assert len(ended) > 15
    assert sorted(failed) == ["mock serve --port 0", f"plan {book}"]
    assert "Run: pip install 'apple-music-ratings[xlsx]'" in failed[f"plan {book}"]
    assert "pip install 'apple-music-ratings[mock]'" in failed["mock serve --port 0"]


def test_mock_without_its_extra_works_in_process_and_names_it_otherwise(core: Environment) -> None:
    """Scenarios need YAML, and sockets a server."""
    ended = core.run(
        "-c",
        "from apple_music_ratings_mock import MockService\n"
        "print(MockService().transport)\n"
        "try: MockService.from_scenario('small-library')\n"
        "except ImportError as error: print(error)\n",
    )
    made, named = ended.stdout.splitlines()

    assert "MockTransport" in made
    assert "pip install 'apple-music-ratings[mock]'" in named, ended.stderr


def test_missing_module_of_our_own_is_not_called_a_missing_extra(tmp_path: Path) -> None:
    """A damaged installation is shown as one."""
    damaged = Environment(tmp_path, "click", "h11", "keyring", "platformdirs", "rich")
    damaged.remove("apple_music_ratings.cli.app")
    ended = damaged.run("-m", "apple_music_ratings.cli", "--version")

    assert ended.returncode == 1
    assert "ModuleNotFoundError" in ended.stderr
    assert "pip install" not in ended.stderr
