"""What the documents promise: targets, links, the demo, and the examples in docstrings."""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import apple_music_ratings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
MODULES = [
    module.name
    for module in pkgutil.walk_packages(apple_music_ratings.__path__, "apple_music_ratings.")
    if not module.name.endswith("__main__")
]


def run(program: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program of our own and read what it prints."""
    return subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, *program],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_readme_says_first_what_it_is() -> None:
    """The name, one sentence, and that it is not Apple's."""
    head = README.splitlines()[:5]

    assert head[0] == "# apple-music-ratings"
    assert "*Unofficial; not affiliated with Apple.*" in head


def test_targets_in_the_documents_exist() -> None:
    """Every `make` word that a document tells a reader to type is a target."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        word
        for document in documents
        for word in re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)`", document.read_text("utf-8"))
    }

    assert {"demo", "test", "generate"} <= targets
    assert named - targets == set()


def test_links_between_documents_lead_somewhere() -> None:
    """A relative link in a document points at a file that is there."""
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text("utf-8"))
        if "://" not in target and not (document.parent / target).exists()
    ]

    assert broken == []


def test_demo_reads_back_all_that_it_prints() -> None:
    """`make demo` ends with 0, and only with everything read back as written."""
    shown = run(["docs/examples/demo.py"], os.environ | {"PYTHONIOENCODING": "utf-8"})

    assert shown.returncode == 0
    assert "18 of 18 items of 9 types" in shown.stdout
    assert "Undone: 500 of 500 items read back" in shown.stdout


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings_hold(module: str) -> None:
    """Examples in docstrings give what they show."""
    result = doctest.testmod(importlib.import_module(module))

    assert result.failed == 0


def test_there_are_examples_in_docstrings() -> None:
    """The test above is not about nothing."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [
        example
        for module in MODULES
        for found in finder.find(importlib.import_module(module))
        for example in found.examples
    ]

    assert len(examples) > 3
