from __future__ import annotations

from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from apple_music_ratings import Item, RatingValue, ResourceType, models
from apple_music_ratings._bulk.batching import Batch
from apple_music_ratings._operations import operations as _adapter

CONTRACT: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "openapi.yaml").read_text("utf-8")
)
IDS = {
    ResourceType.ALBUMS: "1",
    ResourceType.MUSIC_VIDEOS: "1",
    ResourceType.PLAYLISTS: "pl.1",
    ResourceType.SONGS: "1",
    ResourceType.STATIONS: "ra.1",
    ResourceType.LIBRARY_ALBUMS: "l.1",
    ResourceType.LIBRARY_MUSIC_VIDEOS: "i.1",
    ResourceType.LIBRARY_PLAYLISTS: "p.1",
    ResourceType.LIBRARY_SONGS: "i.1",
}


def calls(type: ResourceType, language: str | None) -> dict[str, _adapter.Call[Any]]:
    """Build the four calls of a type."""
    item = Item(type, IDS[type])
    return {
        "get": _adapter.get_rating(item, language=language),
        "list": _adapter.get_ratings(Batch(type, (item,)), language=language),
        "set": _adapter.set_rating(item, RatingValue.LIKE, language=language),
        "delete": _adapter.delete_rating(item, language=language),
    }


def in_contract(path: str) -> dict[str, Any]:
    """Find the operations of a path of the contract, whatever its parameter is called."""
    found = {
        template: operations
        for template, operations in CONTRACT["paths"].items()
        if template.split("{")[0] == path.split("{")[0] and ("{" in template) == ("{" in path)
    }
    (operations,) = found.values()
    return operations


def follow(node: Any) -> Any:
    """Follow references of the contract until there is none."""
    while "$ref" in node:
        target: Any = CONTRACT
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


@pytest.mark.parametrize("language", [None, "de"])
@pytest.mark.parametrize("type", list(ResourceType))
def test_adapter_finds_every_operation_with_a_fitting_signature(
    type: ResourceType, language: str | None
) -> None:
    """Each of the 36, sync and async, takes what the adapter would call it with."""
    for call in calls(type, language).values():
        for name in ("sync_detailed", "asyncio_detailed"):
            bound = signature(getattr(call.module, name)).bind(client=None, **call.arguments)

            assert ("l" in bound.arguments) == (language is not None)


def test_adapter_knows_36_different_operations() -> None:
    """No two questions share one."""
    found: list[ModuleType] = [
        call.module for type in ResourceType for call in calls(type, None).values()
    ]

    assert len({module.__name__ for module in found}) == 36


@pytest.mark.parametrize("type", list(ResourceType))
def test_adapter_names_operations_as_the_contract_does(type: ResourceType) -> None:
    """The operationId of the path and method is the one whose module is called."""
    one = in_contract(f"/v1/me/ratings/{type}/{{id}}")
    several = in_contract(f"/v1/me/ratings/{type}")
    expected = {
        "get": one["get"],
        "list": several["get"],
        "set": one["put"],
        "delete": one["delete"],
    }

    for verb, call in calls(type, None).items():
        own = call.module.__name__.rpartition(".")[2].replace("_", "")
        assert own == expected[verb]["operationId"].lower()
        assert call.method == {"set": "PUT", "delete": "DELETE"}.get(verb, "GET")


@pytest.mark.parametrize("type", list(ResourceType))
def test_form_of_ids_is_the_contracts(type: ResourceType) -> None:
    """One pattern, in the contract and in the item."""
    operation = in_contract(f"/v1/me/ratings/{type}/{{id}}")
    parameters = [
        follow(parameter)
        for parameter in operation.get("parameters", []) + operation["get"].get("parameters", [])
    ]
    (schema,) = (
        follow(parameter["schema"]) for parameter in parameters if parameter["in"] == "path"
    )

    assert schema["pattern"] == f"^{models._ID_PATTERNS[type].pattern}$"


def test_resource_types_are_the_contracts() -> None:
    """Neither more nor fewer."""
    prefix = "/v1/me/ratings/"
    words = {
        path.removeprefix(prefix).split("/")[0]
        for path in CONTRACT["paths"]
        if path.startswith(prefix)
    }

    assert words == set(ResourceType)
