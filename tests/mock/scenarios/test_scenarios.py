from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apple_music_ratings_mock import MockService, Response
from apple_music_ratings_mock.scenarios import NAMES
from apple_music_ratings_mock.scenarios.scenario import ScenarioError, read_scenario


@pytest.mark.parametrize("name", NAMES)
def test_shipped_scenario_is_described_and_begins(name: str) -> None:
    """All six can be read, and say what they are for."""
    assert read_scenario(name).description.endswith(".")
    assert isinstance(MockService.from_scenario(name), MockService)


def from_scenario(name: str, now: int) -> MockService:
    """Begin as a scenario says, at the time of the tests."""
    return MockService.from_scenario(name, now=lambda: now)


def test_empty_scenario_has_nothing(ask: Callable[..., Response], now: int) -> None:
    """Nothing is rated or listed, and any library id can be rated."""
    service = from_scenario("empty", now)
    like = {"attributes": {"value": 1}}

    assert service.state() == {"library": None, "users": []}
    assert ask("PUT", "library-songs/i.any", body=like, of=service).status == 200


def test_small_library_has_a_user_with_ratings(ask: Callable[..., Response], now: int) -> None:
    """Three things are rated, and all eight are listed."""
    service = from_scenario("small-library", now)
    names = ("songs", "albums", "music-videos", "playlists")
    pages = [ask("GET", f"/v1/me/library/{name}", of=service) for name in names]

    assert len(service.ratings("mock-user")) == 3
    assert [page.status for page in pages] == [200, 200, 200, 200]
    assert service.get_rating("mock-user", "library-songs", "i.7PJNN4mfXlD68R") == 1


def test_ten_thousand_songs_are_listed(ask: Callable[..., Response], now: int) -> None:
    """The library is large, ordered, and the same each time."""
    service = from_scenario("ten-thousand", now)
    page = ask("GET", "/v1/me/library/songs?limit=100&offset=9900", of=service)

    assert b'"total":10000' in page.body
    assert b'"next"' not in page.body
    assert (
        page.body
        == ask(
            "GET",
            "/v1/me/library/songs?limit=100&offset=9900",
            of=from_scenario("ten-thousand", now),
        ).body
    )


def test_expired_tokens_are_rejected(
    ask: Callable[..., Response], a_token: Callable[..., str], now: int
) -> None:
    """The first developer token is dead, a fresh one works, and some people are shut out."""
    service = from_scenario("expired-tokens", now)
    fresh = a_token(head={"kid": "FRESHKEY01"})

    assert [ask("GET", "songs/1", of=service).status for _ in range(2)] == [401, 401]
    assert ask("GET", "songs/1", token=fresh, of=service).status == 404
    assert ask("GET", "songs/1", token=fresh, user="mock-user-revoked", of=service).status == 403
    assert (
        ask("GET", "songs/1", token=fresh, user="mock-user-unsubscribed", of=service).status == 400
    )


def test_throttled_mock_rejects_some(ask: Callable[..., Response], now: int) -> None:
    """Sooner or later a request meets 429."""
    seconds = iter(range(now, now + 1000))
    service = MockService.from_scenario("throttled", now=lambda: next(seconds))
    statuses = {ask("GET", "songs/1", of=service).status for _ in range(50)}

    assert statuses == {404, 429}


def test_flaky_mock_has_many_kinds_of_faults(ask: Callable[..., Response], now: int) -> None:
    """Errors, gateway pages and lost connections come in every run alike."""
    first, second = from_scenario("flaky", now), from_scenario("flaky", now)
    responses = [ask("GET", "songs/1", of=first) for _ in range(300)]
    others = [ask("GET", "songs/1", of=second) for _ in range(300)]

    assert {response.status for response in responses} == {404, 500, 503, 504}
    assert any(response.delivery and response.delivery.reset for response in responses)
    assert [(a.status, a.delivery) for a in responses] == [(a.status, a.delivery) for a in others]


def test_file_is_read(tmp_path: Path) -> None:
    """A file of one's own has all that the shipped ones have."""
    file = tmp_path / "mine.yaml"
    file.write_text(
        "description: Mine.\n"
        "seed: 3\n"
        "library: {generate: {songs: 3, playlists: 1}}\n"
        "users: [{token: anna, ratings: [{type: songs, id: '1', value: -1}]}]\n"
        "faults: [{kind: latency, seconds: 0.5}]\n"
        "behaviors: {delete_unrated: 204, max_ids: off}\n"
    )

    service = MockService.from_scenario(file, behaviors={"put_response": "204"}, seed=4)
    library: Any = service.state()["library"]

    assert len(library) == 4
    assert service.ratings("anna") == {("songs", "1"): -1}
    assert service.faults[0].fault.seconds == 0.5
    assert (service.behaviors.delete_unrated, service.behaviors.put_response) == ("204", "204")


INVALID_FILES = [
    ("a: [", 1, "this is not YAML"),
    ("a: b\n\tc: d", 2, "this is not YAML"),
    ("- a", 1, "this is not a mapping"),
    ("description: A.\ncolor: red", 2, "'color' is not one of description, seed"),
    ("description: [A]", 1, "the description is not a string"),
    ("seed: many", 1, "the seed is not an integer"),
    ("seed: 1\nseed: 2", 2, "'seed' is repeated"),
    ("seed: 1\n\nlibrary: songs", 3, "this is not a list"),
    ("library:\n- {type: songs, library_id: i.a}", 2, "'songs' is not a library type"),
    ("library:\n- type: library-songs\n  library_id: 7", 3, "7 is not a string; put it in"),
    ("library:\n- type: library-songs\n  size: 7", 3, "'size' is not one of type"),
    ("library:\n- type: library-songs", 2, "'library_id' is missing"),
    (
        "library:\n- {type: library-songs, library_id: i.a}\n"
        "- {type: library-songs, library_id: i.a}",
        3,
        "i.a is repeated",
    ),
    ("library:\n  generate:\n    songs: -1", 3, "-1 is not an integer from 0"),
    ("library:\n  generate:\n    books: 1", 3, "'books' is not one of songs"),
    ("library:\n  make: 1", 2, "'make' is not one of generate"),
    ("library: {}", 1, "'generate' is missing"),
    ("users:\n- token: a\n  status: gone", 3, "'gone' is not one of active"),
    ("users:\n- token: a\n  ratings:\n  - {type: songs, id: '1', value: 5}", 4, "5 is neither"),
    (
        "users:\n- token: a\n  ratings:\n  - {type: songs, id: 1, value: 1}",
        4,
        "1 is not a string",
    ),
    ("faults:\n- kind: error\n  status: 200", 3, "status is 200"),
    ("faults:\n- kind: fire", 2, "kind is 'fire'"),
    ("faults:\n- 7", 2, "this is not a mapping"),
    ("faults:\n- kind: error\n  color: red", 3, "'color' is not one of"),
    ("behaviors:\n  delete_unrated: 500", 2, "delete_unrated is '500'"),
    ("behaviors:\n  color: red", 2, "'color' is not one of"),
    ("users:\n- &a {token: a}\n- *a", 2, "aliases are not supported"),
    ("seed: !!python/name:os.system x", 1, "cannot be read"),
    ("seed: 2024-13-45", 1, "cannot be read; put it in quotation marks"),
    ("? [a]\n: b", 1, "is not one of description"),
    ("[" * 5000, 1, "this is nested too deeply"),
]


def test_error_in_a_file_is_reported_with_its_line(tmp_path: Path) -> None:
    """File, line, and what is invalid there."""
    file = tmp_path / "mine.yaml"
    offenders = []
    for text, line, complaint in INVALID_FILES:
        file.write_text(text)
        with pytest.raises(ScenarioError) as caught:
            read_scenario(file)
        message = str(caught.value)
        if not message.startswith(f"{file}, line {line}: ") or complaint not in message:
            offenders.append((text[:60], message))

    assert not offenders


def test_unreadable_file_is_reported(tmp_path: Path) -> None:
    """A misspelt name lists those that there are, and bytes are no text."""
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ScenarioError, match="No such file or directory; did you mean 'empty'"):
        read_scenario("emtpy")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        read_scenario(binary)
