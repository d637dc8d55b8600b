"""The examples of the contract are valid, and are those that Apple shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from contract.conftest import Operation


def examples(node: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Find every example below a node of a resolved contract, with its pointer and its schema."""
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
    """Give the examples of one node: those of a schema are a list, those beside one a map."""
    # A parameter or a media type has its schema beside the example; a schema is its own.
    schema = node.get("schema", node)
    if "example" in node:
        yield f"{pointer}/example", schema, node["example"]
    listed = node.get("examples", [])
    if isinstance(listed, list):
        for index, example in enumerate(listed):
            yield f"{pointer}/examples/{index}", schema, example
    else:
        for name, example in listed.items():
            yield f"{pointer}/examples/{name}", schema, example["value"]


def faulty_examples(resolved: dict[str, Any]) -> list[str]:
    """Name the examples that do not fit their schema."""
    return [
        f"{pointer}: {error.message}"
        for pointer, schema, example in examples(resolved)
        for error in Draft202012Validator(schema).iter_errors(example)
    ]


def test_every_example_fits_its_schema(resolved: dict[str, Any]) -> None:
    """Examples of parameters, bodies, answers and schemas are all valid."""
    assert faulty_examples(resolved) == []


def test_faulty_example_is_found_wherever_it_stands() -> None:
    """The search above finds examples of parameters, media types, schemas and properties."""
    number = {"type": "integer"}
    broken = {
        "parameters": [{"name": "l", "schema": number, "example": "a"}],
        "content": {"application/json": {"schema": number, "examples": {"odd": {"value": "b"}}}},
        "schemas": {"N": number | {"examples": [1, "c"]}},
        "S": {"type": "object", "properties": {"n": number | {"examples": ["d"]}}},
    }

    assert [fault.split(":")[0] for fault in faulty_examples(broken)] == [
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
    """A property that is written out shows a value itself; a list shows it by its items."""
    missing = [
        f"{name}.{property_name}"
        for name, schema in contract["components"]["schemas"].items()
        for property_name, value in schema.get("properties", {}).items()
        if "$ref" not in value
        and "$ref" not in value.get("items", {})
        and not value.get("examples")
    ]

    assert missing == []


def test_every_parameter_and_body_has_an_example(operation: Operation) -> None:
    """Requests and answers of an operation can be read off its examples."""
    answers = operation.definition["responses"].values()
    requests = [operation.definition.get("requestBody", {})]
    media = [
        media_type
        for message in [*answers, *requests]
        for media_type in message.get("content", {}).values()
    ]

    assert [name for name, item in operation.parameters.items() if "example" not in item] == []
    assert all("example" in media_type for media_type in media)


def test_operation_shows_its_documented_exchange(
    operation: Operation, exchanges: list[dict[str, Any]]
) -> None:
    """Path, query, request and answer of an operation's examples are those of Apple's page."""
    exchange = next(item for item in exchanges if item["operationId"] == operation.id)
    target = urlsplit(exchange["path"])
    responses = operation.definition["responses"]
    good = responses[str(exchange["status"])]
    shown: dict[str, Any] = {
        "method": operation.method,
        "path": operation.path,
        "ids": [],
        "request": None,
        "response": None,
    }
    if "id" in operation.parameters:
        shown["path"] = operation.path.replace("{id}", operation.parameters["id"]["example"])
    if "ids" in operation.parameters:
        shown["ids"] = [",".join(operation.parameters["ids"]["example"])]
    if "requestBody" in operation.definition:
        body = operation.definition["requestBody"]["content"]["application/json"]
        shown["request"] = body["example"]
    if "content" in good:
        shown["response"] = good["content"]["application/json"]["example"]

    assert shown == {
        "method": exchange["method"],
        "path": target.path,
        "ids": parse_qs(target.query).get("ids", []),
        "request": exchange["request"],
        "response": exchange["response"],
    }


def test_each_operation_has_one_documented_exchange(
    operations: list[Operation], exchanges: list[dict[str, Any]]
) -> None:
    """The recorded exchanges are those of the 36 operations, none missing and none twice."""
    recorded = sorted(exchange["operationId"] for exchange in exchanges)

    assert recorded == sorted(operation.id for operation in operations)
