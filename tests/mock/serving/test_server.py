from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from apple_music_ratings_mock import MockService
from apple_music_ratings_mock.serving.server import base_url, is_loopback, serve

SONG = "/v1/me/ratings/songs/1"
LIKE = {"attributes": {"value": 1}}


@pytest.fixture
def client(service: MockService) -> Iterator[httpx.Client]:
    """A client of a mock on a socket."""
    headers = {
        "Authorization": f"Bearer {service.developer_token()}",
        "Music-User-Token": "anna",
    }
    with (
        serve(service) as base_url,
        httpx.Client(base_url=base_url, headers=headers, trust_env=False) as client,
    ):
        yield client


def test_ratings_go_over_a_socket(client: httpx.Client, service: MockService) -> None:
    """A put over the socket is truncate_at and read back."""
    put = client.put(SONG, json=LIKE)

    assert put.json() == client.get(SONG).json()
    assert service.get_rating("anna", "songs", "1") == 1
    assert client.delete(SONG).status_code == 204


def test_head_over_a_socket_keeps_the_connection_in_step(client: httpx.Client) -> None:
    """The response after a HEAD is not the rest of the one before."""
    assert client.head(SONG).status_code == 405
    assert client.get(SONG).status_code == 404


def test_large_body_is_rejected_and_the_server_continues(client: httpx.Client) -> None:
    """A body over the limit is 413, and the next request is served."""
    assert client.put(SONG, content=b"x" * 3_000_000).status_code == 413
    assert client.put(SONG, json=LIKE).status_code == 200


def test_large_chunked_body_is_rejected(client: httpx.Client) -> None:
    """A body without a length is counted as it comes."""
    chunks = iter([b"x" * 65_536] * 40)

    assert client.put(SONG, content=chunks).status_code == 413


def test_chunked_body_is_read(client: httpx.Client) -> None:
    """A small body in chunks is as good as any."""
    chunks = iter([b'{"attributes":', b'{"value":-1}}'])

    assert client.put(SONG, content=chunks).status_code == 200


def test_long_address_is_rejected(client: httpx.Client) -> None:
    """An address over the limit is 414, from the mock and not from the server below."""
    response = client.get(f"{SONG}?x={'y' * 20_000}")

    assert response.status_code == 414
    assert response.json()["errors"][0]["code"] == "41400"


def test_body_shorter_than_announced_changes_nothing(service: MockService) -> None:
    """A sender that promises more than it sends is not taken at half its word."""
    body = b'{"attributes":{"value":1}}'
    head = (
        f"PUT {SONG} HTTP/1.1\r\nHost: mock\r\nContent-Length: 99\r\n"
        f"Authorization: Bearer {service.developer_token()}\r\nMusic-User-Token: anna\r\n\r\n"
    )
    with serve(service) as base_url:
        url = httpx.URL(base_url)
        with socket.create_connection((url.host, url.port), timeout=10) as connection:
            connection.sendall(head.encode() + body)
            connection.shutdown(socket.SHUT_WR)
            response = connection.recv(1)

    assert response == b""
    assert service.get_rating("anna", "songs", "1") is None


def test_server_stops_with_the_block(service: MockService) -> None:
    """After the block nothing listens, and no thread remains."""
    before = set(threading.enumerate())

    with serve(service) as base_url:
        assert httpx.get(f"{base_url}/v1/test", trust_env=False).status_code == 401

    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{base_url}/v1/test", trust_env=False)
    assert set(threading.enumerate()) <= before


def test_taken_address_is_an_error(service: MockService) -> None:
    """Two servers cannot have one port."""
    with serve(service) as base_url, pytest.raises(OSError, match="in use"):
        serve(service, port=httpx.URL(base_url).port or 0).__enter__()


class AnAddress(socket.socket):
    """A socket that says it is bound somewhere, so that no machine needs IPv6 for it."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self.close()
        self._host = host

    @property
    def family(self) -> socket.AddressFamily:
        """The family of the address."""
        return socket.AF_INET6 if ":" in self._host else socket.AF_INET

    def getsockname(self) -> tuple[str, int]:
        """Return the address."""
        return self._host, 8787


@pytest.mark.parametrize(
    ("host", "shown", "stays_home"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("0.0.0.0", "127.0.0.1", False),  # noqa: S104  # what is tested
        ("::1", "[::1]", True),
        ("::", "[::1]", False),
    ],
)
def test_address_is_shown_as_it_is_reached(
    host: str,
    shown: str,
    stays_home: bool,  # noqa: FBT001  # a column of the table
) -> None:
    """IPv6 has brackets, and an address for everybody is shown as ours."""
    bound = AnAddress(host)

    assert base_url(bound) == f"http://{shown}:8787"
    assert is_loopback(bound) is stays_home
