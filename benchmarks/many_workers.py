"""Eight processes under one throttle, with a limiter in Redis and without: `bench-workers`.

The mock rejects requests above a rate, as Apple does for a developer team. Printed are the share of
responses that were 429 and the share of the limit that was used, while all were working.
Needs the program redis-server; nothing leaves this machine.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.synchronize import Barrier, Event

from redis import ConnectionError as NoConnectionError
from redis import Redis

from apple_music_ratings import Item, RatingsClient, RatingsError
from apple_music_ratings.limiters.redis import RedisLimiter
from apple_music_ratings_mock import Fault, MockService
from apple_music_ratings_mock.journal.request_journal import JournalEntry
from apple_music_ratings_mock.serving.server import serve

TIMEOUT = 60.0
SONG = Item("songs", "907242702")


def work(
    address: tuple[str, str], limiter: tuple[str, float] | None, ready: Barrier, over: Event
) -> None:
    """Ask for one rating after the other until it is over."""
    base_url, developer_token = address
    with ExitStack() as stack:
        client = stack.enter_context(
            RatingsClient(
                base_url=base_url,
                developer_token=developer_token,
                music_user_token=multiprocessing.current_process().name,
                limiter=limiter and stack.enter_context(RedisLimiter(*limiter)),
            )
        )
        ready.wait(TIMEOUT)
        while not over.is_set():
            try:
                client.get_rating(SONG)
            except RatingsError as error:
                # Without a limiter, calls fail in the end.
                print(type(error).__name__, file=sys.stderr)


@contextmanager
def redis_server() -> Iterator[str]:
    """Run a Redis without a past or a future, and give its URL."""
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit("bench-workers needs the program redis-server")
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        path = f"{folder}/redis.sock"
        options = ("--port", "0", "--unixsocket", path, "--dir", folder, "--save", "")
        server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)  # noqa: S603  # Debian's own
        try:
            until = time.monotonic() + TIMEOUT
            with Redis(unix_socket_path=path) as redis:
                while time.monotonic() < until:
                    try:
                        redis.ping()
                        break
                    except NoConnectionError:
                        time.sleep(0.02)
            yield f"unix://{path}"
        finally:
            server.terminate()
            server.wait()


def measured(
    processes: int, limit: int, seconds: float, limiter: tuple[str, float] | None
) -> list[JournalEntry]:
    """Let the crowd work for some seconds, and give what the mock saw."""
    # More than can be asked in that time.
    service = MockService(journal_size=1_000_000)
    service.inject_fault(Fault("team-throttle", max_per_second=limit))
    context = multiprocessing.get_context("spawn")
    ready, over = context.Barrier(processes + 1), context.Event()
    with serve(service) as base_url:
        address = (base_url, service.developer_token())
        crowd = [
            context.Process(target=work, args=(address, limiter, ready, over), name=f"w{number}")
            for number in range(processes)
        ]
        for process in crowd:
            process.start()
        ready.wait(TIMEOUT)
        time.sleep(seconds)
        seen = service.requests()
        over.set()
        for process in crowd:
            process.join()
    return seen


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--limit", type=int, default=50, help="requests a second of the throttle")
    parser.add_argument("--share", type=float, default=0.92, help="of the limit, for the limiter")
    parser.add_argument("--seconds", type=float, default=10.0)
    asked = parser.parse_args()
    rate = asked.limit * asked.share
    print(f"{asked.processes} processes, a throttle of {asked.limit} a second")
    print(f"{'limiter':<24} {'requests':>8} {'429':>7} {'limit used':>10}")
    with redis_server() as url:
        for name, limiter in (("none", None), (f"Redis, {rate:g} a second", (url, rate))):
            seen = measured(asked.processes, asked.limit, asked.seconds, limiter)
            rejected = sum(entry.status == 429 for entry in seen)
            took = seen[-1].at - seen[0].at
            used = (len(seen) - rejected - 1) / took / asked.limit
            print(f"{name:<24} {len(seen):>8} {rejected / len(seen):>7.2%} {used:>10.1%}")


if __name__ == "__main__":
    main()
