"""The mock beside Prism 5, both on one core under wrk: `python benchmarks/mock_speed.py PRISM`.

Needs wrk; PRISM is the program of @stoplight/prism-cli (npm). Both serve openapi.yaml in turn on
the same core, with wrk on another; runs alternate, and the best of each counts, since what else a
machine does can only take away. Prism keeps no state, so its responses are examples, also where the
mock's hold a hundred ratings; both check the request. Beside them is the ceiling: an
application that does nothing but give the mock's response, under the mock's server.

Responses a second are what a stopwatch says, and suffer where others use the machine; microseconds
are those of the processor, as the kernel counts them for the server alone.

Then it prints what the mock costs in process, above an empty application, and how soon it is ready.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import httpx
import uvicorn

from apple_music_ratings_mock import MockService, Request, Response
from apple_music_ratings_mock.serving.asgi import MockASGIApp
from apple_music_ratings_mock.serving.delivery import send_response
from apple_music_ratings_mock.serving.http11 import RatingsProtocol

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 3
SECONDS = 3
WARM_UP = 2
PORT = 8797
SONG = "907242702"
IDS = [str(number) for number in range(900_000_000, 900_000_100)]
LIKE = '{"type":"rating","attributes":{"value":1}}'
TURNING = "the same, in turn"
CASES = {
    "get one": ("GET", f"/v1/me/ratings/songs/{SONG}", ""),
    "get several, 100 ids": ("GET", f"/v1/me/ratings/songs?ids={','.join(IDS)}", ""),
    TURNING: ("GET", f"/v1/me/ratings/songs?ids={','.join(IDS)}", ""),
    "put": ("PUT", f"/v1/me/ratings/songs/{SONG}", LIKE),
}
SCRIPT = """
wrk.method = "%s"
wrk.body = '%s'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer %s"
wrk.headers["Music-User-Token"] = "mock-user"
"""
# A repeated list is served from memory; here no list is repeated
# before a hundred other orders of it.
IN_TURN = """
local ids, turn = {}, 0
for id in string.gmatch("IDS", "%d+") do ids[#ids + 1] = id end
for place = 1, 100 do ids[100 + place] = ids[place] end
request = function()
  turn = turn % 100 + 1
  return wrk.format("GET", "/v1/me/ratings/songs?ids=" .. table.concat(ids, ",", turn, turn + 99))
end
"""
MOCK = [sys.executable, "-m", "apple_music_ratings_mock"]

Message = MutableMapping[str, Any]


@contextmanager
def serving(command: list[str]) -> Iterator[int]:
    """Run a server on the first core for as long as the block lasts; give the process's number."""
    with subprocess.Popen(  # noqa: S603  # the servers that are compared
        ["/usr/bin/taskset", "-c", "0", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _await_response()
            yield process.pid
        finally:
            process.terminate()


def _await_response() -> None:
    for _ in range(150):
        with suppress(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{PORT}/", trust_env=False)
            return
        time.sleep(0.2)
    raise SystemExit("a server did not start within 30 seconds")


def measure(case: str, token: str, server: int) -> tuple[float, float]:
    """Measure one case; give the responses a second, and the microseconds of processor for each."""
    method, target, body = CASES[case]
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("wrk is not installed; see https://github.com/wg/wrk")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(SCRIPT % (method, body, token))
        if case == TURNING:
            file.write(IN_TURN.replace("IDS", ",".join(IDS)))
        file.flush()
        pinned = ["/usr/bin/taskset", "-c", "1", wrk, "-t1", "-c16", "-s", file.name]
        url = f"http://127.0.0.1:{PORT}{target}"
        # A compiler that works while the program runs has to see it first.
        subprocess.run([*pinned, f"-d{WARM_UP}s", url], capture_output=True, check=True)  # noqa: S603  # wrk itself
        before = _seconds_of(server)
        out = subprocess.run(  # noqa: S603  # wrk itself
            [*pinned, f"-d{SECONDS}s", url], capture_output=True, text=True, check=True
        ).stdout
        used = _seconds_of(server) - before
    found = re.search(r"(\d+) requests in (?s:.*)Requests/sec:\s+([\d.]+)", out)
    if "Non-2xx" in out or found is None:
        raise SystemExit(f"{case}: not all responses were good:\n{out}")
    return float(found[2]), used / int(found[1]) * 1e6


def _seconds_of(process: int) -> float:
    """Return the processor time that a process has used, all its threads together."""
    fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def a_service() -> MockService:
    """Build a mock that knows all ratings that are asked for."""
    service = MockService()
    for id_ in (*IDS, SONG):
        service.set_rating("mock-user", "songs", id_, 1)
    return service


def a_mock_response(service: MockService, case: str) -> Response:
    """Return the mock's response to a case."""
    method, target, body = CASES[case]
    path, _, query = target.partition("?")
    headers = [("Authorization", f"Bearer {service.developer_token()}")]
    headers += [("Music-User-Token", "mock-user")]
    return service.handle(Request(method, path, query, headers, body.encode()))


def serve_nothing_else() -> None:
    """Serve the mock's responses without the mock."""
    service = a_service()
    one, several = (a_mock_response(service, case) for case in list(CASES)[:2])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send_response(several if scope["query_string"] else one, scope, send)

    uvicorn.run(
        app, port=PORT, http=RatingsProtocol, lifespan="off", ws="none", access_log=False,
        log_level="error", server_header=False, proxy_headers=False, limit_concurrency=800,
    )  # fmt: skip


def compare_servers(prism: str) -> None:
    """Print a line for each case."""
    token = MockService().developer_token()
    ratings = [{"type": "songs", "id": id_, "value": 1} for id_ in (*IDS, SONG)]
    results: dict[tuple[str, str], list[tuple[float, float]]] = {}
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        # What is JSON is YAML.
        json.dump({"users": [{"token": "mock-user", "ratings": ratings}]}, file)
        file.flush()
        commands = {
            "mock": [*MOCK, "--port", str(PORT), "--scenario", file.name],
            "prism": [prism, "mock", "-m", "false", "-p", str(PORT), str(ROOT / "openapi.yaml")],
            "ceiling": [sys.executable, __file__, "--nothing-else"],
        }
        for _ in range(ROUNDS):
            for name, command in commands.items():
                with serving(command) as server:
                    for case in CASES:
                        results.setdefault((name, case), []).append(measure(case, token, server))
    for place, unit in enumerate(("responses a second", "µs of processor")):
        print(f"{unit:<24}{'mock':>9}{'prism':>9}{'ratio':>9}{'ceiling':>9}{'ratio':>9}")
        for case in CASES:
            best = min if place else max
            mock, other, ceiling = (
                best(each[place] for each in results[name, case]) for name in commands
            )
            ratios = (
                (mock / other, ceiling / other) if place == 0 else (other / mock, other / ceiling)
            )
            print(
                f"{case:<24}{mock:>9.0f}{other:>9.0f}{ratios[0]:>9.1f}"
                f"{ceiling:>9.0f}{ratios[1]:>9.1f}"
            )


async def _nothing(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def compare_in_process() -> None:
    """Print what a case costs as an ASGI application, beside one that does nothing."""
    service = a_service()
    token = service.developer_token().encode()
    headers = [(b"authorization", b"Bearer " + token), (b"music-user-token", b"mock-user")]
    print(f"{'µs in process':<24}{'mock':>9}{'empty':>9}{'above':>9}")
    for case, (method, target, body) in CASES.items():
        if case == TURNING:
            continue
        path, _, query = target.partition("?")
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(),
            "query_string": query.encode(), "headers": headers, "state": {},
        }  # fmt: skip
        message = {"type": "http.request", "body": body.encode(), "more_body": False}
        times = asyncio.run(_alternate([MockASGIApp(service), _nothing], scope, message))
        print(f"{case:<24}{times[0]:>9.1f}{times[1]:>9.1f}{times[0] - times[1]:>9.1f}")


async def _alternate(apps: list[Any], scope: Message, message: Message) -> list[float]:
    """Call applications in turn; give the median of each in microseconds."""

    async def receive() -> Message:
        return message

    async def send(_: Message) -> None:
        pass

    times: list[list[float]] = [[] for _ in apps]
    for _ in range(25):
        for app, own in zip(apps, times, strict=True):
            started = time.perf_counter()
            for _ in range(500):
                await app(scope, receive, send)
            own.append((time.perf_counter() - started) / 500 * 1e6)
    return [statistics.median(own) for own in times]


def compare_starts() -> None:
    """Print how long it takes from the start of the program to its first good response."""
    pairs = [(_timed(_start_mock), _timed(_import_uvicorn)) for _ in range(8)][1:]
    mock, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"ready after {mock:.2f} s (median of {len(pairs)}), "
        f"{mock / other:.1f} times `python -c 'import uvicorn'` ({other:.2f} s)"
    )


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _start_mock() -> None:
    with subprocess.Popen(  # noqa: S603  # our own program
        [*MOCK, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        url, token = (process.stdout.readline().strip().split("=", 1)[1] for _ in range(2))
        headers = {"Authorization": f"Bearer {token}", "Music-User-Token": "anybody"}
        request = HttpRequest(  # noqa: S310  # the mock
            f"{url}/v1/me/ratings/songs/1", LIKE.encode(), headers, method="PUT"
        )
        with urlopen(request, timeout=30) as response:  # noqa: S310  # the mock
            assert response.status == 200
        process.kill()


def _import_uvicorn() -> None:
    subprocess.run([sys.executable, "-c", "import uvicorn"], check=True)  # noqa: S603  # Python


def main() -> None:
    """Measure, and print a table for each question."""
    if sys.argv[1:] == ["--nothing-else"]:
        serve_nothing_else()
        return
    if len(sys.argv) != 2:
        raise SystemExit("give the path of the program prism")
    if not Path(sys.argv[1]).is_file():
        raise SystemExit(
            f"there is no {sys.argv[1]}; run: npm install @stoplight/prism-cli@5, "
            "and give node_modules/.bin/prism"
        )
    compare_in_process()
    compare_starts()
    compare_servers(sys.argv[1])


if __name__ == "__main__":
    main()
