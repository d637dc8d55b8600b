"""What goes beyond Apple's pages says how far it can be trusted, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import frozen

GRADES = {"documented", "observed", "inferred"}
# The answers that an operation's own page at Apple lists.
OWN_STATUSES = {"200", "204", "401", "403", "500"}
LIMITS = {
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minLength",
    "maxLength",
    "minProperties",
    "maxProperties",
}
# The property tables of Apple's pages, by our name of the schema.
DOCUMENTED_PROPERTIES = {
    "Ratings": {"id", "type", "href", "attributes", "relationships"},
    "RatingsAttributes": {"value"},
    "RatingsRelationships": {"content"},
    "RatingsContentRelationship": {"data", "href", "next"},
    "RatingsResponse": {"data"},
    "RatingRequest": {"type", "attributes"},
    "RatingRequestAttributes": {"value"},
    "Error": {"id", "status", "code", "title", "detail", "source"},
    "ErrorSource": {"parameter", "pointer"},
    "ErrorsResponse": {"errors"},
    # Apple lists no properties of these two.
    "UnauthorizedResponse": set(),
    "ForbiddenResponse": set(),
    # What the resource types have in common that may stand in the content relationship.
    "Resource": {"id", "type", "href"},
    "LibraryResponse": {"data", "next", "meta"},
    "LibraryResource": {"id", "type", "href", "attributes"},
    "LibraryAttributes": {
        "name",
        "artistName",
        "albumName",
        "artwork",
        "playParams",
        "dateAdded",
        "inFavorites",
    },
    "PlayParameters": {"id", "kind"},
    "Artwork": {"url", "width", "height"},
    "StorefrontsResponse": {"data"},
    "Storefronts": {"id", "type", "href", "attributes"},
    "StorefrontsAttributes": {
        "name",
        "defaultLanguageTag",
        "supportedLanguageTags",
        "explicitContentPolicy",
    },
}


@frozen
class Reservation:
    """Something in the contract that needs evidence: what it is, where, and what stands there."""

    kind: str
    pointer: str
    node: dict[str, Any]

    @property
    def is_marked(self) -> bool:
        """Whether a known grade and a source stand there."""
        source = self.node.get("x-source")
        return (
            self.node.get("x-evidence") in GRADES
            and isinstance(source, str)
            and source.strip() != ""
        )


def places(contract: dict[str, Any]) -> Iterator[Reservation]:
    """Walk a contract and find every place that needs evidence."""
    for pointer, key, node in _objects(contract, "", ""):
        yield from _schema_places(contract, pointer, key, node)
        for status, response in _map(node, "responses"):
            if status not in OWN_STATUSES and "/components" not in pointer:
                target = _target(contract, response)
                yield Reservation("response", f"{pointer}/responses/{status}", target | response)
        for name, link in _map(node, "links"):
            yield Reservation("link", f"{pointer}/links/{name}", _target(contract, link) | link)


def unmarked(contract: dict[str, Any]) -> list[str]:
    """Name every place that needs evidence and has none."""
    return [f"{place.kind} {place.pointer}" for place in places(contract) if not place.is_marked]


def _schema_places(
    contract: dict[str, Any], pointer: str, key: str, node: dict[str, Any]
) -> Iterator[Reservation]:
    for limit in sorted(LIMITS & node.keys()):
        yield Reservation("limit", f"{pointer}/{limit}", node)
    for closing in ("additionalProperties", "unevaluatedProperties"):
        if node.get(closing) is False:
            yield Reservation("closed schema", f"{pointer}/{closing}", node)
    documented = DOCUMENTED_PROPERTIES.get(key, set())
    if pointer != f"/components/schemas/{key}":
        documented = set()
    for name, value in _map(node, "properties"):
        if name not in documented:
            found = _target(contract, value) | value
            yield Reservation("property", f"{pointer}/properties/{name}", found)


def _objects(node: Any, pointer: str, key: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Find every object below a node that is neither an example nor a map of names."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _objects(item, f"{pointer}/{index}", str(index))
    if not isinstance(node, dict):
        return
    yield pointer, key, node
    for name, value in node.items():
        if name in {"example", "examples", "default", "const", "enum"}:
            continue
        if name in {"properties", "patternProperties", "$defs"} and isinstance(value, dict):
            # Its keys are names that we chose: a property called `pattern` is no limit.
            for inner, schema in value.items():
                yield from _objects(schema, f"{pointer}/{name}/{inner}", inner)
        else:
            yield from _objects(value, f"{pointer}/{name}", name)


def _map(node: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    value = node.get(name)
    if isinstance(value, dict):
        yield from ((str(key), item) for key, item in value.items() if isinstance(item, dict))


def _target(contract: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    target: Any = node
    while "$ref" in target:
        reference = target["$ref"]
        target = contract
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
    found: dict[str, Any] = target
    return found


def test_whatever_goes_beyond_apples_pages_is_marked(contract: dict[str, Any]) -> None:
    """Every added answer, limit, closed schema, link and property has a grade and a source."""
    assert unmarked(contract) == []


def test_walk_meets_every_kind_of_place(
    contract: dict[str, Any], all_operations: list[Any]
) -> None:
    """The contract has places of each kind, so that the test above is not about nothing."""
    kinds = [place.kind for place in places(contract)]

    assert set(kinds) == {"response", "limit", "closed schema", "link", "property"}
    # Six answers of each operation, and the 202 of the favorites.
    assert kinds.count("response") == len(all_operations) * 6 + 1
    assert kinds.count("link") == 9 * 4
    assert kinds.count("closed schema") == 2


def test_every_mark_is_whole(contract: dict[str, Any]) -> None:
    """A grade never stands without a source nor a source without a grade, wherever they are."""
    halves = [
        pointer
        for pointer, key, node in _objects(contract, "", "")
        if {"x-evidence", "x-source"} & node.keys()
        and not Reservation(key, pointer, node).is_marked
    ]

    assert halves == []


def test_property_table_names_schemas_that_exist(contract: dict[str, Any]) -> None:
    """The table of documented properties keeps up with the names of the contract."""
    schemas = contract["components"]["schemas"]
    unknown = {
        name: properties - schemas.get(name, {}).get("properties", {}).keys()
        for name, properties in DOCUMENTED_PROPERTIES.items()
    }

    assert schemas.keys() >= DOCUMENTED_PROPERTIES.keys()
    assert {name: lost for name, lost in unknown.items() if lost} == {}


def a_contract(*, responses: Any = None, **schemas: Any) -> dict[str, Any]:
    """Build a small contract of one operation and some schemas."""
    return {
        "paths": {"/x": {"get": {"responses": responses or {}}}},
        "components": {
            "responses": {"Gone": {"description": "Gone."}},
            "schemas": {"Bare": {"type": "string"}} | schemas,
        },
    }


@pytest.mark.parametrize(
    ("contract", "expected"),
    [
        (
            a_contract(responses={"410": {"description": "Gone."}}),
            ["response /paths/~x/get/responses/410"],
        ),
        (
            a_contract(responses={"410": {"$ref": "#/components/responses/Gone"}}),
            ["response /paths/~x/get/responses/410"],
        ),
        (
            a_contract(responses={"default": {"description": "Anything."}}),
            ["response /paths/~x/get/responses/default"],
        ),
        (
            a_contract(responses={"200": {"links": {"self": {"operationId": "get"}}}}),
            ["link /paths/~x/get/responses/200/links/self"],
        ),
        (a_contract(S={"pattern": "^a$"}), ["limit /components/schemas/S/pattern"]),
        (a_contract(S={"minimum": 0}), ["limit /components/schemas/S/minimum"]),
        (a_contract(S={"maximum": 0}), ["limit /components/schemas/S/maximum"]),
        (a_contract(S={"minItems": 1}), ["limit /components/schemas/S/minItems"]),
        (a_contract(S={"maxItems": 1}), ["limit /components/schemas/S/maxItems"]),
        (a_contract(S={"minLength": 1}), ["limit /components/schemas/S/minLength"]),
        (a_contract(S={"maxLength": 1}), ["limit /components/schemas/S/maxLength"]),
        (
            a_contract(S={"items": {"anyOf": [{}, {"pattern": "a"}]}}),
            ["limit /components/schemas/S/items/anyOf/1/pattern"],
        ),
        (
            a_contract(S={"additionalProperties": False}),
            ["closed schema /components/schemas/S/additionalProperties"],
        ),
        (
            a_contract(S={"unevaluatedProperties": False}),
            ["closed schema /components/schemas/S/unevaluatedProperties"],
        ),
        (
            a_contract(Error={"properties": {"id": {}, "meta": {}}}),
            ["property /components/schemas/Error/properties/meta"],
        ),
        (
            a_contract(Error={"properties": {"meta": {"$ref": "#/components/schemas/Bare"}}}),
            ["property /components/schemas/Error/properties/meta"],
        ),
        (
            a_contract(Unheard={"properties": {"id": {}}}),
            ["property /components/schemas/Unheard/properties/id"],
        ),
        (
            a_contract(S={"items": {"properties": {"pattern": {"maxLength": 3}}}}),
            [
                "property /components/schemas/S/items/properties/pattern",
                "limit /components/schemas/S/items/properties/pattern/maxLength",
            ],
        ),
        (
            a_contract(responses={"200": {"content": {"a/b": {"schema": {"maximum": 9}}}}}),
            ["limit /paths/~x/get/responses/200/content/a/b/schema/maximum"],
        ),
    ],
)
def test_walk_names_what_lacks_evidence(contract: dict[str, Any], expected: list[str]) -> None:
    """Each kind of place is found, inline, nested or behind a reference."""
    assert unmarked(contract) == [place.replace("/~x/", "//x/") for place in expected]


@pytest.mark.parametrize("grade", ["documented", "observed", "inferred"])
def test_known_grade_with_a_source_is_evidence(grade: str) -> None:
    """Each of the three grades counts once a source stands beside it."""
    marks = {"x-evidence": grade, "x-source": "A capture."}

    assert unmarked(a_contract(S={"pattern": "a"} | marks)) == []


@pytest.mark.parametrize(
    "marks",
    [
        {"x-evidence": "observed"},
        {"x-evidence": "observed", "x-source": ""},
        {"x-evidence": "observed", "x-source": " "},
        {"x-evidence": "observed", "x-source": None},
        {"x-evidence": "guessed", "x-source": "Nowhere."},
        {"x-source": "A capture."},
    ],
)
def test_half_a_mark_is_no_evidence(marks: dict[str, Any]) -> None:
    """A missing half, an empty source and an unknown grade do not count."""
    assert unmarked(a_contract(S={"pattern": "a"} | marks)) == [
        "limit /components/schemas/S/pattern"
    ]


def test_marks_count_where_a_reference_leads() -> None:
    """A shared answer is marked once, at its definition, or beside the reference."""
    marks = {"x-evidence": "observed", "x-source": "A capture."}
    contract = a_contract(
        responses={"410": {"$ref": "#/components/responses/Gone"}},
        Error={"properties": {"meta": {"$ref": "#/components/schemas/Bare"} | marks}},
    )
    contract["components"]["responses"]["Gone"] |= marks

    assert unmarked(contract) == []


@pytest.mark.parametrize(
    "contract",
    [
        a_contract(responses={"200": {}, "204": {}, "401": {}, "403": {}, "500": {}}),
        a_contract(Error={"properties": {"id": {}, "detail": {}}}),
        a_contract(S={"additionalProperties": True}),
        a_contract(S={"examples": [{"pattern": "a"}]}),
        a_contract(S={"example": {"minItems": 1}}),
    ],
)
def test_what_apple_documents_needs_no_mark(contract: dict[str, Any]) -> None:
    """Documented answers and properties, open schemas and examples are left alone."""
    assert unmarked(contract) == []
