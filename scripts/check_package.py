"""Check what was built: what is in wheel and sdist, what the metadata says, that both agree.

Usage: scripts/check_package.py DIST
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from packaging.requirements import Requirement
from project_links import RELATIVE_LINK, urls

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (
    "generated/apple_music_ratings_client",
    "overlays/apple_music_ratings",
    "overlays/apple_music_ratings_mock",
)
CORE = {"attrs", "cryptography", "httpcore", "httpx", "pyjwt"}
EXTRAS = {"all", "cli", "fast", "mock", "probe", "redis", "xlsx"}
# By kind; what belongs to none of them is in the package by mistake.
SUFFIXES = {".json", ".py", ".typed", ".yaml", ".html", ".css", ".js", ".svg"}
MANUAL = "share/man/man1/apple-music-ratings.1"
CONTRACT = "apple_music_ratings/openapi.yaml"
WANTED_IN_WHEEL = {
    CONTRACT,
    "apple_music_ratings/__init__.py",
    "apple_music_ratings/login/page.html",
    "apple_music_ratings/login/page.js",
    "apple_music_ratings_mock/serving/admin-openapi.yaml",
    "apple_music_ratings_mock/serving/dashboard.html",
    "apple_music_ratings_mock/pytest_plugin.py",
    "apple_music_ratings_mock/scenarios/small-library.yaml",
    "apple_music_ratings/py.typed",
    "apple_music_ratings_mock/py.typed",
    "apple_music_ratings_client/__init__.py",
    "apple_music_ratings_client/py.typed",
}
WANTED_IN_SDIST = {
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "generator-config.yaml",
    "openapi.yaml",
    "pyproject.toml",
    # With these, `make generate` works from the sdist.
    "scripts/constraints.txt",
    "scripts/generate.py",
    "scripts/install",
    # The build runs it.
    "scripts/project_links.py",
}
HEADERS = ("Author", "Keywords", "License-File", "Requires-Python", "Summary")


def wheel_problems(names: Iterable[str], sources: Iterable[str]) -> list[str]:
    """Compare the names in a wheel with those of the source.

    Args:
        names: What is in the wheel.
        sources: What the two packages are made of, from the name of the package on.
    """
    found = set(names)
    info = {name for name in found if PurePosixPath(name).parts[0].endswith(".dist-info")}
    manuals = {name for name in found if name.endswith(f".data/data/{MANUAL}")}
    files = found - info - manuals
    wanted = WANTED_IN_WHEEL | set(sources)
    problems = [f"the wheel lacks {name}" for name in sorted(wanted - found)]
    problems += [f"the wheel has {name}" for name in sorted(files - set(sources))]
    problems += [
        f"the wheel has {name}, of a kind that is not ours"
        for name in sorted(files)
        if PurePosixPath(name).suffix not in SUFFIXES
    ]
    if not any(name.endswith("/licenses/LICENSE") for name in info):
        problems.append("the wheel lacks the license")
    if not manuals:
        problems.append("the wheel lacks the manual page")
    return problems


def sdist_problems(names: Iterable[str]) -> list[str]:
    """Judge the names in an sdist, without its outermost folder."""
    found = set(names)
    problems = [f"the sdist lacks {name}" for name in sorted(WANTED_IN_SDIST - found)]
    allowed = ("generated/", "overlays/", "scripts/", "docs/man/", "docs/reference/", "docs/why/")
    strangers = {name for name in found - WANTED_IN_SDIST if not name.startswith(allowed)}
    # hatchling's own: the metadata, and the rules of what is left out.
    problems += [f"the sdist has {name}" for name in sorted(strangers - {".gitignore", "PKG-INFO"})]
    problems += [
        f"the sdist has {name}, which is made and not written"
        for name in sorted(found)
        if "__pycache__" in name or name.endswith((".pyc", ".p8", ".pem", ".sqlite3"))
    ]
    return problems


def metadata_problems(metadata: Message) -> list[str]:
    """Judge the metadata of a wheel: complete, the packages of the core, and the extras."""
    problems = [f"the metadata lacks {name}" for name in HEADERS if not metadata[name]]
    if metadata["License-Expression"] != "MIT":
        problems.append("the metadata does not give the license as MIT")
    if not str(metadata.get_payload()).lstrip().startswith("# apple-music-ratings"):
        problems.append("the metadata lacks the README")
    required = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    core = {_name(each) for each in required if each.marker is None}
    if core != CORE:
        problems.append(f"the core requires {sorted(core)}, not {sorted(CORE)}")
    extras = set(metadata.get_all("Provides-Extra", []))
    if extras != EXTRAS:
        problems.append(f"the extras are {sorted(extras)}, not {sorted(EXTRAS)}")
    for extra in sorted(extras - {"all"}):
        missing = _required_with(required, extra) - _required_with(required, "all")
        if missing:
            problems.append(f"the extra `all` lacks {sorted(missing)} of `{extra}`")
    return problems


def link_problems(metadata: Message, repository: str) -> list[str]:
    """Compare the project URLs and the README's links with the setting."""
    wanted = urls(repository, str(metadata["Version"]))
    found = dict(line.split(", ", 1) for line in metadata.get_all("Project-URL", []))
    problems = [] if found == wanted else [f"the project URLs are {found}, not {wanted}"]
    relative = RELATIVE_LINK.findall(str(metadata.get_payload()))
    if repository and relative:
        problems.append(f"the README in the metadata has relative links: {relative}")
    return problems


def _required_with(requirements: Iterable[Requirement], extra: str) -> set[str]:
    return {
        _name(each)
        for each in requirements
        if each.marker is not None and each.marker.evaluate({"extra": extra})
    }


def _name(requirement: Requirement) -> str:
    extras = ",".join(sorted(requirement.extras))
    return requirement.name.lower() + (f"[{extras}]" if extras else "")


def _sources() -> set[str]:
    return {
        (Path(source).name / path.relative_to(ROOT / source)).as_posix()
        for source in SOURCES
        for path in (ROOT / source).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } | {CONTRACT}


def _differs_from_checkout(wheel: Path) -> list[str]:
    """Build a wheel straight from the checkout; the other came out of the sdist."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "build", "--wheel", "--outdir", folder, str(ROOT)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (direct,) = Path(folder).glob("*.whl")
        if direct.name == wheel.name and direct.read_bytes() == wheel.read_bytes():
            return []
    return ["the sdist and the checkout give different wheels"]


def main(dist: Path) -> int:
    """Check everything, tell what is wrong, and give the exit code."""
    (wheel,) = dist.glob("*.whl")
    (sdist,) = dist.glob("*.tar.gz")
    with ZipFile(wheel) as archive:
        names = archive.namelist()
        (name,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = HeaderParser().parsestr(archive.read(name).decode())
    with tarfile.open(sdist) as archive:
        members = [member.name.partition("/")[2] for member in archive if member.isfile()]
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    repository = pyproject["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"]
    problems = [
        *wheel_problems(names, _sources()),
        *sdist_problems(members),
        *metadata_problems(metadata),
        *link_problems(metadata, repository),
        *_differs_from_checkout(wheel),
    ]
    for problem in problems:
        print(f"{dist.name}: {problem}", file=sys.stderr)
    if not problems:
        print(f"{wheel.name} and {sdist.name}: complete, and nothing else.")
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
