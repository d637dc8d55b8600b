"""The tables of docs/why/undocumented-behavior.md, derived from the mock and the contract.

The questions, settings and their evidence come from the mock, the grades of evidence from
openapi.yaml. What contract and client assume about each question is written here only.

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
from apple_music_ratings.probe import read_evidence
from apple_music_ratings_mock.api.behaviors import describe_behaviors

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT / "tests" / "evidence"
PAGE = ROOT / "docs" / "why" / "undocumented-behavior.md"


@frozen
class Assumption:
    """What contract and client assume about an open question.

    Args:
        contract: What openapi.yaml states.
        client: What the Python client does, whatever the service's behavior turns out to be.
    """

    contract: str
    client: str


# One for each setting of the mock; a test reports a missing one.
ASSUMPTIONS = {
    "unrated_body": Assumption("404 with a list of errors", "checks only the status: `None`"),
    "none_rated": Assumption("200, or 404", "reads both as unrated"),
    "delete_unrated": Assumption("204, or 404", "treats both as success"),
    "bad_body_code": Assumption("400 with a list of errors", "rejects such a value unsent"),
    "request_type": Assumption("optional: `rating` or `ratings`", "sends `rating`"),
    "max_ids": Assumption(
        "no limit",
        f"sends {MAX_BATCH} per request (`batch_size`), and halves a batch rejected as too large",
    ),
    "missing_ids_code": Assumption("at least one id", "sends no request without ids"),
    "duplicates": Assumption("not stated", "requests each id once, and reads results by id"),
    "include_content": Assumption(
        "`include` accepts `content`", "omits it; `client.api` can send it"
    ),
    "put_response": Assumption("200 with the rating", "accepts any 2xx, with or without a body"),
    "error_bodies": Assumption("401 with an object or no body", "checks only the status"),
    "throttle_body": Assumption("text, or one of two forms of JSON", "checks only the status"),
    "library_ids": Assumption("404 for an unknown id", "raises `NotFoundError`"),
    "catalog_ids": Assumption("404 for an unknown id", "raises `NotFoundError`"),
    "id_check": Assumption(
        "a pattern for each type", "rejects an unknown form unsent, unless `strict=False`"
    ),
    "album_ratings": Assumption(
        "states that they are synced, with its mark", "reads and writes under the id it was given"
    ),
    "favorite_after_delete": Assumption(
        "the star stays", "says so where a rating is deleted or a run undone"
    ),
    "method_not_allowed_body": Assumption("405 with a list of errors", "uses no other method"),
    "artists": Assumption("no such path", "has no such `ResourceType`"),
    "missing_user_token": Assumption("403", "requires one"),
    "check_order": Assumption("not stated", "sends neither mistake"),
}


def contributed(folder: Path) -> dict[str, list[str]]:
    """Return the findings of evidence files for each setting, as cells of the table.

    Raises:
        FileError: A file is not an evidence file.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.json")):
        evidence = read_evidence(path)
        for name, value in evidence.settled.items():
            text = f"observed: `{value}` (evidence file {path.name}, {evidence.date})"
            found.setdefault(name, []).append(text)
    return found


def behaviors(folder: Path = EVIDENCE) -> str:
    """Return the table of questions, one row for each setting of the mock."""
    observed = contributed(folder)
    rows = [
        "| question | what we assume | the mock's setting, default first | evidence |",
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
            "; ".join([each.evidence, *observed.get(name, [])]),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def observed_responses(folder: Path, contract: dict[str, Any]) -> dict[str, list[str]]:
    """Return in which evidence files each response of the contract was seen, by its name."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.json")):
        evidence = read_evidence(path)
        names = {
            _response_name(contract, each["path"], each["method"], each["response"]["status"])
            for each in evidence.exchanges.values()
            if each["response"] is not None
        }
        for name in names:
            text = f"observed (evidence file {path.name}, {evidence.date})"
            found.setdefault(name, []).append(text)
    return found


def _response_name(contract: dict[str, Any], address: str, method: str, status: int) -> str:
    operation = contract["paths"].get(address, {}).get(method.lower(), {})
    reference = operation.get("responses", {}).get(str(status), {}).get("$ref", "")
    name = reference.rpartition("/")[2]
    return f"`{name}`" if name else f"the {status} to `{method} {address}`"


def marks(folder: Path = EVIDENCE) -> str:
    """Return the table of what openapi.yaml adds to Apple's pages, with grade and source."""
    contract = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
    observed = observed_responses(folder, contract)
    places: dict[tuple[str, str], list[str]] = {}
    for path, node in _marked(contract, ()):
        key = (node["x-evidence"], " ".join(node["x-source"].split()))
        places.setdefault(key, []).append(_named(contract, path))
    rows = ["| in the contract | evidence | source |", "| --- | --- | --- |"]
    for (grade, source), names in places.items():
        counted = (
            f"{name} ({names.count(name)} times)" if names.count(name) > 1 else name
            for name in dict.fromkeys(names)
        )
        seen = dict.fromkeys(text for name in names for text in observed.get(name, ()))
        rows.append(f"| {', '.join(counted)} | {'; '.join([grade, *seen])} | {source} |")
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


def _named(contract: dict[str, Any], path: tuple[Any, ...]) -> str:  # noqa: PLR0911  # one per kind
    """Return a readable name of a place; it is the same in all nine blocks of ratings."""
    match path:
        case ("tags", index):
            return f"tag `{contract['tags'][index]['name']}`"
        case ("paths", address, method):
            # The nine types say the same, so their rows become one.
            path_of_type = re.sub(r"(/v1/me/ratings)/[a-z-]+", r"\1/{type}", address)
            return f"description of `{method.upper()} {path_of_type}`"
        case ("paths", _, method, "responses", status, "links", link):
            return f"link `{link}` of the {status} to {method.upper()}"
        case ("paths", address, method, "parameters", index, *_):
            name = contract["paths"][address][method]["parameters"][index]["name"]
            return f"parameter `{name}`"
        case ("paths", address, method, "responses", status):
            return f"the {status} to `{method.upper()} {address}`"
        case ("components", _, name, "properties", part):
            return f"`{name}.{part}`"
        case ("components", "responses", _, "headers", header):
            return f"header `{header}`"
        case ("components", _, name, *_):
            return f"`{name}`"
        case _:
            raise ValueError(f"No name for {'/'.join(map(str, path))}. Add one here.")


def document(page: str) -> str:
    """Return the page with its tables rebuilt."""
    for name, table in (("behaviors", behaviors()), ("marks", marks())):
        begin, end = f"<!-- begin {name}: derived by `make generate` -->", "<!-- end -->"
        pattern = re.compile(rf"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
        page, count = pattern.subn(lambda _: f"{begin}\n\n{table}\n\n{end}", page)  # noqa: B023  # called at once
        if count != 1:
            raise ValueError(f"{PAGE.name} needs one pair of lines {begin} and {end}.")
    return page
