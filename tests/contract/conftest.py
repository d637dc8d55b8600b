"""The contract in the forms that tests read: as written, with references followed, by operation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import frozen

ROOT = Path(__file__).resolve().parents[2]
CONTRACT: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
# Apple's own examples, by operation; `page` is the last part of the address of Apple's page.
# Where we had to mend one, `slip` says what the page shows.
EXCHANGES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("documented_exchanges.json").read_text("utf-8")
)
RESOURCE_TYPES = (
    "albums",
    "music-videos",
    "playlists",
    "songs",
    "stations",
    "library-albums",
    "library-music-videos",
    "library-playlists",
    "library-songs",
)
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@frozen
class Operation:
    """One operation of the contract, with every reference in it followed."""

    method: str
    path: str
    definition: dict[str, Any]

    @property
    def id(self) -> str:
        """Its operationId."""
        return str(self.definition["operationId"])

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """Its parameters by name."""
        return {p["name"]: p for p in self.definition.get("parameters", [])}


def _follow_references(node: Any) -> Any:
    if isinstance(node, list):
        return [_follow_references(item) for item in node]
    if not isinstance(node, dict):
        return node
    followed = {name: _follow_references(value) for name, value in node.items() if name != "$ref"}
    if "$ref" not in node:
        return followed
    target: Any = CONTRACT
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part.replace("~1", "/").replace("~0", "~")]
    return {**_follow_references(target), **followed}


RESOLVED: dict[str, Any] = _follow_references(CONTRACT)
OPERATIONS = [
    Operation(method.upper(), path, definition)
    for path, item in RESOLVED["paths"].items()
    for method, definition in item.items()
    if method in _METHODS
]
RATING_OPERATIONS = [each for each in OPERATIONS if each.path.startswith("/v1/me/ratings/")]


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def contract() -> dict[str, Any]:
    """The contract as written."""
    return CONTRACT


@pytest.fixture(scope="session")
def resolved() -> dict[str, Any]:
    """The contract with what each reference points at in its place."""
    return RESOLVED


@pytest.fixture(scope="session")
def operations() -> list[Operation]:
    """The operations on ratings."""
    return RATING_OPERATIONS


@pytest.fixture(scope="session")
def all_operations() -> list[Operation]:
    """All operations of the contract, those around ratings included."""
    return OPERATIONS


@pytest.fixture(params=OPERATIONS, ids=lambda operation: operation.id)
def any_operation(request: pytest.FixtureRequest) -> Operation:
    """Each operation of the contract in turn, those around ratings included."""
    each: Operation = request.param
    return each


@pytest.fixture(scope="session")
def admits() -> Callable[[str, str], bool]:
    """Whether a pattern admits a value, as JSON Schema means it."""
    # In JSON Schema `$` is the very end; in Python it is also before a last newline.
    return lambda pattern, value: re.search(pattern.replace("$", r"\Z"), value) is not None


@pytest.fixture(params=RATING_OPERATIONS, ids=lambda operation: operation.id)
def operation(request: pytest.FixtureRequest) -> Operation:
    """Each operation on ratings in turn."""
    each: Operation = request.param
    return each


@pytest.fixture(scope="session")
def resource_types() -> tuple[str, ...]:
    """The nine words that Apple documents."""
    return RESOURCE_TYPES


@pytest.fixture(params=RESOURCE_TYPES)
def resource_type(request: pytest.FixtureRequest) -> str:
    """Each of the nine words in turn."""
    word: str = request.param
    return word


@pytest.fixture(scope="session")
def exchanges() -> list[dict[str, Any]]:
    """The documented exchange of every operation."""
    return EXCHANGES


@pytest.fixture(scope="session")
def documented_items() -> list[tuple[str, str]]:
    """Type and id of every item that a documented exchange addresses by itself."""
    paths = [exchange["path"].split("/") for exchange in EXCHANGES]
    return sorted({(path[4], path[5]) for path in paths if len(path) == 6})


@pytest.fixture(params=EXCHANGES, ids=lambda exchange: exchange["operationId"])
def exchange(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each documented exchange in turn."""
    each: dict[str, Any] = request.param
    return each
