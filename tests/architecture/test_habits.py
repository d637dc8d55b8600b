from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from measure_layout import OVERLAYS, ROOT, parse

TESTS = {path: parse(path) for path in sorted((ROOT / "tests").rglob("*.py"))}
OURS = {path: parse(path) for path in sorted(OVERLAYS.rglob("*.py"))}
# A test may be skipped where one of these is missing, and for nothing else.
MAY_BE_MISSING = ("browser", "node", "npx", "redocly", "server", "uvicorn", "chromium")
SKIPS = {"skip", "skipif", "importorskip", "xfail", "SkipTest", "skipTest", "skipUnless", "skipIf"}
PATCHES = {"monkeypatch", "MonkeyPatch", "mocker", "unittest.mock", "patch"}
VAGUE = {"common", "custom", "customs", "helper", "helpers", "misc", "util", "utils"}


def names(tree: ast.AST) -> Iterator[str]:
    """Yield every name that a file uses, imports or takes as a parameter."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.name for alias in node.names)
            if isinstance(node, ast.ImportFrom):
                yield node.module or ""


def texts(tree: ast.AST) -> Iterator[str]:
    """Yield the code of a file, and the code in its strings."""
    yield ast.unparse(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def skips(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield every call or bare decorator that skips a test, as code in lower case."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in SKIPS:
                yield ast.unparse(node).lower(), node.lineno
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Attribute) and decorator.attr in SKIPS:
                    yield decorator.attr, decorator.lineno


def test_nothing_is_patched() -> None:
    """If a test needed to, a fact was not passed in."""
    offenders = [
        f"{path.relative_to(ROOT)}: {name}"
        for path, tree in TESTS.items()
        for name in PATCHES & set(names(tree))
    ] + [
        f"{path.relative_to(ROOT)}: a module is replaced"
        for path, tree in TESTS.items()
        if re.search(r"sys\.modules\[[^\]]*\] = ", "\n".join(texts(tree)))
    ]

    assert not offenders


def test_tests_are_skipped_only_where_a_program_is_missing() -> None:
    """A browser, Node or a server program; the call or its reason says which."""
    offenders = [
        f"{path.relative_to(ROOT)}:{line}: {call}"
        for path, tree in TESTS.items()
        for call, line in skips(tree)
        if not any(program in call for program in MAY_BE_MISSING)
    ]

    assert not offenders


def test_no_module_has_a_vague_name() -> None:
    """A drawer for everything is a drawer in which nothing is found."""
    offenders = [
        str(path.relative_to(ROOT))
        for path in [*OURS, *TESTS]
        if VAGUE & {*path.relative_to(ROOT).parent.parts, path.stem}
    ]

    assert not offenders


def test_every_module_has_a_docstring() -> None:
    """It says what is in the module, and what is not."""
    offenders = [
        str(path.relative_to(ROOT))
        for path, tree in OURS.items()
        if path.name != "__main__.py" and not ast.get_docstring(tree)
    ]

    assert not offenders
