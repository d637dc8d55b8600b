"""The nine blocks of the contract say the same thing of nine resource types."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

# What may differ from type to type.
OWN = {"example", "examples", "externalDocs", "x-evidence", "x-source"}


def stem(resource_type: str) -> str:
    """Give the type's name as it stands in names of operations and schemas: `LibrarySong`."""
    return "".join(part.capitalize() for part in resource_type.removesuffix("s").split("-"))


def without_type(node: Any, resource_type: str) -> Any:
    """Put placeholders where the type is named, and leave out what is a type's own."""
    singular = resource_type.removesuffix("s")
    names = {
        stem(resource_type): "<Type>",
        resource_type: "<types>",
        resource_type.replace("-", " "): "<types>",
        singular.replace("-", " "): "<type>",
    }
    # Longest first, so that the singular does not eat the beginning of the plural.
    pattern = re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)))

    def neutral(text: str) -> str:
        return pattern.sub(lambda match: names[match[0]], text)

    if isinstance(node, dict):
        return {
            neutral(name): without_type(value, resource_type)
            for name, value in node.items()
            if name not in OWN
        }
    if isinstance(node, list):
        return [without_type(item, resource_type) for item in node]
    return neutral(node) if isinstance(node, str) else node


def rating_paths(contract: dict[str, Any]) -> dict[str, Any]:
    """Take the paths of ratings out of the contract."""
    return {
        path: item for path, item in contract["paths"].items() if path.startswith("/v1/me/ratings/")
    }


def block(contract: dict[str, Any], resource_type: str) -> dict[str, Any]:
    """Take the two paths and the id schema of a type out of the contract, its name left out."""
    schema = contract["components"]["schemas"][f"{stem(resource_type)}Id"]
    return {
        "paths": without_type(
            {
                path: item
                for path, item in rating_paths(contract).items()
                if path.split("/")[4] == resource_type
            },
            resource_type,
        ),
        # Its description has an article before the noun, and is compared by a test of its own.
        "id": without_type(
            {name: schema[name] for name in schema.keys() - {"pattern", "description"}},
            resource_type,
        ),
    }


def first_difference(left: Any, right: Any, pointer: str = "") -> str | None:
    """Give the JSON pointer of the first place, in order of names, where two values differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        names = sorted(left.keys() | right.keys(), key=str)
        pairs = [(name, left.get(name), right.get(name)) for name in names]
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = [(index, *pair) for index, pair in enumerate(zip(left, right, strict=True))]
    else:
        return None if left == right else pointer
    for name, ours, theirs in pairs:
        step = str(name).replace("~", "~0").replace("/", "~1")
        found = first_difference(ours, theirs, f"{pointer}/{step}")
        if found is not None:
            return found
    return None


def odd_ones(blocks: dict[str, Any]) -> dict[str, str | None]:
    """Name the types whose block is not like most, with the first place where it is not."""
    written = {name: json.dumps(value, sort_keys=True) for name, value in blocks.items()}
    usual = json.loads(Counter(written.values()).most_common(1)[0][0])
    return {
        name: first_difference(value, usual) for name, value in blocks.items() if value != usual
    }


def test_nine_blocks_are_equal_but_for_their_type(
    contract: dict[str, Any], resource_types: tuple[str, ...]
) -> None:
    """With its type's name, examples and sources taken out, each block is like the others."""
    blocks = {name: block(contract, name) for name in resource_types}

    assert odd_ones(blocks) == {}


def test_block_is_nothing_but_two_paths_and_an_id(
    contract: dict[str, Any], resource_types: tuple[str, ...]
) -> None:
    """No path of ratings is left out of the comparison, and no block is empty."""
    blocks = [block(contract, name) for name in resource_types]

    assert sum(len(each["paths"]) for each in blocks) == len(rating_paths(contract)) == 18
    assert {tuple(each["paths"]) for each in blocks} == {
        ("/v1/me/ratings/<types>", "/v1/me/ratings/<types>/{id}")
    }


def test_id_schema_says_whose_id_it_is(contract: dict[str, Any], resource_type: str) -> None:
    """The description of an id begins with where the id belongs and to what."""
    place = "library" if resource_type.startswith("library-") else "catalog"
    noun = resource_type.removeprefix("library-").removesuffix("s").replace("-", " ")
    article = "an" if noun[0] in "aeiou" else "a"
    description = contract["components"]["schemas"][f"{stem(resource_type)}Id"]["description"]

    assert description.startswith(f"The {place} id of {article} {noun}.")


@pytest.mark.parametrize(
    ("resource_type", "text", "expected"),
    [
        ("songs", "listSongRatings", "list<Type>Ratings"),
        ("songs", "the ids of the songs", "the ids of the <types>"),
        ("library-songs", "/v1/me/ratings/library-songs/{id}", "/v1/me/ratings/<types>/{id}"),
        ("library-music-videos", "one library music video", "one <type>"),
        ("library-music-videos", "setLibraryMusicVideoRating", "set<Type>Rating"),
        ("songs", "one album", "one album"),
        ("library-songs", "getSongRating", "getSongRating"),
    ],
)
def test_type_is_taken_out_of_every_form_of_its_name(
    resource_type: str, text: str, expected: str
) -> None:
    """Word, stem and nouns become placeholders; the name of another type stays and is seen."""
    assert without_type(text, resource_type) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"a": [1, {"b": 2}]}, None),
        ({"a": [1, {"b": 3}]}, "/a/1/b"),
        ({"a": [1, {"b": 2, "c": 0}]}, "/a/1/c"),
        ({"a": [1]}, "/a"),
        ({"a": [0, {"b": 3}]}, "/a/0"),
        ({}, "/a"),
    ],
)
def test_difference_is_named_by_its_first_place(changed: Any, expected: str | None) -> None:
    """The pointer leads to the first thing that differs, or to nothing."""
    assert first_difference({"a": [1, {"b": 2}]}, changed) == expected


def test_type_that_differs_is_named_and_no_other() -> None:
    """One block of many that differs is the one that is named, also when it comes first."""
    blocks = {"albums": {"a": {"/x": 2}}, "songs": {"a": {"/x": 1}}, "stations": {"a": {"/x": 1}}}

    assert odd_ones(blocks) == {"albums": "/a/~1x"}
