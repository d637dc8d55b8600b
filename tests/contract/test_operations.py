"""Which operations the contract has, and what each of them must describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openapi_spec_validator import OpenAPIV31SpecValidator
from support.contract import stem

if TYPE_CHECKING:
    from support.contract import Operation

TEXT, JSON, HTML = "text/plain", "application/json", "text/html"
# The bodies of each error; the first media type is the one that was observed most.
ERRORS: dict[str, dict[str, str | None]] = {
    "400": {JSON: "ErrorsResponse"},
    "401": {JSON: "UnauthorizedResponse"},
    "403": {JSON: "ForbiddenResponse"},
    "404": {JSON: "ErrorsResponse"},
    "405": {JSON: "ErrorsResponse"},
    "413": {JSON: "ErrorsResponse"},
    "414": {JSON: "ErrorsResponse"},
    "429": {TEXT: None, JSON: "TooManyRequestsResponse"},
    "500": {JSON: "ErrorsResponse"},
    "5XX": {HTML: None, JSON: "ErrorsResponse"},
}
LINKS = {
    "PUT": {"get": "id", "list": "ids", "delete": "id"},
    "DELETE": {"get": "id"},
}


def test_contract_is_valid_openapi(contract: dict[str, Any]) -> None:
    """The contract is an OpenAPI 3.1 document without an error."""
    errors = [str(error) for error in OpenAPIV31SpecValidator(contract).iter_errors()]

    assert contract["openapi"].startswith("3.1.")
    assert not errors


def test_nine_types_have_four_operations_each(
    operations: list[Operation], resource_types: tuple[str, ...]
) -> None:
    """There are 36 operations on ratings, named for verb and type and tagged with their type."""
    expected = {
        entry
        for word in resource_types
        for entry in (
            (f"list{stem(word)}Ratings", "GET", f"/v1/me/ratings/{word}", word),
            (f"get{stem(word)}Rating", "GET", f"/v1/me/ratings/{word}/{{id}}", word),
            (f"set{stem(word)}Rating", "PUT", f"/v1/me/ratings/{word}/{{id}}", word),
            (f"delete{stem(word)}Rating", "DELETE", f"/v1/me/ratings/{word}/{{id}}", word),
        )
    }
    found = {(each.id, each.method, each.path, *each.definition["tags"]) for each in operations}

    assert len(operations) == 36
    assert found == expected


def test_tags_are_described(contract: dict[str, Any], resource_types: tuple[str, ...]) -> None:
    """The first tags are the nine types, and every tag has a description."""
    assert [tag["name"] for tag in contract["tags"]][:9] == list(resource_types)
    assert all(tag["description"].strip() for tag in contract["tags"])


def test_server_is_apples(contract: dict[str, Any]) -> None:
    """There is one server, Apple's."""
    assert [server["url"] for server in contract["servers"]] == ["https://api.music.apple.com"]


def test_both_tokens_are_required_together(
    contract: dict[str, Any], operations: list[Operation]
) -> None:
    """One global requirement names a bearer token and a header; no operation replaces it."""
    schemes = contract["components"]["securitySchemes"]
    developer, user = schemes["developerToken"], schemes["musicUserToken"]

    assert contract["security"] == [{"developerToken": [], "musicUserToken": []}]
    assert (developer["type"], developer["scheme"]) == ("http", "bearer")
    assert (user["in"], user["name"]) == ("header", "Music-User-Token")
    assert not [each.id for each in operations if "security" in each.definition]


def test_every_operation_describes_the_same_errors(
    all_operations: list[Operation], resolved: dict[str, Any]
) -> None:
    """One good response, nine errors and the other 5xx, each with the named schema of its kind."""
    schemas = resolved["components"]["schemas"]
    offenders: list[object] = []
    for operation in all_operations:
        responses = operation.definition["responses"]
        if list(responses) != [operation.good_status, *ERRORS]:
            offenders.append((operation.id, list(responses)))
        for status, bodies in ERRORS.items():
            content = responses[status]["content"]
            wanted = {media: schemas[name] if name else None for media, name in bodies.items()}
            found = {
                media: each["schema"] if bodies.get(media) else None
                for media, each in content.items()
            }
            if (list(content), found) != (list(bodies), wanted):
                offenders.append((operation.id, status))

    assert not offenders


def test_headers_are_described(resolved: dict[str, Any]) -> None:
    """`Allow`, `Retry-After` and the correlation key are headers of their responses."""
    responses = resolved["components"]["responses"]
    headers = {name: [*each["headers"]] for name, each in responses.items() if "headers" in each}

    assert headers == {
        "InvalidDeveloperToken": ["x-apple-jingle-correlation-key"],
        "InvalidUserToken": ["x-apple-jingle-correlation-key"],
        "MethodNotAllowed": ["Allow"],
        "Throttled": ["Retry-After"],
    }


def test_no_two_components_share_a_generated_name(contract: dict[str, Any]) -> None:
    """Generators append `Response` to the name of a response, and schemas have that suffix too."""
    components = contract["components"]
    names = [f"{name}Response" for name in components["responses"]] + [*components["responses"]]

    assert not set(names) & set(components["schemas"])


def test_good_response_is_ratings_or_nothing(
    operations: list[Operation], resolved: dict[str, Any]
) -> None:
    """A 200 holds RatingsResponse; a 204 holds nothing; only PUT sends a body, and must."""
    schemas = resolved["components"]["schemas"]
    ratings = {JSON: schemas["RatingsResponse"]}
    offenders = []
    for operation in operations:
        good = operation.definition["responses"][operation.good_status].get("content", {})
        body = operation.definition.get("requestBody", {})
        found = (
            operation.good_status,
            {name: media["schema"] for name, media in good.items()},
            body.get("required"),
            {name: media["schema"] for name, media in body.get("content", {}).items()},
        )
        expected = {
            "GET": ("200", ratings, None, {}),
            "PUT": ("200", ratings, True, {JSON: schemas["RatingRequest"]}),
            "DELETE": ("204", {}, None, {}),
        }[operation.method]
        if found != expected:
            offenders.append(operation.id)

    assert not offenders


def test_list_parameters_are_joined_by_commas(all_operations: list[Operation]) -> None:
    """No list repeats its key; the forked template joins them all and relies on it."""
    offenders = [
        (operation.id, name)
        for operation in all_operations
        for name, parameter in operation.parameters.items()
        if parameter["schema"].get("type") == "array"
        and (parameter["style"], parameter["explode"]) != ("form", False)
    ]

    assert not offenders


def test_ids_follow_the_schema_of_their_type(
    operations: list[Operation], resolved: dict[str, Any]
) -> None:
    """`id` and `ids` have the id schema of their type; `ids` has at least one and no maximum."""
    offenders = []
    for operation in operations:
        schema = resolved["components"]["schemas"][f"{stem(operation.definition['tags'][0])}Id"]
        if "id" in operation.parameters:
            fits = operation.parameters["id"]["schema"] == schema
        else:
            ids = operation.parameters["ids"]["schema"]
            fits = ids["items"] == schema and ids["minItems"] == 1 and "maxItems" not in ids
        if not fits:
            offenders.append(operation.id)

    assert not offenders


def test_everything_is_described(all_operations: list[Operation]) -> None:
    """Operations have summary and description; parameters have one for readers and generator."""
    offenders = [
        operation.id
        for operation in all_operations
        if not operation.definition["summary"].strip()
        or not operation.definition["description"].strip()
    ] + [
        f"{operation.id} {name}"
        for operation in all_operations
        for name, parameter in operation.parameters.items()
        if not (parameter.get("description") and parameter["schema"].get("description"))
    ]

    assert not offenders


def test_links_join_the_operations_of_one_id(operations: list[Operation]) -> None:
    """PUT leads to get, list and delete of its id, DELETE to get, GETs nowhere."""
    offenders = []
    for operation in operations:
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
        if links != expected:
            offenders.append(operation.id)

    assert not offenders
