"""Every value of every behavior of the mock, compared with the contract as observed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from support.contract import follow_references, observed_contract

from apple_music_ratings_mock import Behaviors, Fault, LibraryEntry, MockService
from apple_music_ratings_mock.api.behaviors import describe_behaviors

LIKE = {"type": "rating", "attributes": {"value": 1}}
SONG, SONGS = "/v1/me/ratings/songs/1", "/v1/me/ratings/songs"
ALBUM = "/v1/me/ratings/library-albums/l.a"
# What a client can send; the last element is the body.
REQUESTS: list[tuple[str, str, Any]] = [
    ("GET", SONG, None),
    ("DELETE", SONG, None),
    ("GET", f"{SONGS}?ids=1,2", None),
    ("PUT", SONG, LIKE),
    ("GET", f"{SONG}?include=content", None),
    ("GET", f"{SONGS}?ids=1,1,2", None),
    ("GET", SONGS, None),
    ("PUT", SONG, {"type": "ratings", "attributes": {"value": 0}}),
    ("GET", f"{SONGS}?ids=x", None),
    ("POST", SONG, None),
    ("PUT", ALBUM, LIKE),
    ("GET", "/v1/me/ratings/albums/1", None),
    ("PUT", "/v1/me/ratings/library-songs/i.unknown", LIKE),
    ("GET", "/v1/me/library/albums", None),
    ("DELETE", "/v1/me/favorites", None),
    ("GET", "/v1/test", None),
]
# The values that go beyond the contract on purpose, as other readings of Apple's pages.
BEYOND = {
    ("unrated_body", "empty"): {"GET 404 is empty"},
    ("delete_unrated", "204"): set(),
    ("put_response", "204"): {"PUT 204 is not described"},
    ("method_not_allowed_body", "empty"): set(),
    ("error_bodies", "documented"): {"DELETE 405 is not described", "GET 401 has a body"},
}


def responses(service: MockService) -> Iterator[httpx.Response]:
    """Send every request, then one that is throttled and one without a valid token."""
    tokens = {
        "Authorization": f"Bearer {service.developer_token()}",
        "Music-User-Token": "user",
    }
    address = "https://api.music.apple.com"
    with httpx.Client(transport=service.transport, base_url=address) as client:
        for method, path, body in REQUESTS:
            yield client.request(method, path, json=body, headers=tokens)
        yield client.get(SONG, headers={"Authorization": tokens["Authorization"]})
        yield client.get(SONG, headers=tokens | {"Authorization": "Bearer none"})
        service.inject_fault(Fault("throttle", count=1))
        yield client.get(SONG, headers=tokens)


def deviation(contract: dict[str, Any], response: httpx.Response) -> str | None:
    """Return how a response differs from the contract, if it does."""
    method, path = response.request.method, response.request.url.path
    name = f"{method} {response.status_code}"
    parts = path.split("/")
    template = "/".join([*parts[:5], "{id}"]) if len(parts) == 6 else path
    operation = contract["paths"].get(template, {}).get(method.lower())
    if operation is None:
        return None  # A method that the contract does not have; the mock sends a 405.
    described = operation["responses"].get(str(response.status_code))
    if described is None:
        return f"{name} is not described"
    content = described.get("content", {})
    if not response.content:
        return f"{name} is empty" if content else None
    media_type = response.headers["content-type"].partition(";")[0]
    if media_type not in content:
        return f"{name} has a body"
    if media_type != "application/json":
        return None
    errors = Draft202012Validator(content[media_type]["schema"]).iter_errors(response.json())
    return next((f"{name}: {error.message}" for error in errors), None)


def test_every_value_of_every_behavior_stays_within_the_contract() -> None:
    """Only the values listed above go beyond it, each in the listed way."""
    contract = follow_references(observed_contract())
    library = [LibraryEntry("library-albums", "l.a", "1")]
    values = [
        (each.name, "1" if value == "N" else value)
        for each in describe_behaviors()
        for value in each.values
    ]
    found = {}
    for name, value in values:
        behaviors = Behaviors.from_mapping({name: value})
        service = MockService(behaviors=behaviors, library=library, error_ids=1)
        deviations = {deviation(contract, each) for each in responses(service)} - {None}
        if deviations != BEYOND.get((name, value), set()):
            found[name, value] = deviations

    assert found == {}
    assert len(values) > 40
    assert set(BEYOND) <= set(values)
