from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apple_music_ratings import Item, LibraryItem
from apple_music_ratings._bulk.paging import MAX_PASSES, MAX_STALE_PAGES, LibraryPager
from apple_music_ratings._operations.pages import PAGE_SIZE, Page, parse_date, parse_next_offset

PATH = "/v1/me/library/songs"
SERVICE = "https://api.music.apple.com"


def a_library(count: int) -> list[str]:
    """Name this many items."""
    return [f"i.{number}" for number in range(count)]


def a_page(ids: list[str], offset: int, *, size: int = PAGE_SIZE, knows_total: bool = True) -> Page:
    """Cut the page that begins at an offset out of a library."""
    there = ids[offset : offset + size]
    return Page(
        offset,
        tuple(LibraryItem(Item("library-songs", id)) for id in there),
        len(there),
        len(ids) if knows_total else None,
        offset + size if offset + size < len(ids) else None,
    )


def walked(
    walk: LibraryPager, read: Callable[[int], Page], *, ahead: int = 1
) -> tuple[list[str], list[int]]:
    """Walk to the end, reading this many pages ahead; name items and offsets in order."""
    ids: list[str] = []
    offsets: list[int] = []
    while True:
        wave: list[int] = []
        while len(wave) < ahead and (offset := walk.next_page()) is not None:
            wave.append(offset)
        if not wave:
            return ids, offsets
        offsets += wave
        for page in [read(offset) for offset in wave]:
            ids += [entry.item.id for entry in walk.accept(page)]


def test_every_item_comes_up_once_and_in_order() -> None:
    """By its total, or by `next` without one; each page is read once."""
    offenders = []
    for count, knows_total, ahead in product(
        [0, 1, 99, 100, 101, 250, 1000], [True, False], [1, 3, 50]
    ):
        library = a_library(count)
        read = partial(a_page, library, knows_total=knows_total)
        expected = (library, list(range(0, max(count, 1), PAGE_SIZE)))
        if walked(LibraryPager(), read, ahead=ahead) != expected:
            offenders.append((count, knows_total, ahead))

    assert offenders == []


def test_pages_are_planned_once_the_total_is_known() -> None:
    """Until then there is one page to read; then as many as are wanted."""
    walk = LibraryPager()

    assert (walk.next_page(), walk.next_page()) == (0, None)
    walk.accept(a_page(a_library(450), 0))
    assert [walk.next_page() for _ in range(5)] == [100, 200, 300, 400, None]


@given(st.integers(0, 300), st.integers(1, 40), st.integers(1, 9), st.booleans())
def test_shorter_pages_than_asked_for_lose_nothing(
    count: int,
    size: int,
    ahead: int,
    knows_total: bool,  # noqa: FBT001  # as above
) -> None:
    """The service's step is taken over from its first page."""
    library = a_library(count)
    ids, _ = walked(
        LibraryPager(),
        lambda offset: a_page(library, offset, size=size, knows_total=knows_total),
        ahead=ahead,
    )

    assert ids == library


def test_gap_between_pages_is_filled() -> None:
    """A page that ends early and says where to continue is believed."""
    library = a_library(400)

    def read(offset: int) -> Page:
        return a_page(library, offset, size=40 if offset == 100 else 100)

    ids, offsets = walked(LibraryPager(), read, ahead=4)

    assert sorted(ids) == sorted(library)
    assert 140 in offsets
    assert len(ids) == len(set(ids))


def test_entries_that_cannot_be_rated_are_counted_all_the_same() -> None:
    """A page that yields less than it holds is not the last one."""
    read = {
        0: Page(0, (), 100, 150, 100),
        100: Page(100, (LibraryItem(Item("library-songs", "i.1")),), 50, 150, None),
    }

    assert walked(LibraryPager(), read.__getitem__)[0] == ["i.1"]


def test_library_that_grows_at_its_end_is_followed() -> None:
    """`next` on what was the last page leads on."""
    library = a_library(200)

    def read(offset: int) -> Page:
        if offset == 100 and "i.new1" not in library:
            library.extend(["i.new1", "i.new2"])
        return a_page(library, offset)

    ids, _ = walked(LibraryPager(), read)

    assert sorted(ids) == sorted(library)
    assert len(ids) == len(set(ids))


def test_item_added_in_front_comes_up_and_nothing_twice() -> None:
    """The last of one page is the first of the next, and is given once; the new one is found."""
    library = a_library(250)

    def read(offset: int) -> Page:
        if offset == 100 and "i.new" not in library:
            library.insert(0, "i.new")
        return a_page(library, offset)

    ids, offsets = walked(LibraryPager(), read)

    assert sorted(ids) == sorted(library)
    assert len(ids) == len(set(ids))
    assert offsets.count(0) == 2


def test_item_removed_in_front_hides_no_other() -> None:
    """The first of the next page moves to a page that was read; another pass finds it."""
    library = a_library(250)

    def read(offset: int) -> Page:
        if offset == 100 and "i.0" in library:
            library.remove("i.0")
        return a_page(library, offset)

    ids, _ = walked(LibraryPager(), read)

    assert "i.100" in ids
    assert sorted(ids) == sorted(a_library(250))


def test_library_that_never_rests_is_walked_three_times_at_most() -> None:
    """The walk ends."""
    library = a_library(150)

    def read(offset: int) -> Page:
        library.insert(0, f"i.more{len(library)}")
        return a_page(library, offset)

    ids, offsets = walked(LibraryPager(), read)

    assert offsets.count(0) == MAX_PASSES
    assert len(ids) == len(set(ids))


def test_walk_ends_although_the_total_is_too_high() -> None:
    """The first empty page ends a pass."""

    def read(offset: int) -> Page:
        page = a_page(a_library(150), offset)
        return Page(offset, page.items, page.count, 10**9, offset + 100)

    ids, offsets = walked(LibraryPager(), read, ahead=8)

    assert ids == a_library(150)
    assert len(offsets) < 50


NEXT_LINKS = {
    (None, SERVICE): None,
    (f"{PATH}?offset=100", SERVICE): 100,
    (f"{PATH}?offset=100&limit=25", SERVICE): 100,
    (f"{SERVICE}{PATH}?offset=100", SERVICE): 100,
    (f"{PATH}?offset=100", "http://127.0.0.1:8787"): 100,
    (f"/proxy{PATH}?offset=100", "https://example.com/proxy/"): 100,
}
INVALID_LINKS = {
    "https://example.com/v1/me/library/songs?offset=100": "leaves the service",
    "//example.com/v1/me/library/songs?offset=100": "leaves the service",
    f"http://api.music.apple.com{PATH}?offset=100": "leaves the service",
    f"https://api.music.apple.com:8443{PATH}?offset=100": "leaves the service",
    "/v1/me/library/albums?offset=100": "leaves /v1/me/library/songs",
    f"{PATH}/../../ratings/songs/1?offset=100": "leaves /v1/me/library/songs",
    "?offset=100": "leaves /v1/me/library/songs",
    PATH: "has no offset",
    f"{PATH}?offset=": "has no offset",
    f"{PATH}?offset=ten": "has no offset",
    f"{PATH}?offset=-5": "has no offset",
    f"{PATH}?offset=\u0661\u0662": "has no offset",
    f"{PATH}?offset=100&offset=200": "has no offset",
    f"{PATH}?offset=50": "back to 50",
    f"{PATH}?offset=0": "back to 0",
}
DATES = {
    "2024-05-01T09:00:00Z": datetime(2024, 5, 1, 9, tzinfo=UTC),
    "2024-05-01": datetime(2024, 5, 1, tzinfo=UTC),
    "yesterday": None,
    "": None,
    None: None,
    5: None,
}


def test_next_is_used_for_its_offset() -> None:
    """As a path or as a URL of the same service."""
    found = {
        (link, base_url): parse_next_offset(link, offset=50, path=PATH, base_url=base_url)
        for link, base_url in NEXT_LINKS
    }

    assert found == NEXT_LINKS


def test_next_that_leads_elsewhere_is_rejected() -> None:
    """To another host, another path, nowhere or in a circle."""
    for link, reason in INVALID_LINKS.items():
        with pytest.raises(ValueError, match=reason):
            parse_next_offset(link, offset=50, path=PATH, base_url=SERVICE)


def test_date_is_parsed_or_none() -> None:
    """Always aware; anything else is not a date."""
    assert {text: parse_date(text) for text in DATES} == DATES


@pytest.mark.parametrize("total", [10**9, None])
@pytest.mark.parametrize("advances", [True, False])
def test_walk_ends_when_pages_bring_nothing_new(total: int | None, *, advances: bool) -> None:
    """A proxy that drops the query returns the same page for every offset."""
    items = tuple(LibraryItem(Item("library-songs", id)) for id in a_library(100))
    reads = 0

    def read(offset: int) -> Page:
        nonlocal reads
        reads += 1
        assert reads < 1000
        return Page(offset, items, 100, total, offset + (1 if advances else 100))

    ids, _ = walked(LibraryPager(), read, ahead=8)

    assert ids == a_library(100)
    assert reads <= MAX_PASSES * (MAX_STALE_PAGES + 16)
