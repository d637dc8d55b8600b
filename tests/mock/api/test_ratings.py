from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from apple_music_ratings_mock import LibraryEntry, MockService, Response

LIKE = {"type": "rating", "attributes": {"value": 1}}
DISLIKE = {"type": "rating", "attributes": {"value": -1}}

# Apple's own example ids, one pair a type.
IDS = {
    "albums": ("1138988512", "475655712"),
    "music-videos": ("639032181", "870852283"),
    "playlists": ("pl.5b0194eaa170401e8986335d7e77aa4e", "pl.5ee8333dbe944d9f9151e97d92d1ead9"),
    "songs": ("907242702", "1151618586"),
    "stations": ("ra.853851860", "ra.840950253"),
    "library-albums": ("l.qrRWYhq", "l.hRrflgc"),
    "library-music-videos": ("i.NJv00rkTEaLK51", "i.B0VNN8Bf9dYXOV"),
    "library-playlists": ("p.MoGJYM3CYXW09B", "p.8Wx6vK6IQeP0N2"),
    "library-songs": ("i.7PJNN4mfXlD68R", "i.xrXvO5vFv0VrNA"),
}
COUNTERPARTS = [
    ("albums", "1138988512", "library-albums", "l.qrRWYhq"),
    ("music-videos", "639032181", "library-music-videos", "i.NJv00rkTEaLK51"),
    ("playlists", "pl.5b0194eaa170401e8986335d7e77aa4e", "library-playlists", "p.MoGJYM3CYXW09B"),
    ("songs", "907242702", "library-songs", "i.7PJNN4mfXlD68R"),
]
each_counterpart = pytest.mark.parametrize(
    ("type", "id", "library_type", "library_id"), COUNTERPARTS
)


def data_of(response: Response) -> Any:
    """Return the ratings of a response with status 200."""
    assert response.status == 200
    return json.loads(response.body)["data"]


def a_rating(type: str, id: str, value: int) -> dict[str, Any]:
    """Build a rating as in a response."""
    href = f"/v1/me/ratings/{type}/{id}"
    return {"id": id, "type": "ratings", "href": href, "attributes": {"value": value}}


def with_library(*entries: LibraryEntry) -> MockService:
    """Build a service with just these things in the library."""
    return MockService(library=entries, now=lambda: 1_800_000_000)


def test_every_type_is_put_read_listed_and_deleted(ask: Callable[..., Response]) -> None:
    """The four operations of each type agree on one rating, and omit unrated items."""
    offenders = []
    for type, (rated, unrated) in IDS.items():
        put = ask("PUT", f"{type}/{rated}", body=DISLIKE)
        got = ask("GET", f"{type}/{rated}")
        listed = ask("GET", f"{type}?ids={unrated},{rated}")
        missing = ask("GET", f"{type}/{unrated}")
        deleted = ask("DELETE", f"{type}/{rated}")
        after = ask("GET", f"{type}/{rated}"), ask("GET", f"{type}?ids={rated}")
        expected = [a_rating(type, rated, -1)]
        is_rated = all(data_of(response) == expected for response in (put, got, listed))
        is_deleted = (deleted.status, deleted.body) == (204, b"") and after[0].status == 404
        has_type = "Content-Type" in dict(deleted.headers)
        if not is_rated or not is_deleted or missing.status != 404 or data_of(after[1]) or has_type:
            offenders.append(type)

    assert not offenders


def test_put_replaces_the_rating_before(ask: Callable[..., Response]) -> None:
    """The last put counts, however often the same was put."""
    for body in (LIKE, LIKE, DISLIKE):
        ask("PUT", "songs/1", body=body)

    assert data_of(ask("GET", "songs/1")) == [a_rating("songs", "1", -1)]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_unrated_item_is_404(
    ask: Callable[..., Response], error_of: Callable[..., Any], method: str
) -> None:
    """Reading or deleting a rating that is not there is 40400."""
    response = ask(method, "songs/907242702")

    assert response.status == 404
    assert error_of(response)["code"] == "40400"


def test_second_delete_is_404(ask: Callable[..., Response]) -> None:
    """A delete finds nothing to remove the second time."""
    ask("PUT", "songs/1", body=LIKE)

    assert [ask("DELETE", "songs/1").status for _ in range(2)] == [204, 404]


def test_delete_leaves_other_ratings_alone(ask: Callable[..., Response]) -> None:
    """Only the rating that was named goes away."""
    ask("PUT", "songs/1", body=LIKE)
    ask("PUT", "songs/2", body=LIKE)
    ask("DELETE", "songs/1")

    assert data_of(ask("GET", "songs?ids=1,2")) == [a_rating("songs", "2", 1)]


@pytest.mark.parametrize("query", ["ids=3,1,2,3,1", "ids=3%2C1%2C2%2C3%2C1", "ids=3&ids=1,2&ids=3"])
def test_list_follows_the_order_asked(ask: Callable[..., Response], query: str) -> None:
    """Ids come back in the order of first mention, each once, in every spelling."""
    for id in ("1", "2", "3"):
        ask("PUT", f"songs/{id}", body=LIKE)

    assert [rating["id"] for rating in data_of(ask("GET", f"songs?{query}"))] == ["3", "1", "2"]


def test_users_do_not_see_each_other(ask: Callable[..., Response]) -> None:
    """Each user token has ratings of its own."""
    ask("PUT", "songs/1", body=LIKE, user="anna")
    ask("PUT", "songs/1", body=DISLIKE, user="bert")
    ask("DELETE", "songs/1", user="anna")

    assert ask("GET", "songs/1", user="anna").status == 404
    assert data_of(ask("GET", "songs/1", user="bert")) == [a_rating("songs", "1", -1)]


def test_types_do_not_share_ids(ask: Callable[..., Response]) -> None:
    """A song and an album with the same id are two things."""
    ask("PUT", "songs/1", body=LIKE)

    assert ask("GET", "albums/1").status == 404


@each_counterpart
def test_twins_are_rated_as_one(
    ask: Callable[..., Response], type: str, id: str, library_type: str, library_id: str
) -> None:
    """A rating put under one id is read, replaced and deleted under the other."""
    service = with_library(LibraryEntry(library_type, library_id, id))

    ask("PUT", f"{type}/{id}", body=LIKE, of=service)
    by_library_id = ask("GET", f"{library_type}/{library_id}", of=service)
    ask("PUT", f"{library_type}/{library_id}", body=DISLIKE, of=service)
    by_catalog_id = ask("GET", f"{type}?ids={id}", of=service)
    ask("DELETE", f"{type}/{id}", of=service)

    assert data_of(by_library_id) == [a_rating(library_type, library_id, 1)]
    assert data_of(by_catalog_id) == [a_rating(type, id, -1)]
    assert ask("GET", f"{library_type}/{library_id}", of=service).status == 404


def test_upload_has_no_counterpart(ask: Callable[..., Response]) -> None:
    """A library item without a catalog id keeps its rating to itself."""
    service = with_library(LibraryEntry("library-songs", "i.upload"))

    response = ask("PUT", "library-songs/i.upload", body=LIKE, of=service)

    assert data_of(response) == [a_rating("library-songs", "i.upload", 1)]


@pytest.mark.parametrize("target", ["library-songs/i.other", "library-albums/l.any"])
def test_seeded_library_holds_nothing_else(
    ask: Callable[..., Response], error_of: Callable[..., Any], target: str
) -> None:
    """An id that the library lacks cannot be rated."""
    service = with_library(LibraryEntry("library-songs", "i.mine", "1"))

    response = ask("PUT", target, body=LIKE, of=service)

    assert response.status == 404
    assert error_of(response)["code"] == "40400"


def test_seeded_library_leaves_the_catalog_open(ask: Callable[..., Response]) -> None:
    """What is not in the library can still be rated by its catalog id."""
    assert ask("PUT", "songs/2", body=LIKE, of=with_library()).status == 200


def test_empty_library_is_a_library(ask: Callable[..., Response]) -> None:
    """A library seeded with nothing holds nothing."""
    assert ask("PUT", "library-songs/i.any", body=LIKE, of=with_library()).status == 404


@pytest.mark.parametrize(
    ("type", "library_id", "catalog_id"),
    [
        ("songs", "1", None),
        ("library-artists", "r.1", None),
        ("library-songs", "l.album", None),
        ("library-songs", "i.song", "i.song"),
    ],
)
def test_impossible_library_entry_is_rejected(
    type: str, library_id: str, catalog_id: str | None
) -> None:
    """An entry must be of a library's type, with ids that fit."""
    with pytest.raises(ValueError, match=r"is not a library type|is not a valid id"):
        LibraryEntry(type, library_id, catalog_id)


def test_library_that_contradicts_itself_is_rejected() -> None:
    """One library id cannot stand for two catalog ids."""
    entries = [LibraryEntry("library-songs", "i.a", "1"), LibraryEntry("library-songs", "i.a", "2")]

    with pytest.raises(ValueError, match=r"library-songs/i\.a is in the library twice"):
        with_library(*entries)


@pytest.mark.parametrize(
    ("type", "id", "item_path"),
    [
        ("songs", "1", "/v1/catalog/us/songs/1"),
        ("library-songs", "i.a", "/v1/me/library/songs/i.a"),
    ],
)
@pytest.mark.parametrize("form", ["{type}/{id}?include=content", "{type}?ids={id}&include=content"])
def test_include_content_adds_the_item(
    ask: Callable[..., Response], type: str, id: str, item_path: str, form: str
) -> None:
    """Asked for its content, a rating names the rated item."""
    ask("PUT", f"{type}/{id}", body=LIKE)

    response = ask("GET", form.format(type=type, id=id))

    content = {
        "href": f"/v1/me/ratings/{type}/{id}/content",
        "data": [{"id": id, "type": type, "href": item_path}],
    }
    expected = a_rating(type, id, 1) | {"relationships": {"content": content}}
    assert data_of(response) == [expected]


def test_many_ratings_are_returned_as_they_are(
    ask: Callable[..., Response], service: MockService
) -> None:
    """However many there are, each keeps its id and value, and the unrated are left out."""
    ids = [str(number) for number in range(10_000, 12_500)]
    values = {id: (0, -1, *[1] * 10)[int(id) % 12] for id in ids}
    for id, value in values.items():
        if value:
            service.set_rating("anna", "songs", id, value)

    for _ in range(2):
        found = data_of(ask("GET", f"songs?ids={','.join(ids)}"))

        logged = [(each["id"], each["attributes"]["value"]) for each in found]
        assert logged == [(id, value) for id, value in values.items() if value]
        assert all(each["href"].endswith(f"/songs/{each['id']}") for each in found)
