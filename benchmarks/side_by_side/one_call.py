"""One call after another, in process and on a loopback socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from attrs import frozen

from apple_music_ratings.transports import fast_async_transport

from .async_callers import (
    AsyncCaller,
    AsyncGenerated,
    AsyncHandHttpx,
    AsyncOurs,
    HandAiohttp,
    RawStreams,
)
from .figures import Goal, Section
from .openapi_generator import OpenapiGenerator
from .questions import HUNDRED, LIKE, ONE
from .rounds import Effort, interleaved
from .server import Server, body_for
from .sync_callers import (
    Caller,
    Generated,
    HandHttpClient,
    HandHttpx,
    HandPyreqwest,
    HandRequests,
    HandUrllib3,
    Ours,
    RawSocket,
    by_id,
)

HAND = "httpx by hand"
OURS = "apple_music_ratings, sync"
ASYNC_OURS = "apple_music_ratings, async"
OPENAPI_GENERATOR = "openapi-generator client"
_IN_PROCESS_URL = "https://api.music.apple.com"


@frozen(kw_only=True)
class Call:
    """A call that is measured.

    Args:
        name: For a heading.
        attribute: The method of a caller.
        argument: What it is called with.
        times: How often in a run of the full benchmark.
        in_process: Bound for ours beside httpx by hand, where both need no socket.
        on_socket: The same on a loopback socket, or `None`.
    """

    name: str
    attribute: str
    argument: str | list[str]
    times: int
    in_process: float
    on_socket: float | None

    def check(self, caller: object, found: Any) -> None:
        """See that a caller gives what every caller must.

        Raises:
            AssertionError: It gives something else.
        """
        if isinstance(self.argument, str):
            is_right = found == LIKE
        else:
            is_right = by_id(found) == dict.fromkeys(self.argument, LIKE)
        if not is_right:
            raise AssertionError(
                f"{type(caller).__name__}: {self.name} returns an incorrect result"
            )


CALLS = (
    Call(
        name="get_rating", attribute="get", argument=ONE, times=100, in_process=0.7, on_socket=0.9
    ),
    Call(
        name="set_rating", attribute="set", argument=ONE, times=100, in_process=0.7, on_socket=0.9
    ),
    Call(
        name="get_ratings of 100",
        attribute="many",
        argument=HUNDRED,
        times=40,
        in_process=1.4,
        on_socket=None,
    ),
)


def _again(caller: Caller, call: Call, times: int) -> Callable[[], None]:
    method = getattr(caller, call.attribute)
    call.check(caller, method(call.argument))

    def run() -> None:
        for _ in range(times):
            method(call.argument)

    return run


def _again_in_loop(
    caller: AsyncCaller, call: Call, times: int, loop: asyncio.AbstractEventLoop
) -> Callable[[], None]:
    method = getattr(caller, call.attribute)
    call.check(caller, loop.run_until_complete(method(call.argument)))

    async def calls() -> None:
        for _ in range(times):
            await method(call.argument)

    return lambda: loop.run_until_complete(calls())


def _respond(request: httpx.Request) -> httpx.Response:
    return httpx.Response(
        200,
        headers={"Content-Type": "application/json"},
        content=_BODIES.get(request.url.raw_path) or _remembered(request.url.raw_path),
    )


_BODIES: dict[bytes, bytes] = {}


def _remembered(target: bytes) -> bytes:
    return _BODIES.setdefault(target, body_for(target.decode()))


def _per_call(runs: Mapping[str, list[float]], times: int) -> dict[str, list[float]]:
    return {name: [run / times * 1e6 for run in values] for name, values in runs.items()}


def in_process(effort: Effort) -> list[Section]:
    """Measure the work of the clients alone: every transport responds at once."""
    transport = httpx.MockTransport(_respond)
    callers: dict[str, Caller] = {
        HAND: HandHttpx(_IN_PROCESS_URL, transport),
        "generated client alone": Generated(_IN_PROCESS_URL, transport),
        OURS: Ours(_IN_PROCESS_URL, transport),
    }
    in_tasks: dict[str, AsyncCaller] = {
        "httpx.AsyncClient by hand": AsyncHandHttpx(_IN_PROCESS_URL, transport),
        ASYNC_OURS: AsyncOurs(_IN_PROCESS_URL, transport),
    }
    sections = []
    loop = asyncio.new_event_loop()
    for call in CALLS:
        times = effort.times(call.times)
        contenders = {name: _again(caller, call, times) for name, caller in callers.items()}
        contenders |= {
            name: _again_in_loop(caller, call, times, loop) for name, caller in in_tasks.items()
        }
        runs, _ = interleaved(contenders, rounds=effort.rounds)
        sections.append(
            Section(
                group="in-process",
                name=f"{call.name}, in process",
                about="one call after another over a transport that responds at once.",
                reference=HAND,
                runs=_per_call(runs, times),
                unit="µs",
                goals=(Goal(contender=OURS, against=HAND, limit=call.in_process),),
                ours=(OURS, ASYNC_OURS),
            )
        )
    loop.close()
    return sections


def on_socket(
    effort: Effort, server: Server, *, with_openapi_generator: bool
) -> tuple[list[Section], dict[str, float]]:
    """Measure whole calls over a kept connection."""
    callers: dict[str, Caller] = {
        HAND: HandHttpx(server.base_url),
        "requests by hand": HandRequests(server.base_url),
        "urllib3 by hand": HandUrllib3(server.base_url),
        "http.client by hand": HandHttpClient(server.base_url),
        "pyreqwest by hand": HandPyreqwest(server.base_url),
        "generated client alone": Generated(server.base_url),
    }
    if with_openapi_generator:
        callers[OPENAPI_GENERATOR] = OpenapiGenerator(server.base_url)
    callers |= {
        OURS: Ours(server.base_url),
        "raw socket": RawSocket(server.port),
    }
    loop = asyncio.new_event_loop()
    in_tasks = loop.run_until_complete(_in_tasks(server))
    sections, shares = [], {}
    for call in CALLS:
        times = effort.times(call.times)
        contenders = {name: _again(caller, call, times) for name, caller in callers.items()}
        contenders |= {
            name: _again_in_loop(caller, call, times, loop) for name, caller in in_tasks.items()
        }
        runs, share = interleaved(contenders, rounds=effort.rounds, server=server)
        section = Section(
            group="loopback",
            name=f"{call.name}, loopback",
            about="one call after another over one connection that stays open.",
            reference=HAND,
            runs=_per_call(runs, times),
            unit="µs",
            goals=_goals(call, with_openapi_generator=with_openapi_generator),
            ours=(
                OURS,
                *(name for name in in_tasks if name.startswith("apple_music_ratings")),
            ),
        )
        sections.append(section)
        shares[section.name] = share
    for each in in_tasks.values():
        loop.run_until_complete(each.aclose())
    loop.close()
    return sections, shares


def _goals(call: Call, *, with_openapi_generator: bool) -> tuple[Goal, ...]:
    if call.on_socket is None:
        return ()
    goals = [Goal(contender=OURS, against=HAND, limit=call.on_socket)]
    if with_openapi_generator:
        goals.append(Goal(contender=OURS, against=OPENAPI_GENERATOR, limit=0.95))
    return tuple(goals)


async def _in_tasks(server: Server) -> dict[str, AsyncCaller]:
    callers: dict[str, AsyncCaller] = {
        "httpx.AsyncClient by hand": AsyncHandHttpx(server.base_url),
        "generated client alone, async": AsyncGenerated(server.base_url),
        ASYNC_OURS: AsyncOurs(server.base_url),
    }
    return callers | {
        "apple_music_ratings[fast], async": AsyncOurs(server.base_url, fast_async_transport()),
        "aiohttp by hand": HandAiohttp(server.base_url),
        "raw asyncio": RawStreams(server.port),
    }
