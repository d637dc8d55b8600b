"""Measure what the pytest plugin costs a run that does not use it.

`python benchmarks/plugin_cost.py`: pytest runs one empty test with the plugin and without it, in
turns, and the medians are compared.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

ROUNDS = 25
PLUGIN = "apple-music-ratings-mock"
# Without the plugins of other packages, whose cost would hide that of this one.
ENVIRON = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def measure(folder: str, *options: str) -> float:
    """Return the milliseconds of one run."""
    start = perf_counter()
    subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-m", "pytest", "-q", *options, "test_nothing.py"],
        cwd=folder,
        env=ENVIRON,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return (perf_counter() - start) * 1000


def main() -> None:
    """Print both medians, and the median of the differences of each round."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        rounds = [(measure(folder), measure(folder, "-p", PLUGIN)) for _ in range(ROUNDS)]
    without, with_plugin = (median(each) for each in zip(*rounds, strict=True))
    difference = median(after - before for before, after in rounds)
    print(  # the result
        f"without {without:.0f} ms, with {with_plugin:.0f} ms; "
        f"difference {difference:+.1f} ms, median of {ROUNDS} rounds"
    )


if __name__ == "__main__":
    main()
