"""How long imports and the command line take to start, each time in a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from .figures import Goal, Section
from .rounds import Effort, interleaved

BARE = "import httpx, attrs"
OURS = "import apple_music_ratings"
HELP = "apple-music-ratings --help"
VERSION = "apple-music-ratings --version"
_TIMED = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"


def python_of(environment: Path) -> Path:
    """Find the interpreter of a virtual environment."""
    windows = environment / "Scripts" / "python.exe"
    return windows if windows.exists() else environment / "bin" / "python"


def without_extras(effort: Effort, python: Path) -> Section:
    """Measure the import where nothing but the package and what it needs is installed."""
    runs: dict[str, list[float]] = {BARE: [], OURS: []}
    for number in range(effort.rounds + 1):
        for statement, values in runs.items():
            spent = float(_output([str(python), "-c", _TIMED.format(statement)]))
            # The first round fills the caches of files and byte code.
            if number:
                values.append(spent * 1e3)
    return Section(
        group="start",
        name="import, without extras",
        about="the import statement alone, in a fresh process of an environment without extras.",
        reference=BARE,
        runs=runs,
        unit="ms",
        goals=(Goal(contender=OURS, against=BARE, limit=1.25),),
        ours=(OURS,),
    )


def command_line(effort: Effort) -> Section:
    """Measure whole processes of the command line."""
    program = str(Path(sys.executable).with_name("apple-music-ratings"))
    commands = {
        OURS: [sys.executable, "-c", OURS],
        HELP: [program, "--help"],
        VERSION: [program, "--version"],
    }
    runs, _ = interleaved(
        {name: _starting(command) for name, command in commands.items()}, rounds=effort.rounds
    )
    return Section(
        group="start",
        name="start of the command line",
        about="whole processes, from start to end, in an environment with the extra `[cli]`.",
        reference=OURS,
        runs={name: [each * 1e3 for each in values] for name, values in runs.items()},
        unit="ms",
        goals=(
            Goal(contender=HELP, against=OURS, limit=1.1),
            Goal(contender=VERSION, against=OURS, limit=1.1),
        ),
        ours=(HELP, VERSION),
    )


def _starting(command: list[str]) -> Callable[[], None]:
    def run() -> None:
        _output(command)

    return run


def _environment() -> dict[str, str]:
    # With byte code, as usual: PYTHONDONTWRITEBYTECODE would compile everything again.
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _output(command: list[str]) -> str:
    return subprocess.run(  # noqa: S603  # our own programs
        command, env=_environment(), capture_output=True, text=True, timeout=60, check=True
    ).stdout
