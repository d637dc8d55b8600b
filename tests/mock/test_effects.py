"""Sweeps over the tables: each fault kind, option and behavior has an observable effect."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from attrs import fields

from apple_music_ratings_mock import (
    Behaviors,
    Fault,
    FaultKind,
    LibraryEntry,
    MockService,
    Response,
)
from apple_music_ratings_mock.api.behaviors import describe_behaviors

LIKE: dict[str, Any] = {"type": "rating", "attributes": {"value": 1}}
LIBRARY = [
    LibraryEntry("library-songs", "i.a", "1"),
    LibraryEntry("library-albums", "l.a", "9"),
]
# Options that have an effect only together with others.
TOGETHER = {
    ("latency", "max_seconds"): {"distribution": "uniform"},
    ("latency", "sigma"): {"distribution": "log-normal"},
    ("error", "apply_write_first"): {},
}
REQUEST_ID = "X-Apple-Jingle-Correlation-Key"
REQUESTS: list[tuple[Any, ...]] = [
    ("GET", "songs/1"),
    ("GET", "songs?ids=1"),
    ("DELETE", "songs/1"),
    ("PUT", "songs/1", {}),
    ("PUT", "songs/1", LIKE),
    ("PUT", "songs/1", {**LIKE, "type": "ratings"}),
    ("GET", "songs/1?include=content"),
    ("GET", "songs?ids=1,1"),
    ("GET", "songs?ids=1,2,3"),
    ("GET", "songs"),
    ("PUT", "library-songs/i.b", LIKE),
    ("PUT", "songs/2", LIKE),
    ("GET", "songs/i.a"),
    ("PUT", "albums/9", LIKE),
    ("GET", "library-albums/l.a"),
    ("POST", "songs/1"),
    ("PUT", "artists/1", LIKE),
    ("GET", "artists"),
    ("GET", "/v1/me/favorites"),
    ("POST", "/v1/me/favorites?ids[songs]=1"),
    ("DELETE", "songs/1"),
    ("GET", "/v1/me/library/songs?extend=inFavorites"),
]


def observe(ask: Callable[..., Response], service: MockService) -> list[Response]:
    """Return the responses to requests of all kinds, over two minutes, without their ids."""
    responses = []
    for method, target, *body in REQUESTS:
        responses.append(ask(method, target, body=(body or [b""])[0], of=service))
        service.advance(1)
    responses += [
        ask("GET", "songs/1", token=None, of=service),
        ask("GET", "songs/1", user=None, of=service),
        *(ask("GET", "songs/1", of=service) for _ in range(25)),
    ]
    for seconds in (3, 6, 12, 63):
        service.advance(seconds)
        responses.append(ask("GET", "songs/1", of=service))
    service.inject_fault(Fault("throttle"))
    responses.append(ask("GET", "songs/1", of=service))
    pattern = rb'"id":"[A-Z2-7]{26}"|Key: [A-Z2-7]{26}'
    return [
        Response(
            each.status,
            tuple(header for header in each.headers if header[0] != REQUEST_ID),
            re.sub(pattern, b"", each.body),
            each.delivery,
        )
        for each in responses
    ]


def with_fault(ask: Callable[..., Response], fault: Fault | None) -> list[Response]:
    """Return the responses while a fault is active."""
    faults = [] if fault is None else [fault]
    service = MockService(library=LIBRARY, now=lambda: 1_800_000_000, faults=faults)
    return observe(ask, service)


def test_every_fault_kind_has_an_effect(ask: Callable[..., Response]) -> None:
    """With the kind active a client sees a difference, and with probability 0 it does not."""
    usual = with_fault(ask, None)
    without = [kind for kind in FaultKind if with_fault(ask, Fault(kind)) == usual]
    unrelated = [kind for kind in FaultKind if with_fault(ask, Fault(kind, probability=0)) != usual]

    assert not without
    assert not unrelated


def test_every_option_of_a_fault_has_an_effect(ask: Callable[..., Response]) -> None:
    """Another value than the default of each option of each kind changes a response."""
    schemas = {each.name: each.metadata["schema"] for each in fields(Fault)}
    offenders = []
    for kind in FaultKind:
        for name, default in kind.options.items():
            together: dict[str, Any] = TOGETHER.get((kind, name), {})
            usual = with_fault(ask, Fault(kind, **together))
            for value in other_values(schemas[name], default):
                changed = with_fault(ask, Fault(kind, **{**together, name: value}))
                if changed == usual:
                    offenders.append((kind, name, value))

    assert not offenders


def other_values(schema: dict[str, Any], default: Any) -> list[Any]:
    """Return other values of an option."""
    if "enum" in schema:
        return [value for value in schema["enum"] if value != default]
    return [not default] if schema["type"] == "boolean" else [default + 7]


def test_every_behavior_has_an_effect(ask: Callable[..., Response]) -> None:
    """Another value than the default of each behavior changes a response."""

    def observed(behaviors: Behaviors) -> list[Response]:
        now = 1_800_000_000
        return observe(ask, MockService(library=LIBRARY, now=lambda: now, behaviors=behaviors))

    usual = observed(Behaviors())
    without = [
        (each.name, value)
        for each in describe_behaviors()
        for value in each.values
        if value != each.default
        and observed(Behaviors.from_mapping({each.name: 2 if value == "N" else value})) == usual
    ]

    assert not without


def test_behaviors_change_while_the_mock_runs(
    ask: Callable[..., Response], service: MockService
) -> None:
    """A changed behavior applies to the next request; ratings stay, and a reset restores it."""
    ask("PUT", "songs/1", body=LIKE)
    before = ask("DELETE", "songs/2").status
    service.change_behaviors(delete_unrated=204)
    during = ask("DELETE", "songs/2").status
    rated = json.loads(ask("GET", "songs/1").body)["data"]
    service.reset()

    assert (before, during, ask("DELETE", "songs/2").status) == (404, 204, 404)
    assert [rating["attributes"]["value"] for rating in rated] == [1]
