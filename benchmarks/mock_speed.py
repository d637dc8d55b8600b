"""The mock beside Prism 5, both on one core under wrk: `python benchmarks/mock_speed.py PRISM`.

PRISM is the program of @stoplight/prism-cli (npm). Both serve openapi.yaml in turn on the same
core, with wrk on another; runs alternate, and the median of each counts. Prism keeps no state, so
its answers are examples; both check the request. Then it prints what the mock costs in process.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from apple_music_ratings.mock import MockService, Request

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 3
SECONDS = 4
PORT = 8797
IDS = ",".join(str(number) for number in range(900_000_000, 900_000_100))
CASES = {
    "get one": ("GET", "/v1/me/ratings/songs/907242702", ""),
    "get several, 100 ids": ("GET", f"/v1/me/ratings/songs?ids={IDS}", ""),
    "put": (
        "PUT",
        "/v1/me/ratings/songs/907242702",
        '{"type":"rating","attributes":{"value":1}}',
    ),
}
SCRIPT = """
wrk.method = "%s"
wrk.body = '%s'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer %s"
wrk.headers["Music-User-Token"] = "mock-user"
"""


@contextmanager
def serving(command: list[str]) -> Iterator[None]:
    """Run a server on the first core for as long as the block lasts."""
    with subprocess.Popen(  # noqa: S603  # the two servers
        ["/usr/bin/taskset", "-c", "0", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _await_answer()
            yield
        finally:
            process.terminate()


def _await_answer() -> None:
    for _ in range(150):
        with suppress(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{PORT}/", trust_env=False)
            return
        time.sleep(0.2)
    raise SystemExit("a server did not start within 30 seconds")


def rate(case: str, token: str) -> float:
    """Measure one case; give the right answers a second."""
    method, target, body = CASES[case]
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("wrk is not installed; see https://github.com/wg/wrk")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(SCRIPT % (method, body, token))
        file.flush()
        out = subprocess.run(  # noqa: S603  # wrk itself
            [
                "/usr/bin/taskset",
                "-c",
                "1",
                wrk,
                "-t1",
                "-c16",
                f"-d{SECONDS}s",
                "-s",
                file.name,
                f"http://127.0.0.1:{PORT}{target}",
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    if "Non-2xx" in out:
        raise SystemExit(f"{case}: not all answers were good:\n{out}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", out)
    return float(found[1]) if found else 0.0


def in_process() -> float:
    """Give the microseconds of one get of a rating, without any server."""
    service = MockService()
    service.rate("mock-user", "songs", "907242702", 1)
    headers = [("Authorization", f"Bearer {service.developer_token()}")]
    headers += [("Music-User-Token", "mock-user")]
    request = Request("GET", "/v1/me/ratings/songs/907242702", "", headers)
    times = []
    for _ in range(15):
        start = time.perf_counter()
        for _ in range(2000):
            service.handle(request)
        times.append((time.perf_counter() - start) / 2000)
    return statistics.median(times) * 1e6


def main() -> None:
    """Measure, and print one line for each case."""
    if len(sys.argv) != 2:
        raise SystemExit("give the path of the program prism")
    token = MockService().developer_token()
    scenario = (
        "users: [{token: mock-user, ratings: ["
        + ", ".join(
            f"{{type: songs, id: '{id_}', value: 1}}" for id_ in [*IDS.split(","), "907242702"]
        )
        + "]}]\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(scenario)
        file.flush()
        ours = [sys.executable, "-m", "apple_music_ratings.mock"]
        theirs = [sys.argv[1], "mock", "-m", "false"]
        commands = {
            "mock": [*ours, "--port", str(PORT), "--scenario", file.name],
            "prism": [*theirs, "-p", str(PORT), str(ROOT / "openapi.yaml")],
        }
        rates: dict[tuple[str, str], list[float]] = {}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                with serving(command):
                    for case in CASES:
                        rates.setdefault((name, case), []).append(rate(case, token))
    print(f"{'requests a second, one core':<30}{'mock':>8}{'prism':>8}{'ratio':>8}")
    for case in CASES:
        mock, prism = (statistics.median(rates[name, case]) for name in commands)
        print(f"{case:<30}{mock:>8.0f}{prism:>8.0f}{mock / prism:>8.1f}")
    print(f"in process, get one: {in_process():.1f} µs")


if __name__ == "__main__":
    main()
