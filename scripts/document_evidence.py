"""The tables of docs/why/undocumented-behavior.md, derived from the mock and the contract.

The questions, the mock's choices and their evidence stand in the behaviors of the mock; the marks
stand in openapi.yaml. What contract and client make of each question stands here and nowhere else.

`scripts/generate.py` writes and checks them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from apple_music_ratings._http.settings import MAX_BATCH
from apple_music_ratings_mock.api.behaviors import describe_behaviors

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "why" / "undocumented-behavior.md"


@frozen
class Assumption:
    """What we make of an open question.

    Args:
        contract: What openapi.yaml says.
        client: What the Python client does, whatever the service's answer turns out to be.
    """

    contract: str
    client: str


# One for each behavior of the mock; the test of this file says when one is missing.
ASSUMPTIONS = {
    "unrated_body": Assumption("404 with a list of errors", "goes by the status: `None`"),
    "none_rated": Assumption("200, or 404", "takes both as unrated"),
    "delete_unrated": Assumption("204, or 404", "takes both as done"),
    "bad_body_code": Assumption("400 with a list of errors", "refuses such a value unsent"),
    "request_type": Assumption("`rating` or `ratings`, or left out", "sends `rating`"),
    "max_ids": Assumption(
        "no limit",
        f"sends {MAX_BATCH} per request (`batch_size`), and halves a batch that is too large",
    ),
    "missing_ids_code": Assumption("at least one id", "sends nothing where nothing is asked"),
    "duplicates": Assumption("says nothing", "asks once for each id, and reads answers by id"),
    "include_content": Assumption(
        "`include` takes `content`", "leaves it out; `client.api` can send it"
    ),
    "put_response": Assumption("200 with the rating", "takes any 2xx, with a body or without"),
    "error_bodies": Assumption("401 with an object, perhaps no body", "goes by the status"),
    "throttle_body": Assumption("text, or one of two forms of JSON", "goes by the status"),
    "library_ids": Assumption("404 for an id that is unknown", "raises `NotFoundError`"),
    "catalog_ids": Assumption("404 for an id that is unknown", "raises `NotFoundError`"),
    "id_check": Assumption(
        "a pattern for each type", "refuses an unknown form unsent, unless `strict=False`"
    ),
    "album_ratings": Assumption(
        "says in words that it is open", "reads and writes under the id that it was given"
    ),
    "method_not_allowed_body": Assumption("405 with a list of errors", "uses no other method"),
    "artists": Assumption("no such path", "has no such `ResourceType`"),
    "missing_user_token": Assumption("403", "does not start without one"),
    "check_order": Assumption("says nothing", "sends neither slip"),
}


def behaviors() -> str:
    """Give the table of questions, one for each behavior of the mock."""
    rows = [
        "| question | what we take for granted | the mock's behavior, default first | evidence |",
        "| --- | --- | --- | --- |",
    ]
    for each in describe_behaviors():
        assumed = ASSUMPTIONS[each.name]
        default, name = each.default, each.name
        choices = [default, *(choice for choice in each.values if choice != default)]
        cells = (
            each.question,
            f"Contract: {assumed.contract}. Client: {assumed.client}.",
            f"`{name}`: {', '.join(f'`{choice}`' for choice in choices)}",
            each.evidence,
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def marks() -> str:
    """Give the table of what openapi.yaml adds to Apple's pages, with grade and source."""
    contract = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
    places: dict[tuple[str, str], list[str]] = {}
    for path, node in _marked(contract, ()):
        key = (node["x-evidence"], " ".join(node["x-source"].split()))
        places.setdefault(key, []).append(_named(contract, path))
    rows = ["| in the contract | mark | source |", "| --- | --- | --- |"]
    for (grade, source), names in places.items():
        counted = (
            f"{name} ({names.count(name)} times)" if names.count(name) > 1 else name
            for name in dict.fromkeys(names)
        )
        rows.append(f"| {', '.join(counted)} | {grade} | {source} |")
    return "\n".join(rows)


def _marked(node: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    if isinstance(node, dict):
        if "x-evidence" in node:
            yield path, node
        for name, inner in node.items():
            yield from _marked(inner, (*path, name))
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _marked(inner, (*path, index))


def _named(contract: dict[str, Any], path: tuple[Any, ...]) -> str:
    """Name a place for a reader; the nine blocks of ratings give the same name."""
    match path:
        case ("paths", _, method, "responses", status, "links", link):
            return f"link `{link}` of the {status} to {method.upper()}"
        case ("paths", address, method, "parameters", index, *_):
            name = contract["paths"][address][method]["parameters"][index]["name"]
            return f"parameter `{name}`"
        case ("paths", address, method, "responses", status):
            return f"the {status} to `{method.upper()} {address}`"
        case ("components", _, name, "properties", part):
            return f"`{name}.{part}`"
        case ("components", _, name, *_):
            return f"`{name}`"
        case _:
            raise ValueError(f"No name for {'/'.join(map(str, path))}. Add one here.")


def document(page: str) -> str:
    """Give the page with its tables made anew."""
    for name, table in (("behaviors", behaviors()), ("marks", marks())):
        begin, end = f"<!-- begin {name}: derived by `make generate` -->", "<!-- end -->"
        pattern = re.compile(rf"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
        page, count = pattern.subn(lambda _: f"{begin}\n\n{table}\n\n{end}", page)  # noqa: B023  # called at once
        if count != 1:
            raise ValueError(f"{PAGE.name} needs one pair of lines {begin} and {end}.")
    return page
