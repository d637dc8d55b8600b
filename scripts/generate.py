"""Write every derived file of the repository, or check that the committed ones are fresh.

    python scripts/generate.py write    rebuild the generated client, then the derived pages
    python scripts/generate.py check    compare; print every file that differs and return 1

The client is built in an empty folder and put in place only if the whole run succeeded.
A derived page is a module next to this one that has `PAGE` and `document(page)`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIENT = "generated/apple_music_ratings_client"
# In this order; each reads sources that none of the later ones writes.
DERIVED_PAGES = (
    "document_commands",
    "document_evidence",
    "document_manual",
    "document_mock",
    "document_mock_admin",
)
ADVICE = "Derived files: change their sources, not the files, and run `make generate`."


def generate_client(target: Path) -> None:
    """Write the client into a folder that does not exist yet.

    Raises:
        subprocess.CalledProcessError: The generator rejected the contract, or warned.
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


def differences(committed: Path, fresh: Path) -> Iterator[str]:
    """Yield every file, in alphabetical order, that is edited, missing or stale."""
    here, there = _files(committed), _files(fresh)
    for name in sorted(here | there):
        if name not in here:
            yield f"{name} is missing"
        elif name not in there:
            yield f"{name} is stale: its source no longer produces it"
        elif (committed / name).read_bytes() != (fresh / name).read_bytes():
            yield f"{name} differs from its source"


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def derived_page(name: str) -> tuple[Path, str, str]:
    """Return the path of a derived page, its current text and its fresh text."""
    module = import_module(name)
    found = module.PAGE.read_text("utf-8") if module.PAGE.exists() else ""
    return module.PAGE, found, module.document(found)


def write(fresh: Path) -> None:
    """Put the fresh client in place, then write the pages."""
    shutil.rmtree(ROOT / CLIENT, ignore_errors=True)
    shutil.move(fresh, ROOT / CLIENT)
    for name in DERIVED_PAGES:
        path, found, text = derived_page(name)
        if found != text:
            path.write_text(text, "utf-8")


def check(fresh: Path) -> Iterator[str]:
    """Yield every difference between the committed files and the fresh ones."""
    for difference in differences(ROOT / CLIENT, fresh):
        yield f"{CLIENT}/{difference}"
    for name in DERIVED_PAGES:
        path, found, text = derived_page(name)
        if found != text:
            yield f"{path.relative_to(ROOT)} differs from its source"


def main(action: str) -> int:
    """Run one of the two actions and return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / Path(CLIENT).name
        try:
            generate_client(fresh)
        except subprocess.CalledProcessError as error:
            print("The generator failed; see above. Nothing was changed.", file=sys.stderr)
            return error.returncode
        if action == "write":
            write(fresh)
            return 0
        found = list(check(fresh))
    if found:
        print(*(f"{difference}." for difference in found), ADVICE, sep="\n", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in {"write", "check"}:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
