"""The content of a contract, in reading order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import frozen

_METHODS = ("get", "put", "patch", "post", "delete")


@frozen
class Operation:
    """One operation, with its path and method."""

    method: str
    path: str
    content: dict[str, Any]

    @property
    def id(self) -> str:
        """The operationId."""
        return str(self.content["operationId"])

    @property
    def summary(self) -> str:
        """The summary, in one line."""
        return str(self.content["summary"])

    @property
    def tags(self) -> list[str]:
        """The tags it is listed under."""
        return list(self.content.get("tags", ()))


@frozen
class Row:
    """One property of a schema, at any depth: `users[].token`."""

    name: str
    schema: dict[str, Any]
    is_required: bool


class Contract:
    """An OpenAPI document.

    Args:
        document: The document, as parsed from YAML.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.tags: list[dict[str, str]] = document.get("tags", [])
        self.operations = [
            Operation(method, path, _with_parameters(item[method], item.get("parameters", [])))
            for path, item in document["paths"].items()
            for method in _METHODS
            if method in item
        ]
        self._components: dict[str, dict[str, Any]] = document.get("components", {})

    def components(self, kind: str) -> dict[str, Any]:
        """Return the shared components of one kind, such as `schemas`."""
        return self._components.get(kind, {})

    def shared(self, reference: str) -> dict[str, Any]:
        """Return the component that a `$ref` of this document names."""
        _, _, kind, name = reference.split("/")
        return dict(self._components[kind][name])


def _with_parameters(operation: dict[str, Any], shared: list[Any]) -> dict[str, Any]:
    """Return an operation with the parameters of its path first."""
    found = [*shared, *operation.get("parameters", [])]
    return {**operation, "parameters": found} if found else operation


def rows(schema: dict[str, Any], prefix: str = "") -> Iterator[Row]:
    """Yield the properties of a schema, and those of unnamed schemas inside it."""
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        yield Row(f"{prefix}{name}", inner, name in required)
        yield from rows(inner, f"{prefix}{name}.")
    if "items" in schema:
        yield from rows(schema["items"], f"{prefix.removesuffix('.')}[].")
