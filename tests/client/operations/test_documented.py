from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
from support.builders import USER_TOKEN, Runtime, ScriptedTransport

from apple_music_ratings import Item, Rating, RatingValue
from apple_music_ratings_mock import MockService

EXCHANGES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "contract" / "documented_exchanges.json").read_text("utf-8")
)


class Exchange:
    """One documented exchange, and the call that leads to it."""

    def __init__(self, documented: dict[str, Any]) -> None:
        self.documented = documented
        path, _, query = documented["path"].partition("?")
        parts = path.removeprefix("/v1/me/ratings/").split("/")
        ids = query.removeprefix("ids=").split(",") if query else parts[1:]
        self.method: str = documented["method"]
        self.items = [Item(parts[0], id) for id in ids]
        self.is_single = not query
        listed = (documented["response"] or {"data": []})["data"]
        self.values = {
            Item(parts[0], entry["id"]): RatingValue(entry["attributes"]["value"])
            for entry in listed
        }

    def prepare(self, service: MockService) -> None:
        """Set the ratings that the documented response contains."""
        if self.method == "GET":
            for item, value in self.values.items():
                service.set_rating(USER_TOKEN, item.type, item.id, value)
        if self.method == "DELETE":
            service.set_rating(USER_TOKEN, self.items[0].type, self.items[0].id, 1)

    def call(self, client: Any) -> Any:
        """Call the method of the client."""
        if self.method == "PUT":
            return client.set_rating(self.items[0], self.values[self.items[0]])
        if self.method == "DELETE":
            return client.delete_rating(self.items[0])
        if self.is_single:
            return client.get_rating(self.items[0])
        return client.get_ratings(self.items)

    @property
    def expected(self) -> Any:
        """What the call returns."""
        if self.method == "PUT":
            return Rating(self.items[0], self.values[self.items[0]])
        if self.method == "DELETE":
            return None
        if self.is_single:
            return self.values[self.items[0]]
        return {item: self.values.get(item) for item in self.items}


def as_json(content: bytes) -> Any:
    """Parse a body; an empty one is `None`."""
    return json.loads(content) if content else None


def test_there_are_36_documented_exchanges() -> None:
    """Nine types, four operations each; two of Apple's examples had to be corrected."""
    corrected = {entry["operationId"] for entry in EXCHANGES if "correction" in entry}

    assert len({documented["operationId"] for documented in EXCHANGES}) == 36
    assert corrected == {"getLibraryMusicVideoRating", "setLibraryAlbumRating"}


def test_every_documented_exchange_runs_through_client_and_mock(
    runtime: Runtime, service: MockService
) -> None:
    """Method, path and query are exact, bodies are equal as JSON, the result is as expected."""
    responses: list[httpx.Response] = []

    def respond(request: httpx.Request) -> httpx.Response:
        responses.append(service.transport.handle_request(request))
        return responses[-1]

    for documented in EXCHANGES:
        exchange = Exchange(documented)
        service.reset()
        exchange.prepare(service)
        responses.clear()
        wire = ScriptedTransport(respond)
        result = exchange.call(runtime.client(wire, developer_token=service.developer_token()))

        [sent], [response] = wire.sent, responses
        assert result == exchange.expected
        assert {
            "method": sent.method,
            "path": sent.target,
            "request": as_json(sent.body),
            "status": response.status_code,
            "response": as_json(response.read()),
        }.items() <= documented.items()
