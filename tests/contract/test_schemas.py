"""What the schemas of the contract require, allow and refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

REQUEST_SCHEMAS = {"RatingRequest", "RatingRequestAttributes"}

# Seen, or at the edge of what the forms seen allow.
ADMITTED_IDS = [
    ("AlbumId", "1138988512"),
    ("AlbumId", "475655712"),
    ("AlbumId", "1"),
    ("AlbumId", "99999999999999999999"),
    ("MusicVideoId", "639032181"),
    ("MusicVideoId", "870852283"),
    ("SongId", "907242702"),
    ("SongId", "1151618586"),
    ("SongId", "900032829"),
    ("SongId", "1874397619"),
    ("PlaylistId", "pl.5b0194eaa170401e8986335d7e77aa4e"),
    ("PlaylistId", "pl.5ee8333dbe944d9f9151e97d92d1ead9"),
    ("PlaylistId", "pl.u-xyz"),
    ("PlaylistId", "pl.pm-20e9"),
    (
        "PlaylistId",
        "pl.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ),
    ("StationId", "ra.853851860"),
    ("StationId", "ra.840950253"),
    ("StationId", "ra.1498157166"),
    ("StationId", "ra.u-741b035f6f0a85c81abb70ff757aa95f"),
    ("StationId", "ra.a_b.c"),
    ("LibraryAlbumId", "l.qrRWYhq"),
    ("LibraryAlbumId", "l.hRrflgc"),
    ("LibraryAlbumId", "l.cgdliw7"),
    ("LibraryAlbumId", "l.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ("LibraryMusicVideoId", "i.NJv00rkTEaLK51"),
    ("LibraryMusicVideoId", "i.B0VNN8Bf9dYXOV"),
    ("LibraryPlaylistId", "p.MoGJYM3CYXW09B"),
    ("LibraryPlaylistId", "p.8Wx6vK6IQeP0N2"),
    ("LibraryPlaylistId", "p.VKDUBYel0"),
    ("LibraryPlaylistId", "p.playlistsroot"),
    ("LibrarySongId", "i.7PJNN4mfXlD68R"),
    ("LibrarySongId", "i.xrXvO5vFv0VrNA"),
    ("LibrarySongId", "i.Mla0tqxJ0Q"),
]
REFUSED_IDS = [
    ("AlbumId", "999999999999999999999"),
    ("AlbumId", "l.qrRWYhq"),
    ("AlbumId", "-1"),
    ("AlbumId", "٣"),
    ("MusicVideoId", "i.NJv00rkTEaLK51"),
    ("MusicVideoId", "1e9"),
    ("SongId", "907242702,1151618586"),
    ("SongId", "907242702\n"),
    ("SongId", " 907242702"),
    (
        "PlaylistId",
        "pl.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ),
    ("PlaylistId", "pl."),
    ("PlaylistId", "pl.a.b"),
    ("PlaylistId", "plx5b01"),
    ("PlaylistId", "p.MoGJYM3CYXW09B"),
    ("StationId", "ra."),
    ("StationId", "ra.8/5"),
    ("StationId", "853851860"),
    ("LibraryAlbumId", "l.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ("LibraryAlbumId", "l."),
    ("LibraryAlbumId", "l.qr-RW"),
    ("LibraryAlbumId", "1138988512"),
    ("LibraryMusicVideoId", "l.qrRWYhq"),
    ("LibraryMusicVideoId", "639032181"),
    ("LibraryPlaylistId", "pl.5b0194eaa170401e8986335d7e77aa4e"),
    ("LibrarySongId", "I.7PJNN4mfXlD68R"),
    ("LibrarySongId", "i."),
    ("LibrarySongId", "907242702"),
]
# What no id may be, of whatever type: these leave the path or split the list.
NEVER_IDS = ["", ".", "..", "a,b", "a/b", "1/", "%2e%2e", "1 ", "\x00", "1\x7f", "é"]

ADMITTED_LANGUAGES = [
    "",
    "en",
    "EN",
    "en-US",
    "zh-Hans-CN",
    "en-12345678",
    "xx",
    "_",
    "en_US",
    "no tag at all_",
]
REFUSED_LANGUAGES = [
    "e",
    "eng",
    "english",
    "en-",
    "-en",
    "en--US",
    "en-123456789",
    "e1",
    "12",
    "éa",
    " en",
    "en ",
    "en US",
    "en\n",
    "\n",
    "*",
]


def schemas_with_properties(node: Any, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Find every object schema below a node, inline ones included."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from schemas_with_properties(item, f"{pointer}/{index}")
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield pointer, node
        for name, value in node.items():
            if name not in {"example", "examples"}:
                yield from schemas_with_properties(value, f"{pointer}/{name}")


@pytest.mark.parametrize(("schema", "value"), ADMITTED_IDS)
def test_id_pattern_admits_every_form_seen(
    admits: Callable[[str, str], bool], contract: dict[str, Any], schema: str, value: str
) -> None:
    """Ids in the forms that were seen fit their type."""
    assert admits(contract["components"]["schemas"][schema]["pattern"], value)


@pytest.mark.parametrize(("schema", "value"), REFUSED_IDS)
def test_id_pattern_refuses_other_forms(
    admits: Callable[[str, str], bool], contract: dict[str, Any], schema: str, value: str
) -> None:
    """Ids of another kind, too long, or with a stray character do not fit."""
    assert not admits(contract["components"]["schemas"][schema]["pattern"], value)


@pytest.mark.parametrize("value", NEVER_IDS)
def test_no_id_pattern_admits_what_would_leave_the_path(
    admits: Callable[[str, str], bool], contract: dict[str, Any], value: str
) -> None:
    """Nothing that changes the path or the list when it is put there is an id of any type."""
    patterns = [
        schema["pattern"]
        for name, schema in contract["components"]["schemas"].items()
        if name.endswith("Id")
    ]

    assert len(patterns) == 9
    assert not any(admits(pattern, value) for pattern in patterns)


@pytest.mark.parametrize("value", ADMITTED_LANGUAGES)
def test_language_pattern_admits_tags_and_what_is_ignored(
    admits: Callable[[str, str], bool], contract: dict[str, Any], value: str
) -> None:
    """Nothing, anything with an underscore, and tags of two-letter languages pass."""
    assert admits(contract["components"]["schemas"]["LanguageTag"]["pattern"], value)


@pytest.mark.parametrize("value", REFUSED_LANGUAGES)
def test_language_pattern_refuses_what_is_no_tag(
    admits: Callable[[str, str], bool], contract: dict[str, Any], value: str
) -> None:
    """Other lengths of language, stray hyphens and anything around a tag are refused."""
    assert not admits(contract["components"]["schemas"]["LanguageTag"]["pattern"], value)


def test_request_schemas_are_closed(contract: dict[str, Any]) -> None:
    """A request holds what the contract names and nothing else."""
    schemas = contract["components"]["schemas"]
    objects = {name for name, schema in schemas.items() if schema["type"] == "object"}

    assert {name for name in objects if name.startswith("RatingRequest")} == REQUEST_SCHEMAS
    assert all(schemas[name]["additionalProperties"] is False for name in REQUEST_SCHEMAS)


def test_response_schemas_stay_open(contract: dict[str, Any]) -> None:
    """Apple may add a property to any answer without breaking a reader."""
    schemas = contract["components"]["schemas"]
    answers = {name: schema for name, schema in schemas.items() if name not in REQUEST_SCHEMAS}
    closed = [
        pointer
        for pointer, schema in schemas_with_properties(answers, "")
        if schema.get("additionalProperties", True) is not True
        or schema.get("unevaluatedProperties", True) is not True
    ]

    assert closed == []


@pytest.mark.parametrize(
    ("schema", "required"),
    [
        ("Error", {"status", "code", "title"}),
        ("ErrorSource", set()),
        ("ErrorsResponse", {"errors"}),
        ("UnauthorizedResponse", set()),
        ("ForbiddenResponse", set()),
        ("TooManyRequestsResponse", set()),
        ("RatingsResponse", {"data"}),
        ("Ratings", {"id", "type", "href"}),
        ("RatingsAttributes", set()),
        ("RatingsRelationships", set()),
        ("RatingsContentRelationship", {"data"}),
        ("RatingRequest", {"attributes"}),
        ("RatingRequestAttributes", {"value"}),
    ],
)
def test_schema_requires_what_is_always_there(
    contract: dict[str, Any], schema: str, required: set[str]
) -> None:
    """A rating may lack its value and an error its id; what is left has always been seen."""
    assert set(contract["components"]["schemas"][schema].get("required", [])) == required


def test_request_type_is_either_word_or_none(contract: dict[str, Any]) -> None:
    """`rating` and `ratings` are both accepted, and so is a request without a type."""
    schemas = contract["components"]["schemas"]

    assert schemas["RatingRequestType"]["enum"] == ["rating", "ratings"]
    assert "type" not in schemas["RatingRequest"]["required"]


def test_rating_value_names_its_members(contract: dict[str, Any]) -> None:
    """The two values are called LIKE and DISLIKE in generated code."""
    value = contract["components"]["schemas"]["RatingValue"]

    assert dict(zip(value["x-enum-varnames"], value["enum"], strict=True)) == {
        "LIKE": 1,
        "DISLIKE": -1,
    }
