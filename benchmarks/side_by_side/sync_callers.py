"""The sync contenders: by hand, generated, and ours.

Each has `get`, `set` and `many`, which send one request and return the content of its response.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Mapping
from http.client import HTTPConnection
from typing import Any, Protocol

import httpx
import requests
import urllib3
from pyreqwest.client import SyncClientBuilder

from apple_music_ratings import Item, RatingsClient, RatingValue
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
    RatingsResponse,
)
from apple_music_ratings_client.models import RatingValue as GeneratedValue

from .questions import (
    BODY,
    DEVELOPER_TOKEN,
    LIKE,
    TOKENS,
    USER_TOKEN,
    many_target,
    one_target,
    value_in,
    values_in,
)
from .server import length_of

JSON = {"Content-Type": "application/json"}


class Caller(Protocol):
    """The calls that every contender supports."""

    def get(self, id: str, /) -> int | None:
        """Read one rating."""

    def set(self, id: str, /) -> int | None:
        """Like one song; return its rating."""

    def many(self, ids: list[str], /) -> Mapping[Any, int | None]:
        """Read many ratings; return them by id or by item."""


class HandHttpx:
    """`httpx.Client` with static headers, and nothing that retries."""

    def __init__(self, base_url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(base_url=base_url, headers=TOKENS, transport=transport)

    def get(self, id: str) -> int:
        """Read one rating."""
        return value_in(self._client.get(one_target(id)).raise_for_status().content)

    def set(self, id: str) -> int:
        """Like one song."""
        return value_in(self._client.put(one_target(id), json=BODY).raise_for_status().content)

    def many(self, ids: list[str]) -> dict[str, int]:
        """Read many ratings."""
        return values_in(self._client.get(many_target(ids)).raise_for_status().content)


class ByHand:
    """A library for HTTP with static headers, and JSON by hand."""

    def content(self, method: str, target: str, body: bytes | None = None) -> bytes:
        """Return the body of a successful response."""
        raise NotImplementedError

    def get(self, id: str) -> int:
        """Read one rating."""
        return value_in(self.content("GET", one_target(id)))

    def set(self, id: str) -> int:
        """Like one song."""
        return value_in(self.content("PUT", one_target(id), json.dumps(BODY).encode()))

    def many(self, ids: list[str]) -> dict[str, int]:
        """Read many ratings."""
        return values_in(self.content("GET", many_target(ids)))


class HandRequests(ByHand):
    """`requests.Session`."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._session = requests.Session()
        self._session.headers.update(TOKENS | JSON)
        # Otherwise it looks for proxies in the environment at every call.
        self._session.trust_env = False

    def content(self, method: str, target: str, body: bytes | None = None) -> bytes:
        """Return the body of a successful response."""
        response = self._session.request(method, self._base_url + target, data=body, timeout=10)
        response.raise_for_status()
        return response.content


class HandUrllib3(ByHand):
    """`urllib3.PoolManager`."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._pool = urllib3.PoolManager(headers=TOKENS | JSON, timeout=10, retries=False)

    def content(self, method: str, target: str, body: bytes | None = None) -> bytes:
        """Return the body of a successful response."""
        response = self._pool.request(method, self._base_url + target, body=body)
        assert response.status == 200
        return response.data


class HandHttpClient(ByHand):
    """One connection of `http.client`."""

    def __init__(self, base_url: str) -> None:
        self._connection = HTTPConnection(base_url.removeprefix("http://"), timeout=10)

    def content(self, method: str, target: str, body: bytes | None = None) -> bytes:
        """Return the body of a successful response."""
        self._connection.request(method, target, body, TOKENS | JSON)
        response = self._connection.getresponse()
        assert response.status == 200
        return response.read()


class HandPyreqwest(ByHand):
    """pyreqwest's own client, without httpx."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._client = SyncClientBuilder().no_proxy().default_headers(TOKENS | JSON).build()

    def content(self, method: str, target: str, body: bytes | None = None) -> bytes:
        """Return the body of a successful response."""
        request = self._client.request(method, self._base_url + target)
        if body is not None:
            request = request.body_bytes(body)
        response = request.build().send()
        assert response.status == 200
        return bytes(response.bytes())


class Generated:
    """The generated client alone, with the same static headers."""

    def __init__(self, base_url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._client = Client(base_url=base_url)
        self._client.set_httpx_client(
            httpx.Client(base_url=base_url, headers=TOKENS, transport=transport)
        )

    def get(self, id: str) -> int:
        """Read one rating."""
        found = get_song_rating.sync_detailed(id, client=self._client).parsed
        return read_generated([found])[id]

    def set(self, id: str) -> int:
        """Like one song."""
        body = RatingRequest(
            type_=RatingRequestType.RATING,
            attributes=RatingRequestAttributes(value=GeneratedValue.LIKE),
        )
        found = set_song_rating.sync_detailed(id, client=self._client, body=body).parsed
        return read_generated([found])[id]

    def many(self, ids: list[str]) -> dict[str, int]:
        """Read many ratings."""
        found = list_song_ratings.sync_detailed(client=self._client, ids=ids).parsed
        return read_generated([found])


def read_generated(responses: Iterable[object]) -> dict[str, int]:
    """Read what the generated models hold."""
    values = {}
    for response in responses:
        assert isinstance(response, RatingsResponse)
        for entry in response.data:
            assert entry.attributes
            assert entry.attributes.value
            values[entry.id] = entry.attributes.value.value
    return values


class Items:
    """The items of some ids, created once, since callers of `get_ratings` have items already."""

    def __init__(self) -> None:
        self._made: dict[str, Item] = {}

    def of(self, ids: list[str]) -> list[Item]:
        """Return the items of some ids."""
        made = self._made
        if ids[-1] not in made:
            made.update({id: Item("songs", id) for id in ids})
        return [made[id] for id in ids]


class Ours:
    """`RatingsClient`."""

    def __init__(self, base_url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._items = Items()
        self._client = RatingsClient(
            developer_token=DEVELOPER_TOKEN,
            music_user_token=USER_TOKEN,
            base_url=base_url,
            transport=transport,
        )

    def get(self, id: str) -> int | None:
        """Read one rating."""
        return self._client.get_rating(Item("songs", id))

    def set(self, id: str) -> int:
        """Like one song."""
        return self._client.like(Item("songs", id)).value

    def many(self, ids: list[str]) -> dict[Item, RatingValue | None]:
        """Read many ratings, in requests of a hundred."""
        return self._client.get_ratings(self._items.of(ids))


def raw_request(method: str, target: str, body: bytes = b"") -> bytes:
    """Write a request by hand."""
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in TOKENS.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


RAW_BODY = b'{"type":"rating","attributes":{"value":%d}}' % LIKE


class RawSocket:
    """A socket, and HTTP written and read by hand."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _body(self, request: bytes) -> bytes:
        self._socket.sendall(request)
        data = self._socket.recv(65536)
        while (length := length_of(data)) is None or length > len(data):
            data += self._socket.recv(65536)
        assert data.startswith(b"HTTP/1.1 200 ")
        return data.partition(b"\r\n\r\n")[2]

    def get(self, id: str) -> int:
        """Read one rating."""
        return value_in(self._body(raw_request("GET", one_target(id))))

    def set(self, id: str) -> int:
        """Like one song."""
        return value_in(self._body(raw_request("PUT", one_target(id), RAW_BODY)))

    def many(self, ids: list[str]) -> dict[str, int]:
        """Read many ratings."""
        return values_in(self._body(raw_request("GET", many_target(ids))))


def by_id(found: Mapping[Any, int | None]) -> dict[str, int | None]:
    """Return ratings by id, to compare what different callers read."""
    return {key.id if isinstance(key, Item) else key: value for key, value in found.items()}
