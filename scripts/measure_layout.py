"""Print how the two packages are laid out: floors, entries, module lengths and import cycles.

A floor is one step of the longest chain of imports between the entries of a package, that is the
modules and folders at its top. Imports below `if TYPE_CHECKING` are not counted.
`tests/architecture/test_layout.py` compares the figures with the goals.
"""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

from attrs import frozen

ROOT = Path(__file__).resolve().parents[1]
OVERLAYS = ROOT / "overlays"
PACKAGES = ("apple_music_ratings", "apple_music_ratings_mock")


@frozen(kw_only=True)
class Layout:
    """The figures of one package."""

    floors: tuple[str, ...]
    files: tuple[str, ...]
    folders: tuple[str, ...]
    lengths: dict[str, int]
    cycles: tuple[str, ...]

    @property
    def entries(self) -> tuple[str, ...]:
        """Everything at the top of the package."""
        return self.files + self.folders


def parse(path: Path) -> ast.Module:
    """Parse a file. CPython 3.11 fails if it collects garbage meanwhile (its issue 106905)."""
    gc.disable()
    try:
        return ast.parse(path.read_text("utf-8"))
    finally:
        gc.enable()


def module_name(path: Path) -> str:
    """Return the dotted name of a file below `overlays/`; `__init__` is a module of its own."""
    return ".".join(path.relative_to(OVERLAYS).with_suffix("").parts)


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted name of everything that a module imports when it runs."""
    yield from _imports(parse(path), module_name(path).split(".")[:-1])


def _imports(node: ast.AST, folder: list[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = folder[: len(folder) - node.level + 1] if node.level else []
        source = ".".join([*above, *([node.module] if node.module else [])])
        yield from (f"{source}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        for each in node.orelse:
            yield from _imports(each, folder)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _imports(child, folder)


def measure(package: str) -> Layout:
    """Measure one package."""
    top = OVERLAYS / package
    paths = sorted(top.rglob("*.py"))
    modules = {module_name(path) for path in paths}
    graph: dict[str, set[str]] = {}
    for path in paths:
        targets = (_target(name, modules) for name in imports(path))
        graph[module_name(path)] = {target for target in targets if target}
    between = _between_entries(graph)
    # A `__main__` that only starts one entry is a second name for it, not a floor.
    counted = {
        name: targets for name, targets in between.items() if name != "__main__" or len(targets) > 1
    }
    return Layout(
        floors=_longest_path(counted),
        files=tuple(sorted(path.stem for path in top.glob("*.py"))),
        folders=tuple(sorted({path.parent.name for path in top.glob("*/*.py")})),
        lengths={
            str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in paths
        },
        cycles=tuple(_cycles(graph)) + tuple(_cycles(between)),
    )


def _target(name: str, modules: set[str]) -> str | None:
    """Return the module of ours that `name` is, or is a member of."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        for candidate in (".".join(parts[:length]), ".".join([*parts[:length], "__init__"])):
            if candidate in modules:
                return candidate
    return None


def _between_entries(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    entries: dict[str, set[str]] = {}
    for module, targets in graph.items():
        entry = module.split(".")[1]
        entries.setdefault(entry, set()).update(
            {target.split(".")[1] for target in targets} - {entry}
        )
    return entries


def _cycles(graph: dict[str, set[str]]) -> Iterator[str]:
    """Yield one cycle, if there is any."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield " → ".join(error.args[1])


def _longest_path(graph: dict[str, set[str]]) -> tuple[str, ...]:
    """Return the longest chain of imports, topmost entry first; empty if there is a cycle."""
    longest: dict[str, tuple[str, ...]] = {}
    try:
        for entry in TopologicalSorter(graph).static_order():
            below = max((longest[each] for each in sorted(graph[entry])), key=len, default=())
            longest[entry] = (entry, *below)
    except CycleError:
        return ()
    return max(longest.values(), key=len)


def main() -> None:
    """Print the figures of both packages."""
    lengths: dict[str, int] = {}
    for package in PACKAGES:
        layout = measure(package)
        lengths |= layout.lengths
        print(
            f"{package}: {len(layout.floors)} floors,"
            f" {len(layout.files)} files and {len(layout.folders)} folders at the top"
        )
        print(f"  longest chain: {' → '.join(layout.floors) or 'none, because of a cycle'}")
        print(f"  import cycles: {'; '.join(layout.cycles) or 'none'}")
    longest = max(lengths, key=lengths.__getitem__)
    print(
        f"{len(lengths)} modules: median {median(lengths.values()):g} lines,"
        f" longest {lengths[longest]} ({longest})"
    )


if __name__ == "__main__":
    main()
