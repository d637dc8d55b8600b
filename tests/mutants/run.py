"""Put each fault into a copy of the checkout and see whether the tests notice: `make mutants`.

Prints one line for each fault, with the first test that turned red. Exits with 0 only if the tests
are green without a fault and red with every one of them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mutants.faults import CLIENT, MOCK, Fault

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("docs", "generated", "overlays", "tests", "openapi.yaml", "pyproject.toml")
# The quick tests; the drift check would find a fault in generated code for the wrong reason.
TESTS = {
    "mock": ("tests/mock", "tests/client", "tests/contract/test_schemathesis.py"),
    "client": ("tests/client",),
}
PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider")
LIMIT = 300.0


def first_red(copy: Path, side: str) -> str | None:
    """Run the tests of one side in a copy and name the first that fails.

    Returns:
        The name of a test; `None` when all are green.
    """
    # Stopping at the first failure sometimes trips xdist up; one process is slower and does not.
    for workers in ("2", "0"):
        run = subprocess.run(  # noqa: S603  # our own interpreter
            [sys.executable, *PYTEST, "-n", workers, *TESTS[side]],
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
        if found is not None:
            return found[1]
    raise RuntimeError(f"the tests did not run:\n{run.stdout}{run.stderr}")


def put_in(fault: Fault, copy: Path) -> None:
    """Make the slip in a copy.

    Raises:
        LookupError: The right text is not there exactly once; the fault has to be written anew.
    """
    file = copy / fault.file
    text = file.read_text("utf-8")
    times = text.count(fault.old)
    if times != 1:
        raise LookupError(f"{fault.what}: {fault.file} holds the text {times} times")
    file.write_text(text.replace(fault.old, fault.new), "utf-8")


def main() -> int:
    """Run all faults and give the exit code."""
    missed = 0
    for side, faults in (("mock", MOCK), ("client", CLIENT)):
        print(f"{side}: ", end="", flush=True)
        for number, fault in enumerate([None, *faults]):
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder)
                for part in PARTS:
                    source = ROOT / part
                    (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / part)
                if fault is not None:
                    put_in(fault, copy)
                red = first_red(copy, side)
            if fault is None:
                print("green without a fault" if red is None else f"RED WITHOUT A FAULT: {red}")
                missed += red is not None
                continue
            missed += red is None
            print(f"  {number:>2}  {fault.what:<62} {red or 'MISSED'}", flush=True)
    print("Every fault was found." if not missed else f"{missed} not as it should be.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
