"""What import-linter cannot say; the directions themselves are contracts in `pyproject.toml`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from measure_layout import OVERLAYS, imports, parse
from pure_modules import IMPURE_MODULES, MODULES, PURE_MODULES, is_pure

# Facts that a module which is not pure happens to define.
PURE_NAMES = {"apple_music_ratings.developer_token.tokens.MAX_LIFETIME"}
# No clock, randomness, environment, files or sockets among them.
PURE_STANDARD_LIBRARY = {
    *("__future__", "base64", "binascii", "bisect", "collections", "dataclasses", "datetime"),
    *("difflib", "email", "enum", "functools", "hashlib", "http", "itertools", "json", "math"),
    *("operator", "re", "string", "types", "typing", "urllib"),
}
# Ways to a clock, a file or a terminal without an import of its own.
IMPURE_CALLS = {"input", "now", "open", "print", "today", "utcnow"}


def own_module(name: str) -> str | None:
    """Return the module of ours that an imported name is, or is a member of."""
    candidates = (name.rsplit(".", depth)[0] for depth in range(name.count(".") + 1))
    return next((candidate for candidate in candidates if candidate in MODULES), None)


def impurities(path: Path) -> Iterator[str]:
    """Yield everything in a pure module that a decision may not use."""
    for name in imports(path):
        own = own_module(name)
        allowed = is_pure(own) if own else name.split(".")[0] in PURE_STANDARD_LIBRARY | {"attrs"}
        if not allowed and name not in PURE_NAMES:
            yield f"imports {name}"
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in IMPURE_CALLS:
                yield f"line {node.lineno} calls {called}"


def test_pure_modules_only_decide() -> None:
    """They import the listed standard modules, attrs and one another, and read no clock."""
    offenders = [
        f"{module}: {impurity}"
        for module, path in MODULES.items()
        if is_pure(module)
        for impurity in impurities(path)
    ]

    assert not offenders


def test_pure_modules_exist() -> None:
    """A module that was moved or split takes its entry with it."""
    assert not (PURE_MODULES | IMPURE_MODULES) - set(MODULES)


def test_generated_package_is_named_in_one_folder() -> None:
    """import-linter does not see `import_module("…")`."""
    offenders = [
        f"{module}, line {node.lineno}"
        for module, path in MODULES.items()
        if not module.startswith("apple_music_ratings._operations")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.match(r"apple_music_ratings_client\b", node.value)
    ]

    assert not offenders


def test_command_line_uses_public_names() -> None:
    """A program of the user's own can do what the commands do."""
    offenders = [
        f"{path.name}: {node.module}.{alias.name}"
        for path in sorted((OVERLAYS / "apple_music_ratings" / "cli").glob("*.py"))
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("apple_music_ratings.")
        and not (node.module or "").startswith("apple_music_ratings.cli")
        for alias in node.names
        if any(part.startswith("_") for part in (node.module or "").split("."))
        or alias.name not in getattr(import_module(node.module or ""), "__all__", ())
    ]

    assert not set(offenders)
