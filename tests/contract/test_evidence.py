"""Anything beyond Apple's pages is marked with its evidence and its source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from attrs import frozen

GRADES = {"documented", "observed", "inferred"}
# The responses that an operation's own page at Apple lists.
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
# Sentences of descriptions that Apple's page of the operation states, or that follow from it. Any
# other sentence ends with its grade, as in "(observed)", and the place has a source.
OWN_SENTENCES = re.compile(
    r"""(Get|Remove)\ the\ user's\ ratings?\ of\ .*
    |The\ response\ contains\ one\ rating\ for\ each\ rated\ id\.
    |Like\ or\ dislike\ one\ .*,\ replacing\ any\ existing\ rating\.
    |To\ clear\ a\ rating,\ delete\ it\.
    |The\ ratings\ of\ the\ catalog\ id\ and\ the\ library\ id\ of\ .*,\ stay\ synced\.
    |Requires\ a\ Music\ User\ Token\.
    |Apple\ Music\ 1\.0\+\.
    |Apple's\ page\ of\ this\ operation:.*
    |Personal\ ratings\ of\ .*
    |The\ items\ in\ the\ user's\ library,\ page\ by\ page\.
    |Ratings\ can\ be\ looked\ up\ by\ their\ ids\.
    |Get\ one\ page\ of\ the\ .*\ in\ the\ user's\ library,\ in\ alphabetical\ order\.
    |`next`\ is\ the\ path\ of\ the\ next\ page\.
    |Add\ catalog\ songs,\ .*\ to\ the\ user's\ favorites,\ .*
    |Items\ that\ cannot\ be\ added\ are\ ignored\.
    |Get\ the\ user's\ storefront\.
    |(Unauthorized|Forbidden|Errors|Ratings|EmptyBody)Response(\ with\ .*)?\.
    |The\ `Authorization`\ header\ is\ incorrect\.
    |The\ request\ has\ invalid\ or\ insufficient\ authentication\.
    |An\ error\ occurred\ on\ the\ server\.
    |The\ rating\ was\ removed,\ and\ the\ response\ has\ no\ body\.
    |(One\ page\ of\ the\ library|The\ storefront,\ as\ a\ list\ of\ one)\.""",
    re.VERBOSE,
)
GRADED = re.compile(r"\((documented|observed|inferred|both observed)[^)]*\)")
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
    # The common properties of the resource types in the content relationship.
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
    """A place in the contract that needs evidence: its kind, its pointer and its node."""

    kind: str
    pointer: str
    node: dict[str, Any]

    @property
    def is_marked(self) -> bool:
        """Whether it has a known grade and a source."""
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
        for name, header in _map(node, "headers"):
            yield Reservation("header", f"{pointer}/headers/{name}", _target(contract, header))
        yield from _description_places(pointer, key, node)
        for name, link in _map(node, "links"):
            yield Reservation("link", f"{pointer}/links/{name}", _target(contract, link) | link)


def _description_places(pointer: str, key: str, node: dict[str, Any]) -> Iterator[Reservation]:
    """Find the descriptions of operations, good or own responses and tags that say more."""
    is_tag = pointer.startswith("/tags/")
    is_operation = "operationId" in node and "responses" in node
    is_response = "/responses/" in pointer and pointer.endswith(f"/responses/{key}")
    if not isinstance(node.get("description"), str) or not (is_tag or is_operation or is_response):
        return
    sentences = re.split(r"(?<=[.:])\s+(?=[A-Z`])", " ".join(node["description"].split()))
    if not all(OWN_SENTENCES.fullmatch(sentence) for sentence in sentences):
        yield Reservation("description", f"{pointer}/description", node)


def unmarked(contract: dict[str, Any]) -> list[str]:
    """Return every place that needs evidence and has none."""
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
            # Its keys are names that we chose: a property called `pattern` is not a limit.
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


def test_everything_beyond_apples_pages_is_marked(contract: dict[str, Any]) -> None:
    """Added responses, limits, closed schemas, links, properties, headers and sentences."""
    assert unmarked(contract) == []


def test_every_added_sentence_of_an_operation_names_its_grade(all_operations: list[Any]) -> None:
    """The docstring of generated code shows which sentences are not on Apple's page."""
    offenders = [
        (operation.id, sentence)
        for operation in all_operations
        if operation.path.startswith(("/v1/me/ratings", "/v1/me/library", "/v1/me/favorites"))
        for sentence in re.split(
            r"(?<=\.)\s+(?=[A-Z`])", " ".join(operation.definition["description"].split())
        )
        if not OWN_SENTENCES.fullmatch(sentence) and not GRADED.search(sentence)
    ]

    assert not offenders


def test_walk_meets_every_kind_of_place(
    contract: dict[str, Any], all_operations: list[Any]
) -> None:
    """The contract has places of each kind, so the test above is not empty."""
    kinds = Counter(place.kind for place in places(contract))

    # Six errors of each operation and the other 5xx, and the 202 of the favorites.
    assert kinds["response"] == len(all_operations) * 7 + 1
    assert (kinds["link"], kinds["closed schema"], kinds["header"]) == (9 * 4, 2, 5)
    assert kinds["description"] > 36
    assert {"limit", "property"} < set(kinds)


def test_every_mark_is_whole(contract: dict[str, Any]) -> None:
    """No grade is without a source, and no source without a grade."""
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
            "responses": {"Gone": {}},
            "schemas": {"Bare": {"type": "string"}} | schemas,
        },
    }


CASES: list[tuple[dict[str, Any], list[str]]] = [
    (
        a_contract(responses={"500": {"description": "An error occurred on the server. Often."}}),
        ["description /paths/~x/get/responses/500/description"],
    ),
    (
        a_contract(responses={"200": {"headers": {"Age": {"description": "Seconds."}}}}),
        ["header /paths/~x/get/responses/200/headers/Age"],
    ),
    (
        a_contract(responses={"410": {}}),
        ["response /paths/~x/get/responses/410"],
    ),
    (
        a_contract(responses={"410": {"$ref": "#/components/responses/Gone"}}),
        ["response /paths/~x/get/responses/410"],
    ),
    (
        a_contract(responses={"default": {}}),
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
]


def test_walk_names_what_lacks_evidence() -> None:
    """Each kind of place is found, inline, nested or behind a reference."""
    found = [unmarked(contract) for contract, _ in CASES]

    assert found == [[place.replace("/~x/", "//x/") for place in places] for _, places in CASES]


def test_only_a_known_grade_with_a_source_is_evidence() -> None:
    """Each of the three grades counts with a source; a missing or empty half does not."""
    whole = [{"x-evidence": grade, "x-source": "A capture."} for grade in sorted(GRADES)]
    halves: list[dict[str, Any]] = [
        {"x-evidence": "observed"},
        {"x-evidence": "observed", "x-source": ""},
        {"x-evidence": "observed", "x-source": " "},
        {"x-evidence": "observed", "x-source": None},
        {"x-evidence": "guessed", "x-source": "Nowhere."},
        {"x-source": "A capture."},
    ]

    assert [unmarked(a_contract(S={"pattern": "a"} | marks)) for marks in whole] == [[]] * 3
    assert [unmarked(a_contract(S={"pattern": "a"} | marks)) for marks in halves] == [
        ["limit /components/schemas/S/pattern"]
    ] * 6


def test_marks_count_where_a_reference_leads() -> None:
    """A shared response is marked once, at its definition, or beside the reference."""
    marks = {"x-evidence": "observed", "x-source": "A capture."}
    contract = a_contract(
        responses={"410": {"$ref": "#/components/responses/Gone"}},
        Error={"properties": {"meta": {"$ref": "#/components/schemas/Bare"} | marks}},
    )
    contract["components"]["responses"]["Gone"] |= marks

    assert unmarked(contract) == []


def test_what_apple_documents_needs_no_mark() -> None:
    """Documented responses, sentences and properties, open schemas and examples need none."""
    own = {"description": "ErrorsResponse. An error occurred on the server."}
    contracts = [
        a_contract(responses={"200": {}, "204": {}, "401": {}, "403": {}, "500": own}),
        a_contract(Error={"properties": {"id": {}, "detail": {}}}),
        a_contract(S={"additionalProperties": True}),
        a_contract(S={"examples": [{"pattern": "a"}]}),
        a_contract(S={"example": {"minItems": 1}}),
    ]

    assert [unmarked(contract) for contract in contracts] == [[]] * 5
