"""Print the lowest version that a wheel allows of each package it names, as pip constraints.

Usage: scripts/lowest_versions.py WHEEL
"""

from __future__ import annotations

import sys
from email.parser import HeaderParser
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement


def lowest(requirements: list[Requirement]) -> list[str]:
    """Turn `name>=1.2` into `name==1.2`, each name once.

    Raises:
        ValueError: A requirement has no lower bound, or two of one name disagree.
    """
    found: dict[str, str] = {}
    for requirement in requirements:
        bounds = [each.version for each in requirement.specifier if each.operator in {">=", "=="}]
        if len(bounds) != 1:
            raise ValueError(f"{requirement} needs one lower bound; give it one in pyproject.toml")
        if found.setdefault(requirement.name, bounds[0]) != bounds[0]:
            raise ValueError(f"{requirement.name} has two lower bounds in pyproject.toml")
    return [f"{name}=={version}" for name, version in found.items()]


def required_by(wheel: Path) -> list[Requirement]:
    """Read what a wheel requires, with all its extras."""
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        headers = HeaderParser().parsestr(archive.read(name).decode())
    return [Requirement(line) for line in headers.get_all("Requires-Dist", [])]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print("\n".join(lowest(required_by(Path(sys.argv[1])))))
