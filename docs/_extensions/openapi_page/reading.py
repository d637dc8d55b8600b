"""What a contract says, in the order a reader wants it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_METHODS = ("get", "put", "post", "delete")


@dataclass(frozen=True)
class Operation:
    """One operation, with the path and method it stands under."""

    method: str
    path: str
    said: dict[str, Any]

    @property
    def id(self) -> str:
        """The operationId."""
        return str(self.said["operationId"])

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return str(self.said["summary"])

    @property
    def tags(self) -> list[str]:
        """The tags it is listed under."""
        return list(self.said.get("tags", ()))


@dataclass(frozen=True)
class Row:
    """One property of a schema, however deep: `users[].token`."""

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
        """Give what the operations share of one kind, such as `schemas`."""
        return self._components.get(kind, {})

    def shared(self, reference: str) -> dict[str, Any]:
        """Give what a `$ref` of this document names."""
        _, _, kind, name = reference.split("/")
        return dict(self._components[kind][name])


def _with_parameters(said: dict[str, Any], shared: list[Any]) -> dict[str, Any]:
    """Return an operation with the parameters of its path first."""
    found = [*shared, *said.get("parameters", [])]
    return {**said, "parameters": found} if found else said


def rows(schema: dict[str, Any], prefix: str = "") -> Iterator[Row]:
    """Give the properties of a schema, and those inside them that have no name of their own."""
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        yield Row(f"{prefix}{name}", inner, name in required)
        yield from rows(inner, f"{prefix}{name}.")
    if "items" in schema:
        yield from rows(schema["items"], f"{prefix.removesuffix('.')}[].")
