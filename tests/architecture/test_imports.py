from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from attrs import frozen

PACKAGE = "apple_music_ratings"
GENERATED = "apple_music_ratings_client"
ROOT = Path(__file__).parents[2] / "overlays" / PACKAGE
# What a decision may use: no clock, chance, environment, files or sockets among them.
PURE = frozenset(
    [
        "__future__",
        "base64",
        "binascii",
        "bisect",
        "collections",
        "dataclasses",
        "datetime",
        "email",
        "enum",
        "functools",
        "http",
        "itertools",
        "json",
        "math",
        "operator",
        "re",
        "string",
        "types",
        "typing",
        "urllib",
    ]
)


@frozen
class Rule:
    """Who may import what. A standard library of `None` is all of it."""

    own: str = ""
    others: str = ""
    standard: frozenset[str] | None = None


# By module or folder, the longest name first. Whoever adds a module decides here what it may use.
RULES = {
    "__init__": Rule("_clock _core _http _version auth bulk client errors limiters models"),
    "_version": Rule(),
    "_deprecation": Rule(),
    "_clock": Rule(others="anyio"),
    # For its hints alone.
    "errors": Rule("bulk", "attrs", PURE),
    "_links": Rule(standard=PURE),
    "models": Rule("_links errors", "attrs", PURE),
    "bulk": Rule("errors models", "attrs", PURE),
    "_core": Rule("_core bulk errors models", "attrs", PURE),
    "auth": Rule("_clock _core errors", "attrs cryptography httpx jwt"),
    "limiters": Rule("_clock _core errors"),
    "redis_limiter": Rule("_clock errors limiters", "anyio pyrate_limiter redis"),
    "_direct": Rule(others="httpx"),
    # The extra `fast`.
    "_aiohttp": Rule(others="aiohttp httpx yarl"),
    "_connections": Rule("_aiohttp _direct", "attrs httpx"),
    "_http": Rule("_clock _connections _core _version auth errors limiters", "attrs httpx"),
    "_environment": Rule("_core _http auth errors login.store", "attrs"),
    "_adapter": Rule("_core _http errors models", f"attrs httpx {GENERATED}"),
    "_flow": Rule("_adapter errors", "attrs"),
    # The journal for its hints alone: it loads SQLite.
    "_bulk": Rule("_adapter _core _flow _http bulk errors journal models", "attrs"),
    "library": Rule("_adapter _bulk _core _flow errors models"),
    "_engine": Rule("_adapter _clock _core _flow _http errors limiters", "anyio attrs httpx"),
    "_run_lock": Rule(),
    "journal": Rule("_core _run_lock bulk errors models", "attrs"),
    # Library and journal when they are needed.
    "client": Rule(
        "_adapter _bulk _clock _connections _core _engine _environment _http auth bulk errors "
        "journal library limiters models",
        "attrs httpx",
    ),
    "_streams": Rule(others="attrs"),
    "_replacing": Rule(),
    "_rows": Rule("errors models", "attrs", PURE),
    "_formats": Rule("_rows _streams"),
    "files": Rule("_formats _replacing _rows _streams errors models", "attrs"),
    "restoration": Rule("client files models", "attrs"),
    "login": Rule("__init__ _core auth client errors login models", "attrs h11 httpx"),
    # `from_env` reads a profile, so these know nothing of the client.
    "login.store": Rule("_core errors login.token_files", "attrs keyring platformdirs"),
    "login.token_files": Rule("errors", "attrs"),
    "cli": Rule(
        "__init__ auth cli client errors files journal library login mock models restoration",
        "attrs click httpx platformdirs rich",
    ),
    "mock": Rule("mock", "cryptography jwt"),
    "mock.transport": Rule("mock", "httpx"),
    "mock.scenario": Rule("mock", "yaml"),
    "mock.pytest_plugin": Rule("mock", "httpx pytest"),
    "mock.protocol": Rule("mock", "httptools uvicorn"),
    "mock.server": Rule("mock", "uvicorn uvloop"),
}


def modules() -> dict[str, Path]:
    """Find every module of ours, by its name below the package."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in sorted(ROOT.rglob("*.py"))
    }


MODULES = modules()


def rule_of(module: str) -> Rule | None:
    """Find the rule of a module: its own, or that of its folder."""
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((RULES[name] for name in names if name in RULES), None)


def own(name: str) -> str:
    """Turn a dotted name below the package into a module of ours, `x` of `x.Name` for instance."""
    parts = name.split(".") if name else []
    while parts:
        candidate = ".".join(parts)
        if candidate in MODULES:
            return candidate
        if f"{candidate}.__init__" in MODULES:
            return f"{candidate}.__init__"
        parts.pop()
    return "__init__"


class RunsOnly(ast.NodeTransformer):
    """Drops what only a type checker reads."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:  # ast's name
        """Keep the other branch of `if TYPE_CHECKING`."""
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return node.orelse
        return self.generic_visit(node)


def imported(module: str, *, when_run: bool = False) -> Iterator[tuple[str, int]]:
    """Give every absolute name that a module imports, and the line."""
    tree: ast.AST = ast.parse(MODULES[module].read_text("utf-8"))
    if when_run:
        tree = RunsOnly().visit(tree)
    package = [PACKAGE, *module.split(".")[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)
        # A name for `import_module` is an import too.
        elif isinstance(node, ast.Constant) and str(node.value).split(".")[0] == GENERATED:
            yield str(node.value), node.lineno


def is_allowed(name: str, rule: Rule) -> bool:
    """Tell whether a rule lets a name be imported."""
    first, _, rest = name.partition(".")
    if first == PACKAGE:
        target = own(rest)
        allowed = rule.own.split()
        return any(target == name or target.startswith(f"{name}.") for name in allowed)
    if first in sys.stdlib_module_names:
        return rule.standard is None or first in rule.standard
    return first in rule.others.split()


@pytest.mark.parametrize("module", MODULES)
def test_module_imports_what_its_place_allows(module: str) -> None:
    """Directions as the design draws them; a module without a rule is a question, not a licence."""
    rule = rule_of(module)
    assert rule is not None, f"{module} has no rule yet; decide what it may import"
    slips = [
        f"{module}:{line} imports {name}"
        for name, line in imported(module)
        if not is_allowed(name, rule)
    ]

    assert not slips


def test_only_the_adapter_knows_the_generated_client() -> None:
    """Renaming an operation in the contract changes one file written by hand."""
    users = {
        module
        for module in MODULES
        for name, _line in imported(module)
        if name.split(".")[0] == GENERATED
    }

    assert users == {"_adapter"}


def test_mock_imports_nothing_of_the_client_side() -> None:
    """It is a second reading of the contract, and shares no mistake."""
    strangers = {
        (module, name)
        for module in MODULES
        if module.startswith("mock.")
        for name, _line in imported(module)
        if name.split(".")[0] in {PACKAGE, GENERATED} and not name.startswith(f"{PACKAGE}.mock")
    }

    assert strangers == set()


def test_decisions_read_no_clock() -> None:
    """`datetime` is for arithmetic there; the time is handed in."""
    readers = {"now", "utcnow", "today", "time", "monotonic", "perf_counter", "open", "getenv"}
    calls = [
        f"{module}:{node.lineno}"
        for module in MODULES
        if module.startswith("_core.")
        for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8")))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr in readers)
            or (isinstance(node.func, ast.Name) and node.func.id in readers)
        )
    ]

    assert calls == []


def test_modules_import_each_other_in_one_direction() -> None:
    """There is an order in which every module comes after those it uses."""
    graph = {
        module: {
            own(name.partition(".")[2])
            for name, _line in imported(module, when_run=True)
            if name.split(".")[0] == PACKAGE
        }
        - {module}
        for module in MODULES
    }

    assert set(TopologicalSorter(graph).static_order()) >= set(MODULES)


def test_rules_name_no_module_twice_or_by_mistake() -> None:
    """Every rule allows only what could exist."""
    known = set(RULES) | {"mock"}

    assert not {name for rule in RULES.values() for name in rule.own.split()} - known
