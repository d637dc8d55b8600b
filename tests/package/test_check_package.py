"""What `make build` asks of wheel and sdist, on made-up ones; it judges the real ones itself."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

INFO = "apple_music_ratings-0.1.0.dist-info"
MANUAL = "apple_music_ratings-0.1.0.data/data/share/man/man1/apple-music-ratings.1"
METADATA = """\
Name: apple-music-ratings
Summary: Ratings.
Author: Someone
License-Expression: MIT
License-File: LICENSE
Keywords: ratings
Requires-Python: >=3.11
Requires-Dist: attrs>=23.2
Requires-Dist: cryptography>=50
Requires-Dist: httpcore<2,>=1.0.9
Requires-Dist: httpx<0.29,>=0.28
Requires-Dist: pyjwt>=2.15
Provides-Extra: all
Requires-Dist: click>=8.2; extra == 'all'
Requires-Dist: pyyaml>=6; extra == 'all'
Provides-Extra: cli
Requires-Dist: click>=8.2; extra == 'cli'
Provides-Extra: fast
Provides-Extra: mock
Requires-Dist: pyyaml>=6; extra == 'mock'
Provides-Extra: probe
Requires-Dist: pyyaml>=6; extra == 'probe'
Provides-Extra: redis
Provides-Extra: xlsx

# apple-music-ratings
"""


@pytest.fixture(scope="module")
def check(script: Callable[[str], ModuleType]) -> ModuleType:
    """The script that judges."""
    return script("check_package")


@pytest.fixture(scope="module")
def versions(script: Callable[[str], ModuleType]) -> ModuleType:
    """The script that finds the lowest versions."""
    return script("lowest_versions")


def a_wheel(check: ModuleType) -> set[str]:
    """The names in a wheel with which nothing is wrong."""
    return {*check.WANTED_IN_WHEEL, MANUAL, f"{INFO}/METADATA", f"{INFO}/licenses/LICENSE"}


def metadata(old: str = "", new: str = "") -> Message:
    """Good metadata, with one text in the place of another."""
    assert old in METADATA
    return HeaderParser().parsestr(METADATA.replace(old, new, 1))


def test_whole_wheel_passes(check: ModuleType) -> None:
    """Everything there, and nothing else."""
    assert check.wheel_problems(a_wheel(check), check.WANTED_IN_WHEEL) == []


@pytest.mark.parametrize(
    "lost",
    [
        "apple_music_ratings/py.typed",
        "apple_music_ratings_client/py.typed",
        "apple_music_ratings_mock/serving/dashboard.html",
        "apple_music_ratings_mock/scenarios/small-library.yaml",
        f"{INFO}/licenses/LICENSE",
        MANUAL,
    ],
)
def test_wheel_without_something_fails(check: ModuleType, lost: str) -> None:
    """Types, pages, scenarios and the license are part of the product."""
    problems = check.wheel_problems(a_wheel(check) - {lost}, check.WANTED_IN_WHEEL)

    assert len(problems) == 1
    assert "lacks" in problems[0]


@pytest.mark.parametrize(
    "added",
    [
        "tests/test_client.py",
        "apple_music_ratings/__pycache__/client.cpython-311.pyc",
        "apple_music_ratings/notes.txt",
        "benchmarks/bulk.py",
    ],
)
def test_wheel_with_something_else_fails(check: ModuleType, added: str) -> None:
    """Tests, caches and strays stay at home."""
    problems = check.wheel_problems(a_wheel(check) | {added}, check.WANTED_IN_WHEEL)

    assert f"the wheel has {added}" in problems


def test_wheel_without_a_module_of_the_source_fails(check: ModuleType) -> None:
    """What is in the checkout is in the wheel."""
    sources = check.WANTED_IN_WHEEL | {"apple_music_ratings/new.py"}

    assert check.wheel_problems(a_wheel(check), sources) == [
        "the wheel lacks apple_music_ratings/new.py"
    ]


@pytest.mark.parametrize(
    ("lost", "added", "problem"),
    [
        ("openapi.yaml", None, "the sdist lacks openapi.yaml"),
        ("LICENSE", None, "the sdist lacks LICENSE"),
        (None, "tests/conftest.py", "the sdist has tests/conftest.py"),
        (None, ".ci/run", "the sdist has .ci/run"),
        (None, "overlays/a.pyc", "the sdist has overlays/a.pyc, which is made and not written"),
        (None, "overlays/AuthKey.p8", "the sdist has overlays/AuthKey.p8, which is made"),
    ],
)
def test_sdist_is_judged(
    check: ModuleType, lost: str | None, added: str | None, problem: str
) -> None:
    """The contract is in it, and neither tests nor keys are."""
    whole = {*check.WANTED_IN_SDIST, "PKG-INFO", "overlays/apple_music_ratings/__init__.py"}
    names = (whole - {lost}) | ({added} if added else set())

    assert check.sdist_problems(whole) == []
    assert [found for found in check.sdist_problems(names) if found.startswith(problem)]


def test_complete_metadata_passes(check: ModuleType) -> None:
    """The packages of the core, and every extra."""
    assert check.metadata_problems(metadata()) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Summary: Ratings.\n", "", "lacks Summary"),
        ("License-Expression: MIT\n", "", "license"),
        ("# apple-music-ratings", "", "lacks the README"),
        ("Provides-Extra: all", "Requires-Dist: rich>=13\nProvides-Extra: all", "core requires"),
        ("pyjwt>=2.15", "pyjwt[crypto]>=2.15", "core requires"),
        ("Provides-Extra: redis\n", "", "extras are"),
        ("Requires-Dist: click>=8.2; extra == 'all'\n", "", "`all` lacks ['click'] of `cli`"),
    ],
)
def test_metadata_that_is_wrong_fails(check: ModuleType, old: str, new: str, problem: str) -> None:
    """And says what is."""
    problems = check.metadata_problems(metadata(old, new))

    assert len(problems) == 1
    assert problem in problems[0]


def test_lowest_versions_are_those_of_the_bounds(versions: ModuleType) -> None:
    """Each package once; upper bounds and extras do not matter."""
    required = ["httpx<0.29,>=0.28", "pyjwt[crypto]>=2.9", "click>=8.2; extra == 'cli'"]
    again = [*required, "click>=8.2; extra == 'all'"]

    assert versions.lowest([Requirement(line) for line in again]) == [
        "httpx==0.28",
        "pyjwt==2.9",
        "click==8.2",
    ]


@pytest.mark.parametrize(
    ("required", "problem"),
    [(["rich"], "rich needs one lower bound"), (["rich>=13", "rich>=14"], "two lower bounds")],
)
def test_requirement_without_one_lower_bound_fails(
    versions: ModuleType, required: list[str], problem: str
) -> None:
    """Only tested bounds are allowed."""
    with pytest.raises(ValueError, match=problem):
        versions.lowest([Requirement(line) for line in required])


def test_project_gives_every_requirement_one_lower_bound(root: Path, versions: ModuleType) -> None:
    """So that the lowest versions can be installed and tried."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        lines += [line for line in extra if not line.startswith(project["name"])]

    assert len(versions.lowest([Requirement(line) for line in lines])) >= 10
