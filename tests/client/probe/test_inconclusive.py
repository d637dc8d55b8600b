"""A response that settles nothing leaves its question open, with the reason."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from support.builders import FakeClock
from support.meddling import InterceptingTransport, an_error_response

from apple_music_ratings import DeveloperToken, Item
from apple_music_ratings.probe import Prober
from apple_music_ratings_mock import LibraryEntry, MockService

ALBUM = Item("albums", "1138988512")
LIBRARY_ALBUM = Item("library-albums", "l.qrRWYhq")
LIBRARY = [LibraryEntry("library-albums", LIBRARY_ALBUM.id, ALBUM.id, name="Album")]


def findings(
    intercept: Callable[[httpx.Request], httpx.Response | None],
) -> dict[str, tuple[str | None, str]]:
    """Probe a mock behind an interceptor; return what was seen and the reason of each question."""
    clock = FakeClock()
    service = MockService(library=LIBRARY, now=clock.now)
    prober = Prober(
        base_url="https://api.music.apple.com",
        developer_token=DeveloperToken(service.developer_token()),
        music_user_token="user",
        transport=InterceptingTransport(service, intercept),
        clock=clock,
    )
    prober.read()
    prober.write([ALBUM, LIBRARY_ALBUM])
    return {each.behavior: (each.seen, each.reason) for each in prober.findings}


def test_limit_of_ids_stays_open_if_one_id_is_rejected() -> None:
    """Bisection ends at zero, which cannot be a limit."""
    found = findings(
        lambda request: (
            an_error_response(400, "40005", parameter="ids")
            if "ids" in request.url.params
            else None
        )
    )

    assert found["max_ids"] == (None, "Even one id was rejected.")


def test_album_ratings_stay_open_if_the_library_album_cannot_be_read() -> None:
    """After the catalog album is rated, reads of its counterpart fail."""
    paths: list[str] = []

    def intercept(request: httpx.Request) -> httpx.Response | None:
        paths.append(f"{request.method} {request.url.path}")
        writes = [path.split("/")[-2] for path in paths if path.startswith("PUT")]
        is_rated = writes[-2:] == ["library-albums", "albums"]
        is_read = request.method == "GET" and request.url.path.endswith(LIBRARY_ALBUM.id)
        return an_error_response(500, "50001") if is_rated and is_read else None

    seen, reason = findings(intercept)["album_ratings"]

    assert seen is None
    assert "500" in reason
