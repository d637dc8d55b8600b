"""The nine blocks of the contract are the same for nine resource types."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from support.contract import stem

# What may differ from type to type.
OWN = {"example", "examples", "externalDocs", "x-evidence", "x-source"}
# Two paragraphs of a description are a type's own, and compared with Apple's facts: the sync of
# catalog and library ids, and Apple's page.
OWN_PARAGRAPHS = re.compile(
    r"\n\n(The ratings of the catalog id|Requires a Music User Token).*", re.DOTALL
)


def without_type(node: Any, resource_type: str) -> Any:
    """Replace the type's name by placeholders, and drop what may differ from type to type."""
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
        return pattern.sub(lambda match: names[match[0]], OWN_PARAGRAPHS.sub("", text))

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
    """Return the paths of ratings."""
    return {
        path: item for path, item in contract["paths"].items() if path.startswith("/v1/me/ratings/")
    }


def block(contract: dict[str, Any], resource_type: str) -> dict[str, Any]:
    """Return the two paths and the id schema of a type, without its name."""
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
    """Return the JSON pointer of the first place, in order of names, where two values differ."""
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
    """Return the types whose block differs from most, with the first place where it does."""
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


def test_id_schema_says_whose_id_it_is(
    contract: dict[str, Any], resource_types: tuple[str, ...]
) -> None:
    """The description of an id begins with the place of the id and the noun of its type."""
    offenders = []
    for resource_type in resource_types:
        place = "library" if resource_type.startswith("library-") else "catalog"
        noun = resource_type.removeprefix("library-").removesuffix("s").replace("-", " ")
        article = "an" if noun[0] in "aeiou" else "a"
        schema = contract["components"]["schemas"][f"{stem(resource_type)}Id"]
        if not schema["description"].startswith(f"The {place} id of {article} {noun}."):
            offenders.append(resource_type)

    assert not offenders


def test_type_is_taken_out_of_every_form_of_its_name() -> None:
    """Word, stem and nouns become placeholders; the name of another type stays and is seen."""
    texts = [
        without_type(text, resource_type)
        for resource_type, text in (
            ("songs", "listSongRatings: the ids of the songs, one album"),
            ("library-songs", "/v1/me/ratings/library-songs/{id} getSongRating"),
            ("library-music-videos", "setLibraryMusicVideoRating: one library music video"),
            ("songs", "Like.\n\nThe ratings of the catalog id and the library id are synced."),
        )
    ]

    assert texts == [
        "list<Type>Ratings: the ids of the <types>, one album",
        "/v1/me/ratings/<types>/{id} getSongRating",
        "set<Type>Rating: one <type>",
        "Like.",
    ]


def test_first_difference_is_named_by_its_pointer() -> None:
    """The pointer leads to the first thing that differs, or to nothing."""
    changes: list[Any] = [
        {"a": [1, {"b": 2}]},
        {"a": [1, {"b": 3}]},
        {"a": [1, {"b": 2, "c": 0}]},
        {"a": [1]},
        {"a": [0, {"b": 3}]},
        {},
    ]

    pointers = [first_difference(changes[0], changed) for changed in changes]

    assert pointers == [None, "/a/1/b", "/a/1/c", "/a", "/a/0", "/a"]


def test_type_that_differs_is_named_and_no_other() -> None:
    """One block of many that differs is named, also if it is the first."""
    blocks = {"albums": {"a": {"/x": 2}}, "songs": {"a": {"/x": 1}}, "stations": {"a": {"/x": 1}}}

    assert odd_ones(blocks) == {"albums": "/a/~1x"}
