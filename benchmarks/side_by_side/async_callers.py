"""The async contenders: by hand, generated, and ours.

Each has the methods of `sync_callers`, as coroutines, and is created in a running event loop.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp
import httpx

from apple_music_ratings import AsyncRatingsClient, Item, RatingValue
from apple_music_ratings_client import Client
from apple_music_ratings_client.api.songs import (
    get_song_rating,
    list_song_ratings,
    set_song_rating,
)
from apple_music_ratings_client.models import (
    RatingRequest,
    RatingRequestAttributes,
    RatingRequestType,
)
from apple_music_ratings_client.models import RatingValue as GeneratedValue

from .questions import (
    BODY,
    DEVELOPER_TOKEN,
    TOKENS,
    USER_TOKEN,
    many_target,
    one_target,
    value_in,
    values_in,
)
from .server import length_of
from .sync_callers import RAW_BODY, Items, raw_request, read_generated


class AsyncCaller(Protocol):
    """The calls that every contender supports."""

    async def get(self, id: str, /) -> int | None:
        """Read one rating."""

    async def set(self, id: str, /) -> int | None:
        """Like one song; return its rating."""

    async def many(self, ids: list[str], /) -> Mapping[Any, int | None]:
        """Read many ratings; return them by id or by item."""

    async def aclose(self) -> None:
        """Close the connections."""


class AsyncHandHttpx:
    """`httpx.AsyncClient` with static headers, and nothing that retries."""

    def __init__(self, base_url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(base_url=base_url, headers=TOKENS, transport=transport)

    async def get(self, id: str) -> int:
        """Read one rating."""
        response = await self._client.get(one_target(id))
        return value_in(response.raise_for_status().content)

    async def set(self, id: str) -> int:
        """Like one song."""
        response = await self._client.put(one_target(id), json=BODY)
        return value_in(response.raise_for_status().content)

    async def many(self, ids: list[str]) -> dict[str, int]:
        """Read many ratings."""
        response = await self._client.get(many_target(ids))
        return values_in(response.raise_for_status().content)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class AsyncGenerated:
    """The generated client alone, with the same static headers."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.AsyncClient(base_url=base_url, headers=TOKENS)
        self._client = Client(base_url=base_url)
        self._client.set_async_httpx_client(self._http)

    async def get(self, id: str) -> int:
        """Read one rating."""
        found = await get_song_rating.asyncio_detailed(id, client=self._client)
        return read_generated([found.parsed])[id]

    async def set(self, id: str) -> int:
        """Like one song."""
        body = RatingRequest(
            type_=RatingRequestType.RATING,
            attributes=RatingRequestAttributes(value=GeneratedValue.LIKE),
        )
        found = await set_song_rating.asyncio_detailed(id, client=self._client, body=body)
        return read_generated([found.parsed])[id]

    async def many(self, ids: list[str]) -> dict[str, int]:
        """Read many ratings."""
        found = await list_song_ratings.asyncio_detailed(client=self._client, ids=ids)
        return read_generated([found.parsed])

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


class AsyncOurs:
    """`AsyncRatingsClient`.

    Args:
        base_url: The service.
        transport: As for the client.
    """

    def __init__(
        self,
        base_url: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._items = Items()
        self._client = AsyncRatingsClient(
            developer_token=DEVELOPER_TOKEN,
            music_user_token=USER_TOKEN,
            base_url=base_url,
            transport=transport,
        )

    async def get(self, id: str) -> int | None:
        """Read one rating."""
        return await self._client.get_rating(Item("songs", id))

    async def set(self, id: str) -> int:
        """Like one song."""
        return (await self._client.like(Item("songs", id))).value

    async def many(self, ids: list[str]) -> dict[Item, RatingValue | None]:
        """Read many ratings, in requests of a hundred."""
        return await self._client.get_ratings(self._items.of(ids))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class HandAiohttp:
    """`aiohttp.ClientSession` with static headers."""

    def __init__(self, base_url: str) -> None:
        self._session = aiohttp.ClientSession(base_url, headers=TOKENS, raise_for_status=True)

    async def get(self, id: str) -> int:
        """Read one rating."""
        async with self._session.get(one_target(id)) as response:
            return value_in(await response.read())

    async def set(self, id: str) -> int:
        """Like one song."""
        async with self._session.put(one_target(id), json=BODY) as response:
            return value_in(await response.read())

    async def many(self, ids: list[str]) -> dict[str, int]:
        """Read many ratings."""
        async with self._session.get(many_target(ids)) as response:
            return values_in(await response.read())

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()


class RawStreams:
    """asyncio's streams, and HTTP written and read by hand; as many connections as are needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def _body(self, request: bytes) -> bytes:
        if self._idle:
            reader, writer = self._idle.pop()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        body = await reader.readexactly((length_of(head) or 0) - len(head))
        self._idle.append((reader, writer))
        return body

    async def get(self, id: str) -> int:
        """Read one rating."""
        return value_in(await self._body(raw_request("GET", one_target(id))))

    async def set(self, id: str) -> int:
        """Like one song."""
        return value_in(await self._body(raw_request("PUT", one_target(id), RAW_BODY)))

    async def many(self, ids: list[str]) -> dict[str, int]:
        """Read many ratings."""
        return values_in(await self._body(raw_request("GET", many_target(ids))))

    async def aclose(self) -> None:
        """Close the connections."""
        for _, writer in self._idle:
            writer.close()
            await writer.wait_closed()


def httpx_aiohttp_transport() -> httpx.AsyncBaseTransport | None:
    """Return the transport of the package httpx-aiohttp; `None` if it is not installed."""
    try:
        module = importlib.import_module("httpx_aiohttp")
    except ImportError:
        return None
    transport: httpx.AsyncBaseTransport = module.AiohttpTransport()
    return transport
