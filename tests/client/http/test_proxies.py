from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.builders import DEVELOPER_TOKEN, USER_TOKEN
from support.certificates import a_certificate
from support.servers import liked, refusing_to_tunnel, serving

# Asks a service with each client and with bare httpx, and prints what came of it.
PROGRAM = """
import asyncio, json, sys
import httpx
from apple_music_ratings import AsyncRatingsClient, Item, RatingsClient, RetryPolicy

song, url = Item("songs", "907242702"), sys.argv[1]
options = dict(developer_token=sys.argv[2], music_user_token=sys.argv[3], base_url=url,
               timeout=5, retry=RetryPolicy(max_attempts=2, first_delay=0))

def told(ask):
    try:
        return int(ask())
    except Exception as error:
        cause = error.__cause__
        return [type(error).__name__, type(cause).__name__, getattr(error, "attempts", None)]

def with_sync():
    with RatingsClient(**options) as client:
        return client.get_rating(song)

async def in_async():
    async with AsyncRatingsClient(**options) as client:
        return await client.get_rating(song)

def with_httpx():
    with httpx.Client(base_url=url) as client:
        return client.get(f"/v1/me/ratings/{song}").json()["data"][0]["attributes"]["value"]

print(json.dumps({"sync": told(with_sync), "async": told(lambda: asyncio.run(in_async())),
                  "httpx": told(with_httpx)}))
"""
_SETTINGS = ("PROXY", "SSL_CERT", "APPLE_MUSIC")


def ask(url: str, **variables: str) -> dict[str, Any]:
    """Run the program with these variables of the environment and none of the kind beside them."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not any(word in name.upper() for word in _SETTINGS)
    }
    done = subprocess.run(  # noqa: S603  # ourselves
        [sys.executable, "-c", PROGRAM, url, DEVELOPER_TOKEN, USER_TOKEN],
        env=inherited | variables,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_service_on_this_machine_is_never_reached_through_a_proxy() -> None:
    """The tokens would pass the proxy unencrypted. Bare httpx uses it."""
    with serving(liked) as proxy, serving(liked) as service:
        address = f"http://127.0.0.1:{proxy.port}"
        told = ask(f"http://127.0.0.1:{service.port}", HTTP_PROXY=address, ALL_PROXY=address)

    assert told == {"sync": 1, "async": 1, "httpx": 1}
    assert (len(proxy.requests), len(service.requests)) == (1, 2)
    assert USER_TOKEN not in repr(proxy.headers)


def test_https_is_tunnelled_and_the_proxy_sees_no_token() -> None:
    """The proxy of https is asked for a tunnel; tokens would go through it and not to it."""
    with serving(refusing_to_tunnel) as proxy:
        told = ask("https://service.invalid", HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")

    assert told["sync"] == told["async"] == ["TransportError", "ProxyError", 2]
    assert told["httpx"][0] == "ProxyError"
    assert set(proxy.requests) == {"CONNECT service.invalid:443"}
    assert USER_TOKEN not in repr(proxy.headers)
    assert DEVELOPER_TOKEN not in repr(proxy.headers)


@pytest.fixture
def authority(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """An authority of our own, and a server's side of TLS that it vouches for."""
    authority_path, own_path = a_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_path)
    return authority_path, context


def test_authorities_of_the_environment_are_trusted(
    authority: tuple[Path, ssl.SSLContext],
) -> None:
    """SSL_CERT_FILE works as in bare httpx."""
    path, context = authority
    with serving(liked, tls=context) as service:
        told = ask(f"https://localhost:{service.port}", SSL_CERT_FILE=str(path))

    assert told == {"sync": 1, "async": 1, "httpx": 1}
    assert service.headers[0]["Music-User-Token"] == USER_TOKEN


def test_unknown_authority_is_refused_at_once(authority: tuple[Path, ssl.SSLContext]) -> None:
    """No token is sent, and no second attempt is made: it would end the same way."""
    _path, context = authority
    with serving(liked, tls=context) as service:
        told = ask(f"https://localhost:{service.port}")

    assert told["sync"] == told["async"] == ["TransportError", "ConnectError", 1]
    assert told["httpx"][0] == "ConnectError"
    assert service.requests == []
