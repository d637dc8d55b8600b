from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from apple_music_ratings_mock import Behaviors, LibraryEntry, MockService, Response


def test_rating_set_by_hand_is_served(ask: Callable[..., Response], service: MockService) -> None:
    """A rating made without a request is one like any other."""
    service.set_rating("anna", "songs", "1", -1)

    assert b'"value":-1' in ask("GET", "songs/1").body


def test_rating_put_by_request_is_seen(ask: Callable[..., Response], service: MockService) -> None:
    """What a request put can be looked up."""
    ask("PUT", "songs/1", body={"attributes": {"value": 1}})

    assert service.get_rating("anna", "songs", "1") == 1
    assert service.get_rating("anna", "songs", "2") is None
    assert service.get_rating("bert", "songs", "1") is None


def test_reset_forgets_ratings_and_keeps_the_library() -> None:
    """After a reset nothing is rated, and counterparts still share ratings."""
    service = MockService(library=[LibraryEntry("library-songs", "i.a", "1")])
    service.set_rating("anna", "songs", "1", 1)

    service.reset()

    assert service.get_rating("anna", "songs", "1") is None
    service.set_rating("anna", "songs", "1", -1)
    assert service.get_rating("anna", "library-songs", "i.a") == -1


@pytest.mark.parametrize(
    ("type", "id", "value", "complaint"),
    [
        ("song", "1", 1, "'song' is not one of"),
        ("songs", "i.a", 1, "no songs/i.a"),
        ("library-songs", "i.other", 1, "no library-songs/i.other"),
        ("songs", "1", 0, "0 is neither"),
        ("songs", "1", True, "True is neither"),
    ],
)
def test_impossible_rating_is_rejected(type: str, id: str, value: int, complaint: str) -> None:
    """A test cannot bring the mock into a state that no request could."""
    service = MockService(library=[LibraryEntry("library-songs", "i.a", "1")])

    with pytest.raises(ValueError, match=complaint):
        service.set_rating("anna", type, id, value)


def test_unknown_type_cannot_be_looked_up(service: MockService) -> None:
    """An unknown type is a mistake in the test and not an unrated item."""
    with pytest.raises(ValueError, match="'artists' is not one of"):
        service.get_rating("anna", "artists", "1")


@pytest.mark.parametrize("options", [{"error_bodies": "real"}, {"id_check": "none"}])
def test_unknown_option_is_rejected(options: dict[str, Any]) -> None:
    """A misspelt option does not pass for the default."""
    with pytest.raises(ValueError, match=f"{next(iter(options))} is '"):
        MockService(behaviors=Behaviors(**options))


def test_threads_share_one_service(ask: Callable[..., Response], service: MockService) -> None:
    """Writes from many threads all arrive."""
    body = {"attributes": {"value": 1}}

    with ThreadPoolExecutor(8) as pool:
        responses = pool.map(lambda number: ask("PUT", f"songs/{number}", body=body), range(400))
        statuses = {response.status for response in responses}

    assert statuses == {200}
    assert all(service.get_rating("anna", "songs", str(number)) == 1 for number in range(400))


def test_carriers_are_made_once(service: MockService) -> None:
    """Transport and application are the same object each time."""
    assert service.transport is service.transport
    assert service.asgi is service.asgi
