"""The Python of the pages passes a strict type check."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from support.pages import PAGES, ROOT, blocks, name_of


def modules() -> dict[str, str]:
    """Return the Python of the pages as modules.

    The blocks of a page that run one after another are one module, since each uses the names of
    those above it. A block with a mark is a program of its own.
    """
    found: dict[str, str] = {}
    for page in PAGES:
        stem = re.sub(r"\W", "_", name_of(page).removesuffix(".md"))
        for block in blocks(page):
            if block.language == "python":
                name = f"{stem}_line_{block.line}" if block.mark else stem
                found[name] = found.get(name, "") + block.text
    return found


def test_python_of_the_pages_type_checks(tmp_path: Path) -> None:
    """With the settings of the project, so strictly."""
    for name, text in modules().items():
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
    checked = subprocess.run(  # noqa: S603  # mypy itself
        [
            *(sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml"),
            *("--cache-dir", ROOT / ".mypy_cache", "--no-error-summary", tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )

    assert checked.stdout + checked.stderr == ""
