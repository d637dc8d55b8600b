from __future__ import annotations

from inspect import signature
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from apple_music_ratings import Item, RatingValue, ResourceType, models
from apple_music_ratings._operations import operations
from apple_music_ratings._operations.batch import Batch
from apple_music_ratings._operations.exchange import OperationCall

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


def calls(type: ResourceType, language: str | None) -> dict[str, OperationCall[Any]]:
    """Build the four calls of a type."""
    item = Item(type, IDS[type])
    return {
        "get": operations.get_rating(item, language=language),
        "list": operations.get_ratings(Batch(type, (item,)), language=language),
        "set": operations.set_rating(item, RatingValue.LIKE, language=language),
        "delete": operations.delete_rating(item, language=language),
    }


def in_contract(path: str) -> dict[str, Any]:
    """Return the operations of a path of the contract, whatever its parameter is called."""
    found = {
        template: operations
        for template, operations in CONTRACT["paths"].items()
        if template.split("{")[0] == path.split("{")[0] and ("{" in template) == ("{" in path)
    }
    operations: dict[str, Any]
    (operations,) = found.values()
    return operations


def resolve(node: Any) -> Any:
    """Return what a reference of the contract refers to; anything else as it is."""
    while "$ref" in node:
        target: Any = CONTRACT
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def test_every_operation_takes_what_it_is_called_with() -> None:
    """Each of the 36, sync and async, with a language and without."""
    for type, language in product(ResourceType, [None, "de"]):
        for call in calls(type, language).values():
            for name in ("sync_detailed", "asyncio_detailed"):
                bound = signature(getattr(call.module, name)).bind(client=None, **call.arguments)

                assert ("l" in bound.arguments) == (language is not None)


def test_every_type_and_verb_has_an_operation_of_its_own() -> None:
    """Nine types and four verbs."""
    modules = {call.module.__name__ for type in ResourceType for call in calls(type, None).values()}

    assert len(modules) == 36


def test_operations_are_those_of_the_contract() -> None:
    """The operationId of the path and method is the one whose module is called."""
    for type in ResourceType:
        one = in_contract(f"/v1/me/ratings/{type}/{{id}}")
        several = in_contract(f"/v1/me/ratings/{type}")
        documented = {
            "get": one["get"],
            "list": several["get"],
            "set": one["put"],
            "delete": one["delete"],
        }
        for verb, call in calls(type, None).items():
            module = call.module.__name__.rpartition(".")[2].replace("_", "")

            assert module == documented[verb]["operationId"].lower()
            assert call.method == {"set": "PUT", "delete": "DELETE"}.get(verb, "GET")


def test_id_patterns_are_those_of_the_contract() -> None:
    """An item rejects the ids that the contract rejects."""
    for type in ResourceType:
        operation = in_contract(f"/v1/me/ratings/{type}/{{id}}")
        parameters = [
            resolve(parameter)
            for parameter in operation.get("parameters", [])
            + operation["get"].get("parameters", [])
        ]
        (schema,) = (
            resolve(parameter["schema"]) for parameter in parameters if parameter["in"] == "path"
        )

        assert schema["pattern"] == f"^{models._ID_PATTERNS[type].pattern}$"


def test_resource_types_are_those_of_the_contract() -> None:
    """Neither more nor fewer."""
    prefix = "/v1/me/ratings/"
    types = {
        path.removeprefix(prefix).split("/")[0]
        for path in CONTRACT["paths"]
        if path.startswith(prefix)
    }

    assert types == set(ResourceType)
