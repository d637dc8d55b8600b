"""The contract in the forms that tests read: as written, with references followed, by operation."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

ROOT = Path(__file__).resolve().parents[2]
CONTRACT: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
# Apple's own examples, by operation; `page` is the last part of the URL of Apple's page.
# `correction` describes a mistake on the page, which is corrected here.
EXCHANGES: list[dict[str, Any]] = json.loads(
    (ROOT / "tests/contract/documented_exchanges.json").read_text("utf-8")
)
# Type and id of every item that a documented exchange addresses alone.
DOCUMENTED_ITEMS = sorted(
    {
        (parts[4], parts[5])
        for exchange in EXCHANGES
        if len(parts := exchange["path"].split("/")) == 6
    }
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
        """The operationId."""
        return str(self.definition["operationId"])

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """The parameters by name, those of the path included."""
        return {p["name"]: p for p in self.definition.get("parameters", [])}

    @property
    def good_status(self) -> str:
        """The status of a successful response, as in the contract."""
        return next(str(status) for status in self.definition["responses"] if status < "3")


def follow_references(contract: dict[str, Any]) -> dict[str, Any]:
    """Return a contract with every reference replaced by its target."""

    def follow(node: Any) -> Any:
        if isinstance(node, list):
            return [follow(item) for item in node]
        if not isinstance(node, dict):
            return node
        followed = {name: follow(value) for name, value in node.items() if name != "$ref"}
        if "$ref" not in node:
            return followed
        target: Any = contract
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        return {**follow(target), **followed}

    resolved: dict[str, Any] = follow(contract)
    return resolved


def list_operations(resolved: dict[str, Any]) -> list[Operation]:
    """Return the operations of a contract without references."""
    found = []
    for path, item in resolved["paths"].items():
        shared = item.get("parameters", [])
        for method in (name for name in item if name in _METHODS):
            definition = item[method]
            parameters = [*shared, *definition.get("parameters", [])]
            whole = {**definition, "parameters": parameters}
            found.append(Operation(method.upper(), path, whole))
    return found


RESOLVED = follow_references(CONTRACT)
OPERATIONS = list_operations(RESOLVED)
RATING_OPERATIONS = [each for each in OPERATIONS if each.path.startswith("/v1/me/ratings/")]


def stem(resource_type: str) -> str:
    """Return the type's name as in operationIds: `LibrarySong` for `library-songs`."""
    return "".join(part.capitalize() for part in resource_type.removesuffix("s").split("-"))


def shown_examples(media: dict[str, Any]) -> dict[str, Any]:
    """Return the examples of a media type by name; an unnamed one is `documented`."""
    if "example" in media:
        return {"documented": media["example"]}
    return {name: each["value"] for name, each in media.get("examples", {}).items()}


def observed_contract() -> dict[str, Any]:
    """Return the contract with `observed.overlay.yaml` applied."""
    program = Path(sys.executable).with_name("oas-patch")
    overlay = ROOT / "overlays" / "contract" / "observed.overlay.yaml"
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "observed.yaml"
        subprocess.run(  # noqa: S603  # a pinned program of the environment
            [program, "overlay", ROOT / "openapi.yaml", overlay, "-o", target],
            check=True,
            capture_output=True,
        )
        contract: dict[str, Any] = yaml.safe_load(target.read_text("utf-8"))
    return contract
