"""The page on undocumented behavior is derived, and the client does what it states."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support.builders import FakeClock

from apple_music_ratings import (
    ApiError,
    BadRequestError,
    FileError,
    Item,
    RateLimitError,
    RatingsClient,
    RetryPolicy,
    UnauthorizedError,
)
from apple_music_ratings.probe import UNSETTLED, Finding, Prober, make_evidence
from apple_music_ratings_mock import Fault, MockService
from apple_music_ratings_mock.api.behaviors import Behaviors, describe_behaviors

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "document_evidence.py"
PAGE = ROOT / "docs" / "why" / "undocumented-behavior.md"
SONG, OTHER = Item("songs", "907242702"), Item("songs", "1151618586")
ALBUM = Item("library-albums", "l.qrRWYhq")
# The client sends the other value, and the page says so.
REJECTED = ("request_type", "ratings")
SETTINGS = [
    (each.name, "1" if choice == "N" else choice)
    for each in describe_behaviors()
    for choice in each.values
    if (each.name, choice) != REJECTED
]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script that derives the tables."""
    spec = importlib.util.spec_from_file_location("document_evidence", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_setting_has_its_row(script: ModuleType) -> None:
    """With the assumptions of contract and client; no other setting has one."""
    assert list(script.ASSUMPTIONS) == [each.name for each in describe_behaviors()]


def test_contributed_evidence_is_in_its_row(script: ModuleType, tmp_path: Path) -> None:
    """With value, file and date; a file of another kind is an error."""
    make_evidence(
        day=date(2026, 11, 26),
        contract="1.0.0",
        service="api.music.apple.com",
        findings=[Finding(behavior="delete_unrated", seen="204", reason="204.")],
        exchanges=[],
    ).write(tmp_path / "one.json")
    [row] = [row for row in script.behaviors(tmp_path).splitlines() if "`delete_unrated`" in row]

    assert row.endswith("; observed: `204` (evidence file one.json, 2026-11-26) |")
    assert "evidence file" not in script.behaviors(ROOT / "docs")

    (tmp_path / "other.json").write_text("{}", "utf-8")
    with pytest.raises(FileError):
        script.behaviors(tmp_path)


def test_observed_responses_are_in_their_rows(script: ModuleType, tmp_path: Path) -> None:
    """By file and date, for each response of the contract that a probe of a mock has seen."""
    service = MockService()
    prober = Prober(
        base_url="https://api.music.apple.com",
        developer_token=service.developer_token(),
        music_user_token="user",
        transport=service.transport,
        clock=FakeClock(),
    )
    prober.read()
    make_evidence(
        day=date(2026, 11, 26),
        contract="1.0.0",
        service="api.music.apple.com",
        findings=prober.findings,
        exchanges=prober.exchanges,
    ).write(tmp_path / "one.json")
    rows = [row.strip("| ").split(" | ") for row in script.marks(tmp_path).splitlines()]
    seen = {row[0] for row in rows if row[1].endswith("(evidence file one.json, 2026-11-26)")}

    assert seen == {
        "`BadRequest`",
        "`InvalidDeveloperToken`",
        "`InvalidUserToken`",
        "`NotFound`",
    }
    assert "evidence file" not in script.marks(ROOT / "docs")


def test_every_question_that_is_not_asked_is_on_the_page() -> None:
    """With the reason, as in the file."""
    page = (ROOT / "docs" / "reference" / "evidence.md").read_text("utf-8")
    missing = [name for name, why in UNSETTLED.items() if f"| `{name}` | {why} |" not in page]

    assert missing == []


def test_all_evidence_of_the_contract_has_its_row(script: ModuleType) -> None:
    """None is lost where equal ones share a row."""
    contract = (ROOT / "openapi.yaml").read_text("utf-8")
    marks = re.findall(r"^ +x-evidence: \w+$", contract, re.MULTILINE)
    rows = script.marks().splitlines()[2:]
    counted = [row.split(" | ")[0] for row in rows]
    listed = sum(
        int(found[1]) if (found := re.search(r"\((\d+) times\)", place)) else 1
        for row in counted
        for place in row.split(", ")
    )

    assert listed == len(marks)


def test_stale_table_is_rebuilt(script: ModuleType) -> None:
    """The text between the marker lines is replaced; the text around it stays."""
    fresh = PAGE.read_text("utf-8")
    stale = fresh.replace("`delete_unrated`: `404`, `204`", "`unknown`")

    assert stale != fresh
    assert script.document(stale) == fresh


def test_page_without_marker_lines_is_an_error(script: ModuleType) -> None:
    """Instead of a page without its table."""
    with pytest.raises(ValueError, match="needs one pair of lines"):
        script.document("# A page\n")


def client_of(service: MockService, **options: Any) -> RatingsClient:
    """Return a client of the mock that never waits."""
    return RatingsClient(
        developer_token=service.developer_token(),
        music_user_token="a-reader",
        transport=service.transport,
        retry=RetryPolicy(max_attempts=1),
        **options,
    )


def results(behaviors: Behaviors) -> list[object]:
    """Make typical calls, and return their results."""
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


def test_client_returns_the_same_results_under_every_setting() -> None:
    """As the page states: a program does not depend on what is undocumented."""
    expected = results(Behaviors())
    different = [
        f"{name}={value}"
        for name, value in SETTINGS
        if results(Behaviors.from_mapping({name: value})) != expected
    ]

    assert different == []


def test_exception_of_the_page_is_the_only_one() -> None:
    """If Apple accepted `ratings` only, writes would be rejected."""
    with pytest.raises(BadRequestError):
        results(Behaviors.from_mapping(dict([REJECTED])))
    assert "Under `{}` `{}` every write is rejected".format(*REJECTED) in PAGE.read_text("utf-8")


def test_errors_are_classified_by_their_status() -> None:
    """Both bodies of a 429, and both of a 401, raise the same error."""
    throttle, expired = Fault(kind="throttle"), Fault(kind="developer-token-expired")
    cases: list[tuple[str, str, Fault, type[ApiError]]] = [
        ("throttle_body", "text", throttle, RateLimitError),
        ("throttle_body", "json", throttle, RateLimitError),
        ("error_bodies", "observed", expired, UnauthorizedError),
        ("error_bodies", "documented", expired, UnauthorizedError),
    ]
    for name, value, fault, error in cases:
        service = MockService(behaviors=Behaviors.from_mapping({name: value}), faults=[fault])
        with client_of(service) as client, pytest.raises(error):
            client.get_rating(SONG)
