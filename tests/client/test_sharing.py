from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import httpx
import pytest
from support.builders import DISLIKE, LIKE, USER_TOKEN, FakeClock, ScriptedTransport, a_response

from apple_music_ratings import AsyncRatingsClient, Item, Rating, RatingsClient, RatingValue
from apple_music_ratings_mock import MockService

VALUES = {Item("songs", str(number)): LIKE if number % 3 else DISLIKE for number in range(1, 161)}


def test_sixteen_threads_share_a_client(service: MockService) -> None:
    """Every call returns its own result, whatever the others request."""

    def work(item: Item) -> list[object]:
        rated = client.set_rating(item, VALUES[item])
        one = client.with_options(language="de").get_rating(item)
        several = client.get_ratings([item])
        return [rated, one, several]

    with (
        RatingsClient(
            developer_token=service.developer_token(),
            music_user_token=USER_TOKEN,
            transport=service.transport,
        ) as client,
        ThreadPoolExecutor(16) as pool,
    ):
        results = list(pool.map(work, VALUES))
        found = client.get_ratings(VALUES)

    assert results == [
        [Rating(item, value), value, {item: value}] for item, value in VALUES.items()
    ]
    assert found == VALUES


@pytest.mark.anyio
async def test_many_tasks_share_a_client(service: MockService) -> None:
    """The same for tasks, under asyncio and trio."""
    read: dict[Item, RatingValue | None] = {}
    async with AsyncRatingsClient(
        developer_token=service.developer_token(),
        music_user_token=USER_TOKEN,
        transport=service.transport,
    ) as client:

        async def work(item: Item) -> None:
            await client.set_rating(item, VALUES[item])
            read[item] = await client.get_rating(item)

        async with anyio.create_task_group() as group:
            for item in VALUES:
                group.start_soon(work, item)
        found = await client.get_ratings(VALUES)

    assert read == found == VALUES


def test_calls_of_many_threads_count_their_own_attempts() -> None:
    """A failure of one call is not counted for another."""
    seen: set[str] = set()
    attempts: list[int] = []

    def response(request: httpx.Request) -> httpx.Response:
        is_first = request.url.path not in seen
        seen.add(request.url.path)
        return httpx.Response(503 if is_first else 204)

    wire = ScriptedTransport(response)
    with (
        RatingsClient(
            developer_token="head.claims.signature",
            music_user_token=USER_TOKEN,
            transport=wire,
            clock=FakeClock(),
            on_retry=lambda wait: attempts.append(wait.attempts),
        ) as client,
        ThreadPoolExecutor(16) as pool,
    ):
        list(pool.map(client.delete_rating, VALUES))

    assert len(wire.sent) == 2 * len(VALUES)
    assert attempts == [1] * len(VALUES)


@pytest.mark.anyio
async def test_waiting_task_does_not_block_others() -> None:
    """A wait for another attempt pauses one task and not the loop."""
    order: list[str] = []

    class PausingClock(FakeClock):
        async def sleep_async(self, seconds: float, *, until: Any = None) -> bool:
            order.append("waits")
            await other_is_done.wait()
            return await super().sleep_async(seconds, until=until)

    other_is_done = anyio.Event()
    wire = ScriptedTransport(a_response(503), a_response(204))
    async with AsyncRatingsClient(
        developer_token="head.claims.signature",
        music_user_token=USER_TOKEN,
        transport=wire,
        clock=PausingClock(),
    ) as client:

        async def first() -> None:
            await client.delete_rating(Item("songs", "1"))
            order.append("first")

        async def second() -> None:
            while "waits" not in order:
                await anyio.lowlevel.checkpoint()
            await client.delete_rating(Item("songs", "2"))
            order.append("second")
            other_is_done.set()

        async with anyio.create_task_group() as group:
            group.start_soon(first)
            group.start_soon(second)

    assert order == ["waits", "second", "first"]


@pytest.mark.anyio
async def test_canceled_call_ends_at_once() -> None:
    """Retries do not suppress the cancellation."""
    started = anyio.Event()

    class SlowWire(ScriptedTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            started.set()
            await anyio.sleep_forever()
            return await super().handle_async_request(request)

    async with (
        AsyncRatingsClient(
            developer_token="head.claims.signature",
            music_user_token=USER_TOKEN,
            transport=SlowWire(a_response(204)),
            clock=FakeClock(),
        ) as client,
        anyio.create_task_group() as group,
    ):
        group.start_soon(client.delete_rating, Item("songs", "1"))
        await started.wait()
        group.cancel_scope.cancel()

    assert group.cancel_scope.cancelled_caught
