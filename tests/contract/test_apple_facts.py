"""The facts on Apple's pages, for each of the 36 operations on ratings.

Titles, parameters, statuses and response names follow a pattern over all pages; what differs from
page to page is in `documented_exchanges.json`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from attrs import asdict, frozen

if TYPE_CHECKING:
    from support.contract import Operation

PAGES = "https://developer.apple.com/documentation/applemusicapi/"
VERBS = {"get": "Get a", "list": "Get Multiple", "set": "Add a", "delete": "Delete a"}
SYNC = re.compile(r"library id of an? [a-z ]+, if it is in the library, stay synced(.)")
# Apple's meaning of each error.
ERRORS = {
    "401": "UnauthorizedResponse. The `Authorization` header is incorrect.",
    "403": "ForbiddenResponse. The request has invalid or insufficient authentication.",
    "500": "ErrorsResponse. An error occurred on the server.",
}


@frozen
class Facts:
    """What Apple's page of an operation states."""

    title: str
    page: str
    method: str
    path: str
    parameters: dict[str, bool]
    body: str | None
    responses: dict[str, str]
    sync: str
    version: str = "Apple Music 1.0+"
    needs_user_token: bool = True


def documented(exchange: dict[str, Any]) -> Facts:
    """Return the facts of one page."""
    verb = re.match("[a-z]+", exchange["operationId"])
    assert verb is not None
    resource_type = exchange["path"].split("?")[0].split("/")[4]
    noun = resource_type.removesuffix("s").replace("-", " ").title()
    if exchange["operationId"] == "listLibrarySongRatings":
        noun = "Library Songs"  # The only title with a plural.
    is_list, is_get = verb[0] == "list", exchange["method"] == "GET"
    good = "EmptyBodyResponse" if exchange["method"] == "DELETE" else "RatingsResponse"
    return Facts(
        title=f"{VERBS[verb[0]]} Personal {noun} Rating{'s' if is_list else ''}",
        page=PAGES + exchange["page"],
        method=exchange["method"],
        path=f"/v1/me/ratings/{resource_type}{'' if is_list else '/{id}'}",
        parameters={"ids" if is_list else "id": True, "l": False}
        | ({"include": False, "extend": False} if is_get else {}),
        body="RatingRequest" if exchange["method"] == "PUT" else None,
        responses={str(exchange["status"]): good, **ERRORS},
        # Apple's pages on catalog albums do not repeat what the pages on library albums state.
        sync={"stations": "none", "albums": "documented"}.get(resource_type, "own page"),
    )


def described(operation: Operation, contract: dict[str, Any]) -> Facts:
    """Return what the contract says about the same."""
    definition = operation.definition
    text = " ".join(definition["description"].split())
    page = definition["externalDocs"]["url"]
    title, _, version = definition["externalDocs"]["description"].rstrip(")").partition(" (")
    sync = "none"
    if found := SYNC.search(text):
        sync = "own page" if found[1] == "." else "documented"
    # Each is also in the description, which becomes the docstring of generated code.
    in_text = f'{version}. Apple\'s page of this operation: "{title}" {page}'
    written = contract["paths"][operation.path][operation.method.lower()]
    body = written.get("requestBody", {}).get("content", {}).get("application/json", {})
    good = operation.good_status
    return Facts(
        title=title,
        page=page,
        method=operation.method,
        path=operation.path,
        parameters={name: each["required"] for name, each in operation.parameters.items()},
        body=body.get("schema", {}).get("$ref", "").removeprefix("#/components/schemas/") or None,
        responses={good: re.split(r"[ .]", definition["responses"][good]["description"])[0]}
        | {
            status: ". ".join(definition["responses"][status]["description"].split(". ")[:2]) + "."
            for status in ERRORS
        },
        sync=sync,
        version=version if in_text in text else "",
        needs_user_token="Requires a Music User Token." in text,
    )


def test_every_operation_agrees_with_apples_page(
    operations: list[Operation], exchanges: list[dict[str, Any]], contract: dict[str, Any]
) -> None:
    """Title, version, page, method, path, parameters, body, responses and sync, for all 36."""
    pages = {exchange["operationId"]: documented(exchange) for exchange in exchanges}
    differences = {
        operation.id: {
            name: (found, asdict(pages[operation.id])[name])
            for name, found in asdict(described(operation, contract)).items()
            if found != asdict(pages[operation.id])[name]
        }
        for operation in operations
    }

    assert {id: found for id, found in differences.items() if found} == {}
    assert sorted(pages) == sorted(operation.id for operation in operations)


def test_language_has_apples_default(resolved: dict[str, Any]) -> None:
    """The parameter and its schema, which becomes the docstring, name tags and default."""
    parameter = resolved["components"]["parameters"]["Language"]
    texts = [parameter["description"], parameter["schema"]["description"]]

    assert all("`supportedLanguageTags`" in text for text in texts)
    assert all("The default is its `defaultLanguageTag`." in text for text in texts)
