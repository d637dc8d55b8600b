"""What needs an extra names it, in an environment without any."""

from __future__ import annotations

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


def test_missing_module_of_our_own_is_not_called_a_missing_extra(tmp_path: Path) -> None:
    """A damaged installation is shown as one."""
    damaged = Environment(tmp_path, "click", "h11", "keyring", "platformdirs", "rich")
    damaged.remove("apple_music_ratings.cli.app")
    ended = damaged.run("-m", "apple_music_ratings.cli", "--version")

    assert ended.returncode == 1
    assert "ModuleNotFoundError" in ended.stderr
    assert "pip install" not in ended.stderr
