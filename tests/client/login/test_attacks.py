"""Attacks on the running sign-in: none gets a token in or out, none stops the real one."""

from __future__ import annotations

import logging
import socket
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx
import pytest
from support.sign_ins import DEVELOPER_TOKEN, USER_TOKEN, RunningSignIn, a_sign_in

from apple_music_ratings import ConfigurationError
from apple_music_ratings.login.server import MAX_CONNECTIONS, bind

HUGE = 10 * 1024 * 1024


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side closes, or breaks the connection."""
    data = b""
    with suppress(ConnectionError):
        while part := connection.recv(65536):
            data += part
    return data


def raw(running: RunningSignIn, *parts: bytes) -> bytes:
    """Send these bytes, as far as they are taken, and read what comes back."""
    with running.connect() as connection:
        with suppress(ConnectionError):
            for part in parts:
                connection.sendall(part)
        return read_all(connection)


def wrong_secret(running: RunningSignIn) -> bytes:
    """Guess."""
    return (
        running.post("/session", secret="guess").content
        + running.post("/token", secret="guess", token="evil").content
    )


def foreign_origin(running: RunningSignIn) -> bytes:
    """Know the secret, but be another page."""
    headers = {"Origin": "https://example.com"}
    sent = {"secret": running.secret, "token": "evil"}
    return b"".join(
        running.send("POST", path, json=sent, headers=headers).content
        for path in ("/session", "/token")
    )


def rebound_name(running: RunningSignIn) -> bytes:
    """Come by a name of one's own that was pointed at this machine."""
    port = running.host.partition(":")[2]
    headers = {"Host": f"example.com:{port}", "Origin": f"http://example.com:{port}"}
    sent = {"secret": running.secret, "token": "evil"}
    responses = [
        running.send("POST", path, json=sent, headers=headers) for path in ("/session", "/token")
    ]
    return b"".join(
        response.content for response in [running.send("GET", "/", headers=headers), *responses]
    )


def get_in_place_of_post(running: RunningSignIn) -> bytes:
    """What a link or an image in a page would send."""
    asked = {"secret": running.secret, "token": "evil"}
    return b"".join(
        running.send("GET", path, params=params).content
        for path in ("/session", "/token")
        for params in (None, asked)
    )


def form(running: RunningSignIn) -> bytes:
    """What a page of another user can send without asking."""
    body = f'{{"secret": "{running.secret}", "token": "evil", "x": "="}}'
    headers = {"Content-Type": "text/plain", "Origin": running.origin}
    return running.send("POST", "/session", content=body, headers=headers).content


def huge_body(running: RunningSignIn) -> bytes:
    """Send ten megabytes, announced."""
    head = (
        f"POST /session HTTP/1.1\r\nHost: {running.host}\r\nOrigin: {running.origin}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {HUGE}\r\n\r\n"
    )
    return raw(running, head.encode(), bytes(HUGE))


def huge_body_in_pieces(running: RunningSignIn) -> bytes:
    """Send ten megabytes, not announced."""
    head = (
        f"POST /session HTTP/1.1\r\nHost: {running.host}\r\nOrigin: {running.origin}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    pieces = [b"10000\r\n" + bytes(0x10000) + b"\r\n"] * (HUGE // 0x10000)
    return raw(running, head.encode(), *pieces, b"0\r\n\r\n")


def huge_head(running: RunningSignIn) -> bytes:
    """Never come to the end of the headers."""
    return raw(running, b"GET / HTTP/1.1\r\n", *([b"X-Header: " + b"x" * 8000 + b"\r\n"] * 100))


def noise(running: RunningSignIn) -> bytes:
    """Speak something else."""
    return raw(running, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)))


def silence(running: RunningSignIn) -> bytes:
    """Connect and leave."""
    running.connect().close()
    with running.connect() as connection:
        connection.sendall(b"POST /session HTTP/1.1\r\nContent-Length: 10\r\n")
    return b""


def test_attack_gets_nothing_and_blocks_nothing() -> None:
    """No token is sent or saved, and the user can still sign in."""
    cases: list[Callable[[RunningSignIn], bytes]] = [
        wrong_secret,
        foreign_origin,
        rebound_name,
        get_in_place_of_post,
        form,
        huge_body,
        huge_body_in_pieces,
        huge_head,
        noise,
        silence,
    ]
    for attack in cases:
        with a_sign_in() as running:
            response = attack(running)

            assert DEVELOPER_TOKEN.encode() not in response
            assert running.kept == []
            assert running.succeed().status_code == 200
            assert running.end() is True
            assert running.kept == [USER_TOKEN]


def test_huge_body_is_rejected_before_it_is_read() -> None:
    """Sixteen kilobytes are plenty for a token."""
    with a_sign_in() as running:
        response = raw(
            running,
            f"POST /session HTTP/1.1\r\nHost: {running.host}\r\n"
            f"Content-Length: {HUGE}\r\n\r\n".encode(),
            bytes(17 * 1024),
        )

        assert response.startswith(b"HTTP/1.1 413 ")


def test_request_that_cannot_be_parsed_gets_a_response() -> None:
    """The connection ends afterward."""
    cases: list[tuple[bytes, int]] = [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000, 431),
        (b"GET / HTTP/1.0\r\n\r\n", 421),
        (b"HEAD / HTTP/1.1\r\nHost: example.com\r\n\r\n", 421),
    ]
    for sent, status in cases:
        with a_sign_in() as running:
            assert raw(running, sent).startswith(f"HTTP/1.1 {status} ".encode())


def test_replay_gets_nothing() -> None:
    """Neither while the user is in Apple's window, nor afterwards."""
    with a_sign_in() as running:
        opened = running.post("/session", secret=running.secret).json()
        replayed = running.post("/session", secret=running.secret)
        taken = running.post("/token", secret=opened["secret"], token=USER_TOKEN)

        assert (replayed.status_code, taken.status_code) == (410, 200)
        assert running.end() is True
        with pytest.raises(httpx.ConnectError):
            running.post("/token", secret=opened["secret"], token="evil")
        assert running.kept == [USER_TOKEN]


def test_two_at_the_same_time_are_not_both_the_first() -> None:
    """Of fifty who show the secret at once, one gets in."""
    with a_sign_in() as running, ThreadPoolExecutor(50) as pool:
        responses = list(
            pool.map(lambda _: running.post("/session", secret=running.secret), range(50))
        )

        assert sorted(response.status_code for response in responses) == [200] + [410] * 49


def test_two_hundred_silent_connections_block_no_other() -> None:
    """They are held open while the user signs in."""
    with a_sign_in() as running, ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(running.connect())

        assert running.succeed().status_code == 200
        assert running.kept == [USER_TOKEN]


def test_slow_clients_block_no_other() -> None:
    """They are in the middle of a header, or of a body, while the user signs in."""
    with a_sign_in() as running, ExitStack() as stack:
        for sent in (
            b"GET / HTT",
            b"POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{",
        ):
            stack.enter_context(running.connect()).sendall(sent)

        assert running.succeed().status_code == 200
        assert running.kept == [USER_TOKEN]


def test_oldest_connection_gives_way_when_there_are_too_many() -> None:
    """So that the last connection is served, whatever the timeout is."""
    with a_sign_in(deadline=3600.0) as running, ExitStack() as stack:
        held = [stack.enter_context(running.connect()) for _ in range(MAX_CONNECTIONS + 1)]

        assert read_all(held[0]) == b""
        assert running.succeed().status_code == 200


def test_slow_client_is_cut_off() -> None:
    """A request has a limited time, however it drips in."""
    with a_sign_in(deadline=0.01) as running, running.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")

        assert read_all(connection) == b""


def test_sign_in_ends_when_the_time_is_over() -> None:
    """Five minutes, with connections open or not."""
    with a_sign_in() as running, running.connect():
        running.let_time_run_out()

        assert running.end() is False
        assert running.timeout == 300.0
        with pytest.raises(httpx.ConnectError):
            running.send("GET", "/")


def test_page_gets_the_remaining_time() -> None:
    """By a clock that only moves forward."""
    times = iter([1000.0, 1060.0])
    with a_sign_in(now=lambda: next(times)) as running:
        opened = running.post("/session", secret=running.secret).json()

        assert opened["seconds_left"] == 240.0


def test_token_that_cannot_be_kept_ends_in_the_error() -> None:
    """After the page has its response."""

    def reject(_token: str) -> None:
        raise ConfigurationError("The keyring is locked.")

    with a_sign_in(save=reject) as running:
        response = running.succeed()
        end = running.end()

        assert (response.status_code, response.json()) == (500, {"problem": "save"})
        assert isinstance(end, ConfigurationError)


def test_server_is_on_the_loopback_address_only() -> None:
    """It listens on loopback only."""
    with a_sign_in() as running:
        assert running.link.startswith("http://127.0.0.1:")


def test_log_holds_nothing_secret(caplog: pytest.LogCaptureFixture) -> None:
    """Nor does anything reach it about who asked for what."""
    with caplog.at_level(logging.DEBUG), a_sign_in() as running:
        wrong_secret(running)
        running.succeed()
        running.end()

        ours = [record for record in caplog.records if not record.name.startswith("http")]
        assert not [record for record in ours if "127.0.0.1" in record.getMessage()]
        for secret in (running.secret, DEVELOPER_TOKEN, USER_TOKEN):
            assert secret not in caplog.text


def test_link_is_on_no_command_line() -> None:
    """A browser gets a file that only its owner can read, and that is removed afterward."""
    with a_sign_in() as running:
        path = Path(url2pathname(urlsplit(running.sign_in_link.file_url).path))

        assert running.secret not in running.sign_in_link.file_url
        assert running.secret not in repr(running.sign_in_link)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert f'url={running.link}"' in path.read_text("utf-8")
        assert not running.sign_in_link.is_used()
        opened = running.post("/session", secret=running.secret).json()
        assert running.sign_in_link.is_used()
        assert opened["code"] == running.sign_in_link.code
        running.post("/token", secret=opened["secret"], token=USER_TOKEN)
        running.end()
        assert not path.exists()


def test_port_can_be_chosen() -> None:
    """For a tunnel; one that is in use is an error."""
    with a_sign_in() as other:
        port = int(other.host.split(":")[1])
    with a_sign_in(port=port) as running:
        assert running.host.endswith(f":{port}")
        with pytest.raises(ConfigurationError, match=f"cannot use port {port}"):
            bind(port).close()
