"""The operations around ratings in the contract: library, favorites, probes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from support.contract import Operation

SEGMENTS = ("songs", "albums", "music-videos", "playlists")
FAVORITES = ("songs", "albums", "playlists", "music-videos", "stations", "artists")


@pytest.fixture(scope="session")
def by_path(all_operations: list[Operation]) -> dict[tuple[str, str], Operation]:
    """All operations by method and path."""
    return {(each.method, each.path): each for each in all_operations}


def test_contract_has_seven_operations_around_ratings(
    all_operations: list[Operation], operations: list[Operation]
) -> None:
    """Four listings, one favorites call and two probes join the operations on ratings."""
    around = {each.id for each in all_operations} - {each.id for each in operations}

    assert around == {
        "listLibrarySongs",
        "listLibraryAlbums",
        "listLibraryMusicVideos",
        "listLibraryPlaylists",
        "addFavorites",
        "testDeveloperToken",
        "getUserStorefront",
    }


def test_operations_around_ratings_have_tags_of_their_own(
    contract: dict[str, Any], by_path: dict[tuple[str, str], Operation]
) -> None:
    """Library, favorites and probes are described tags, used by their operations alone."""
    tags = {
        path: each.definition["tags"]
        for (_, path), each in by_path.items()
        if not path.startswith("/v1/me/ratings/")
    }

    assert [tag["name"] for tag in contract["tags"]][9:] == ["library", "favorites", "probes"]
    assert tags == {
        **{f"/v1/me/library/{segment}": ["library"] for segment in SEGMENTS},
        "/v1/me/favorites": ["favorites"],
        "/v1/test": ["probes"],
        "/v1/me/storefront": ["probes"],
    }


def test_listing_is_paged_up_to_a_hundred(
    by_path: dict[tuple[str, str], Operation],
) -> None:
    """A listing has limit, offset, include, extend and l, all optional; playlists a filter too."""
    listings = {segment: by_path["GET", f"/v1/me/library/{segment}"] for segment in SEGMENTS}
    common = {"limit", "offset", "include", "extend", "l"}
    names = {segment: set(each.parameters) - common for segment, each in listings.items()}
    parameters = [each.parameters for each in listings.values()]
    limits = [(each["limit"]["schema"], each["offset"]["schema"]) for each in parameters]

    assert names == {each: set() for each in SEGMENTS} | {"playlists": {"filter[inFavorites]"}}
    assert not any(one["required"] for each in parameters for one in each.values())
    assert {(limit["minimum"], limit["maximum"]) for limit, _ in limits} == {(1, 100)}
    assert {offset["minimum"] for _, offset in limits} == {0}


def test_four_listings_are_equal_but_for_their_names(
    by_path: dict[tuple[str, str], Operation],
) -> None:
    """Parameters and responses are the same for all four, examples and the filter aside."""
    listings = [by_path["GET", f"/v1/me/library/{segment}"].definition for segment in SEGMENTS]
    pages = [
        listing["responses"]["200"]["content"]["application/json"]["schema"] for listing in listings
    ]
    errors = [
        {status: each for status, each in listing["responses"].items() if status != "200"}
        for listing in listings
    ]

    common = [
        [each for each in listing["parameters"] if each["name"] != "filter[inFavorites]"]
        for listing in listings
    ]

    assert all(parameters == common[0] for parameters in common)
    assert all(page == pages[0] for page in pages)
    assert all(each == errors[0] for each in errors)


def test_favorites_take_catalog_ids_by_type(
    by_path: dict[tuple[str, str], Operation],
) -> None:
    """Each catalog type has its own comma-joined list, and all are optional."""
    favorites = by_path["POST", "/v1/me/favorites"]
    lists = {name for name in favorites.parameters if name != "l"}

    assert lists == {f"ids[{word}]" for word in FAVORITES}
    assert all(
        (favorites.parameters[name]["style"], favorites.parameters[name]["explode"])
        == ("form", False)
        for name in lists
    )
    assert "requestBody" not in favorites.definition
    assert "content" not in favorites.definition["responses"]["202"]
    assert "cannot remove a favorite (documented)" in favorites.definition["description"]


def test_test_call_needs_the_developer_token_alone(
    by_path: dict[tuple[str, str], Operation], all_operations: list[Operation]
) -> None:
    """Every other operation has the global requirement, which names both tokens."""
    assert by_path["GET", "/v1/test"].definition["security"] == [{"developerToken": []}]
    assert [each.id for each in all_operations if "security" in each.definition] == [
        "testDeveloperToken"
    ]
