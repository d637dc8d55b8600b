from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from apple_music_ratings_mock import Response

BODIES = [
    (b'{"type":"rating","attributes":{"value":1}}', 1),
    (b'{"type":"ratings","attributes":{"value":-1}}', -1),
    (b'{"attributes":{"value":1}}', 1),
    (b' {"attributes" : {"value" : -1.0} } \n', -1),
    (b'{"attributes":{"value":1e0}}', 1),
    (b'{"\\u0061ttributes":{"value":1}}', 1),
]


def test_body_is_accepted(ask: Callable[..., Response]) -> None:
    """Either name of the type, or none, and any spelling of the number."""
    offenders = []
    for raw, value in BODIES:
        response = ask("PUT", "songs/1", body=raw)
        if response.status != 200 or f'"value":{value}}}'.encode() not in response.body:
            offenders.append(raw)

    assert not offenders


INVALID: list[tuple[object, str]] = [
    (None, ""),
    ([], ""),
    (1, ""),
    ("rating", ""),
    ({}, "/attributes"),
    ({"type": "rating"}, "/attributes"),
    ({"attributes": None}, "/attributes"),
    ({"attributes": [1]}, "/attributes"),
    ({"attributes": {}}, "/attributes/value"),
    ({"attributes": {"rating": 1}}, "/attributes/value"),
    ({"attributes": {"value": 1, "more": 1}}, "/attributes"),
    ({"attributes": {"value": 1}, "more": 1}, ""),
    ({"type": "song", "attributes": {"value": 1}}, "/type"),
    ({"type": None, "attributes": {"value": 1}}, "/type"),
    ({"type": [], "attributes": {"value": 1}}, "/type"),
    ({"type": "Rating", "attributes": {"value": 1}}, "/type"),
    ({"attributes": {"value": 0}}, "/attributes/value"),
    ({"attributes": {"value": 2}}, "/attributes/value"),
    ({"attributes": {"value": 1.5}}, "/attributes/value"),
    ({"attributes": {"value": "1"}}, "/attributes/value"),
    ({"attributes": {"value": None}}, "/attributes/value"),
    ({"attributes": {"value": True}}, "/attributes/value"),
    ({"attributes": {"value": [1]}}, "/attributes/value"),
    ({"attributes": {"value": {"value": 1}}}, "/attributes/value"),
]


def test_invalid_body_is_rejected(
    ask: Callable[..., Response], error_of: Callable[..., Any]
) -> None:
    """The error points at the invalid part, and nothing is stored."""
    offenders = []
    for body, pointer in INVALID:
        response = ask("PUT", "songs/1", body=json.dumps(body).encode())
        error = error_of(response)
        got = (response.status, error["code"], error["source"])
        if got != (400, "40005", {"pointer": pointer}) or ask("GET", "songs/1").status != 404:
            offenders.append((body, error))

    assert not offenders


GOOD = '{"attributes":{"value":1}}'


NOT_STRICT_JSON = [
    b"",
    b" ",
    b"{",
    GOOD.encode()[:-1],
    GOOD.encode() * 2,
    GOOD.replace('"', "'").encode(),
    GOOD.replace("1", "1,").encode(),
    GOOD.replace("1", "NaN").encode(),
    GOOD.replace("1", "-Infinity").encode(),
    GOOD.replace("1", "+1").encode(),
    GOOD.replace("1", "01").encode(),
    GOOD.replace("1", "9" * 5_000).encode(),
    GOOD.replace("1", "1e999").encode(),
    GOOD.replace("1", "[" * 200_000).encode(),
    GOOD.replace("1", '{"a":' * 200_000).encode(),
    b'{"attributes":{"value":1},"attributes":{"value":1}}',
    b'{"attributes":{"value":-1,"value":1}}',
    b'{"type":"\\ud800","attributes":{"value":1}}',
    GOOD.encode("utf-16"),
    GOOD.encode("utf-16-le"),
    GOOD.encode("utf-32"),
    GOOD.encode("utf-8-sig"),
    b"\xff" + GOOD.encode(),
    b"\x1f\x8b\x08\x00",
    b"value=1",
]


def test_bytes_that_are_not_strict_json_are_rejected(
    ask: Callable[..., Response], error_of: Callable[..., Any]
) -> None:
    """They are 400 and never worse."""
    offenders = []
    for raw in NOT_STRICT_JSON:
        response = ask("PUT", "songs/1", body=raw)
        got = (response.status, error_of(response)["code"])
        if got != (400, "40005") or ask("GET", "songs/1").status != 404:
            offenders.append(raw[:60])

    assert not offenders
