"""Treat the mock badly and watch its memory: `python benchmarks/mock_abuse.py [REQUESTS]`.

Needs wrk. Starts the mock twice as a program of its own. The first gets ordinary requests, a
million by default. The second gets as much fuzz, then nonsense over raw sockets, bodies
of 100 MB and 500 connections that never end a request. Every response's status is looked at.

The memory that counts is that after a fifth of the requests, when all that is bounded (the
journal, the ratings of this many users) is full, and that after the last. Fewer than some 100,000
requests are too few. Exits with 1 if a mock does not respond, responded 5xx, or grew by more
than a twentieth.
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
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random

import httpx
from mock_pipelines import a_pipeline, send

SECONDS = 5
GROWTH = 1.05

# What both scripts end with: counts of responses, of those that are wrong, and
# of requests that got none. A thread of wrk counts for itself.
COUNT = """
responded, wrong = 0, 0
response = function(status)
  responded = responded + 1
  if not is_fit(status) then wrong = wrong + 1 end
end
local threads = {}
setup = function(thread) table.insert(threads, thread) end
done = function(summary)
  local responded, wrong = 0, 0
  for _, thread in ipairs(threads) do
    responded, wrong = responded + thread:get("responded"), wrong + thread:get("wrong")
  end
  local errors = summary.errors
  local unanswered = errors.connect + errors.read + errors.write + errors.timeout
  print("responded " .. responded .. " wrong " .. wrong .. " unanswered " .. unanswered)
end
"""
# What clients do: rate, look, look at several, take back.
ORDINARY = """
math.randomseed(1)
local token = os.getenv("MOCK_TOKEN")
is_fit = function(status) return status == 200 or status == 204 or status == 404 end
request = function()
  local headers = {["Authorization"] = "Bearer " .. token}
  headers["Music-User-Token"] = "user-" .. math.random(20)
  local path, what = "/v1/me/ratings/songs", math.random(4)
  if what == 1 then
    local ids = {}
    for place = 1, 25 do ids[place] = math.random(1000) end
    return wrk.format("GET", path .. "?ids=" .. table.concat(ids, ","), headers)
  end
  path = path .. "/" .. math.random(1000)
  if what == 2 then return wrk.format("GET", path, headers) end
  if what == 3 then return wrk.format("DELETE", path, headers) end
  return wrk.format("PUT", path, headers, '{"attributes":{"value":1}}')
end
"""
# Paths, tokens, bodies and methods, most of them wrong, chosen by a seed.
FUZZ = """
math.randomseed(1)
-- No HEAD: wrk waits for the body that its response announces.
local methods = {"GET", "PUT", "DELETE", "POST", "PATCH", "OPTIONS", "BREW"}
local types = {"songs", "albums", "song", "library-songs", "%ff", "..", ""}
local bodies = {"", "{", '{"attributes":{"value":1}}', '{"attributes":{"value":0}}',
                string.rep("[", 5000), string.rep("x", 20000)}
local pick = function(list) return list[math.random(#list)] end
local token = os.getenv("MOCK_TOKEN")
is_fit = function(status) return status < 500 end
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
"""
NONSENSE = [
    b"nonsense\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000,
    b"GET /" + b"x" * 500_000 + b" HTTP/1.1\r\n\r\n",
    b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 50_000,
    b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n" * 100,
    bytes(range(256)) * 100,
]


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

    def is_serving(self) -> bool:
        """Return whether it serves a good request as it should."""
        headers = {"Authorization": f"Bearer {self.token}", "Music-User-Token": "asks"}
        url = f"{self.url}/v1/me/ratings/songs/1"
        like = {"attributes": {"value": 1}}
        with suppress(httpx.HTTPError):
            put = httpx.put(url, json=like, headers=headers, trust_env=False, timeout=30)
            return put.status_code == 200
        return False

    def resident(self) -> float:
        """Return its memory, in mebibytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0


@contextmanager
def mock() -> Iterator[Mock]:
    """Run a mock for as long as the block lasts."""
    command = [sys.executable, "-m", "apple_music_ratings_mock", "--port", "0"]
    with subprocess.Popen(  # noqa: S603  # our own program
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield Mock(process)
        finally:
            process.terminate()


def shower(name: str, target: Mock, script: str, wanted: int) -> bool:
    """Send requests until there were enough; print what came of it, and whether all is well."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("wrk is not installed; see https://github.com/wg/wrk")
    counts = [0, 0, 0]
    sizes: list[tuple[int, float]] = []
    started = time.monotonic()
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script + COUNT)
        file.flush()
        command = [wrk, "-t1", "-c16", f"-d{SECONDS}s", "-s", file.name, target.url]
        while counts[0] < wanted:
            out = subprocess.run(  # noqa: S603  # wrk itself
                command,
                env={"MOCK_TOKEN": target.token},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            found = re.search(r"responded (\d+) wrong (\d+) unanswered (\d+)", out)
            assert found is not None, out
            counts = [count + int(more) for count, more in zip(counts, found.groups(), strict=True)]
            sizes.append((counts[0], target.resident()))
            if not target.is_serving():
                print(f"{name}: after {counts[0]} requests it does not respond")
                return False
    early = next(size for at, size in sizes if at >= wanted / 5)
    last = sizes[-1][1]
    rate = counts[0] / (time.monotonic() - started)
    print(
        f"{name}: {counts[0]} responses, {rate:.0f} a second, {counts[1]} unfit, "
        f"{counts[2]} requests without; {early:.1f} MiB after a fifth, {last:.1f} at the end"
    )
    tenths = [next(size for at, size in sizes if at >= wanted * n / 10) for n in range(1, 11)]
    print(f"{name}: MiB after each tenth: {', '.join(f'{size:.1f}' for size in tenths)}")
    return not counts[1] and not counts[2] and last < early * GROWTH


def _statuses(connection: socket.socket) -> list[int]:
    """Read to the end, and give the statuses of all responses."""
    got = b""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        while piece := connection.recv(65_536):
            got += piece
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", got)]


def throw_nonsense(target: Mock) -> list[int]:
    """Send malformed requests and oversized bodies; return the statuses of all responses."""
    statuses = []
    for raw in NONSENSE * 50:
        with suppress(OSError), socket.create_connection(target.where, timeout=10) as connection:
            with suppress(OSError):
                connection.sendall(raw)
            statuses += _statuses(connection)
    piece = b"x" * 1_048_576
    for _ in range(5):
        with suppress(OSError), socket.create_connection(target.where, timeout=30) as connection:
            connection.sendall(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\n\r\n")
            for _ in range(100):
                connection.sendall(piece)
            statuses += _statuses(connection)
    return statuses


def send_pipelines(target: Mock, count: int) -> set[int]:
    """Send random pipelines over raw sockets; return the statuses of all responses."""
    random = Random(1)  # noqa: S311  # not a secret
    statuses = {status for _ in range(count) for status in send(target.where, a_pipeline(random))}
    print(f"{count} pipelines: statuses {sorted(statuses)}")
    return statuses


def hold_connections(target: Mock, count: int) -> bool:
    """Open connections that never end a request; tell whether others are served meanwhile."""
    with ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection(target.where, timeout=10))
            connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        return target.is_serving()


def abuse(target: Mock, wanted: int) -> bool:
    """Do all that is bad to a mock that runs."""
    is_well = shower("fuzz", target, FUZZ, wanted)
    statuses = throw_nonsense(target)
    # Twice, since the first large body of a process leaves room for the next.
    before = target.resident()
    statuses += throw_nonsense(target)
    worst = max(statuses, default=0)
    counted = {status: statuses.count(status) for status in sorted(set(statuses))}
    print(
        f"nonsense and 100 MB bodies: statuses {counted}; "
        f"{before:.1f} MiB after one round, {target.resident():.1f} after two"
    )
    pipelines = send_pipelines(target, max(wanted // 50, 1000))
    worst = max(worst, *pipelines)
    is_serving = hold_connections(target, 500)
    print(f"500 connections held open: {'responds' if is_serving else 'does not respond'}")
    last = target.resident()
    print(
        f"at the end: {'responds' if target.is_serving() else 'does not respond'}; {last:.1f} MiB"
    )
    return is_well and worst < 500 and is_serving and target.is_serving() and last < before * GROWTH


def main() -> int:
    """Do it all, print a line for each part, and give the exit code."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    with mock() as target:
        is_well = shower("ordinary", target, ORDINARY, wanted)
    with mock() as target:
        is_well = abuse(target, wanted) and is_well
    print("all is well" if is_well else "not all is well")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
