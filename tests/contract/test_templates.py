"""Each forked template is recorded with its reason and with the original it was forked from."""

from __future__ import annotations

import difflib
import hashlib
import re
from importlib import resources
from pathlib import Path

import pytest
from attrs import frozen

ROW = re.compile(
    r"""^\|\ `(?P<name>[\w./-]+\.jinja)`
    \ \|\ (?P<lines>\d+)
    \ \|\ (?P<reason>.+?)
    \ \|\ `(?P<hash>[0-9a-f]{64})`\ \|$""",
    re.MULTILINE | re.VERBOSE,
)


@frozen
class Fork:
    """One row of the table of forked templates."""

    name: str
    changed_lines: int
    reason: str
    upstream_hash: str


@pytest.fixture(scope="module")
def forks(root: Path) -> list[Fork]:
    """The table of forked templates."""
    text = (root / "overlays" / "templates" / "README.md").read_text("utf-8")
    return [
        Fork(row["name"], int(row["lines"]), row["reason"], row["hash"])
        for row in ROW.finditer(text)
    ]


def upstream(name: str) -> bytes:
    """Read a template of the installed generator."""
    return resources.files("openapi_python_client").joinpath("templates", name).read_bytes()


def test_every_fork_is_recorded_once(root: Path, forks: list[Fork]) -> None:
    """Files and rows are the same set."""
    folder = root / "overlays" / "templates"
    files = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path != folder / "README.md"
    }

    assert sorted(fork.name for fork in forks) == sorted(files)


def test_originals_are_those_that_were_forked(forks: list[Fork]) -> None:
    """The installed generator has the very templates from which ours were made."""
    installed = {fork.name: hashlib.sha256(upstream(fork.name)).hexdigest() for fork in forks}

    assert installed == {fork.name: fork.upstream_hash for fork in forks}


def test_forks_change_as_little_as_they_say(root: Path, forks: list[Fork]) -> None:
    """The recorded number of lines is the number of lines that the original lacks."""
    changed = {}
    for fork in forks:
        ours = (root / "overlays" / "templates" / fork.name).read_text("utf-8").splitlines()
        delta = difflib.ndiff(upstream(fork.name).decode("utf-8").splitlines(), ours)
        changed[fork.name] = sum(line.startswith("+ ") for line in delta)

    assert changed == {fork.name: fork.changed_lines for fork in forks}


def test_record_names_the_installed_generator(root: Path) -> None:
    """The version that the record speaks of is the installed one."""
    from importlib.metadata import version

    text = (root / "overlays" / "templates" / "README.md").read_text("utf-8")

    assert f"openapi-python-client {version('openapi-python-client')} " in text
