"""The worked example of CONTRIBUTING.md, carried out on a copy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PATCHES = re.findall(r"^```diff\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
COPIED = (
    *(".ci", "generated", "overlays", "tests"),
    *("openapi.yaml", "generator-config.yaml", "pyproject.toml", "CHANGELOG.md"),
)
NEW_TESTS = (
    "tests/client/test_probes.py::test_storefront_of_a_platform_is_asked_for",
    "tests/mock/test_around.py::test_storefront_of_an_unnamed_platform_is_refused",
)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program in the copy, with the copy's packages before all others."""
    sources = os.pathsep.join(str(folder / name) for name in ("overlays", "generated"))
    # Neither measured nor taken for a part of this run.
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COVERAGE_", "PYTEST_"))
    }
    return subprocess.run(  # noqa: S603  # our own programs and git
        words,
        cwd=folder,
        env={**environ, "PYTHONPATH": sources},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def run_tests(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the tests that the example adds."""
    return run(
        folder,
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"),
        *NEW_TESTS,
    )


def apply(folder: Path, patches: list[str]) -> None:
    """Apply patches as a reader would type them: by what surrounds them, not by line numbers."""
    for each in re.split(r"^(?=--- a/)", "".join(patches), flags=re.MULTILINE)[1:]:
        (folder / "example.diff").write_text(each, "utf-8")
        done = run(folder, "git", "apply", "--recount", "--unidiff-zero", "example.diff")

        assert done.returncode == 0, f"CONTRIBUTING.md is stale:\n{done.stderr}\n{each}"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the example touches, and of what that needs."""
    ignored = shutil.ignore_patterns("__pycache__", ".hypothesis")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def test_worked_example_does_what_it_says(copy: Path) -> None:
    """The contract gives the parameter, the tests are red before the overlay and green after."""
    contract, tests, *overlay = PATCHES

    apply(copy, [contract])
    generated = run(copy, sys.executable, ".ci/generate.py", "write")
    assert generated.returncode == 0, generated.stderr
    written = copy / "generated/apple_music_ratings_client/api/probes/get_user_storefront.py"
    assert "platform: str | Unset = UNSET" in written.read_text("utf-8")

    apply(copy, [tests])
    red = run_tests(copy)
    assert "4 failed" in red.stdout, red.stdout + red.stderr

    apply(copy, overlay)
    green = run_tests(copy)
    assert "4 passed" in green.stdout, green.stdout + green.stderr

    # The change is public, and the changelog of the example names it.
    stale = run(copy, sys.executable, ".ci/public_surface.py", "check")
    assert "get_storefront" in stale.stderr
    accepted = run(copy, sys.executable, ".ci/public_surface.py", "write")
    assert accepted.returncode == 0, accepted.stderr
