"""A clock whose time moves only when it sleeps, and a Redis of our own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from tempfile import TemporaryDirectory

import pytest
from redis import ConnectionError as NoConnectionError
from redis import Redis
from support.clocks import StandingClock

# A healthy machine needs a tenth of a second.
TIMEOUT = 30.0


@pytest.fixture
def clock() -> StandingClock:
    """A clock that moves only when it sleeps."""
    return StandingClock()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis without a past or a future, behind a socket in a folder of its own."""
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have the program redis-server")
        pytest.skip("there is no program redis-server here")
    # A folder of pytest's may have a longer name than a socket can.
    with TemporaryDirectory(prefix="redis-") as folder:
        path = f"{folder}/redis.sock"
        server = subprocess.Popen(  # noqa: S603  # Debian's own
            [
                *(program, "--port", "0", "--unixsocket", path, "--dir", folder),
                *("--save", "", "--appendonly", "no"),
            ],
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for(path, server)
            yield f"unix://{path}"
        finally:
            server.terminate()
            server.wait(TIMEOUT)


def _wait_for(path: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + TIMEOUT
    with Redis(unix_socket_path=path) as redis:
        while True:
            try:
                redis.ping()
            except NoConnectionError:
                assert server.poll() is None, "redis-server has ended"
                assert time.monotonic() < until, "redis-server does not respond"
                time.sleep(0.02)
            else:
                return
