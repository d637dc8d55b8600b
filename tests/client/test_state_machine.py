from __future__ import annotations

from typing import Any

import anyio
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from support.builders import USER_TOKEN

from apple_music_ratings import (
    AsyncRatingsClient,
    Item,
    Rating,
    RatingsClient,
    RatingValue,
    ResourceType,
)
from apple_music_ratings_mock import LibraryEntry, MockService

# Every type; four library items with a counterpart in the catalog and two uploads without one.
COUNTERPARTS = {
    Item("library-songs", "i.song"): Item("songs", "101"),
    Item("library-music-videos", "i.video"): Item("music-videos", "201"),
    Item("library-albums", "l.album"): Item("albums", "301"),
    Item("library-playlists", "p.list"): Item("playlists", "pl.list"),
}
ALONE = [
    Item("library-songs", "i.upload"),
    Item("library-playlists", "p.mine"),
    Item("songs", "102"),
    Item("music-videos", "101"),
    Item("albums", "101"),
    Item("playlists", "pl.u-other"),
    Item("stations", "ra.101"),
    Item("stations", "ra.102"),
]
ITEMS = [*COUNTERPARTS, *COUNTERPARTS.values(), *ALONE]
ITEM = st.sampled_from(ITEMS)


def a_library() -> list[LibraryEntry]:
    """Build the library that all users share."""
    entries = [LibraryEntry(own.type, own.id, other.id) for own, other in COUNTERPARTS.items()]
    uploads = [
        LibraryEntry(item.type, item.id) for item in ALONE if item.type.startswith("library-")
    ]
    return [*entries, *uploads]


class InOneCall:
    """An async client whose methods each run in a separate event loop."""

    def __init__(self, client: AsyncRatingsClient, backend: str) -> None:
        self._client = client
        self._backend = backend

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return lambda *args: anyio.run(method, *args, backend=self._backend)


class Ratings(RuleBasedStateMachine):
    """The clients of three runtimes at one service, and a dict of what they must read."""

    def __init__(self) -> None:
        super().__init__()
        service = MockService(library=a_library())
        options: dict[str, Any] = {
            "developer_token": service.developer_token(),
            "music_user_token": USER_TOKEN,
            "transport": service.transport,
        }
        self.service = service
        self.clients: dict[str, Any] = {
            "sync": RatingsClient(**options),
            "asyncio": InOneCall(AsyncRatingsClient(**options), "asyncio"),
            "trio": InOneCall(AsyncRatingsClient(**options), "trio"),
        }
        self.other_user = RatingsClient(**(options | {"music_user_token": "another-user"}))
        self.model: dict[Item, RatingValue] = {}

    def expected(self, item: Item) -> RatingValue | None:
        """Return the rating that must be read."""
        return self.model.get(COUNTERPARTS.get(item, item))

    @rule(
        runtime=st.sampled_from(["sync", "asyncio", "trio"]),
        item=ITEM,
        value=st.sampled_from([*RatingValue, 1, -1]),
    )
    def put(self, runtime: str, item: Item, value: int) -> None:
        """The rating that is set is returned."""
        assert self.clients[runtime].set_rating(item, value) == Rating(item, RatingValue(value))
        self.model[COUNTERPARTS.get(item, item)] = RatingValue(value)

    @rule(runtime=st.sampled_from(["sync", "asyncio", "trio"]), item=ITEM)
    def delete(self, runtime: str, item: Item) -> None:
        """A deleted rating is gone, and may be deleted again."""
        assert self.clients[runtime].delete_rating(item) is None
        self.model.pop(COUNTERPARTS.get(item, item), None)

    @rule(runtime=st.sampled_from(["sync", "asyncio", "trio"]), item=ITEM)
    def read_one(self, runtime: str, item: Item) -> None:
        """The rating that was set is read."""
        assert self.clients[runtime].get_rating(item) is self.expected(item)

    @rule(
        runtime=st.sampled_from(["sync", "asyncio", "trio"]),
        items=st.lists(ITEM, max_size=12),
    )
    def read_several(self, runtime: str, items: list[Item]) -> None:
        """Several items of any types, in the order given."""
        found = self.clients[runtime].get_ratings(items)
        assert list(found.items()) == [(item, self.expected(item)) for item in dict.fromkeys(items)]

    @rule(type=st.sampled_from(ResourceType))
    def read_type(self, type: ResourceType) -> None:
        """All items of one type."""
        items = [item for item in ITEMS if item.type is type]
        assert self.clients["sync"].get_ratings(items) == {
            item: self.expected(item) for item in items
        }

    @rule(item=ITEM)
    def read_as_another_user(self, item: Item) -> None:
        """Another user does not see these ratings."""
        assert self.other_user.get_rating(item) is None

    @invariant()
    def service_holds_what_was_put(self) -> None:
        """The state of the mock is the same, read without a client."""
        held = {item: self.service.get_rating(USER_TOKEN, item.type, item.id) for item in ITEMS}
        assert held == {item: self.expected(item) for item in ITEMS}


TestRatings = Ratings.TestCase
TestRatings.settings = settings(
    derandomize=True,
    deadline=None,
    max_examples=60,
    stateful_step_count=30,
    suppress_health_check=[HealthCheck.too_slow],
)
