"""Print what broke in public since the last release; fail if the changelog does not name it.

Griffe compares the packages with the last tag `v…`. Additions are not reported: the changelog is
read by people, and `tests/typing` holds what is there now.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import griffe

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("apple_music_ratings", "apple_music_ratings_mock")


def last_tag(root: Path) -> str | None:
    """Return the last release tag that the current commit descends from, if there is one."""
    command = ["git", "describe", "--tags", "--abbrev=0", "--match", "v*"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def breaking_changes(root: Path, tag: str) -> list[tuple[str, str]]:
    """Return the name of each changed object with an explanation.

    Args:
        root: The checkout.
        tag: What to compare with.
    """
    found = []
    for package in PACKAGES:
        old = griffe.load_git(package, ref=tag, repo=root, search_paths=["overlays"])
        new = griffe.load(package, search_paths=[root / "overlays"])
        for breakage in griffe.find_breaking_changes(old, new):
            explanation = breakage.explain(griffe.ExplanationStyle.ONE_LINE)
            found.append((breakage.obj.name, re.sub(r"\x1b\[\d+m", "", explanation)))
    return found


def unreleased(changelog: str) -> str:
    """Return the section of the changelog that the next release will have."""
    _, _, rest = changelog.partition("\n## Unreleased\n")
    return rest.partition("\n## ")[0]


def main(root: Path = ROOT) -> int:
    """Print every breaking change and return the exit code."""
    tag = last_tag(root)
    if tag is None:
        print("There is no release tag yet, so there is nothing to compare with.")
        return 0
    changes = breaking_changes(root, tag)
    named = unreleased((root / "CHANGELOG.md").read_text("utf-8"))
    missing = [name for name, _ in changes if not re.search(rf"\b{re.escape(name)}\b", named)]
    for _, explanation in changes:
        print(explanation)
    if missing:
        print(
            f"CHANGELOG.md, Unreleased, does not name: {', '.join(sorted(set(missing)))}",
            file=sys.stderr,
        )
    else:
        print(f"{len(changes)} breaking changes since {tag}, each named in CHANGELOG.md.")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
