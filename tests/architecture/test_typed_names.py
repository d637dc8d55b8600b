from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import apple_music_ratings
import apple_music_ratings_mock

PACKAGES = [
    Path(str(each.__file__)).parent for each in (apple_music_ratings, apple_music_ratings_mock)
]
TYPING = Path(__file__).parents[1] / "typing"


def public_names() -> Iterator[tuple[str, str]]:
    """Give every public module with each name that it lists."""
    for path in sorted(path for package in PACKAGES for path in package.rglob("*.py")):
        parts = path.relative_to(PACKAGES[0].parent).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        is_private = any(part.startswith("_") for part in parts)
        if not is_private and "\n__all__" in path.read_text("utf-8"):
            module = ".".join(parts)
            yield from ((module, name) for name in import_module(module).__all__)


@pytest.fixture(scope="module")
def used() -> set[str]:
    """Every name that the typing files use after importing it."""
    nodes = [
        node
        for path in TYPING.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    ]
    return {node.id for node in nodes if isinstance(node, ast.Name)}


@pytest.mark.parametrize(("module", "name"), list(public_names()))
def test_typing_files_use_every_public_name_of_every_module(
    module: str, name: str, used: set[str]
) -> None:
    """Hints are a promise wherever a name is public."""
    assert name in used, f"{module}.{name} has no line in tests/typing"


def test_public_names_are_found() -> None:
    """The list above is not empty by mistake."""
    modules = {module for module, _ in public_names()}

    assert {
        "apple_music_ratings",
        "apple_music_ratings.files",
        "apple_music_ratings_mock",
    } < modules
