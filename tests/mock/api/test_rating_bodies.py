from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from apple_music_ratings_mock import Response


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"type":"rating","attributes":{"value":1}}', 1),
        (b'{"type":"ratings","attributes":{"value":-1}}', -1),
        (b'{"attributes":{"value":1}}', 1),
        (b' {"attributes" : {"value" : -1.0} } \n', -1),
        (b'{"attributes":{"value":1e0}}', 1),
        (b'{"\\u0061ttributes":{"value":1}}', 1),
    ],
)
def test_body_is_accepted(ask: Callable[..., Response], raw: bytes, value: int) -> None:
    """Either word for the type, or none, and any spelling of the number."""
    response = ask("PUT", "songs/1", body=raw)

    assert response.status == 200
    assert f'"value":{value}}}'.encode() in response.body


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
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
    ],
)
def test_wrong_body_is_refused(
    ask: Callable[..., Response], error_of: Callable[..., Any], body: Any, pointer: str
) -> None:
    """What is wrong is pointed at, and nothing is stored."""
    response = ask("PUT", "songs/1", body=json.dumps(body).encode())
    error = error_of(response)

    assert response.status == 400
    assert (error["code"], error["source"]) == ("40005", {"pointer": pointer})
    assert ask("GET", "songs/1").status == 404


GOOD = '{"attributes":{"value":1}}'


@pytest.mark.parametrize(
    "raw",
    [
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
    ],
)
def test_dubious_bytes_are_refused(
    ask: Callable[..., Response], error_of: Callable[..., Any], raw: bytes
) -> None:
    """Bytes that are not plain, strict JSON are 400 and never worse."""
    response = ask("PUT", "songs/1", body=raw)

    assert response.status == 400
    assert error_of(response)["code"] == "40005"
    assert ask("GET", "songs/1").status == 404
