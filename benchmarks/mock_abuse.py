"""Treat the mock badly and watch its memory: `python benchmarks/mock_abuse.py [REQUESTS]`.

Starts the mock as a program of its own. Sends fuzz with wrk (a million requests unless told
otherwise), nonsense over raw sockets, bodies of 100 MB and 500 connections that never end a
request, and asks in between whether it still answers. Exits with 1 where it does not, where
it answered 500, or where its memory grew by more than a tenth between the first tenth of the
requests and the last.
"""

from __future__ import annotations

import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx

# Paths, tokens, bodies and methods, most of them wrong, chosen by a seed.
SCRIPT = """
math.randomseed(1)
-- No HEAD: wrk waits for the body that its answer announces.
local methods = {"GET", "PUT", "DELETE", "POST", "PATCH", "OPTIONS", "BREW"}
local types = {"songs", "albums", "song", "library-songs", "%ff", "..", ""}
local bodies = {"", "{", '{"attributes":{"value":1}}', '{"attributes":{"value":0}}',
                string.rep("[", 5000), string.rep("x", 20000)}
local pick = function(list) return list[math.random(#list)] end
local token = os.getenv("MOCK_TOKEN")
request = function()
  local headers = {["Content-Type"] = "application/json"}
  if math.random() < 0.9 then headers["Authorization"] = "Bearer " .. token end
  if math.random() < 0.9 then headers["Music-User-Token"] = "user-" .. math.random(20) end
  local path = "/v1/me/ratings/" .. pick(types)
  if math.random() < 0.7 then path = path .. "/" .. math.random(200) end
  if math.random() < 0.3 then path = path .. "?ids=" .. string.rep("1,", math.random(300)) end
  if math.random() < 0.05 then path = "/__admin/" .. pick(types) end
  return wrk.format(pick(methods), path, headers, pick(bodies))
end
done = function(summary)
  print("answered " .. summary.requests)
end
"""
NONSENSE = [
    b"nonsense\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000,
    b"GET /" + b"x" * 500_000 + b" HTTP/1.1\r\n\r\n",
    b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
    bytes(range(256)) * 100,
]


def resident(process: subprocess.Popen[str]) -> float:
    """Give the memory of the mock, in mebibytes."""
    status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


class Mock:
    """The mock as a program of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(3)]
        values = dict(line.removeprefix("export ").split("=", 1) for line in lines)
        self.process = process
        self.url = values["APPLE_MUSIC_BASE_URL"]
        self.token = values["APPLE_MUSIC_DEVELOPER_TOKEN"]
        self.where = (httpx.URL(self.url).host, httpx.URL(self.url).port or 0)

    def answers(self) -> bool:
        """Tell whether it serves a good request as it should."""
        headers = {"Authorization": f"Bearer {self.token}", "Music-User-Token": "asks"}
        url = f"{self.url}/v1/me/ratings/songs/1"
        like = {"attributes": {"value": 1}}
        with suppress(httpx.HTTPError):
            put = httpx.put(url, json=like, headers=headers, trust_env=False, timeout=30)
            return put.status_code == 200
        return False

    def saw_500(self) -> bool:
        """Tell whether any of the last thousand answers was a 500."""
        found = httpx.get(f"{self.url}/__admin/requests", trust_env=False, timeout=30).json()
        return any(each["status"] >= 500 for each in found["requests"])


def fuzz(mock: Mock, seconds: float, script: Path) -> int:
    """Send fuzz for so long; give the number of answers."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("wrk is not installed; see https://github.com/wg/wrk")
    command = [wrk, "-t1", "-c16", f"-d{seconds:.0f}s", "-s", str(script), mock.url]
    environment = {"MOCK_TOKEN": mock.token}
    out = subprocess.run(  # noqa: S603  # wrk itself
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"answered (\d+)", out)
    return int(found[1]) if found else 0


def throw_nonsense(mock: Mock) -> None:
    """Send what is no request, and bodies that are too large."""
    for raw in NONSENSE * 50:
        with suppress(OSError), socket.create_connection(mock.where, timeout=10) as connection:
            connection.sendall(raw)
    piece = b"x" * 1_048_576
    for _ in range(5):
        with suppress(OSError), socket.create_connection(mock.where, timeout=30) as connection:
            connection.sendall(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\n\r\n")
            for _ in range(100):
                connection.sendall(piece)


def hold_connections(mock: Mock, count: int) -> bool:
    """Open connections that never end a request; tell whether others are served meanwhile."""
    with ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection(mock.where, timeout=10))
            connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        return mock.answers()


def main() -> int:
    """Do it all, print a line for each part, and give the exit code."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    command = [sys.executable, "-m", "apple_music_ratings.mock", "--port", "0"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(  # noqa: S603  # our own program
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process,
    ):
        script = Path(folder) / "fuzz.lua"
        script.write_text(SCRIPT, "utf-8")
        try:
            return abuse(Mock(process), wanted, script)
        finally:
            process.terminate()


def abuse(mock: Mock, wanted: int, script: Path) -> int:
    """Do all parts to a mock that runs."""
    answered, early = 0, 0.0
    started = time.monotonic()
    while answered < wanted:
        answered += fuzz(mock, 10, script)
        if not early and answered >= wanted / 10:
            early = resident(mock.process)
        if not mock.answers() or mock.saw_500():
            print(f"after {answered} requests of fuzz it does not answer, or answered 500")
            return 1
    late = resident(mock.process)
    rate = answered / (time.monotonic() - started)
    print(f"fuzz: {answered} requests, {rate:.0f} a second; {early:.0f} MiB early, {late:.0f} late")
    throw_nonsense(mock)
    print(f"nonsense and 100 MB bodies: answers {mock.answers()}; {resident(mock.process):.0f} MiB")
    print(f"500 connections held open: answers {hold_connections(mock, 500)}")
    last = resident(mock.process)
    print(f"at the end: answers {mock.answers()}; {last:.0f} MiB")
    return 0 if mock.answers() and last < early * 1.1 else 1


if __name__ == "__main__":
    sys.exit(main())
