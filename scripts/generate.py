"""Generate the client from the contract, or check that the committed one is fresh.

    python scripts/generate.py write    build it anew and put it in place
    python scripts/generate.py check    build it elsewhere and compare; 1 on the first difference

Both start from an empty folder. Nothing is put in place unless the whole run succeeded.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ROOT / "generated"
PACKAGE = "apple_music_ratings_client"


def generate(target: Path) -> None:
    """Write the client into a folder that does not exist yet.

    Raises:
        subprocess.CalledProcessError: The generator refused the contract, or warned.
    """
    programs = str(Path(sys.executable).parent)
    subprocess.run(
        [
            f"{programs}/openapi-python-client",
            "generate",
            f"--path={ROOT / 'openapi.yaml'}",
            f"--config={ROOT / 'generator-config.yaml'}",
            f"--custom-template-path={ROOT / 'overlays' / 'templates'}",
            f"--output-path={target}",
            "--meta=none",
            "--fail-on-warning",
        ],
        check=True,
        # The generator's hooks look for the formatter on the PATH; it has to be the pinned one.
        env=os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
    )
    (target / "py.typed").touch()


def first_difference(committed: Path, fresh: Path) -> str | None:
    """Name the first file, in alphabetical order, that is edited, missing or stale."""
    here, there = _files(committed), _files(fresh)
    for name in sorted(here | there):
        if name not in here:
            return f"{name} is missing"
        if name not in there:
            return f"{name} is stale: the contract no longer gives it"
        if (committed / name).read_bytes() != (fresh / name).read_bytes():
            return f"{name} differs from what the contract gives"
    return None


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def main(action: str) -> int:
    """Run one of the two actions and give the exit code."""
    committed = GENERATED / PACKAGE
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / PACKAGE
        try:
            generate(fresh)
        except subprocess.CalledProcessError as error:
            print("The generator failed, see above. Nothing was changed.", file=sys.stderr)
            return error.returncode
        if action == "write":
            shutil.rmtree(committed, ignore_errors=True)
            shutil.move(fresh, committed)
            return 0
        difference = first_difference(committed, fresh)
    if difference is None:
        return 0
    print(
        f"generated/{PACKAGE}/{difference}.\n"
        "Change openapi.yaml, not the generated code, and run `make generate`.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in {"write", "check"}:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
