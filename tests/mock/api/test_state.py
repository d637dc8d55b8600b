from __future__ import annotations

from collections.abc import Callable

import pytest

from apple_music_ratings_mock.api.messages import Response
from apple_music_ratings_mock.api.resource_types import RESOURCE_TYPES
from apple_music_ratings_mock.api.state import MAX_USERS, Library, State

SONGS = RESOURCE_TYPES["songs"]
RESPONSE = Response(200, ())


@pytest.fixture
def state() -> State:
    """One song is rated, and shown as unrated until the second 100."""
    state = State(Library())
    state.put("anna", SONGS, "1", 1)
    state.set_stale_read("anna", SONGS, "1", None, until=100.0)
    return state


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.put("anna", SONGS, "1", -1),
        lambda state: state.put("berta", SONGS, "2", 1),
        lambda state: state.delete("anna", SONGS, "1"),
        lambda state: state.set_stale_read("anna", SONGS, "1", -1, until=100.0),
        lambda state: state.expire_stale_reads(now=100.0),
    ],
    ids=["put", "put of another", "delete", "set_stale_read", "lift"],
)
def test_response_is_kept_until_a_rating_changes(
    state: State, change: Callable[[State], object]
) -> None:
    """Whichever it is, and however it changes what readers see."""
    state.cache_response("question", RESPONSE)
    truncate_at = state.cached_response("question")
    change(state)

    assert truncate_at is RESPONSE
    assert state.cached_response("question") is None


def test_responses_are_kept_for_a_few_questions_only(state: State) -> None:
    """So that a thousand questions fill no memory."""
    for number in range(1000):
        state.cache_response(number, RESPONSE)
    truncate_at = [number for number in range(1000) if state.cached_response(number)]

    assert truncate_at[-1] == 999
    assert len(truncate_at) <= 32


def test_oldest_user_is_dropped_from_a_full_state() -> None:
    """So that invented users cannot fill the memory."""
    state = State(Library())
    for number in range(MAX_USERS + 1):
        state.add_favorite(str(number), SONGS, "1")

    users = ("0", "1", str(MAX_USERS))
    assert [state.get(user, SONGS, "1") for user in users] == [None, 1, 1]
    assert [user in state.all_favorites() for user in users] == [False, True, True]


def test_one_favorite_of_several_is_removed(state: State) -> None:
    """The others stay."""
    for id in ("1", "2"):
        state.add_favorite("anna", SONGS, id)
    state.remove_favorite("anna", SONGS, "1")

    assert state.all_favorites() == {"anna": [("songs", "2")]}
