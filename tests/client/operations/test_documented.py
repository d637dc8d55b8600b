from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.builders import USER_TOKEN, Runtime, ScriptedTransport, SentRequest

from apple_music_ratings import Item, Rating, RatingValue
from apple_music_ratings_mock import MockService

EXCHANGES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "contract" / "documented_exchanges.json").read_text("utf-8")
)


class Exchange:
    """One documented exchange, and what a person would call to have it."""

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
        """Make the service hold what the documented answer presupposes."""
        if self.method == "GET":
            for item, value in self.values.items():
                service.set_rating(USER_TOKEN, item.type, item.id, value)
        if self.method == "DELETE":
            service.set_rating(USER_TOKEN, self.items[0].type, self.items[0].id, 1)

    def call(self, client: Any) -> Any:
        """Call what asks for this exchange."""
        if self.method == "PUT":
            return client.set_rating(self.items[0], self.values[self.items[0]])
        if self.method == "DELETE":
            return client.delete_rating(self.items[0])
        if self.is_single:
            return client.get_rating(self.items[0])
        return client.get_ratings(self.items)

    @property
    def told(self) -> Any:
        """What the call is to give."""
        if self.method == "PUT":
            return Rating(self.items[0], self.values[self.items[0]])
        if self.method == "DELETE":
            return None
        if self.is_single:
            return self.values[self.items[0]]
        return {item: self.values.get(item) for item in self.items}


@pytest.fixture(params=EXCHANGES, ids=lambda documented: documented["operationId"])
def exchange(request: pytest.FixtureRequest) -> Exchange:
    """Each documented exchange in turn."""
    return Exchange(request.param)


def test_there_are_36_documented_exchanges() -> None:
    """Nine types, four operations each."""
    assert len({documented["operationId"] for documented in EXCHANGES}) == 36


def test_two_exchanges_differ_from_their_page_and_say_so() -> None:
    """One page shows another type's example, one shows no body; the data holds what is meant."""
    slips = {entry["operationId"] for entry in EXCHANGES if "slip" in entry}

    assert slips == {"getLibraryMusicVideoRating", "setLibraryAlbumRating"}


def test_documented_exchange_runs_through_client_and_mock(
    runtime: Runtime, service: MockService, exchange: Exchange
) -> None:
    """Method, path and query exact; bodies equal as JSON, there and back; the result as told."""
    answers = []

    def answer(request: Any) -> Any:
        answers.append(service.transport.handle_request(request))
        return answers[-1]

    exchange.prepare(service)
    wire = ScriptedTransport(answer)
    told = exchange.call(runtime.client(wire, developer_token=service.developer_token()))

    documented = exchange.documented
    sent: SentRequest = wire.sent[0]
    assert told == exchange.told
    assert [(sent.method, sent.target)] == [(documented["method"], documented["path"])]
    assert (json.loads(sent.body) if sent.body else None) == documented["request"]
    assert len(wire.sent) == 1
    assert answers[0].status_code == documented["status"]
    received = answers[0].read()
    assert (json.loads(received) if received else None) == documented["response"]
