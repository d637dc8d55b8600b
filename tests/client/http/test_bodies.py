"""One call uses bounded memory, whatever a server sends."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from support.builders import LIKE, SONG, Responder, Runtime, ScriptedTransport, a_response, ratings

from apple_music_ratings import TransportError, UnexpectedResponseError
from apple_music_ratings._http.bodies import decoded

BODY = json.dumps(ratings((SONG, 1))).encode()
LIMIT = 1_000_000


def raw_deflate(data: bytes) -> bytes:
    """Compress without the header of zlib, as some servers do."""
    return zlib.compress(data)[2:-4]


@pytest.mark.parametrize(
    ("codings", "body"),
    [
        ("gzip", gzip.compress(BODY)),
        ("x-gzip", gzip.compress(BODY)),
        ("GZIP", gzip.compress(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", raw_deflate(BODY)),
        ("gzip, deflate", zlib.compress(gzip.compress(BODY))),
        ("identity", BODY),
        ("something-else", BODY),
        ("gzip", b""),
    ],
)
def test_body_is_decompressed(codings: str, body: bytes) -> None:
    """By the header, last coding first; unknown codings are ignored."""
    assert decoded(body, codings, limit=LIMIT) == (BODY if body else b"")


@pytest.mark.parametrize("codings", ["gzip", "gzip, gzip", "deflate"])
def test_bomb_is_not_decompressed_beyond_the_limit(codings: str) -> None:
    """A few kilobytes of a gigabyte cost no more memory than the limit."""
    bomb = (
        gzip.compress(b"0" * 50_000_000) if "gzip" in codings else zlib.compress(b"0" * 50_000_000)
    )
    bomb = gzip.compress(bomb) if "," in codings else bomb
    tracemalloc.start()
    try:
        assert decoded(bomb, codings, limit=LIMIT) is None
        _current, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 5 * LIMIT


class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body without an end, which counts what is read of it."""

    def __init__(self) -> None:
        self.parts = 0
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.parts += 1
            yield b" " * 10_000

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part

    def close(self) -> None:
        """Note it."""
        self.is_closed = True

    async def aclose(self) -> None:
        """Note it."""
        self.is_closed = True


@pytest.mark.parametrize("status", [200, 404, 503])
def test_body_without_an_end_is_read_up_to_the_limit(runtime: Runtime, status: int) -> None:
    """Whatever the status: an error, no further attempt, and the connection is released."""
    body = Endless()
    wire = ScriptedTransport(lambda _request: httpx.Response(status, stream=body))
    with pytest.raises(UnexpectedResponseError, match=r"larger than 1,000,000 bytes") as caught:
        runtime.client(wire, max_response_size=LIMIT).get_rating(SONG)

    assert (caught.value.status_code, caught.value.attempts, len(wire.sent)) == (status, 1, 1)
    assert body.parts == 101
    assert body.is_closed


def streamed(body: bytes, **headers: str) -> Responder:
    """Build a response whose body the transport has not read."""

    class Once(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield body

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield body

    named: dict[str, Any] = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda _request: httpx.Response(200, headers=named, stream=Once())


def test_limit_applies_to_every_kind_of_response(runtime: Runtime) -> None:
    """Compressed, read by the transport already, and exactly as large as allowed."""
    size = len(BODY)
    for response in (streamed(gzip.compress(BODY), content_encoding="gzip"), a_response(200, BODY)):
        fitting, too_small = (
            runtime.client(ScriptedTransport(response), max_response_size=limit)
            for limit in (max(size, len(gzip.compress(BODY))), size - 1)
        )
        with pytest.raises(UnexpectedResponseError, match="max_response_size"):
            too_small.get_rating(SONG)

        assert fitting.get_rating(SONG) is LIKE


def test_body_that_is_not_compressed_as_it_says_is_a_lost_response(runtime: Runtime) -> None:
    """It is requested again, like one that was cut short."""
    wire = ScriptedTransport(streamed(b"plain", content_encoding="gzip"))
    with pytest.raises(TransportError) as caught:
        runtime.client(wire).get_rating(SONG)

    assert (type(caught.value.__cause__), len(wire.sent)) == (httpx.DecodingError, 5)
