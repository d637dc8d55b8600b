"""Environments without the extras, for what a missing package does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

OURS = ("apple_music_ratings", "apple_music_ratings_client", "apple_music_ratings_mock")


class Environment:
    """A folder with our packages, and of other packages those of the core and no more.

    Args:
        folder: An empty folder.
        also: Distributions to add, without what they require.
        extras: Extras of ours to add, with what they require.
    """

    def __init__(self, folder: Path, *also: str, extras: tuple[str, ...] = ()) -> None:
        self._folder = folder
        for name in OURS:
            self._link(Path(str(import_module(name).__file__)).parent)
        required = _required_by("apple-music-ratings", ("", *extras))
        for found in [*required, *map(distribution, also)]:
            for file in found.files or ():
                top = Path(str(found.locate_file(file.parts[0])))
                if file.parts[0] != ".." and top.name not in {"bin", "__pycache__"}:
                    self._link(top)

    def remove(self, module: str) -> None:
        """Replace one of our packages by a copy without a module."""
        package, _, path = module.partition(".")
        link = self._folder / package
        source = link.resolve()
        link.unlink()
        for file in source.rglob("*.py"):
            copy = link / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if file != source.joinpath(*path.split(".")).with_suffix(".py"):
                copy.symlink_to(file)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the environment, without its own site-packages."""
        return subprocess.run(  # noqa: S603  # our own interpreter
            [sys.executable, "-S", *arguments],
            env={**os.environ, "PYTHONPATH": str(self._folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def _link(self, source: Path) -> None:
        target = self._folder / source.name
        if not target.exists():
            target.symlink_to(source)


def _required_by(name: str, extras: tuple[str, ...] = ("",)) -> Iterator[Distribution]:
    """Yield what a distribution requires with these extras, and what that requires."""
    for line in distribution(name).requires or ():
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            yield distribution(requirement.name)
            yield from _required_by(requirement.name, ("", *requirement.extras))
