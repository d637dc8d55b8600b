"""The examples of the contract are valid, and are those that Apple shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from jsonschema import Draft202012Validator
from support.contract import shown_examples

if TYPE_CHECKING:
    from support.contract import Operation


def examples(node: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield every example below a node of a resolved contract, with its pointer and its schema."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from examples(item, f"{pointer}/{index}")
    if not isinstance(node, dict):
        return
    yield from own_examples(node, pointer)
    for name, value in node.items():
        if name not in {"example", "examples"}:
            yield from examples(value, f"{pointer}/{name}")


def own_examples(node: dict[str, Any], pointer: str) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield the examples of one node: those of a schema are a list, those beside one a map."""
    # A parameter or a media type has its schema beside the example; a schema is its own.
    schema = node.get("schema", node)
    if "example" in node:
        yield f"{pointer}/example", schema, node["example"]
    # The examples of `components` have no schema there; they are checked where they are used.
    listed = node.get("examples", [])
    if isinstance(listed, list):
        for index, example in enumerate(listed):
            yield f"{pointer}/examples/{index}", schema, example
    elif "schema" in node:
        for name, example in listed.items():
            yield f"{pointer}/examples/{name}", schema, example["value"]


def invalid_examples(resolved: dict[str, Any]) -> list[str]:
    """Return the examples that do not match their schema."""
    return [
        f"{pointer}: {error.message}"
        for pointer, schema, example in examples(resolved)
        for error in Draft202012Validator(schema).iter_errors(example)
    ]


def test_every_example_matches_its_schema(resolved: dict[str, Any]) -> None:
    """Examples of parameters, bodies, responses and schemas are all valid."""
    assert invalid_examples(resolved) == []


def test_invalid_example_is_found_wherever_it_is() -> None:
    """The search above finds examples of parameters, media types, schemas and properties."""
    number = {"type": "integer"}
    broken = {
        "parameters": [{"name": "l", "schema": number, "example": "a"}],
        "content": {"application/json": {"schema": number, "examples": {"odd": {"value": "b"}}}},
        "schemas": {"N": number | {"examples": [1, "c"]}},
        "S": {"type": "object", "properties": {"n": number | {"examples": ["d"]}}},
    }

    assert [fault.split(":")[0] for fault in invalid_examples(broken)] == [
        "/parameters/0/example",
        "/content/application/json/examples/odd",
        "/schemas/N/examples/1",
        "/S/properties/n/examples/0",
    ]


def test_every_schema_has_an_example(contract: dict[str, Any]) -> None:
    """Each component schema shows what it means."""
    schemas = contract["components"]["schemas"]

    assert [name for name, schema in schemas.items() if not schema.get("examples")] == []


def test_every_property_has_an_example(contract: dict[str, Any]) -> None:
    """An inline property shows a value itself, a list by its items."""
    missing = [
        f"{name}.{property_name}"
        for name, schema in contract["components"]["schemas"].items()
        for property_name, value in schema.get("properties", {}).items()
        if "$ref" not in value
        and "$ref" not in value.get("items", {})
        and not value.get("examples")
    ]

    assert missing == []


def test_every_parameter_and_body_has_an_example(operations: list[Operation]) -> None:
    """Requests and responses of an operation can be read off its examples."""
    missing = [
        f"{operation.id} {name}"
        for operation in operations
        for name, item in operation.parameters.items()
        if "example" not in item
    ] + [
        f"{operation.id} {media_type}"
        for operation in operations
        for message in (
            *operation.definition["responses"].values(),
            operation.definition.get("requestBody", {}),
        )
        for media_type, media in message.get("content", {}).items()
        if not shown_examples(media)
    ]

    assert not missing


def test_examples_show_every_kind_of_response(operations: list[Operation]) -> None:
    """Like, dislike, none rated, an entry without a value, and included content, by name."""
    kinds = {"GET": {"documented", "dislike", "unratedEntry", "includedContent"}}
    kinds |= {"LIST": {"documented", "noneRated"}, "PUT": {"documented", "dislike"}}
    offenders = []
    for operation in operations:
        content = operation.definition["responses"][operation.good_status].get("content", {})
        kind = "LIST" if operation.id.startswith("list") else operation.method
        shown = {name for media in content.values() for name in shown_examples(media)}
        if shown != kinds.get(kind, set()):
            offenders.append((operation.id, shown))

    assert not offenders


def test_operations_show_their_documented_exchange(
    operations: list[Operation], exchanges: list[dict[str, Any]]
) -> None:
    """Path, query, request and response of the examples are those of Apple's page.

    The id in a path is shown once for three operations; four of Apple's pages use another one.
    """
    by_id = {exchange["operationId"]: exchange for exchange in exchanges}
    differing, other_ids = [], []
    for operation in operations:
        exchange = by_id[operation.id]
        target = urlsplit(exchange["path"])
        good = operation.definition["responses"][operation.good_status]
        messages = [operation.definition.get("requestBody", {}), good]
        request, response = (
            shown_examples(each["content"]["application/json"])["documented"]
            if "content" in each
            else None
            for each in messages
        )
        ids = operation.parameters["ids"]["example"] if "ids" in operation.parameters else []
        item_id = target.path.rsplit("/", 1)[1]
        found = (
            operation.method,
            operation.path.replace("{id}", item_id),
            [",".join(ids)] if ids else [],
            operation.good_status,
            request,
            response,
        )
        expected = (
            exchange["method"],
            target.path,
            parse_qs(target.query).get("ids", []),
            str(exchange["status"]),
            exchange["request"],
            exchange["response"],
        )
        if found != expected:
            differing.append((operation.id, found, expected))
        if "id" in operation.parameters and operation.parameters["id"]["example"] != item_id:
            other_ids.append(operation.id)

    assert not differing
    assert other_ids == [
        "setStationRating",
        "deleteStationRating",
        "deleteLibraryAlbumRating",
        "deleteLibraryMusicVideoRating",
    ]


def test_each_operation_has_one_documented_exchange(
    operations: list[Operation], exchanges: list[dict[str, Any]]
) -> None:
    """The recorded exchanges are those of the 36 operations, none missing and none twice."""
    recorded = sorted(exchange["operationId"] for exchange in exchanges)

    assert recorded == sorted(operation.id for operation in operations)
