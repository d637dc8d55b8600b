from __future__ import annotations

from typing import Any

import httpx
import pytest

from apple_music_ratings_mock import MockService

BASE_URL = "https://api.music.apple.com"
SONG = "/v1/me/ratings/songs/907242702"
LIKE = {"attributes": {"value": 1}}


def settings_for(service: MockService) -> dict[str, Any]:
    """Build the arguments of a client that is let in."""
    headers = {
        "Authorization": f"Bearer {service.developer_token()}",
        "Music-User-Token": "anna",
    }
    return {"transport": service.transport, "base_url": BASE_URL, "headers": headers}


def test_sync_client_is_served() -> None:
    """A sync client puts, reads and deletes, without a socket."""
    service = MockService()
    with httpx.Client(**settings_for(service)) as client:
        put = client.put(SONG, json=LIKE)
        got = client.get(SONG)
        listed = client.get("/v1/me/ratings/songs", params={"ids": "907242702,1"})
        deleted = client.delete(SONG)

    assert put.json() == got.json() == listed.json()
    assert (deleted.status_code, deleted.content) == (204, b"")


@pytest.mark.anyio
async def test_async_client_is_served() -> None:
    """An async client is served the same, by the same object."""
    service = MockService()
    async with httpx.AsyncClient(**settings_for(service)) as client:
        put = await client.put(SONG, json=LIKE)
        got = await client.get(SONG)

    assert put.status_code == 200
    assert put.json() == got.json()


def test_streamed_body_is_read() -> None:
    """A body that comes in chunks is read to its end."""
    chunks = iter([b'{"attributes":', b'{"value":-1}}'])
    with httpx.Client(**settings_for(MockService())) as client:
        response = client.put(SONG, content=chunks)

    assert response.json()["data"][0]["attributes"] == {"value": -1}


def test_closed_client_leaves_the_transport_usable() -> None:
    """One service may see many clients come and go."""
    service = MockService()
    for _ in range(2):
        with httpx.Client(**settings_for(service)) as client:
            status = client.put(SONG, json=LIKE).status_code

        assert status == 200


def test_encoded_slash_stays_in_its_segment() -> None:
    """An id with a slash in it is an odd id and not a longer path."""
    with httpx.Client(**settings_for(MockService())) as client:
        error = client.get("/v1/me/ratings/songs/1%2F2").json()["errors"][0]

    assert error["code"] == "40400"


def test_observed_401_arrives_empty() -> None:
    """The empty body with a JSON content type reaches the client as it is."""
    with httpx.Client(transport=MockService().transport, base_url=BASE_URL) as client:
        response = client.get(SONG)

    assert (response.status_code, response.content) == (401, b"")
    assert response.headers["content-type"] == "application/json; charset=utf-8"
