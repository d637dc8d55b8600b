from __future__ import annotations

import httpx
import pytest

from apple_music_ratings import Item, RatingsClient, RatingValue, ResourceType, make_plan
from apple_music_ratings.files import RatingRow, RatingsFile
from apple_music_ratings.relocation import find_differences, resolve_items
from apple_music_ratings_mock import LibraryEntry, MockService

LIKE = RatingValue.LIKE
LIBRARY = [
    LibraryEntry("library-songs", f"i.{number}", str(number), name=f"Song {number}")
    for number in range(1, 5)
]


class Counting(httpx.BaseTransport):
    """Counts the requests to the library."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.library_requests = 0
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        self.library_requests += request.url.path.startswith("/v1/me/library")
        return self._inner.handle_request(request)


class Library:
    """A mock with a library, and a client of it."""

    def __init__(self) -> None:
        self.service = MockService(library=LIBRARY)
        self.transport = Counting(self.service.transport)
        self.client = RatingsClient(
            developer_token=self.service.developer_token(),
            music_user_token="me",
            transport=self.transport,
        )


@pytest.fixture
def library() -> Library:
    """Songs 1 to 4, in the library and in the catalog."""
    return Library()


def a_file(*rows: tuple[str, RatingValue | None]) -> RatingsFile:
    """Build a file of items and ratings."""
    return RatingsFile(
        "file",
        tuple(
            RatingRow(item=Item.parse(item), rating=rating, line=line)
            for line, (item, rating) in enumerate(rows, 2)
        ),
    )


def test_rows_of_one_item_are_joined(library: Library) -> None:
    """The row whose item needs the write is kept; both items are read back."""
    resolved = resolve_items(
        library.client, a_file(("songs/1", LIKE), ("library-songs/i.1", LIKE), ("songs/9", None))
    )

    assert [str(row.item) for row in resolved.rows] == ["songs/1", "songs/9"]
    assert resolved.joined == {Item("library-songs", "i.1"): Item("songs", "1")}
    assert resolved.named[Item("library-songs", "i.1")] is LIKE
    assert resolved.errors == ()


def test_rows_of_one_item_that_disagree_name_each_other(library: Library) -> None:
    """Neither is used; other rows are."""
    resolved = resolve_items(
        library.client, a_file(("songs/1", LIKE), ("library-songs/i.1", None), ("songs/2", LIKE))
    )

    assert [str(error) for error in resolved.errors] == [
        "file:2: rating: songs/1, the same item as library-songs/i.1, is like here and none in "
        "line 3. Keep one of the two.",
        "file:3: rating: library-songs/i.1, the same item as songs/1, is none here and like in "
        "line 2. Keep one of the two.",
    ]
    assert [str(row.item) for row in resolved.rows] == ["songs/2"]


def test_library_is_read_only_if_it_can_match_something(library: Library) -> None:
    """Not for items of the catalog alone, nor for rated library items alone."""
    library.service.set_rating("me", "library-songs", "i.1", 1)
    resolve_items(library.client, a_file(("songs/1", LIKE), ("albums/2", LIKE)))
    resolve_items(library.client, a_file(("library-songs/i.1", LIKE), ("albums/2", LIKE)))
    before = library.transport.library_requests
    resolve_items(library.client, a_file(("library-songs/i.1", LIKE), ("songs/2", LIKE)))

    assert before == 0
    assert library.transport.library_requests > 0


def test_rated_items_outside_the_file_are_found(library: Library) -> None:
    """By either id of theirs."""
    for number in (1, 2, 3):
        library.service.set_rating("me", "songs", str(number), 1)
    resolved = resolve_items(
        library.client,
        a_file(("library-songs/i.1", LIKE), ("songs/2", LIKE)),
        unlisted_types=[ResourceType.LIBRARY_SONGS],
    )

    assert [(str(row.item), row.name) for row in resolved.unlisted] == [
        ("library-songs/i.3", "Song 3")
    ]
    assert not make_plan(desired=resolved.desired, current=resolved.current).writes


def test_differences_are_found_by_reading_back(library: Library) -> None:
    """Every item that the file names, whether it was written or not."""
    resolved = resolve_items(library.client, a_file(("songs/7", None), ("songs/8", LIKE)))
    library.service.set_rating("me", "songs", "7", -1)
    library.service.set_rating("me", "songs", "8", 1)

    assert find_differences(library.client, resolved) == {
        Item("songs", "7"): (None, RatingValue.DISLIKE)
    }


class Odd(httpx.BaseTransport):
    """A service with one odd entry in each response."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Change the first entry of a list."""
        response = self._inner.handle_request(request)
        response.read()
        document = response.json() if response.is_success else {}
        if document.get("data"):
            if request.url.path.startswith("/v1/me/library"):
                del document["data"][0]["id"]
            else:
                document["data"][0]["attributes"]["value"] = 2
        return httpx.Response(response.status_code, json=document)


def test_odd_entries_cost_only_themselves(library: Library) -> None:
    """A row whose rating cannot be read is an error; an entry of the library is reported."""
    for number in (2, 3):
        library.service.set_rating("me", "songs", str(number), 1)
    with RatingsClient(
        developer_token=library.service.developer_token(),
        music_user_token="me",
        transport=Odd(library.service.transport),
    ) as client:
        resolved = resolve_items(
            client, a_file(("songs/2", LIKE), ("songs/3", None), ("library-songs/i.4", None))
        )

    assert [(error.line, error.reason) for error in resolved.errors] == [
        (2, "The current rating of songs/2 cannot be read.")
    ]
    assert [str(row.item) for row in resolved.rows] == ["songs/3", "library-songs/i.4"]
    assert len(resolved.unread) == 1
