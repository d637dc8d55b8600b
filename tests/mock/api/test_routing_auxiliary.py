from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from apple_music_ratings_mock import Behaviors, LibraryEntry, MockService, Response

SONGS = [
    LibraryEntry("library-songs", "i.b", "2", name="beta", artist="The Harbor Lights"),
    LibraryEntry("library-songs", "i.a", "1", name="Alpha", album="Tides", date_added="2024-05-01"),
    LibraryEntry("library-songs", "i.c", name="Gamma"),
]


@pytest.fixture
def service(now: int) -> MockService:
    """A mock with three songs and an album with 60 sisters."""
    albums = [
        LibraryEntry("library-albums", f"l.{number:03}", name=f"Album {number:03}")
        for number in range(61)
    ]
    return MockService(now=lambda: now, error_ids=1, library=[*SONGS, *albums])


def read(response: Response) -> Any:
    """Return the document of a response with status 200."""
    assert response.status == 200, response
    return json.loads(response.body)


def test_listing_is_alphabetical(ask: Callable[..., Response]) -> None:
    """Songs come in the order of their names, whatever their case and order of seeding."""
    page = read(ask("GET", "/v1/me/library/songs"))

    assert [song["id"] for song in page["data"]] == ["i.a", "i.b", "i.c"]
    assert page["meta"] == {"total": 3}
    assert "next" not in page


def test_song_is_returned_with_its_counterpart(ask: Callable[..., Response]) -> None:
    """Name, artist, album and catalog id are attributes; unknown ones and the date are absent."""
    first, second, third = read(ask("GET", "/v1/me/library/songs"))["data"]

    assert first == {
        "id": "i.a",
        "type": "library-songs",
        "href": "/v1/me/library/songs/i.a",
        "attributes": {
            "name": "Alpha",
            "albumName": "Tides",
            "playParams": {"id": "i.a", "kind": "song", "isLibrary": True, "catalogId": "1"},
        },
    }
    assert second["attributes"]["artistName"] == "The Harbor Lights"
    assert "catalogId" not in third["attributes"]["playParams"]


def test_albums_and_playlists_alone_have_a_date() -> None:
    """Observed: library songs and music videos have no `dateAdded`, albums and playlists do."""
    types = {"library-songs": "i", "library-music-videos": "i"}
    types |= {"library-albums": "l", "library-playlists": "p"}
    date = "2024-05-01"
    library = [LibraryEntry(name, f"{letter}.a", date_added=date) for name, letter in types.items()]
    service = MockService(library=library)
    headers = {
        "Authorization": f"Bearer {service.developer_token()}",
        "Music-User-Token": "user",
    }

    with httpx.Client(
        transport=service.transport, base_url="http://mock", headers=headers
    ) as client:
        pages = {
            name: client.get(f"/v1/me/library/{name.removeprefix('library-')}").json()
            for name in types
        }

    dated = {name for name, page in pages.items() if "dateAdded" in page["data"][0]["attributes"]}
    assert dated == {"library-albums", "library-playlists"}


def test_playlists_can_be_filtered_by_favorites(ask: Callable[..., Response]) -> None:
    """`filter[inFavorites]=true` lists favorites only; any other value lists everything."""
    ask("POST", "/v1/me/favorites?ids[songs]=1&ids[artists]=178834")

    names = [
        [entry["id"] for entry in read(ask("GET", f"/v1/me/library/songs{query}"))["data"]]
        for query in ("?filter[inFavorites]=true", "?filter[inFavorites]=false", "")
    ]

    assert names == [["i.a"], ["i.a", "i.b", "i.c"], ["i.a", "i.b", "i.c"]]


@pytest.mark.parametrize(
    ("query", "first", "length", "following"),
    [
        ("", "l.000", 25, "/v1/me/library/albums?offset=25"),
        ("?limit=2&include=catalog&l=en-US", "l.000", 2, "/v1/me/library/albums?offset=2"),
        ("?offset=25", "l.025", 25, "/v1/me/library/albums?offset=50"),
        ("?offset=50", "l.050", 11, None),
        ("?limit=100", "l.000", 61, None),
        ("?limit=61", "l.000", 61, None),
        ("?limit=60", "l.000", 60, "/v1/me/library/albums?offset=60"),
    ],
)
def test_next_page_is_named_by_its_offset_alone(
    ask: Callable[..., Response], query: str, first: str, length: int, following: str | None
) -> None:
    """A page has 25 items by default, and `next` has only the offset."""
    page = read(ask("GET", f"/v1/me/library/albums{query}"))

    assert page["data"][0]["id"] == first
    assert len(page["data"]) == length
    assert page.get("next") == following
    assert page["meta"] == {"total": 61}


def test_page_past_the_end_is_empty(ask: Callable[..., Response]) -> None:
    """An offset beyond the last thing gives no data, and the total all the same."""
    page = read(ask("GET", "/v1/me/library/songs?offset=3"))
    absurd = read(ask("GET", f"/v1/me/library/songs?offset={'9' * 4000}"))

    assert absurd == page == {"data": [], "meta": {"total": 3}}


@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        ("limit=101", "limit", "Value must be an integer less than or equal to 100, but was: 101"),
        ("limit=0", "limit", "Value must be an integer greater than or equal to 1, but was: 0"),
        ("limit=x", "limit", "Value must be an integer, but was: x"),
        ("limit=", "limit", "Value must be an integer, but was: "),
        ("offset=-1", "offset", "Value must be an integer greater than or equal to 0, but was: -1"),
        ("offset=1.5", "offset", "Value must be an integer, but was: 1.5"),
        ("l=english", "l", "Invalid language tag 'english'"),
    ],
)
def test_invalid_page_is_rejected_with_the_services_message(
    ask: Callable[..., Response],
    error_of: Callable[..., Any],
    query: str,
    parameter: str,
    detail: str,
) -> None:
    """A limit or offset out of range is 40005 and names the parameter."""
    response = ask("GET", f"/v1/me/library/songs?{query}")
    error = error_of(response)

    assert response.status == 400
    assert (error["code"], error["detail"]) == ("40005", detail)
    assert error["source"] == {"parameter": parameter}


def test_empty_collection_is_404(
    ask: Callable[..., Response], error_of: Callable[..., Any]
) -> None:
    """A library without playlists has no page of them."""
    response = ask("GET", "/v1/me/library/playlists")
    error = error_of(response)

    assert response.status == 404
    assert error["code"] == "40403"
    assert error["detail"] == "No related resources found for playlists"


def test_catalog_is_included_when_asked_for(ask: Callable[..., Response]) -> None:
    """The relationship names the counterpart, and nothing for an upload."""
    first, _, third = read(ask("GET", "/v1/me/library/songs?include=catalog"))["data"]

    assert first["relationships"]["catalog"]["data"] == [
        {"id": "1", "type": "songs", "href": "/v1/catalog/us/songs/1"}
    ]
    assert third["relationships"]["catalog"]["data"] == []


def test_favorites_are_returned_when_requested(
    ask: Callable[..., Response], service: MockService
) -> None:
    """`inFavorites` is true for what is liked, and absent unless asked for."""
    service.set_rating("anna", "songs", "1", 1)
    service.set_rating("anna", "songs", "2", -1)

    extended = read(ask("GET", "/v1/me/library/songs?extend=inFavorites"))["data"]
    plain = read(ask("GET", "/v1/me/library/songs"))["data"]

    assert [song["attributes"]["inFavorites"] for song in extended] == [True, False, False]
    assert all("inFavorites" not in song["attributes"] for song in plain)


def test_favorite_reads_as_a_like(ask: Callable[..., Response], service: MockService) -> None:
    """Favorites of several types are taken at once, without a body, and rated 1."""
    service.set_rating("anna", "songs", "3", -1)

    response = ask("POST", "/v1/me/favorites?ids[songs]=1,3&ids%5Balbums%5D=9&l=en-US")

    assert (response.status, response.body) == (202, b"")
    assert [service.get_rating("anna", "songs", id) for id in "123"] == [1, None, 1]
    assert service.get_rating("anna", "albums", "9") == 1
    assert service.get_rating("anna", "library-songs", "i.a") == 1


def test_what_cannot_be_a_favorite_is_passed_over(
    ask: Callable[..., Response], service: MockService
) -> None:
    """A foreign id, an unknown type and no ids at all are no error."""
    assert ask("POST", "/v1/me/favorites?ids[songs]=i.a,1&ids[artists]=7").status == 202
    assert ask("POST", "/v1/me/favorites").status == 202
    assert service.get_rating("anna", "songs", "1") == 1


@pytest.mark.parametrize(
    ("ids", "detail"),
    [("i.a", "Invalid id 'i.a'"), ("", "No id(s) supplied in the 'ids[songs]' query parameter")],
)
def test_strict_ids_are_asked_of_favorites(
    ask: Callable[..., Response], error_of: Callable[..., Any], ids: str, detail: str
) -> None:
    """With strict ids a favorite that cannot be is an error."""
    strict = MockService(behaviors=Behaviors(id_check="strict"), now=lambda: 1_800_000_000)
    error = error_of(ask("POST", f"/v1/me/favorites?ids[songs]={ids}", of=strict))

    assert error["detail"] == detail


@pytest.mark.parametrize(
    ("bodies", "method", "status", "code"),
    [
        ("observed", "GET", 404, "40401"),
        ("observed", "PUT", 405, "40500"),
        ("observed", "DELETE", 400, "40012"),
        ("documented", "GET", 405, "40500"),
        ("documented", "DELETE", 405, "40500"),
    ],
)
def test_favorites_can_be_neither_read_nor_deleted(
    ask: Callable[..., Response],
    error_of: Callable[..., Any],
    bodies: Any,
    method: str,
    status: int,
    code: str,
) -> None:
    """Two projects saw 40401 and 40012; where the contract rules it is a 405 with Allow."""
    service = MockService(behaviors=Behaviors(error_bodies=bodies), now=lambda: 1_800_000_000)

    response = ask(method, "/v1/me/favorites", of=service)

    assert (response.status, error_of(response)["code"]) == (status, code)
    allowed = {"documented": "POST", "observed": "DELETE, GET, POST"}[bodies]
    assert dict(response.headers).get("Allow") == (allowed if status == 405 else None)


def test_favorite_with_an_invalid_language_is_rejected(
    ask: Callable[..., Response], error_of: Callable[..., Any], service: MockService
) -> None:
    """And nothing is added."""
    response = ask("POST", "/v1/me/favorites?ids[songs]=1&l=english%20please")

    assert response.status == 400
    assert error_of(response)["source"] == {"parameter": "l"}
    assert service.get_rating("anna", "songs", "1") is None


def test_token_test_needs_no_user(ask: Callable[..., Response]) -> None:
    """The developer token alone decides."""
    assert ask("GET", "/v1/test", user=None).status == 200
    assert ask("GET", "/v1/test", token=None).status == 401


def test_storefront_asks_for_both_tokens(ask: Callable[..., Response]) -> None:
    """The storefront belongs to a user."""
    storefront = read(ask("GET", "/v1/me/storefront?l=en-US"))["data"][0]

    assert (storefront["id"], storefront["type"]) == ("us", "storefronts")
    assert storefront["attributes"]["defaultLanguageTag"] == "en-US"
    assert ask("GET", "/v1/me/storefront", user=None).status == 403
    assert ask("GET", "/v1/me/storefront?l=english").status == 400


@pytest.mark.parametrize("path", ["/v1/test", "/v1/me/storefront", "/v1/me/library/songs"])
def test_reading_is_all_that_can_be_done(ask: Callable[..., Response], path: str) -> None:
    """Another method than GET is 405 and says so."""
    response = ask("POST", path)

    assert response.status == 405
    assert dict(response.headers)["Allow"] == "GET"


@pytest.mark.parametrize(
    "path", ["/v1/me/library", "/v1/me/library/artists", "/v1/me/library/songs/i.a", "/v1/tests"]
)
def test_other_paths_are_not_there(
    ask: Callable[..., Response], error_of: Callable[..., Any], path: str
) -> None:
    """A path that the mock does not have is a 404."""
    assert error_of(ask("GET", path))["code"] == "40401"


def test_any_library_id_can_be_rated_by_setting(ask: Callable[..., Response]) -> None:
    """A library that is listed need not be the whole of it."""
    service = MockService(
        library=SONGS, behaviors=Behaviors(library_ids="any"), now=lambda: 1_800_000_000
    )
    body = {"attributes": {"value": 1}}

    assert ask("PUT", "library-songs/i.other", body=body, of=service).status == 200
