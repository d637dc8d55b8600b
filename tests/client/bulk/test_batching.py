from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apple_music_ratings import Item, ResourceType
from apple_music_ratings._bulk.batching import batches, distinct
from apple_music_ratings._http.settings import MAX_BATCH

ITEMS = st.lists(
    st.builds(
        Item,
        st.sampled_from([ResourceType.SONGS, ResourceType.ALBUMS, ResourceType.MUSIC_VIDEOS]),
        st.integers(1, 30).map(str),
    ),
    max_size=60,
)


def songs(count: int) -> list[Item]:
    """Build this many songs."""
    return [Item("songs", str(number)) for number in range(1, count + 1)]


def test_distinct_keeps_the_first_of_each_in_order() -> None:
    """A duplicate is dropped where it comes again."""
    one, two, three = songs(3)

    assert [two, one, three] == distinct([two, one, two, three, one])


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])]
)
def test_batches_hold_at_most_a_hundred(count: int, sizes: list[int]) -> None:
    """An address with more ids than that was seen to fail."""
    assert sizes == [len(batch.items) for batch in batches(songs(count), size=MAX_BATCH)]


def test_batches_hold_one_type_each() -> None:
    """Items of one type go together, types in the order in which they first appear."""
    album = Item("albums", "1")
    song, other = songs(2)

    planned = batches([album, song, Item("albums", "2"), other], size=MAX_BATCH)
    assert [
        (ResourceType.ALBUMS, (album, Item("albums", "2"))),
        (ResourceType.SONGS, (song, other)),
    ] == [(batch.type, batch.items) for batch in planned]


@given(items=ITEMS, size=st.integers(1, 7))
def test_batches_lose_nothing_and_repeat_nothing(items: list[Item], size: int) -> None:
    """Every distinct item is in one batch, of its type, in order, and no batch is empty or big."""
    asked = distinct(items)
    planned = batches(asked, size=size)

    assert sorted(map(str, asked)) == sorted(str(item) for batch in planned for item in batch.items)
    assert all(1 <= len(batch.items) <= size for batch in planned)
    assert all({batch.type} == {item.type for item in batch.items} for batch in planned)
    for resource_type in ResourceType:
        own = [item for batch in planned if batch.type is resource_type for item in batch.items]
        assert [item for item in asked if item.type is resource_type] == own


@given(ITEMS)
def test_few_requests_are_made(items: list[Item]) -> None:
    """There are as many requests as full batches need, and no more."""
    asked = distinct(items)
    counts = [sum(item.type is kind for item in asked) for kind in ResourceType]

    assert sum(-(-count // MAX_BATCH) for count in counts) == len(batches(asked, size=MAX_BATCH))
