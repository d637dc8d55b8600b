"""The page on what Apple leaves open is made from the sources, and the client does what it says."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from apple_music_ratings import (
    BadRequestError,
    Item,
    RateLimitError,
    RatingsClient,
    RetryPolicy,
    UnauthorizedError,
)
from apple_music_ratings_mock import Fault, MockService
from apple_music_ratings_mock.api.behaviors import Behaviors, describe_behaviors

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "document_evidence.py"
PAGE = ROOT / "docs" / "why" / "undocumented-behavior.md"
SONG, OTHER = Item("songs", "907242702"), Item("songs", "1151618586")
ALBUM = Item("library-albums", "l.qrRWYhq")
# The client sends the other word, and the page says so.
REFUSED = ("request_type", "ratings")
POSITIONS = [
    (each.name, "1" if choice == "N" else choice)
    for each in describe_behaviors()
    for choice in each.values
    if (each.name, choice) != REFUSED
]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script that makes the tables."""
    spec = importlib.util.spec_from_file_location("document_evidence", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_switch_has_its_row(script: ModuleType) -> None:
    """What contract and client make of it is written for each, and for no other."""
    assert list(script.ASSUMPTIONS) == [each.name for each in describe_behaviors()]


def test_every_mark_of_the_contract_has_its_row(script: ModuleType) -> None:
    """No mark is lost where equal ones share a row."""
    contract = (ROOT / "openapi.yaml").read_text("utf-8")
    marks = re.findall(r"^ +x-evidence: \w+$", contract, re.MULTILINE)
    rows = script.marks().splitlines()[2:]
    counted = [row.split(" | ")[0] for row in rows]
    told = sum(
        int(found[1]) if (found := re.search(r"\((\d+) times\)", place)) else 1
        for row in counted
        for place in row.split(", ")
    )

    assert told == len(marks)


def test_stale_table_is_made_anew(script: ModuleType) -> None:
    """Whatever stood between the lines is replaced, and the words around it are kept."""
    fresh = PAGE.read_text("utf-8")
    stale = fresh.replace("`delete_unrated`: `404`, `204`", "`nobody_knows`")

    assert stale != fresh
    assert script.document(stale) == fresh


def test_page_without_its_lines_is_refused(script: ModuleType) -> None:
    """A table that has nowhere to go is an error, not a page without it."""
    with pytest.raises(ValueError, match="needs one pair of lines"):
        script.document("# A page\n")


def client_of(service: MockService, **options: Any) -> RatingsClient:
    """Make a client that asks the mock and never waits."""
    return RatingsClient(
        developer_token=service.developer_token(),
        music_user_token="a-reader",
        transport=service.transport,
        retry=RetryPolicy(max_attempts=1),
        **options,
    )


def results(behaviors: Behaviors) -> list[object]:
    """Make the calls that a program makes, and give what comes of them."""
    service = MockService(behaviors=behaviors)
    with client_of(service) as client:
        delete: Callable[[Item], object] = client.delete_rating
        return [
            client.get_rating(SONG),
            client.get_ratings([SONG, OTHER]),
            delete(SONG),
            client.like(SONG),
            client.get_rating(SONG),
            client.get_ratings([OTHER, SONG, SONG]),
            client.dislike(ALBUM),
            client.get_rating(ALBUM),
            delete(ALBUM),
            client.get_rating(ALBUM),
            delete(SONG),
            delete(SONG),
        ]


@pytest.mark.parametrize(("behavior", "position"), POSITIONS)
def test_client_gives_the_same_results_under_every_switch(behavior: str, position: str) -> None:
    """As the page says: whatever Apple does, a program need not know."""
    moved = results(Behaviors.from_mapping({behavior: position}))

    assert moved == results(Behaviors())


def test_the_exception_of_the_page_is_one() -> None:
    """Were Apple to take `ratings` alone, writes would be refused."""
    with pytest.raises(BadRequestError):
        results(Behaviors.from_mapping(dict([REFUSED])))
    assert "Under `{}` `{}` every write is rejected".format(*REFUSED) in PAGE.read_text("utf-8")


@pytest.mark.parametrize("body", ["text", "json"])
def test_throttling_is_known_by_its_status(body: str) -> None:
    """Both bodies of a 429 raise the same error."""
    service = MockService(
        behaviors=Behaviors.from_mapping({"throttle_body": body}), faults=[Fault(kind="throttle")]
    )
    with client_of(service) as client, pytest.raises(RateLimitError):
        client.get_rating(SONG)


@pytest.mark.parametrize("bodies", ["observed", "documented"])
def test_refused_developer_token_is_known_by_its_status(bodies: str) -> None:
    """Both bodies of a 401 raise the same error."""
    service = MockService(
        behaviors=Behaviors.from_mapping({"error_bodies": bodies}),
        faults=[Fault(kind="developer-token-expired")],
    )
    with client_of(service) as client, pytest.raises(UnauthorizedError):
        client.get_rating(SONG)
