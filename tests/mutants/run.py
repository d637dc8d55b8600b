"""Apply each mutant to a copy of the checkout and check that a test fails: `make mutants`.

Prints one line for each mutant, with the first test that turned red. The exit code is 0 only if the
tests pass without a mutant and fail with every one of them. Names given as arguments select the
mutants that contain one of them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mutants.table import CLIENT, MOCK, Mutant

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    *("benchmarks", "docs", "generated", "overlays", "scripts", "tests"),
    *("openapi.yaml", "pyproject.toml"),
)
PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")
LIMIT = 600.0


def first_red(copy: Path, tests: Sequence[str]) -> str | None:
    """Run tests in a copy.

    Returns:
        The name of the first that fails; `None` if all pass.
    """
    run = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, *PYTEST, *(f"tests/{name}" for name in tests)],
        cwd=copy,
        # The copy comes before the editable install of the checkout.
        env=os.environ | {"PYTHONPATH": f"{copy / 'overlays'}{os.pathsep}{copy / 'generated'}"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    if run.returncode == 0:
        return None
    found = re.search(r"^(?:FAILED|ERROR) \S*?([^/\s]+\.py::\w+)", run.stdout, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"the tests did not run:\n{run.stdout}{run.stderr}")
    return found[1]


def red_with(mutant: Mutant, copy: Path) -> str | None:
    """Return the first test that fails with a mutant, and restore the copy.

    Raises:
        LookupError: The mutant no longer fits the code.
    """
    file = copy / mutant.file
    text = file.read_text("utf-8")
    count = text.count(mutant.old)
    if count != 1:
        raise LookupError(f"{mutant.what}: {mutant.file} contains the text {count} times")
    file.write_text(text.replace(mutant.old, mutant.new), "utf-8")
    try:
        return first_red(copy, mutant.tests)
    finally:
        file.write_text(text, "utf-8")


def main(names: Sequence[str]) -> int:
    """Run the mutants and return the exit code."""
    mutants = [
        mutant
        for mutant in (*MOCK, *CLIENT)
        if not names or any(name in mutant.what for name in names)
    ]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in PARTS:
            source = ROOT / part
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / part)
        tests = sorted({name for mutant in mutants for name in mutant.tests})
        red = first_red(copy, tests)
        print("green without a mutant" if red is None else f"RED WITHOUT A MUTANT: {red}")
        missed = int(red is not None)
        for number, mutant in enumerate(mutants, 1):
            red = red_with(mutant, copy)
            missed += red is None
            print(f"{number:>3}  {mutant.what:<64} {red or 'MISSED'}", flush=True)
    print("Every mutant was found." if not missed else f"{missed} failed.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
