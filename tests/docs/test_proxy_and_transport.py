"""The programs of the page on proxies and transports run, behind real tunneling proxies."""

from __future__ import annotations

import os
import re
import select
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from apple_music_ratings_mock import MockService
from apple_music_ratings_mock.serving.server import serve

PAGE = Path(__file__).parents[2].joinpath("docs/how-to/proxy-and-transport.md").read_text("utf-8")
LIKE = 1
# Only the proxies resolve it: a service on this machine is never reached through one.
NAME = "service.test"


def program(name: str) -> str:
    """Return the block of the page with this name."""
    found = re.search(rf"<!-- run: {name} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def shown_below(name: str) -> str:
    """Return the output below that block."""
    found = re.search(
        rf"<!-- run: {name} -->\n```\w+\n.*?```\n\n```text\n(.*?)```", PAGE, re.DOTALL
    )
    assert found is not None
    return found[1]


def variables(name: str) -> set[str]:
    """Return the names that a block exports."""
    return set(re.findall(r"^export (\w+)=", program(name), re.MULTILINE))


def run(code: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program with these variables, and no other ones for proxies."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not any(word in name.upper() for word in ("PROXY", "SSL_CERT", "APPLE_MUSIC"))
    }
    return subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-W", "error", "-c", code],
        env=inherited | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@frozen
class Proxy:
    """A proxy on the loopback interface, and its requests."""

    port: int
    asked: list[str] = field(factory=list)
    seen: list[bytes] = field(factory=list)


@contextmanager
def tunneling(*, socks: bool = False) -> Iterator[Proxy]:
    """Run a proxy that opens tunnels and records their traffic."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            target = self.asked_in_socks() if socks else self.asked_in_http()
            proxy.asked.append(target)
            host, port = target.rsplit(":", 1)
            host = "127.0.0.1" if host == NAME else host
            with socket.create_connection((host, int(port)), timeout=60) as beyond:
                self.wfile.write(bytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]) if socks else OPENED)
                self.relay(beyond)

        def asked_in_http(self) -> str:
            method, target, _version = self.rfile.readline().decode().split()
            while self.rfile.readline().strip():
                pass
            assert method == "CONNECT"
            return target

        def asked_in_socks(self) -> str:
            # RFC 1928: the methods of authentication, of which none is used; then the target.
            self.rfile.read(self.rfile.read(2)[1])
            self.wfile.write(b"\x05\x00")
            kind = self.rfile.read(4)[3]
            address = self.rfile.read(4 if kind == 1 else self.rfile.read(1)[0])
            host = socket.inet_ntoa(address) if kind == 1 else address.decode()
            return f"{host}:{int.from_bytes(self.rfile.read(2), 'big')}"

        def relay(self, beyond: socket.socket) -> None:
            other = {self.connection: beyond, beyond: self.connection}
            while True:
                ready, _, _ = select.select(list(other), [], [], 60)
                for end in ready:
                    piece = end.recv(65536)
                    if not piece:
                        return
                    proxy.seen.append(piece)
                    other[end].sendall(piece)
                if not ready:
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        proxy = Proxy(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()


OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@pytest.fixture
def authorities(tmp_path: Path) -> Path:
    """A self-signed certificate of the service, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "authorities.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(certificate.public_bytes(Encoding.PEM) + private)
    return path


@pytest.fixture
def service() -> MockService:
    """The service of the programs of the page."""
    return MockService()


def tokens(service: MockService, url: str) -> dict[str, str]:
    """Return the variables that a reader exports besides proxies."""
    return {
        "APPLE_MUSIC_BASE_URL": url,
        "APPLE_MUSIC_DEVELOPER_TOKEN": service.developer_token(),
        "APPLE_MUSIC_USER_TOKEN": "a-reader",
    }


@pytest.fixture
def environment(service: MockService) -> Iterator[dict[str, str]]:
    """The mock without a proxy."""
    with serve(service) as url:
        yield tokens(service, url)


@pytest.fixture
def safe(service: MockService, authorities: Path) -> Iterator[dict[str, str]]:
    """The mock behind HTTPS, under the name that its certificate has."""
    with serve(service, certificate=authorities) as url:
        yield tokens(service, url.replace("127.0.0.1", NAME))


def test_variables_of_the_page_configure_the_proxy(
    service: MockService, safe: dict[str, str], authorities: Path
) -> None:
    """The proxy sees host and port, and no token."""
    with tunneling() as proxy:
        settings = {
            "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}",
            "NO_PROXY": "elsewhere.invalid",
            "SSL_CERT_FILE": str(authorities),
        }
        done = run(program("program"), safe | settings)

    assert variables("environment") == set(settings)
    assert (done.stdout, done.stderr) == (shown_below("program"), "")
    assert service.get_rating("a-reader", "songs", "907242702") == LIKE
    assert [f"https://{asked}" for asked in proxy.asked] == [safe["APPLE_MUSIC_BASE_URL"]]
    assert b"a-reader" not in b"".join(proxy.seen)


def test_mock_is_not_reached_through_the_proxy(environment: dict[str, str]) -> None:
    """As the page states, whatever the variables are."""
    with tunneling() as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        done = run(program("program"), environment | {"ALL_PROXY": address})

    assert (done.stdout, proxy.asked) == (shown_below("program"), [])


def test_authorities_of_the_file_replace_others(safe: dict[str, str], authorities: Path) -> None:
    """Only the authorities in SSL_CERT_FILE are trusted, as the page states."""
    code = "import httpx, ssl; print(httpx.create_ssl_context().cert_store_stats()['x509_ca'])"
    with_file, without = (
        run(code, settings) for settings in ({"SSL_CERT_FILE": str(authorities)}, {})
    )
    with tunneling() as proxy:
        rejected = run(program("program"), safe | {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"})

    assert int(with_file.stdout) == 1
    assert int(without.stdout) > 1
    assert "TransportError" in rejected.stderr
    assert "after 1 attempt" in rejected.stderr


def test_socks_proxy_of_the_page_is_used(
    service: MockService, safe: dict[str, str], authorities: Path
) -> None:
    """ALL_PROXY with a SOCKS address, and `httpx[socks]`."""
    (scheme,) = re.findall(r"^export ALL_PROXY=(\w+)://", program("socks"), re.MULTILINE)
    with tunneling(socks=True) as proxy:
        settings = {"ALL_PROXY": f"{scheme}://127.0.0.1:{proxy.port}"}
        done = run(program("program"), safe | settings | {"SSL_CERT_FILE": str(authorities)})

    assert variables("socks") == set(settings)
    assert (done.stdout, done.stderr) == (shown_below("program"), "")
    assert [f"https://{asked}" for asked in proxy.asked] == [safe["APPLE_MUSIC_BASE_URL"]]
    assert service.get_rating("a-reader", "songs", "907242702") == LIKE


def test_transport_with_a_proxy_uses_it(safe: dict[str, str], authorities: Path) -> None:
    """And trusts its authorities."""
    with tunneling() as proxy:
        settings = {
            "COMPANY_PROXY": f"http://127.0.0.1:{proxy.port}",
            "COMPANY_AUTHORITIES": str(authorities),
        }
        done = run(program("named"), safe | settings)

    assert (done.stdout, done.stderr) == (shown_below("named"), "")
    assert len(proxy.asked) == 1


def test_custom_transport_ignores_the_environment(environment: dict[str, str]) -> None:
    """As the page warns: the proxy of the environment is not used."""
    with tunneling() as proxy:
        settings = {"ALL_PROXY": f"http://127.0.0.1:{proxy.port}"}
        done = run(program("logging"), environment | settings)

    assert (done.stdout, proxy.asked) == (shown_below("logging"), [])


def test_programs_print_what_the_page_shows(environment: dict[str, str]) -> None:
    """Each transport, and the timeouts."""
    for name in ("logging", "scripted", "limits", "fast", "timeouts"):
        done = run(program(name), environment)

        assert (name, done.stdout, done.stderr) == (name, shown_below(name), "")


def test_all_programs_of_the_page_are_run() -> None:
    """Every block of Python has a mark."""
    assert PAGE.count("```python") == len(re.findall(r"<!-- run: \w+ -->\n```python", PAGE))
