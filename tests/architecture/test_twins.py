"""Sync and async code are the same syntax tree, once async, await and the prefixes are dropped."""

from __future__ import annotations

import ast

from measure_layout import OVERLAYS, parse

PACKAGE = OVERLAYS / "apple_music_ratings"
# Each file, with its classes and functions that are twins.
TWINS = {
    "client.py": [
        ("RatingsClient", "AsyncRatingsClient"),
        ("_default_transport", "_default_async_transport"),
    ],
    "_http/bodies.py": [("read_body", "read_body_async")],
    "_http/clients.py": [("RetryingClient", "AsyncRetryingClient")],
    "_operations/exchange.py": [("run", "run_async"), ("_Exchange", "_AsyncExchange")],
}
# What async code alone needs: a deadline that ends an await.
DIFFERENT = {
    ("RetryingClient", "_send_once"),
}
# Async names that are formed otherwise than by a prefix or suffix, and their sync counterparts.
NAMES = {
    "AsyncClient": "Client",
    "AsyncIterator": "Iterator",
    "StopAsyncIteration": "StopIteration",
    "TaskRunner": "ThreadRunner",
    "_bulk.tasks": "_bulk.threads",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "aacquire": "acquire",
    "aclose": "close",
    "aiter": "iter",
    "aread": "read",
    "asyncio_detailed": "detailed",
}


def sync_name(name: str) -> str:
    """Return the sync counterpart of a name."""
    if name in NAMES:
        return NAMES[name]
    for part in ("async_", "_async", "Async", "Sync"):
        name = name.replace(part, "")
    # `sync_api` is what is left of neither.
    return name.removeprefix("sync_")


class _ToSync(ast.NodeTransformer):
    """Drops async, await, docstrings and the prefixes of names."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for field in ("id", "attr", "name", "arg", "module"):
            if isinstance(text := getattr(node, field, None), str):
                setattr(node, field, sync_name(text))
        body = getattr(node, "body", None)
        if isinstance(body, list) and isinstance(body[0], ast.Expr):
            first = body[0].value
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                del body[0]
        return node

    def visit_Await(self, node: ast.Await) -> ast.AST:
        made: ast.AST = self.visit(node.value)
        return made

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self.generic_visit(ast.FunctionDef(**dict(ast.iter_fields(node))))

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        return self.generic_visit(ast.For(**dict(ast.iter_fields(node))))

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        return self.generic_visit(ast.With(**dict(ast.iter_fields(node))))

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            return ast.Constant(sync_name(node.value))
        return node


def members(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, str]:
    """Return the parts of a class, or a function alone, as sync code by name."""
    parts = node.body if isinstance(node, ast.ClassDef) else [node]
    found = {}
    for part in parts:
        made = _ToSync().visit(part)
        name = getattr(made, "name", None) or ast.unparse(made)
        found[name] = ast.unparse(ast.fix_missing_locations(made))
    return found


def test_sync_and_async_code_are_the_same() -> None:
    """Each method of each pair; an option or a line that only one of them has is an offender."""
    offenders = []
    for file, pairs in TWINS.items():
        trees = {
            node.name: node
            for node in parse(PACKAGE / file).body
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        }
        for sync, other in pairs:
            one, two = members(trees[sync]), members(trees[other])
            docstrings = {name for name in one.keys() ^ two.keys() if name.startswith(("'", '"'))}
            for name in (one.keys() | two.keys()) - docstrings:
                if (sync, name) not in DIFFERENT and one.get(name) != two.get(name):
                    offenders.append(f"{file}: {sync}.{name}")  # noqa: PERF401  # three loops

    assert not offenders
