"""What the schemas of the contract require, allow and reject."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

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
    ("LibrarySongId", "a.907242702"),
    ("LibrarySongId", "i.Mla0-tqxJ0Q"),
    ("LibraryAlbumId", "l.qr-RW"),
]
REJECTED_IDS = [
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
    ("LibraryAlbumId", "l.qr_RW"),
    ("LibraryAlbumId", "1138988512"),
    ("LibraryMusicVideoId", "l.qrRWYhq"),
    ("LibraryMusicVideoId", "639032181"),
    ("LibraryMusicVideoId", "a.639032181"),
    ("LibraryPlaylistId", "pl.5b0194eaa170401e8986335d7e77aa4e"),
    ("LibrarySongId", "I.7PJNN4mfXlD68R"),
    ("LibrarySongId", "i."),
    ("LibrarySongId", "907242702"),
]
# No id of any type: these change the path or split the list.
NEVER_IDS = ["", ".", "..", "a,b", "a/b", "1/", "%2e%2e", "1 ", "\x00", "1\x7f", "é"]

REQUIRED: dict[str, set[str]] = {
    "Error": {"status", "code", "title"},
    "ErrorSource": set(),
    "ErrorsResponse": {"errors"},
    "UnauthorizedResponse": set(),
    "ForbiddenResponse": set(),
    "TooManyRequestsResponse": set(),
    "RatingsResponse": {"data"},
    "Ratings": {"id", "type", "href"},
    "RatingsAttributes": set(),
    "RatingsRelationships": set(),
    "RatingsContentRelationship": {"data"},
    "RatingRequest": {"attributes"},
    "RatingRequestAttributes": {"value"},
}

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
REJECTED_LANGUAGES = [
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
    """Yield every object schema below a node, inline ones included."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from schemas_with_properties(item, f"{pointer}/{index}")
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield pointer, node
        for name, value in node.items():
            if name not in {"example", "examples"}:
                yield from schemas_with_properties(value, f"{pointer}/{name}")


def test_id_patterns_admit_every_form_seen_and_no_other(
    admits: Callable[[str, str], bool], contract: dict[str, Any]
) -> None:
    """Ids in the forms that were seen match; another kind, length or stray character does not.

    Nothing that changes the path or the list is an id of any type.
    """
    patterns = {
        name: schema["pattern"]
        for name, schema in contract["components"]["schemas"].items()
        if name.endswith("Id")
    }
    expected = dict.fromkeys(ADMITTED_IDS, True) | dict.fromkeys(REJECTED_IDS, False)
    expected |= {(name, value): False for name in patterns for value in NEVER_IDS}

    found = {(name, value): admits(patterns[name], value) for name, value in expected}

    assert len(patterns) == 10
    assert found == expected


def test_language_pattern_admits_tags_and_what_is_ignored(
    admits: Callable[[str, str], bool], contract: dict[str, Any]
) -> None:
    """An empty value, a value with an underscore and tags of two-letter languages match."""
    pattern = contract["components"]["schemas"]["LanguageTag"]["pattern"]
    expected = dict.fromkeys(ADMITTED_LANGUAGES, True) | dict.fromkeys(REJECTED_LANGUAGES, False)

    assert {value: admits(pattern, value) for value in expected} == expected


def test_request_schemas_are_closed(contract: dict[str, Any]) -> None:
    """A request contains the named properties only."""
    schemas = contract["components"]["schemas"]
    objects = {name for name, schema in schemas.items() if schema["type"] == "object"}

    assert {name for name in objects if name.startswith("RatingRequest")} == REQUEST_SCHEMAS
    assert all(schemas[name]["additionalProperties"] is False for name in REQUEST_SCHEMAS)


def test_response_schemas_stay_open(contract: dict[str, Any]) -> None:
    """Apple may add a property to any response without breaking a client."""
    schemas = contract["components"]["schemas"]
    responses = {name: schema for name, schema in schemas.items() if name not in REQUEST_SCHEMAS}
    closed = [
        pointer
        for pointer, schema in schemas_with_properties(responses, "")
        if schema.get("additionalProperties", True) is not True
        or schema.get("unevaluatedProperties", True) is not True
    ]

    assert closed == []


def test_schemas_require_what_is_always_there(contract: dict[str, Any]) -> None:
    """A rating may lack its value and an error its id; everything else was always present."""
    schemas = contract["components"]["schemas"]

    assert {name: set(schemas[name].get("required", [])) for name in REQUIRED} == REQUIRED


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
