from __future__ import annotations

import json
import logging
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from apple_music_ratings_mock import Fault, MockService
from apple_music_ratings_mock.__main__ import _JsonLines
from apple_music_ratings_mock.serving.asgi import MockASGIApp
from apple_music_ratings_mock.serving.server import _Server, serve

SONG = "/v1/me/ratings/songs/1"


@pytest.fixture
def url(service: MockService) -> Iterator[str]:
    """Where a mock is served that waits half a second for a request."""
    with serve(service, request_timeout=0.5) as url:
        yield url


@pytest.fixture
def connect(url: str) -> Iterator[Callable[[], socket.socket]]:
    """Opens connections to the mock, and closes them after the test."""
    where = httpx.URL(url)
    with ExitStack() as stack:
        yield lambda: stack.enter_context(
            socket.create_connection((where.host, where.port or 0), timeout=20)
        )


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side ends, whichever way."""
    got = b""
    with suppress(ConnectionError):
        while chunk := connection.recv(65_536):
            got += chunk
    return got


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00" + bytes(range(256)),
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(20_000)) + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
        b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        b"GET /\x00\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=range(14),
)  # fmt: skip
def test_invalid_bytes_are_rejected_and_the_mock_continues(
    connect: Callable[[], socket.socket], url: str, raw: bytes
) -> None:
    """Whatever bytes come, there is no 500, and the next client is served."""
    connection = connect()
    with suppress(OSError):
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
    response = read_all(connection)

    assert b" 500 " not in response.partition(b"\r\n")[0]
    assert httpx.get(f"{url}/v1/test", trust_env=False).status_code == 401


def test_hundred_mebibytes_are_not_kept(connect: Callable[[], socket.socket], url: str) -> None:
    """A huge body is rejected after its first mebibyte, and needs no more memory than that."""
    connection = connect()
    head = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\n\r\n"
    connection.sendall(head)
    before = _resident()
    chunk = b"x" * 1_048_576
    with suppress(ConnectionError):
        for _ in range(100):
            connection.sendall(chunk)
    response = read_all(connection)

    assert response == b"" or b" 413 " in response.partition(b"\r\n")[0]
    assert _resident() - before < 50 * 1_048_576
    assert httpx.get(f"{url}/v1/test", trust_env=False).status_code == 401


def _resident() -> int:
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return 0
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_who_never_ends_a_request_is_sent_away(
    connect: Callable[[], socket.socket], url: str
) -> None:
    """Many connections that say a little and no more are closed, and others are served."""
    slow = [connect() for _ in range(100)]
    for connection in slow:
        connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")

    served = httpx.get(f"{url}/v1/test", trust_env=False).status_code
    ends = [read_all(connection) for connection in slow]

    assert served == 401
    assert not any(ends)


def test_timeout_starts_again_with_each_request(service: MockService) -> None:
    """A connection that is used again is not closed for the time of its first request."""
    with (
        serve(service, request_timeout=30.0) as url,
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        statuses = [client.get(SONG).status_code for _ in range(3)]

    assert statuses == [401, 401, 401]


def test_idle_connection_outlives_the_deadline_of_a_request(
    service: MockService, tokens: str
) -> None:
    """Clients pool connections: only a request that has begun has to be complete in time."""
    with serve(service, request_timeout=0.3) as base_url:
        url = httpx.URL(base_url)
        with socket.create_connection((url.host, url.port or 0), timeout=20) as connection:
            connection.sendall(a_get(tokens))
            first = connection.recv(65_536)
            time.sleep(1.0)
            connection.sendall(a_get(tokens))
            second = connection.recv(65_536)
            connection.sendall(b"GET / HT")
            rest = connection.recv(65_536)

    assert [first[:12], second[:12], rest] == [b"HTTP/1.1 404"] * 2 + [b""]


def a_get(tokens: str) -> bytes:
    """Build a request for the rating of a song."""
    return f"GET {SONG} HTTP/1.1\r\nHost: mock\r\n{tokens}\r\n".encode()


@pytest.fixture
def tokens(service: MockService) -> str:
    """Both headers, valid."""
    return f"Authorization: Bearer {service.developer_token()}\r\nMusic-User-Token: anna\r\n"


def test_server_keeps_idle_connections_for_75_seconds() -> None:
    """Longer than the pools of common clients do."""
    config = _Server(
        MockASGIApp(MockService()), lambda: None, certificate=None, key=None, request_timeout=30.0
    ).config

    assert config.timeout_keep_alive == 75


def test_root_leads_to_the_dashboard_and_health_needs_no_token(service: MockService) -> None:
    """A look at the mock with a browser or a probe is not recorded as an invalid request."""
    with serve(service, admin_token="of-the-mock") as url:
        root = httpx.get(url, trust_env=False)
        health = httpx.get(f"{url}/__admin/health", trust_env=False)
        head = httpx.head(f"{url}/__admin/health", headers={"Host": "mock"}, trust_env=False)

    assert (root.status_code, root.headers["Location"]) == (307, "/__admin/")
    assert (health.status_code, health.json()) == (200, {"status": "ok"})
    assert (head.status_code, head.content) == (200, b"")
    assert service.requests() == []


def test_admin_is_served_beside_the_ratings(url: str) -> None:
    """The same server serves both, and rejects other hosts and origins."""
    with httpx.Client(base_url=url, trust_env=False) as client:
        state = client.get("/__admin/state")
        page = client.get("/__admin/")
        rebound = client.get("/__admin/state", headers={"Host": "rebound.example"})
        foreign = client.get("/__admin/state", headers={"Origin": "http://other.example"})

    assert state.json() == {"library": None, "users": []}
    assert page.headers["content-type"].startswith("text/html")
    assert (rebound.status_code, foreign.status_code) == (403, 403)


def test_large_state_is_taken_by_the_admin_api(url: str) -> None:
    """What is too large for a rating is not too large for a library."""
    library = [
        {"type": "library-songs", "library_id": f"i.{n}", "name": "x" * 100} for n in range(12_000)
    ]

    response = httpx.put(f"{url}/__admin/state", json={"library": library}, trust_env=False)

    assert response.status_code == 200


def test_open_address_wants_an_admin_token(service: MockService) -> None:
    """Where other machines can reach it, the admin API is not served without a token."""
    with pytest.raises(ValueError, match="needs a token"):
        serve(service, host="0.0.0.0").__enter__()  # noqa: S104  # what is tested
    with serve(service, host="0.0.0.0", admin_token="of-the-mock") as url:  # noqa: S104
        closed = httpx.get(f"{url}/__admin/state", trust_env=False)
        headers = {"Authorization": "Bearer of-the-mock", "Host": "any.example"}
        opened = httpx.get(f"{url}/__admin/state", headers=headers, trust_env=False)

    assert (closed.status_code, opened.status_code) == (401, 200)


def test_https_is_served_with_a_certificate(service: MockService, tmp_path: Path) -> None:
    """With certificate and key the address is one of HTTPS, and it is checked."""
    certificate, key = a_certificate(tmp_path)
    trust = ssl.create_default_context(cafile=str(certificate))

    with serve(service, certificate=certificate, key=key) as url:
        status = httpx.get(f"{url}/v1/test", verify=trust, trust_env=False).status_code

    assert url.startswith("https://127.0.0.1:")
    assert status == 401


@pytest.mark.parametrize(
    ("fault", "is_answered"),
    [
        (Fault("connection-reset", count=1), False),
        (Fault("truncated-body", count=1), False),
        (Fault("slow-body", chunk_size=9, seconds=0.001, count=1), True),
        (Fault("slow-headers", seconds=0.01, count=1), True),
    ],
)
def test_faults_apply_under_https(
    service: MockService,
    tmp_path: Path,
    fault: Fault,
    is_answered: bool,  # noqa: FBT001  # a column of the table
) -> None:
    """A connection breaks and lags there as it does without a certificate, and then serves on."""
    certificate, key = a_certificate(tmp_path)
    trust = ssl.create_default_context(cafile=str(certificate))
    headers = {
        "Authorization": f"Bearer {service.developer_token()}",
        "Music-User-Token": "anna",
    }
    service.inject_fault(fault)
    statuses = []

    with (
        serve(service, certificate=certificate, key=key) as url,
        httpx.Client(base_url=url, headers=headers, verify=trust, trust_env=False) as client,
    ):
        # Whether a reset shows through TLS as one is up to the library.
        with suppress(httpx.ReadError, httpx.RemoteProtocolError):
            statuses.append(client.get(SONG).status_code)
        statuses.append(client.get(SONG).status_code)

    assert statuses == [404] * (1 + is_answered)


def test_missing_certificate_is_reported_before_serving(
    service: MockService, tmp_path: Path
) -> None:
    """A file that is not there is an error where the server is started."""
    with pytest.raises(OSError, match="No such file"):
        serve(service, certificate=tmp_path / "none.pem").__enter__()


def a_certificate(folder: Path) -> tuple[Path, Path]:
    """Build a certificate for loopback and its key, for one test."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mock")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate_file, key_file


def test_words_can_be_read_by_programs() -> None:
    """What else is logged is one JSON object on one line too."""
    record = logging.LogRecord("mock", logging.WARNING, "", 0, "a\n%s", ("b",), None)
    line = _JsonLines().format(record)

    assert "\n" not in line
    assert json.loads(line)["level"] == "warning"
    assert json.loads(line)["message"] == "a\nb"
