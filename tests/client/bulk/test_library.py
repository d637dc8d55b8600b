from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import httpx
import pytest
from support.builders import LIKE, USER_TOKEN, FakeClock, Runtime, ScriptedTransport, a_response
from support.meddling import (
    InterceptingTransport,
    a_client,
    a_library,
    an_error_response,
    collected,
)

from apple_music_ratings import (
    ForbiddenError,
    InvalidItemError,
    Item,
    LibraryItem,
    NotFoundError,
    Progress,
    ResourceType,
    ServerError,
    UnexpectedResponseError,
)
from apple_music_ratings_mock import LibraryEntry, MockService

SONGS = ResourceType.LIBRARY_SONGS


def is_listing(request: httpx.Request) -> bool:
    """Return whether a request is for a page of a library."""
    return "/me/library/" in request.url.path


def offset_of(request: httpx.Request) -> int:
    """Read which page is asked for."""
    return int(request.url.params.get("offset", 0))


def test_items_have_the_names_that_a_user_knows(runtime: Runtime) -> None:
    """Name, artist, album, any catalog id, and of albums the date when they were added."""
    album = LibraryEntry("library-albums", "l.1", name="Tides", date_added="2024-05-01T09:00:00Z")
    service = MockService(library=[*a_library(10), album])
    client = a_client(runtime, InterceptingTransport(service))
    found = collected(client, client.iter_library(SONGS))

    assert found[0] == LibraryItem(
        Item(SONGS, "i.1"),
        name="Name 00001",
        artist="The Harbor Lights",
        album="Tides",
        catalog_id="1",
    )
    [added] = collected(client, client.iter_library(ResourceType.LIBRARY_ALBUMS))
    assert added.date_added == datetime(2024, 5, 1, 9, tzinfo=UTC)
    assert found[0].catalog_item == Item("songs", "1")
    assert (found[9].catalog_id, found[9].catalog_item) == (None, None)


@pytest.mark.parametrize("count", [1, 100, 101, 730])
def test_whole_library_is_walked_a_hundred_at_a_time(runtime: Runtime, count: int) -> None:
    """`limit` is sent with every page, though `next` drops it; each page is asked for once."""
    transport = InterceptingTransport(MockService(library=a_library(count)))
    client = a_client(runtime, transport, language="de")
    found = collected(client, client.iter_library(SONGS))

    assert [entry.item.id for entry in found] == [f"i.{number}" for number in range(1, count + 1)]
    assert sorted(transport.sent) == sorted(
        f"GET /v1/me/library/songs?limit=100&offset={offset}&l=de"
        for offset in range(0, count, 100)
    )


def test_reads_report_their_progress_with_the_total(runtime: Runtime) -> None:
    """The first page of each type has its total, so that of all is known before any rating."""
    albums = [LibraryEntry("library-albums", f"l.{number}") for number in range(40)]
    service = MockService(library=[*a_library(250), *albums])
    client = a_client(runtime, InterceptingTransport(service))
    ratings: list[Progress] = []
    library: list[Progress] = []
    rated = collected(client, client.iter_library_ratings(on_progress=ratings.append))
    collected(client, client.iter_library(SONGS, on_progress=library.append))
    named: list[Progress] = []
    client.get_ratings([entry.item for entry, _ in rated], on_progress=named.append)

    assert {progress.total for progress in ratings} == {290}
    assert [(one.finished, one.total) for one in library] == [(100, 250), (200, 250), (250, 250)]
    assert {progress.total for progress in named} == {290}
    for reported in (ratings, named):
        assert [one.finished for one in reported] == sorted({one.finished for one in reported})
        assert reported[-1] == Progress(290, 290, 0)


@pytest.mark.parametrize(
    ("resource_type", "prefix"),
    [("library-albums", "l."), ("library-music-videos", "i."), ("library-playlists", "p.")],
)
def test_every_type_of_a_library_is_walked(
    runtime: Runtime, resource_type: str, prefix: str
) -> None:
    """By its own path."""
    entries = [
        LibraryEntry(resource_type, f"{prefix}{number}", name=f"Name {number:03}")
        for number in range(150)
    ]
    transport = InterceptingTransport(MockService(library=entries))
    client = a_client(runtime, transport)
    found = collected(client, client.iter_library(ResourceType(resource_type)))

    assert len({entry.item for entry in found}) == 150
    assert {entry.item.type for entry in found} == {resource_type}


def test_favorites_are_requested_where_they_are_documented(runtime: Runtime) -> None:
    """With each page of songs and playlists, and only if wanted."""
    service = MockService(library=[*a_library(2), LibraryEntry("library-albums", "l.1", "9")])
    transport = InterceptingTransport(service)
    client = a_client(runtime, transport)
    client.add_favorites([Item("songs", "1"), Item("albums", "9")])
    songs = collected(client, client.iter_library(SONGS, with_favorites=True))
    pairs = collected(client, client.iter_library_ratings(with_favorites=True))
    plain = collected(client, client.iter_library(SONGS))

    assert [entry.is_favorite for entry in songs] == [True, False]
    assert {entry.item.id: entry.is_favorite for entry, _ in pairs} == {
        "i.1": True,
        "i.2": False,
        "l.1": None,
    }
    assert [entry.is_favorite for entry in plain] == [None, None]
    asked = {line.partition("?")[0] for line in transport.sent if "extend=inFavorites" in line}
    assert asked == {"GET /v1/me/library/songs", "GET /v1/me/library/playlists"}


@pytest.mark.parametrize("wrong", [ResourceType.SONGS, "songs", "library-artists", None])
@pytest.mark.parametrize("name", ["iter_library", "iter_library_ratings"])
def test_type_that_no_library_has_is_rejected_at_once(
    runtime: Runtime, service: MockService, name: str, wrong: Any
) -> None:
    """Before anything is iterated, and with the types there are."""
    transport = InterceptingTransport(service)
    with pytest.raises(InvalidItemError, match="library-music-videos"):
        getattr(a_client(runtime, transport), name)(wrong)

    assert transport.sent == []


def test_empty_library_has_no_items(runtime: Runtime) -> None:
    """The service says so with 404 and code 40403; that is not an error."""
    transport = InterceptingTransport(
        MockService(library=a_library(0)), lambda _request: an_error_response(404, "40403")
    )
    client = a_client(runtime, transport)

    assert collected(client, client.iter_library(SONGS)) == []
    assert len(transport.sent) == 1


@pytest.mark.parametrize("code", ["40400", "40403"])
def test_page_that_is_missing_for_a_moment_is_asked_for_again(runtime: Runtime, code: str) -> None:
    """Instead of cutting the library short there."""
    clock = FakeClock()
    missing = iter([an_error_response(404, code)] * 3)
    transport = InterceptingTransport(
        MockService(library=a_library(500)),
        lambda request: next(missing, None) if offset_of(request) == 200 else None,
    )
    client = a_client(runtime, transport, clock=clock)

    assert len(collected(client, client.iter_library(SONGS))) == 500
    assert clock.slept == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("code", ["40400", "40403"])
def test_page_that_stays_missing_is_an_error(runtime: Runtime, code: str) -> None:
    """A library cut short would look like a library that is smaller."""
    transport = InterceptingTransport(
        MockService(library=a_library(500)),
        lambda request: an_error_response(404, code) if offset_of(request) == 200 else None,
    )
    client = a_client(runtime, transport, max_concurrency=1)
    with pytest.raises(NotFoundError):
        collected(client, client.iter_library(SONGS))

    assert transport.count("GET /v1/me/library/songs?limit=100&offset=200") == 4


def test_first_page_without_a_word_of_emptiness_is_an_error(runtime: Runtime) -> None:
    """A 404 of another kind does not pass for an empty library, after its retries."""
    transport = InterceptingTransport(
        MockService(), lambda _request: an_error_response(404, "40400")
    )
    client = a_client(runtime, transport)
    with pytest.raises(NotFoundError):
        collected(client, client.iter_library(SONGS))

    assert len(transport.sent) == 4


def test_path_that_does_not_exist_is_an_error_at_once(runtime: Runtime) -> None:
    """It points at a wrong base URL."""
    transport = InterceptingTransport(
        MockService(), lambda _request: an_error_response(404, "40401")
    )
    client = a_client(runtime, transport)
    with pytest.raises(NotFoundError):
        collected(client, client.iter_library(SONGS))

    assert len(transport.sent) == 1


def test_library_that_has_become_shorter_ends_earlier(runtime: Runtime) -> None:
    """The missing page is beyond its new end; what is left comes up."""
    long, short = MockService(library=a_library(300)), MockService(library=a_library(150))
    seen: list[int] = []

    def shrink(request: httpx.Request) -> httpx.Response | None:
        seen.append(offset_of(request))
        if len(seen) == 1:
            return None
        if offset_of(request) >= 150:
            return an_error_response(404, "40403")
        return short.transport.handle_request(request)

    client = a_client(runtime, InterceptingTransport(long, shrink), max_concurrency=1)
    found = collected(client, client.iter_library(SONGS))

    assert len({entry.item for entry in found}) == len(found) == 150


def test_failed_page_is_retried(runtime: Runtime) -> None:
    """As patiently as a write."""
    troubled = iter([httpx.Response(503)] * 10)
    transport = InterceptingTransport(
        MockService(library=a_library(300)),
        lambda request: next(troubled, None) if offset_of(request) == 100 else None,
    )
    client = a_client(runtime, transport)

    assert len(collected(client, client.iter_library(SONGS))) == 300


@pytest.mark.parametrize(
    ("respond", "error"),
    [(lambda: httpx.Response(501), ServerError), (lambda: an_error_response(403), ForbiddenError)],
)
def test_failure_is_raised_while_items_are_asked_for(
    each_runtime: Runtime, respond: Callable[[], httpx.Response], error: type[Exception]
) -> None:
    """It ends the walk."""
    transport = InterceptingTransport(
        MockService(library=a_library(300)),
        lambda request: respond() if offset_of(request) == 200 else None,
    )
    client = a_client(each_runtime, transport)
    with pytest.raises(error):
        collected(client, client.iter_library(SONGS))


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com/v1/me/library/songs?offset=100",
        "/v1/me/library/albums?offset=100",
        "/v1/me/library/songs",
    ],
)
def test_next_link_to_another_page_is_rejected(runtime: Runtime, link: str) -> None:
    """No token follows it."""
    entry = {"id": "i.1", "type": "library-songs"}
    wire = ScriptedTransport(a_response(200, {"data": [entry], "next": link}))
    client = a_client(runtime, wire)
    with pytest.raises(UnexpectedResponseError, match="`next`"):
        collected(client, client.iter_library(SONGS))

    assert {sent.host for sent in wire.sent} == {"api.music.apple.com"}


def test_library_without_a_total_is_followed_by_next(runtime: Runtime) -> None:
    """Page by page."""
    pages = {
        "0": {
            "data": [{"id": "i.1", "type": "library-songs"}],
            "next": "/v1/me/library/songs?offset=1",
        },
        "1": {"data": [{"id": "i.2", "type": "library-songs", "attributes": {}}]},
    }

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=pages[request.url.params["offset"]])

    client = a_client(runtime, InterceptingTransport(MockService(), respond))

    assert collected(client, client.iter_library(SONGS)) == [
        LibraryItem(Item(SONGS, "i.1")),
        LibraryItem(Item(SONGS, "i.2")),
    ]


def test_entry_of_another_kind_is_passed_over(runtime: Runtime) -> None:
    """Folders of playlists, for instance, cannot be rated."""
    entries = [{"id": "p.1", "type": "library-playlists"}, {"id": "p.2", "type": "folders"}]
    client = a_client(
        runtime, ScriptedTransport(a_response(200, {"data": entries, "meta": {"total": 2}}))
    )
    found = collected(client, client.iter_library(ResourceType.LIBRARY_PLAYLISTS))

    assert [entry.item.id for entry in found] == ["p.1"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"data": [{"id": "a,b", "type": "library-songs"}]}),
        (200, {}),
        (200, []),
        (200, b""),
        (201, {"data": []}),
    ],
)
def test_page_that_makes_no_sense_is_an_error(runtime: Runtime, status: int, body: Any) -> None:
    """Ids that could not be sent among them."""
    client = a_client(runtime, ScriptedTransport(a_response(status, body)))
    with pytest.raises(UnexpectedResponseError):
        collected(client, client.iter_library(SONGS))


def test_items_that_shift_come_up_once(runtime: Runtime) -> None:
    """One is added in front while the library is walked."""
    before = MockService(library=a_library(250))
    after = MockService(
        library=[LibraryEntry("library-songs", "i.new", name="A first"), *a_library(250)]
    )
    count = 0

    def shift(request: httpx.Request) -> httpx.Response | None:
        nonlocal count
        count += 1
        return None if count < 2 else after.transport.handle_request(request)

    client = a_client(runtime, InterceptingTransport(before, shift), max_concurrency=1)
    ids = [entry.item.id for entry in collected(client, client.iter_library(SONGS))]

    assert len(ids) == len(set(ids)) == 251


@pytest.mark.parametrize("limit", [1, 4])
def test_pages_are_read_side_by_side(each_runtime: Runtime, limit: int) -> None:
    """As many as are allowed, and no more; the first one comes alone, since it tells the total."""
    transport = InterceptingTransport(MockService(library=a_library(900)), crowd=limit, alone=1)
    client = a_client(each_runtime, transport, max_concurrency=limit)

    assert len(collected(client, client.iter_library(SONGS))) == 900
    assert transport.most_at_once == limit


def test_nothing_is_read_before_it_is_asked_for(each_runtime: Runtime) -> None:
    """And a walk that is left early has read a bounded number of pages, and left no thread."""
    transport = InterceptingTransport(MockService(library=a_library(9_000)))
    client = a_client(each_runtime, transport, max_concurrency=2)
    walk = client.iter_library(SONGS)
    sent_at_first = len(transport.sent)
    threads = threading.active_count()
    if each_runtime.name == "sync":
        taken = list(islice(walk, 150))
        walk.close()
        left = threading.active_count()
    else:
        taken = client._portal.call(first_of, walk, 150)
        left = threads

    assert sent_at_first == 0
    assert len(taken) == 150
    assert len(transport.sent) < 20
    assert left == threads


async def first_of(results: Any, count: int) -> list[Any]:
    """Return this many results of an async iterator, and stop."""
    taken = []
    async for result in results:
        taken.append(result)
        if len(taken) == count:
            break
    return taken


def test_ratings_are_joined_with_the_library(runtime: Runtime) -> None:
    """Every item with its rating or none, in the order of the types and of the library."""
    service = MockService(library=[*a_library(250), *a_library(30, "library-albums", "l.")])
    for number in range(1, 251, 7):
        service.set_rating(USER_TOKEN, "library-songs", f"i.{number}", 1)
    service.set_rating(USER_TOKEN, "library-albums", "l.3", 1)
    transport = InterceptingTransport(service)
    client = a_client(runtime, transport)
    found = collected(client, client.iter_library_ratings(SONGS, ResourceType.LIBRARY_ALBUMS))

    assert [entry.item.id for entry, _ in found] == [
        *(f"i.{number}" for number in range(1, 251)),
        *(f"l.{number}" for number in range(1, 31)),
    ]
    assert {entry.item.id for entry, value in found if value is LIKE} == {
        *(f"i.{number}" for number in range(1, 251, 7)),
        "l.3",
    }
    assert transport.count("GET /v1/me/ratings/") == 3 + 1


def test_whole_library_is_meant_when_no_type_is_named(runtime: Runtime) -> None:
    """All four types; a type that is named twice is walked once."""
    playlists = [LibraryEntry("library-playlists", f"p.{number}") for number in (1, 2)]
    service = MockService(library=[*a_library(3), *playlists])
    client = a_client(runtime, InterceptingTransport(service))
    every = collected(client, client.iter_library_ratings())
    twice = collected(client, client.iter_library_ratings(SONGS, SONGS))

    assert (len(every), len(twice)) == (5, 3)


@pytest.mark.parametrize("limit", [1, 8])
def test_joined_walk_is_lazy(each_runtime: Runtime, limit: int) -> None:
    """Ratings are read as far as they are asked for."""
    transport = InterceptingTransport(MockService(library=a_library(9_000)))
    client = a_client(each_runtime, transport, max_concurrency=limit)
    walk = client.iter_library_ratings(SONGS)
    taken = (
        list(islice(walk, 10))
        if each_runtime.name == "sync"
        else client._portal.call(first_of, walk, 10)
    )

    assert len(taken) == 10
    assert len(transport.sent) <= 10 * limit


def test_failing_read_of_ratings_ends_the_walk(runtime: Runtime) -> None:
    """An item without a known rating is not given as unrated."""
    transport = InterceptingTransport(
        MockService(library=a_library(300)),
        lambda request: None if is_listing(request) else an_error_response(403),
    )
    client = a_client(runtime, transport)
    with pytest.raises(ForbiddenError):
        collected(client, client.iter_library_ratings(SONGS))
