from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import FakeClock

from apple_music_ratings import DeveloperToken, Item
from apple_music_ratings.probe import QUESTIONS, UNSETTLED, Prober, make_evidence
from apple_music_ratings_mock import Behaviors, LibraryEntry, MockService, Request
from apple_music_ratings_mock.api.behaviors import describe_behaviors

EVIDENCE = Path(__file__).parents[2] / "evidence"
ALBUM = Item("albums", "1138988512")
LIBRARY_ALBUM = Item("library-albums", "l.qrRWYhq")
LIBRARY = [LibraryEntry("library-albums", LIBRARY_ALBUM.id, ALBUM.id, name="Album")]
VALUES = {each.name: each.values for each in describe_behaviors()}
VALUES["max_ids"] = ("off", "2", "37", "100", "499")


def probed(behaviors: Behaviors, items: list[Item], **options: Any) -> Prober:
    """Run the probe against a mock with these behaviors."""
    clock = FakeClock()
    service = MockService(behaviors=behaviors, library=LIBRARY, **options)
    prober = Prober(
        base_url="https://api.music.apple.com",
        developer_token=DeveloperToken(service.developer_token()),
        music_user_token="user",
        transport=service.transport,
        clock=clock,
    )
    prober.read()
    prober.write(items)
    prober.close()
    return prober


def settled(prober: Prober) -> dict[str, str | None]:
    """Return what a probe found, by behavior."""
    return {each.behavior: each.seen for each in prober.findings}


@cache
def probes_of_one_value() -> list[tuple[dict[str, str], Behaviors, Prober]]:
    """Probe every value of every behavior, the others at their defaults."""
    changes = [{name: value} for name, values in VALUES.items() for value in values]
    return [
        (change, behaviors, probed(behaviors, [ALBUM, LIBRARY_ALBUM]))
        for change in changes
        for behaviors in [Behaviors.from_mapping(change)]
    ]


def expected(behaviors: Behaviors) -> dict[str, str]:
    """Return what a probe should find."""
    mapping = behaviors.as_mapping()
    return {
        question.behavior: "off"
        if mapping[question.behavior] is None
        else str(mapping[question.behavior])
        for question in QUESTIONS
    }


def test_probe_finds_every_value_of_every_behavior() -> None:
    """With the other behaviors at their defaults."""
    offenders = []
    for values, behaviors, prober in probes_of_one_value():
        found = settled(prober)
        if found != expected(behaviors):
            differing = set(found.items()) - set(expected(behaviors).items())
            offenders.append((values, differing))

    assert not offenders


@settings(max_examples=20)
@given(st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()}))
def test_probe_finds_any_combination_or_says_that_it_did_not(values: dict[str, str]) -> None:
    """No combination leads to a false conclusion."""
    behaviors = Behaviors.from_mapping(values)
    found = settled(probed(behaviors, [ALBUM, LIBRARY_ALBUM]))
    wrong = {k: v for k, v in found.items() if v not in (None, expected(behaviors)[k])}

    assert not wrong


def test_every_behavior_has_a_question_or_a_reason() -> None:
    """So that none is forgotten, and none is asked that the mock does not have."""
    asked = {question.behavior for question in QUESTIONS}

    assert asked | set(UNSETTLED) >= set(VALUES)
    assert asked <= set(VALUES)
    assert not asked & set(UNSETTLED)


def test_assumptions_are_the_defaults_of_the_mock() -> None:
    """The table of questions says what the contract and the mock take for granted."""
    defaults = {each.name: each.default for each in describe_behaviors()}

    assert {each.behavior: each.assumed for each in QUESTIONS} == {
        each.behavior: defaults[each.behavior] for each in QUESTIONS
    }


def an_evidence_file(folder: Path, prober: Prober, name: str = "evidence.json") -> Path:
    """Write what a probe found."""
    path = folder / name
    make_evidence(
        day=date(2026, 11, 26),
        contract="1.0.0",
        service="api.music.apple.com",
        findings=prober.findings,
        exchanges=prober.exchanges,
    ).write(path)
    return path


def test_second_mock_behaves_like_the_first(tmp_path: Path) -> None:
    """From the evidence file alone, for every value of every behavior."""
    offenders = []
    for values, behaviors, prober in probes_of_one_value():
        file = an_evidence_file(tmp_path, prober)
        followed = MockService(evidence=file).behaviors.as_mapping()
        unlike = [
            name
            for name, value in behaviors.as_mapping().items()
            if followed[name] != value and name not in UNSETTLED
        ]
        if unlike:
            offenders.append((values, unlike))

    assert not offenders


def test_mock_uses_observed_messages(tmp_path: Path) -> None:
    """Title and detail of an error, but none with a placeholder in it."""
    file = an_evidence_file(tmp_path, probed(Behaviors(), [ALBUM, LIBRARY_ALBUM]))
    document = json.loads(file.read_text("utf-8"))
    for exchange in document["exchanges"].values():
        body = (exchange["response"]["body"] or {}).get("json")
        for error in body.get("errors", ()) if isinstance(body, dict) else ():
            error["title"] = "Not <word-1>" if error["code"] == "40008" else "Another title"
    file.write_text(json.dumps(document), "utf-8")
    service = MockService(evidence=[file])

    def title_of(path: str) -> str:
        response = service.handle(
            Request(
                "GET",
                path,
                headers=(
                    ("Authorization", f"Bearer {service.developer_token()}"),
                    ("Music-User-Token", "user"),
                ),
            )
        )
        return str(json.loads(response.body)["errors"][0]["title"])

    assert title_of("/v1/me/ratings/songs/1") == "Another title"
    assert title_of("/v1/me/ratings/song/1") == "Invalid Path Value"
    assert service.evidence == (f"{file} (2026-11-26, api.music.apple.com)",)


def test_contradicting_files_are_reported(tmp_path: Path) -> None:
    """By behavior, with both files; equal ones are combined."""
    one = an_evidence_file(tmp_path, probed(Behaviors(), [ALBUM]), "one.json")
    other = an_evidence_file(
        tmp_path, probed(Behaviors(delete_unrated="204"), [ALBUM]), "other.json"
    )

    assert len(MockService(evidence=[one, one]).evidence) == 2
    with pytest.raises(ValueError, match=r"other\.json: delete_unrated is '204', .*one"):
        MockService(evidence=[one, other])


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "apple-music-ratings-evidence"}'])
def test_mock_rejects_another_file(text: str, tmp_path: Path) -> None:
    """In one sentence that names it."""
    file = tmp_path / "other.json"
    file.write_text(text, "utf-8")

    with pytest.raises(ValueError, match=r"other\.json is not an evidence file"):
        MockService(evidence=file)
    with pytest.raises(ValueError, match=r"missing\.json cannot be read: No such file"):
        MockService(evidence=tmp_path / "missing.json")


@pytest.mark.parametrize("file", [*EVIDENCE.glob("*.json"), None])
def test_mock_agrees_with_contributed_evidence(file: Path | None, tmp_path: Path) -> None:
    """A probe of a mock that follows a file finds the same. No file was contributed yet."""
    file = file or an_evidence_file(tmp_path, probed(Behaviors(), [ALBUM, LIBRARY_ALBUM]))
    followed = MockService(evidence=file).behaviors
    document = json.loads(file.read_text("utf-8"))
    seen = {each["behavior"]: each["seen"] for each in document["questions"] if each["seen"]}
    found = settled(probed(followed, [ALBUM, LIBRARY_ALBUM]))

    assert {name: found[name] for name in seen} == seen
