"""SECURITY.md promises what tests keep."""

from __future__ import annotations

import ast
import re
import tomllib
from itertools import chain
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from apple_music_ratings.cli.app import program

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]
SECRET = re.compile(r"token|secret|private|password")
# The newest release that fixed a known vulnerability, and its advisory; `None` where none is known
# in the releases since our bound, as of November 2026.
FIXED_IN = {
    "aiohttp": ("3.14.4", "PYSEC-2026-4369; earlier CVE-2026-54280 and others"),
    "attrs": None,
    "click": ("8.3.3", "CVE-2026-7246, disputed: click.edit, which is not used here"),
    "cryptography": ("50.0.0", "CVE-2026-69247; earlier CVE-2026-26007 and CVE-2024-12797"),
    "h11": ("0.16.0", "CVE-2025-43859: malformed chunks are accepted"),
    "httpcore": ("1.0.9", "CVE-2025-43859: the first that allows h11 0.16"),
    "httptools": ("0.6.3", "CVE-2024-27982: llhttp 9.2.1"),
    "httpx": ("0.23.0", "CVE-2021-41945"),
    "jsonschema": None,
    "keyring": None,
    "openpyxl": ("2.4.2", "CVE-2017-5992"),
    "platformdirs": None,
    "pyjwt": ("2.15.0", "CVE-2026-101918; earlier CVE-2026-102267 and CVE-2026-32597"),
    "pyrate-limiter": None,
    "pyyaml": ("5.4", "CVE-2020-14343"),
    "redis": ("4.5.5", "CVE-2023-28859"),
    "rich": None,
    "uvicorn": ("0.11.7", "CVE-2020-7695"),
    "uvloop": None,
}
# These say something about a token, or where a key is; none of them is one.
HARMLESS = {"--save-developer-token", "developer-token"}


def options(command: click.Command, name: str) -> list[tuple[str, click.Parameter]]:
    """Return every parameter of a command and of those below it."""
    found = [(name, parameter) for parameter in command.params]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            child = command.get_command(context, below)
            assert child is not None
            found += options(child, f"{name} {below}")
    return found


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_promise_names_a_test_that_exists(file: str, name: str) -> None:
    """Renaming a test would leave its promise alone."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    names = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }

    assert name in names


def test_every_promise_has_its_test() -> None:
    """A promise without one is a wish."""
    assert len(ROWS) >= 10
    assert not [row for row in ROWS if "`tests/" not in row]


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """Arguments can be read by every user of the machine."""
    found = options(program, "apple-music-ratings")
    secrets = [
        (name, parameter.opts)
        for name, parameter in found
        if SECRET.search(" ".join(parameter.opts))
        and not HARMLESS & set(parameter.opts)
        and not isinstance(parameter.type, (click.Path, click.File))
    ]

    assert len(found) > 50
    assert secrets == []


def test_flags_about_tokens_take_no_value() -> None:
    """What is called harmless above is a flag."""
    taken = [parameter for _, parameter in options(program, "") if HARMLESS & set(parameter.opts)]

    assert taken
    assert all(isinstance(each, click.Option) and each.is_flag for each in taken)


def test_lower_bounds_have_no_known_vulnerability() -> None:
    """The lowest versions allowed include no release with an advisory that is known here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = chain(project["dependencies"], *project["optional-dependencies"].values())
    bounds = {
        requirement.name.lower(): Version(bound.version)
        for requirement in map(Requirement, named)
        if requirement.name != project["name"]
        for bound in requirement.specifier
        if bound.operator == ">="
    }
    too_low = {
        name: fixed
        for name, fixed in FIXED_IN.items()
        if fixed is not None and bounds[name] < Version(fixed[0])
    }

    assert set(bounds) == set(FIXED_IN)
    assert too_low == {}
