"""Which operations the contract has, and what every one of them must say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openapi_spec_validator import OpenAPIV31SpecValidator

if TYPE_CHECKING:
    from contract.conftest import Operation

APPLE_PAGES = "https://developer.apple.com/documentation/applemusicapi/"
ERROR_SCHEMAS = {
    "400": "ErrorsResponse",
    "401": "UnauthorizedResponse",
    "403": "ForbiddenResponse",
    "404": "ErrorsResponse",
    "405": "ErrorsResponse",
    "413": "ErrorsResponse",
    "414": "ErrorsResponse",
    "429": "TooManyRequestsResponse",
    "500": "ErrorsResponse",
}
LINKS = {
    "PUT": {"get": "id", "list": "ids", "delete": "id"},
    "DELETE": {"get": "id"},
}


def stem(resource_type: str) -> str:
    """Give the part of an operationId that names the type: `LibrarySong` for `library-songs`."""
    return "".join(part.capitalize() for part in resource_type.removesuffix("s").split("-"))


def test_contract_is_valid_openapi(contract: dict[str, Any]) -> None:
    """The contract is an OpenAPI 3.1 document without a fault."""
    faults = [str(fault) for fault in OpenAPIV31SpecValidator(contract).iter_errors()]

    assert contract["openapi"].startswith("3.1.")
    assert faults == []


def test_nine_types_have_four_operations_each(
    operations: list[Operation], resource_types: tuple[str, ...]
) -> None:
    """There are 36 operations on ratings, named after their verb and type, and no other."""
    expected = {
        entry
        for word in resource_types
        for entry in (
            (f"list{stem(word)}Ratings", "GET", f"/v1/me/ratings/{word}"),
            (f"get{stem(word)}Rating", "GET", f"/v1/me/ratings/{word}/{{id}}"),
            (f"set{stem(word)}Rating", "PUT", f"/v1/me/ratings/{word}/{{id}}"),
            (f"delete{stem(word)}Rating", "DELETE", f"/v1/me/ratings/{word}/{{id}}"),
        )
    }

    assert len(operations) == 36
    assert {
        (operation.id, operation.method, operation.path) for operation in operations
    } == expected


def test_each_type_has_one_described_tag(
    contract: dict[str, Any], resource_types: tuple[str, ...]
) -> None:
    """The first tags are the nine words, and every tag has a description."""
    assert [tag["name"] for tag in contract["tags"]][:9] == list(resource_types)
    assert all(tag["description"].strip() for tag in contract["tags"])


def test_operation_is_tagged_with_its_type(operation: Operation) -> None:
    """An operation carries the tag of its type and no second one."""
    assert operation.definition["tags"] == [operation.path.split("/")[4]]


def test_server_is_apples(contract: dict[str, Any]) -> None:
    """There is one server, Apple's."""
    assert [server["url"] for server in contract["servers"]] == ["https://api.music.apple.com"]


def test_both_tokens_are_required_together(contract: dict[str, Any]) -> None:
    """One global requirement names both tokens: a bearer token and a header."""
    schemes = contract["components"]["securitySchemes"]

    assert contract["security"] == [{"developerToken": [], "musicUserToken": []}]
    assert (schemes["developerToken"]["type"], schemes["developerToken"]["scheme"]) == (
        "http",
        "bearer",
    )
    assert (schemes["musicUserToken"]["in"], schemes["musicUserToken"]["name"]) == (
        "header",
        "Music-User-Token",
    )


def test_operation_leaves_security_to_the_global_requirement(operation: Operation) -> None:
    """No operation has a requirement of its own, which would replace the global one."""
    assert "security" not in operation.definition


def test_operation_answers_for_success_and_every_known_error(operation: Operation) -> None:
    """Each operation documents its good answer and the nine errors, and nothing else."""
    good = "204" if operation.method == "DELETE" else "200"

    assert set(operation.definition["responses"]) == {good, *ERROR_SCHEMAS}


def test_error_has_the_body_that_apple_gives_it(
    any_operation: Operation, resolved: dict[str, Any]
) -> None:
    """Every operation describes an error by the same named schema; 429 is plain text as well."""
    schemas = resolved["components"]["schemas"]
    bodies = {
        status: any_operation.definition["responses"][status]["content"] for status in ERROR_SCHEMAS
    }

    assert {
        status: content["application/json"]["schema"] for status, content in bodies.items()
    } == {status: schemas[name] for status, name in ERROR_SCHEMAS.items()}
    assert {status: sorted(content) for status, content in bodies.items()} == {
        status: ["application/json"] for status in ERROR_SCHEMAS
    } | {"429": ["application/json", "text/plain"]}


def test_unauthorized_says_that_its_body_may_be_empty(contract: dict[str, Any]) -> None:
    """A reader of the 401 learns that a body cannot be relied upon."""
    assert "may be empty" in contract["components"]["responses"]["Unauthorized"]["description"]


def test_good_answer_is_a_list_of_ratings_or_nothing(
    operation: Operation, resolved: dict[str, Any]
) -> None:
    """A 200 holds RatingsResponse; a 204 holds nothing."""
    responses = operation.definition["responses"]
    schemas = resolved["components"]["schemas"]

    if operation.method == "DELETE":
        assert "content" not in responses["204"]
    else:
        assert [*responses["200"]["content"]] == ["application/json"]
        content = responses["200"]["content"]["application/json"]
        assert content["schema"] == schemas["RatingsResponse"]


def test_only_put_sends_a_body_and_must(operation: Operation, resolved: dict[str, Any]) -> None:
    """PUT requires a RatingRequest; the other operations take no body."""
    body = operation.definition.get("requestBody")

    assert (body is not None) == (operation.method == "PUT")
    if body is not None:
        schema = resolved["components"]["schemas"]["RatingRequest"]
        assert body["required"] is True
        assert {name: media["schema"] for name, media in body["content"].items()} == {
            "application/json": schema
        }


def test_operation_has_the_parameters_of_its_kind(operation: Operation) -> None:
    """`l` is everywhere, `include` and `extend` on GETs only, the id where the path has one."""
    address = {"id"} if operation.path.endswith("{id}") else {"ids"}
    content = {"include", "extend"} if operation.method == "GET" else set()

    assert set(operation.parameters) == address | content | {"l"}
    assert {name for name, parameter in operation.parameters.items() if parameter["required"]} == (
        address
    )


def test_ids_are_one_comma_joined_value(operation: Operation) -> None:
    """`ids` is a required list of at least one, joined by commas in one query parameter."""
    if "ids" not in operation.parameters:
        return
    ids = operation.parameters["ids"]

    assert (ids["in"], ids["required"], ids["style"], ids["explode"]) == (
        "query",
        True,
        "form",
        False,
    )
    assert ids["schema"]["type"] == "array"
    assert ids["schema"]["minItems"] == 1
    assert "maxItems" not in ids["schema"]


def test_every_list_parameter_is_comma_joined(any_operation: Operation) -> None:
    """No list repeats its key; the forked template joins them all and relies on it."""
    lists = [
        parameter
        for parameter in any_operation.parameters.values()
        if parameter["schema"].get("type") == "array"
    ]

    assert all((item["style"], item["explode"]) == ("form", False) for item in lists)


def test_id_and_ids_follow_the_schema_of_their_type(
    operation: Operation, contract: dict[str, Any]
) -> None:
    """An operation refers to the id schema of its own type."""
    reference = {"$ref": f"#/components/schemas/{stem(operation.definition['tags'][0])}Id"}
    written = contract["paths"][operation.path][operation.method.lower()]["parameters"]
    address = next(item["schema"] for item in written if item.get("name") in {"id", "ids"})

    assert address.get("items", address) == reference


def test_parameter_is_described_where_the_generator_looks_too(any_operation: Operation) -> None:
    """Description stands on the parameter for readers and on its schema for the generator."""
    missing = [
        name
        for name, parameter in any_operation.parameters.items()
        if not (parameter.get("description") and parameter["schema"].get("description"))
    ]

    assert missing == []


def test_operation_has_a_summary_and_a_description(any_operation: Operation) -> None:
    """The generated docstring has something to say."""
    assert any_operation.definition["summary"].strip()
    assert any_operation.definition["description"].strip()


def test_operation_names_its_own_page(
    operation: Operation, exchanges: list[dict[str, Any]]
) -> None:
    """Each operation links to the page of Apple's that documents it."""
    page = next(item["page"] for item in exchanges if item["operationId"] == operation.id)

    assert operation.definition["externalDocs"]["url"] == APPLE_PAGES + page


def test_links_join_the_operations_of_one_id(operation: Operation) -> None:
    """PUT leads to get, list and delete of the id it was given, DELETE to get, GETs nowhere."""
    word = stem(operation.definition["tags"][0])
    targets = {
        "get": f"get{word}Rating",
        "list": f"list{word}Ratings",
        "delete": f"delete{word}Rating",
    }
    expected = {
        name: (targets[name], {parameter: "$request.path.id"})
        for name, parameter in LINKS.get(operation.method, {}).items()
    }
    links = {
        name: (link["operationId"], link["parameters"])
        for response in operation.definition["responses"].values()
        for name, link in response.get("links", {}).items()
    }

    assert links == expected
