"""What the documents promise: targets, links, paths, the demo, and examples in docstrings."""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys

from support.pages import PAGES, ROOT, name_of

import apple_music_ratings

DOCUMENTS = [*ROOT.glob("*.md"), *(page for page in PAGES if page.parent != ROOT)]
MODULES = [
    module.name
    for module in pkgutil.walk_packages(apple_music_ratings.__path__, "apple_music_ratings.")
    if not module.name.endswith("__main__")
]
# The folders of our packages, in which a document names files without the way to them.
PACKAGES = [
    ROOT / "overlays" / name for name in ("apple_music_ratings", "apple_music_ratings_mock")
]


def test_readme_begins_with_what_it_is() -> None:
    """The name, one sentence, and that it is unofficial."""
    head = (ROOT / "README.md").read_text("utf-8").splitlines()[:5]

    assert head[0] == "# apple-music-ratings"
    assert "*Unofficial; not affiliated with Apple.*" in head


def test_targets_in_the_documents_exist() -> None:
    """Every `make` command of a document names a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        target
        for document in DOCUMENTS
        for target in re.findall(
            r"(?:`|^\$ )make ([a-z]+(?:-[a-z]+)*)", document.read_text("utf-8"), re.MULTILINE
        )
    }

    assert {"demo", "test", "generate"} <= named
    assert named - targets == set()


def test_links_between_documents_work() -> None:
    """The file of every relative link exists."""
    broken = [
        f"{name_of(document)}: {target}"
        for document in DOCUMENTS
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text("utf-8"))
        if "://" not in target and not (document.parent / target).exists()
    ]

    assert broken == []


def test_modules_named_by_the_documents_for_developers_exist() -> None:
    """Files and folders in backticks, and those in the first columns of the trees."""
    named = re.compile(r"`([a-z_0-9]+(?:/[a-z_0-9.]*)+|_[a-z][a-z_]*)`")
    missing = [
        f"{name}: {path}"
        for name in ("CONTRIBUTING.md", "docs/architecture.md", "docs/decisions.md")
        for path in named.findall((ROOT / name).read_text("utf-8"))
        if not any(
            (folder / path).exists() or (folder / f"{path}.py").exists()
            for folder in (ROOT, *PACKAGES)
        )
    ]

    assert missing == []


def test_demo_reads_back_all_that_it_writes() -> None:
    """`make demo` ends with 0, and only if everything reads back as written."""
    shown = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "docs/examples/demo.py"],
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )

    assert shown.returncode == 0
    assert "18 of 18 items of 9 types" in shown.stdout


def test_examples_in_docstrings_print_what_they_show() -> None:
    """Those of every module; examples that need a service have a test of their own."""
    results = {name: doctest.testmod(importlib.import_module(name)) for name in MODULES}

    assert sum(result.attempted for result in results.values()) > 3
    assert [name for name, result in results.items() if result.failed] == []
