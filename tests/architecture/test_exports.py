from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from measure_layout import OVERLAYS, PACKAGES, module_name, parse

import apple_music_ratings

# Being moved.
TYPING = sorted((Path(__file__).parents[1] / "typing").glob("*.py"))


def public_names() -> Iterator[tuple[str, str, object]]:
    """Yield every name that a public module lists, with the module and the value."""
    for path in sorted(path for package in PACKAGES for path in (OVERLAYS / package).rglob("*.py")):
        module = module_name(path).removesuffix(".__init__")
        is_private = any(part.startswith("_") for part in module.split("."))
        if not is_private and "\n__all__" in path.read_text("utf-8"):
            loaded = import_module(module)
            yield from ((module, name, getattr(loaded, name)) for name in loaded.__all__)


def public_members() -> Iterator[tuple[str, object]]:
    """Yield every public class and function, and every public method and property of ours."""
    for module, name, value in public_names():
        if inspect.isclass(value) or inspect.isroutine(value):
            yield f"{module}.{name}", value
        for attribute, member in vars(value).items() if inspect.isclass(value) else ():
            if attribute.startswith("_") or isinstance(member, Enum):
                continue
            if inspect.isroutine(member) or isinstance(member, (property, classmethod)):
                yield f"{module}.{name}.{attribute}", member


def test_public_names_are_sorted_and_unique() -> None:
    """So that a reader finds one."""
    assert sorted(set(apple_music_ratings.__all__)) == apple_music_ratings.__all__


def test_public_names_are_what_is_visible() -> None:
    """Nothing is importable by accident, and nothing listed is missing."""
    visible = {
        name
        for name, value in vars(apple_music_ratings).items()
        if not name.startswith("_") and not isinstance(value, ModuleType) and name != "annotations"
    }

    assert visible | {"__version__"} == set(apple_music_ratings.__all__)


def test_no_public_name_is_defined_in_a_private_module() -> None:
    """What a reader may import, a reader can open."""
    offenders = {
        f"{module}.{name} is defined in {value.__module__}"
        for module, name, value in public_names()
        if inspect.isclass(value) or inspect.isfunction(value)
        if any(part.startswith("_") for part in value.__module__.split("."))
    }

    assert not offenders


def test_public_members_have_a_docstring() -> None:
    """One sentence at least, in a first line of its own."""
    undocumented = [
        name
        for name, member in public_members()
        if not (inspect.getdoc(member) or "").split("\n")[0].endswith(".")
    ]

    assert not undocumented


def test_typing_files_use_every_public_name() -> None:
    """Hints are a promise wherever a name is public."""
    used = {
        node.id for path in TYPING for node in ast.walk(parse(path)) if isinstance(node, ast.Name)
    }
    unused = [f"{module}.{name}" for module, name, _ in public_names() if name not in used]

    assert not unused


def test_typing_files_have_expected_errors() -> None:
    """Misuse is marked, with the code of the error."""
    marked = [
        line
        for path in TYPING
        for line in path.read_text("utf-8").splitlines()
        if "type: ignore[" in line
    ]

    assert len(marked) >= 10


def test_public_names_are_found() -> None:
    """The list above is not empty by mistake."""
    modules = {module for module, _, _ in public_names()}

    assert {
        "apple_music_ratings",
        "apple_music_ratings.files",
        "apple_music_ratings_mock",
    } < modules


def test_version_is_that_of_the_distribution() -> None:
    """The package and its metadata have one version."""
    assert version("apple-music-ratings") == apple_music_ratings.__version__
