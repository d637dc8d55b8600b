from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

import apple_music_ratings

ROOT = Path(__file__).parents[2]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
OURS = sorted((ROOT / "overlays").rglob("*.py"))
TYPING = ROOT / "tests" / "typing" / "api.py"
# A test may be skipped where one of these is missing, and for nothing else.
MAY_BE_MISSING = ("browser", "node", "npx", "redocly", "server", "uvicorn", "chromium")
SKIPS = {"skip", "skipif", "importorskip", "xfail", "SkipTest", "skipTest", "skipUnless", "skipIf"}


def tree_of(path: Path) -> ast.Module:
    """Parse a file. CPython 3.11 fails where garbage is collected meanwhile (its issue 106905)."""
    gc.disable()
    try:
        return ast.parse(path.read_text("utf-8"))
    finally:
        gc.enable()


def names(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Give every name a file uses, imports or takes as a parameter."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id, node
        elif isinstance(node, ast.Attribute):
            yield node.attr, node
        elif isinstance(node, ast.arg):
            yield node.arg, node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((alias.name, node) for alias in node.names)
            if isinstance(node, ast.ImportFrom):
                yield node.module or "", node


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_nothing_is_patched(path: Path) -> None:
    """If a test needed to, a fact was not passed in."""
    forbidden = {"monkeypatch", "MonkeyPatch", "mocker", "unittest.mock", "patch"}
    used = {name for name, _node in names(tree_of(path))}

    assert not forbidden & used


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_tests_are_skipped_only_where_a_program_is_missing(path: Path) -> None:
    """A browser, Node or a server program; the call or its reason says which."""
    tree = tree_of(path)
    calls = [
        ast.unparse(node).lower()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, (ast.Attribute, ast.Name))
        and (node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id) in SKIPS
    ]
    bare = [
        ast.unparse(decorator)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Attribute) and decorator.attr in SKIPS
    ]

    assert not bare
    assert not [call for call in calls if not any(word in call for word in MAY_BE_MISSING)]


@pytest.mark.parametrize("path", OURS + TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_has_a_name_that_says_what_is_in_it(path: Path) -> None:
    """A drawer for everything is a drawer nobody finds anything in."""
    assert not {*path.parts[len(ROOT.parts) :], path.stem} & {
        word
        for name in ("util", "helper", "common", "custom", "misc")
        for word in (name, f"{name}s")
    }


@pytest.mark.parametrize(
    "path",
    [path for path in OURS if path.name != "__main__.py"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_module_says_what_lives_in_it(path: Path) -> None:
    """In a docstring."""
    assert ast.get_docstring(tree_of(path))


@pytest.mark.parametrize("name", apple_music_ratings.__all__)
def test_typing_file_uses_every_public_name(name: str) -> None:
    """Hints are a promise too, and the file is its contract."""
    used = {used for used, _node in names(ast.parse(TYPING.read_text("utf-8")))}

    assert name in used


def test_typing_file_has_expected_errors() -> None:
    """Wrong uses are marked, with the code of the error."""
    lines = TYPING.read_text("utf-8").splitlines()
    marked = [line for line in lines if "type: ignore[" in line]

    assert len(marked) >= 10
