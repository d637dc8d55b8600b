"""Many calls at once: 5,000 with 32 in flight, and the ratings of 10,000 ids."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from apple_music_ratings.transports import fast_async_transport

from .async_callers import (
    AsyncCaller,
    AsyncGenerated,
    AsyncHandHttpx,
    AsyncOurs,
    HandAiohttp,
    RawStreams,
    httpx_aiohttp_transport,
)
from .figures import Goal, Section
from .questions import LIKE, ONE
from .rounds import Effort, interleaved
from .server import Server
from .sync_callers import HandHttpx, HandRequests, Ours, RawSocket, by_id

IN_FLIGHT = 32
CALLS = 5_000
IDS = 10_000
PAGE = 100
# Requests that our clients have in flight by default.
PARALLEL = 8
DEFAULT = "httpx, its own transport"
OVER_FAST = "httpx over our fast transport"
OURS = "apple_music_ratings"
OURS_FAST = "apple_music_ratings[fast]"


async def all_of(
    count: int, in_flight: int, call: Callable[[int], Awaitable[object]]
) -> list[object]:
    """Make `count` calls, `in_flight` at a time, and return their results."""
    numbers = iter(range(count))
    found: list[object] = []

    async def work() -> None:
        for number in numbers:
            found.append(await call(number))  # noqa: PERF401  # several append

    await asyncio.gather(*(work() for _ in range(in_flight)))
    return found


def crowd(effort: Effort, server: Server) -> tuple[Section, float]:
    """Measure how many single reads a second go through one async client."""
    calls = effort.times(CALLS)
    loop = asyncio.new_event_loop()
    callers = loop.run_until_complete(_async_callers(server))

    def run(caller: AsyncCaller) -> Callable[[], None]:
        def once() -> None:
            found = loop.run_until_complete(
                all_of(calls, IN_FLIGHT, lambda _number: caller.get(ONE))
            )
            assert found == [LIKE] * calls

        return once

    runs, share = interleaved(
        {name: run(caller) for name, caller in callers.items()},
        rounds=effort.long_rounds,
        server=server,
    )
    for caller in callers.values():
        loop.run_until_complete(caller.aclose())
    loop.close()
    goals = [
        Goal(contender=OURS, against=DEFAULT, limit=1.3),
        Goal(contender=OURS_FAST, against="aiohttp by hand", limit=0.5),
    ]
    section = Section(
        group="many",
        name=f"get_rating, {IN_FLIGHT} in flight",
        about=f"{CALLS:,} reads through one async client, {IN_FLIGHT} of them in flight.",
        reference=DEFAULT,
        runs={name: [calls / each for each in values] for name, values in runs.items()},
        unit="calls/s",
        more_is_better=True,
        goals=tuple(goals),
        ours=(OURS, OURS_FAST),
    )
    return section, share


async def _async_callers(server: Server) -> dict[str, AsyncCaller]:
    callers: dict[str, AsyncCaller] = {
        DEFAULT: AsyncHandHttpx(server.base_url),
        "generated client alone": AsyncGenerated(server.base_url),
        OURS: AsyncOurs(server.base_url),
    }
    callers[OVER_FAST] = AsyncHandHttpx(server.base_url, fast_async_transport())
    callers[OURS_FAST] = AsyncOurs(server.base_url, fast_async_transport())
    if (transport := httpx_aiohttp_transport()) is not None:
        callers["httpx over httpx-aiohttp"] = AsyncHandHttpx(server.base_url, transport)
    return callers | {
        "aiohttp by hand": HandAiohttp(server.base_url),
        "raw asyncio": RawStreams(server.port),
    }


def bulk(effort: Effort, server: Server) -> list[tuple[Section, float]]:
    """Measure the ratings of many ids, beside the same requests by hand."""
    ids = [str(900_000_000 + number) for number in range(effort.times(IDS))]
    pages = [ids[start : start + PAGE] for start in range(0, len(ids), PAGE)]
    return [_in_threads(effort, server, ids, pages), _in_tasks(effort, server, ids, pages)]


def _in_threads(
    effort: Effort, server: Server, ids: list[str], pages: list[list[str]]
) -> tuple[Section, float]:
    hand, requests, raw = (
        HandHttpx(server.base_url),
        HandRequests(server.base_url),
        RawSocket(server.port),
    )
    ours = Ours(server.base_url)

    def parallel() -> dict[Any, int | None]:
        with ThreadPoolExecutor(PARALLEL) as pool:
            return joined(pool.map(hand.many, pages))

    by_hand = "httpx by hand, one after the other"
    works: dict[str, Callable[[], Mapping[Any, int | None]]] = {
        by_hand: lambda: joined(map(hand.many, pages)),
        f"httpx by hand, {PARALLEL} threads": parallel,
        "requests by hand, one after the other": lambda: joined(map(requests.many, pages)),
        OURS: lambda: ours.many(ids),
        "raw socket, one after the other": lambda: joined(map(raw.many, pages)),
    }
    runs, share = interleaved(
        {name: checked(work, ids) for name, work in works.items()},
        rounds=effort.rounds,
        server=server,
    )
    section = Section(
        group="many",
        name=f"get_ratings of {IDS:,}, sync",
        about=f"{IDS // PAGE} requests for {PAGE} ids each, on a loopback socket.",
        reference=by_hand,
        runs={name: [each / len(ids) * 1e6 for each in values] for name, values in runs.items()},
        unit="µs an id",
        goals=(Goal(contender=OURS, against=by_hand, limit=1.5),),
        ours=(OURS,),
    )
    return section, share


def _in_tasks(
    effort: Effort, server: Server, ids: list[str], pages: list[list[str]]
) -> tuple[Section, float]:
    loop = asyncio.new_event_loop()
    callers = loop.run_until_complete(_async_callers(server))

    def by_hand(caller: AsyncCaller) -> Callable[[], Mapping[Any, int | None]]:
        async def work() -> dict[Any, int | None]:
            found: dict[Any, int | None] = {}

            async def page(number: int) -> None:
                found.update(await caller.many(pages[number]))

            await all_of(len(pages), PARALLEL, page)
            return found

        return lambda: loop.run_until_complete(work())

    def at_once(caller: AsyncCaller) -> Callable[[], Mapping[Any, int | None]]:
        return lambda: loop.run_until_complete(caller.many(ids))

    runs, share = interleaved(
        {
            name: checked((at_once if name in (OURS, OURS_FAST) else by_hand)(caller), ids)
            for name, caller in callers.items()
        },
        rounds=effort.rounds,
        server=server,
    )
    for caller in callers.values():
        loop.run_until_complete(caller.aclose())
    loop.close()
    goals = [
        Goal(contender=OURS, against=DEFAULT, limit=1.5),
        Goal(contender=OURS_FAST, against=DEFAULT, limit=0.5),
    ]
    section = Section(
        group="many",
        name=f"get_ratings of {IDS:,}, async",
        about=f"{IDS // PAGE} requests for {PAGE} ids each, {PARALLEL} at a time.",
        reference=DEFAULT,
        runs={name: [each / len(ids) * 1e6 for each in values] for name, values in runs.items()},
        unit="µs an id",
        goals=tuple(goals),
        ours=(OURS, OURS_FAST),
    )
    return section, share


def joined(parts: Iterable[Mapping[Any, int | None]]) -> dict[Any, int | None]:
    """Merge the responses to several requests."""
    found: dict[Any, int | None] = {}
    for part in parts:
        found.update(part)
    return found


def checked(work: Callable[[], Mapping[Any, int | None]], ids: list[str]) -> Callable[[], None]:
    """Return the work, after a look at what it gives."""
    if by_id(work()) != dict.fromkeys(ids, LIKE):
        raise AssertionError("the ratings that were read are not those of the server")

    def run() -> None:
        assert len(work()) == len(ids)

    return run
