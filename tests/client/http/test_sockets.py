from __future__ import annotations

import logging
import socket
from typing import Any

import httpx
import pytest
from support.builders import DEVELOPER_TOKEN, LIKE, SONG, USER_TOKEN, FakeClock, Runtime, text_of
from support.servers import liked, send, serving, short

from apple_music_ratings import (
    RequestTimeoutError,
    RetryPolicy,
    ServerError,
    TransportError,
)


def test_body_shorter_than_promised_is_sent_again(runtime: Runtime, clock: FakeClock) -> None:
    """On a real connection, which then is not used again."""
    with (
        serving(short, short, liked) as seen,
        runtime.client(base_url=f"http://127.0.0.1:{seen.port}", clock=clock) as client,
    ):
        found = client.get_rating(SONG)

    assert found is LIKE
    assert clock.slept == [0.5, 1.0]
    assert len(seen.requests) == len(seen.connections) == 3


def test_body_that_stays_short_is_a_transport_error(runtime: Runtime) -> None:
    """With the protocol's complaint as its cause."""
    with (
        serving(short) as seen,
        runtime.client(
            base_url=f"http://127.0.0.1:{seen.port}", retry=RetryPolicy(max_attempts=2)
        ) as client,
        pytest.raises(TransportError) as caught,
    ):
        client.like(SONG)

    assert isinstance(caught.value.__cause__, httpx.RemoteProtocolError)
    assert (caught.value.attempts, len(seen.requests)) == (2, 2)


def test_closed_port_is_a_transport_error(runtime: Runtime, clock: FakeClock) -> None:
    """A service on this machine that is not running gets one more attempt, and no five."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        with (
            runtime.client(base_url=f"http://127.0.0.1:{port}", clock=clock) as client,
            pytest.raises(TransportError) as caught,
        ):
            client.get_rating(SONG)

    assert isinstance(caught.value.__cause__, httpx.ConnectError)
    assert (caught.value.attempts, clock.slept) == (2, [0.5])


def test_silence_is_a_timeout(runtime: Runtime) -> None:
    """A service that takes the request and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            runtime.client(base_url=url, timeout=0.05, retry=RetryPolicy(max_attempts=2)) as client,
            pytest.raises(RequestTimeoutError) as caught,
        ):
            client.get_rating(SONG)

    assert isinstance(caught.value.__cause__, httpx.ReadTimeout)
    assert caught.value.attempts == 2


def test_copies_use_the_same_connection(runtime: Runtime) -> None:
    """One after the other, client and copies need one connection."""
    with (
        serving(liked) as seen,
        runtime.client(base_url=f"http://127.0.0.1:{seen.port}") as client,
    ):
        client.get_rating(SONG)
        client.with_options(language="de").get_rating(SONG)
        with client.with_options(timeout=5.0) as copy:
            copy.get_rating(SONG)
        client.get_rating(SONG)

    assert (len(seen.requests), len(seen.connections)) == (4, 1)


def test_no_line_of_the_layers_below_holds_a_token(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    """The loggers of httpx and httpcore write much at debug, and no token."""
    caplog.set_level(logging.DEBUG)
    with (
        serving(short, liked) as seen,
        runtime.client(base_url=f"http://127.0.0.1:{seen.port}") as client,
    ):
        client.get_rating(SONG)

    lines = [f"{record.getMessage()} {record.args!r}" for record in caplog.records]
    loggers = {record.name.split(".")[0] for record in caplog.records}
    assert seen.headers[0]["Music-User-Token"] == USER_TOKEN
    assert {"apple_music_ratings", "httpx", "httpcore"} <= loggers
    assert not [line for line in lines if USER_TOKEN in line or DEVELOPER_TOKEN in line]


def test_error_of_a_real_connection_keeps_no_token(runtime: Runtime) -> None:
    """Also when the response was an error."""
    with (
        serving(lambda handler: send(handler, 500, str(handler.headers).encode())) as seen,
        runtime.client(
            base_url=f"http://127.0.0.1:{seen.port}", retry=RetryPolicy(max_attempts=1)
        ) as client,
        pytest.raises(ServerError) as caught,
    ):
        client.get_rating(SONG)

    assert b"usic-" in caught.value.body
    assert USER_TOKEN not in text_of(caught.value)
    assert DEVELOPER_TOKEN not in text_of(caught.value)


def test_header_line_that_cannot_be_read_shows_no_token(runtime: Runtime) -> None:
    """h11 quotes the line; the error behind ours would show the token in it."""

    def echo_badly(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX Echo: " + USER_TOKEN.encode() + b"\r\n\r\n")
        handler.close_connection = True

    with (
        serving(echo_badly) as seen,
        runtime.client(
            base_url=f"http://127.0.0.1:{seen.port}", retry=RetryPolicy(max_attempts=1)
        ) as client,
        pytest.raises(TransportError) as caught,
    ):
        client.get_rating(SONG)

    assert USER_TOKEN not in str(caught.value)
    assert USER_TOKEN not in text_of(caught.value)
