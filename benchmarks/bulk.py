"""Bulk work beside the floor that latency sets: `make bench-bulk`.

The mock runs in a process of its own and responds to everything after 80 ms, as a distant service
would. The floor is what that latency, the page size and the allowed parallelism leave possible at
best. Files are measured by their growth: ten times the rows should take ten times as long.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from apple_music_ratings import (
    AsyncRatingsClient,
    Item,
    RatingsClient,
    RatingValue,
    ResourceType,
    RetryEvent,
    RetryPolicy,
)
from apple_music_ratings_mock import Fault, LibraryEntry, MockService
from apple_music_ratings_mock.serving.server import serve

LATENCY = 0.08
PARALLEL = 8
BATCH = 100
USER = "bench-user"
Environment = dict[str, str]


def _serve(items: int, faults: list[Fault], pipe: multiprocessing.connection.Connection) -> None:
    library = [
        LibraryEntry(
            "library-songs",
            f"i.{number:012d}",
            str(10_000_000 + number),
            name=f"Song {number:06d}",
            artist=f"Artist {number % 700:03d}",
            album=f"Album {number % 3000:04d}",
        )
        for number in range(items)
    ]
    service = MockService(library=library or None, faults=faults, seed=1)
    for number in range(0, items, 2):
        service.set_rating(USER, "library-songs", f"i.{number:012d}", 1)
    with serve(service) as base_url:
        pipe.send((base_url, service.developer_token()))
        pipe.recv()


@contextmanager
def mock(items: int = 0, *faults: Fault) -> Iterator[Environment]:
    """Run the mock in a process of its own; gives the environment that leads to it."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(items, list(faults), theirs))
    process.start()
    try:
        base_url, developer_token = ours.recv()
        yield {
            "APPLE_MUSIC_BASE_URL": base_url,
            "APPLE_MUSIC_DEVELOPER_TOKEN": developer_token,
            "APPLE_MUSIC_USER_TOKEN": USER,
        }
    finally:
        ours.send("stop")
        process.join(10)


def seconds(work: Callable[[], object]) -> float:
    """Time some work."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def library(count: int) -> None:
    """Walk a library and read all ratings; beside the floor and one request per item."""
    with mock(count, Fault("latency", seconds=LATENCY)) as environ:
        client = RatingsClient.from_env(environ=environ, max_concurrency=PARALLEL)
        found: list[object] = []
        with client:
            spent = seconds(
                lambda: found.extend(client.iter_library_ratings(ResourceType.LIBRARY_SONGS))
            )
            in_tasks = seconds(lambda: found.extend(asyncio.run(_walk_in_tasks(environ))))
            sample = [Item("library-songs", f"i.{number:012d}") for number in range(300)]
            single = seconds(lambda: [client.get_rating(item) for item in sample])
    assert len(found) == 2 * count
    # The first page says how many there are; then pages and reads go side by side.
    requests = 2 * math.ceil(count / BATCH)
    floor = LATENCY * (1 + math.ceil((requests - 1) / PARALLEL))
    one_by_one = single / len(sample) * count
    print(f"library of {count}: walk and read {spent:.2f} s")
    print(f"  {spent / floor:.2f} times the floor ({requests} requests, {PARALLEL} at a time)")
    print(f"  {in_tasks / floor:.2f} times the floor with the async client")
    print(f"  one request per item would take {one_by_one / spent:.0f} times as long")
    print(f"    (300 items in sequence, scaled to {count})")


async def _walk_in_tasks(environ: Environment) -> list[object]:
    client = AsyncRatingsClient.from_env(environ=environ, max_concurrency=PARALLEL)
    async with client:
        return [each async for each in client.iter_library_ratings(ResourceType.LIBRARY_SONGS)]


def writes(count: int) -> None:
    """Write ratings while a fifth of the responses are 429, with the floor and the waits."""
    waited: list[float] = []

    def note(wait: RetryEvent) -> None:
        waited.append(wait.delay)

    faults = (
        Fault("latency", seconds=LATENCY),
        Fault("error", operation="put", probability=0.2, status=429, body="text"),
    )
    songs = [Item("songs", str(10_000_000 + number)) for number in range(count)]
    with mock(0, *faults) as environ:
        client = RatingsClient.from_env(
            environ=environ, max_concurrency=PARALLEL, on_retry=note, retry=RetryPolicy()
        )
        done: list[int] = []
        with client:
            spent = seconds(
                lambda: done.append(len(client.set_ratings(songs, RatingValue.LIKE).done))
            )
    assert done == [count]
    sends = count + len(waited)
    floor = LATENCY * sends / PARALLEL + sum(waited) / PARALLEL
    print(f"{count} writes, {len(waited)} times throttled: {spent:.1f} s, all done")
    print(f"  {spent / floor:.2f} times the floor with the waits that the policy prescribes")


def files(counts: list[int]) -> None:
    """Export, plan and try out an import through the command line, at several sizes."""
    print("rows      export   plan   dry run   (seconds per 10,000 rows)   most memory")
    for count in counts:
        with mock(count) as environ, tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "ratings.csv"
            commands = (
                ["export", "--type", "library-songs", "-o", str(target)],
                ["plan", str(target)],
                ["apply", str(target)],
            )
            ends = [_command(command, environ) for command in commands]
        figures = "   ".join(f"{spent / count * 10_000:6.2f}" for spent, _ in ends)
        most = max(memory for _, memory in ends)
        print(f"{count:<8}  {figures}   {most:31.0f} MB", flush=True)


def _command(words: list[str], environ: Environment) -> tuple[float, float]:
    """Run the command line in a process of its own; gives seconds and megabytes."""
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, "-m", "apple_music_ratings.cli", *words],
        env=os.environ | environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, code, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(code)
    assert process.returncode == 0, words
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    """Measure what was asked for, or everything."""
    parser = argparse.ArgumentParser(description="Measure bulk work beside its floor.")
    parser.add_argument("what", nargs="*", default=["library", "writes", "files"])
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    options = parser.parse_args()
    share = 10 if options.quick else 1
    print(json.dumps({"python": platform.python_version(), "cores": os.cpu_count()}))
    if "files" in options.what:
        files([size // share for size in (10_000, 30_000, 100_000)])
    if "library" in options.what:
        library(10_000 // share)
    if "writes" in options.what:
        writes(5_000 // share)


if __name__ == "__main__":
    main()
