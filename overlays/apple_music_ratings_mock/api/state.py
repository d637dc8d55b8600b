"""The library, and the ratings of each user."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from attrs import field, frozen

from .behaviors import Behaviors
from .messages import Response
from .resource_types import RESOURCE_TYPES, ResourceType

_ItemKey = tuple[str, str]

MAX_USERS = 100_000
"""Users whose ratings are stored; more than any test has."""

# Responses that are cached for repeated requests.
_MAX_CACHED = 32


@frozen
class LibraryEntry:
    """An item in the library, which all users share.

    Args:
        type: The library's resource type, such as `library-songs`.
        library_id: The id in the library.
        catalog_id: The id of its counterpart in the catalog; `None` for an upload.
        name: Its name; listings are sorted by name.
        artist: Its artist; `None` for a playlist.
        album: Its album, if it has one.
        date_added: When it was added, such as `2024-05-01T09:00:00Z`.

    Raises:
        ValueError: The type is not a library type, or an id is not valid for it.
    """

    type: str
    library_id: str
    catalog_id: str | None = None
    name: str = field(default="Untitled", kw_only=True)
    artist: str | None = field(default=None, kw_only=True)
    album: str | None = field(default=None, kw_only=True)
    date_added: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        resource_type = RESOURCE_TYPES.get(self.type)
        if resource_type is None or not resource_type.is_library:
            raise ValueError(f"{self.type!r} is not a library type")
        if not resource_type.accepts(self.library_id):
            raise ValueError(f"{self.library_id!r} is not a valid id of {self.type}")
        catalog_type = RESOURCE_TYPES[resource_type.catalog_name]
        if self.catalog_id is not None and not catalog_type.accepts(self.catalog_id):
            raise ValueError(f"{self.catalog_id!r} is not a valid id of {catalog_type.name}")


class Library:
    """The items in the library, and their counterparts in the catalog.

    Args:
        entries: The items. `None` if no library was given: then every valid library id exists, and
            none has a counterpart.
        behaviors: Which other ids exist, and whether an album's two ids share one rating.

    Raises:
        ValueError: One library id has two catalog ids.
    """

    def __init__(
        self, entries: Iterable[LibraryEntry] | None = None, behaviors: Behaviors | None = None
    ) -> None:
        behaviors = behaviors or Behaviors()
        self._entries = None if entries is None else list(entries)
        known = list(self._entries or ())
        self._accepts_any_id = behaviors.library_ids == "any" or self._entries is None
        self._catalog = (
            {(RESOURCE_TYPES[each.type].catalog_name, each.catalog_id) for each in known}
            if behaviors.catalog_ids == "seeded" and self._entries is not None
            else None
        )
        self._shares_album_ratings = behaviors.album_ratings == "shared"
        self._keys: dict[_ItemKey, _ItemKey] = {}
        self._with_counterparts: set[str] = set()
        for entry in known:
            self._add(entry)
        # Documented: a listing is sorted alphabetically.
        known.sort(key=lambda entry: (entry.name.casefold(), entry.library_id))
        self._listings: dict[str, list[LibraryEntry]] = {}
        for entry in known:
            self._listings.setdefault(entry.type, []).append(entry)

    @property
    def entries(self) -> list[LibraryEntry] | None:
        """The items, as given; `None` if no library was given."""
        return None if self._entries is None else list(self._entries)

    def listing(self, resource_type: ResourceType) -> list[LibraryEntry]:
        """Return the items of a type, in alphabetical order."""
        return self._listings.get(resource_type.name, [])

    def _add(self, entry: LibraryEntry) -> None:
        own = (entry.type, entry.library_id)
        is_separate = entry.type == "library-albums" and not self._shares_album_ratings
        key = own
        if entry.catalog_id is not None and not is_separate:
            key = (RESOURCE_TYPES[entry.type].catalog_name, entry.catalog_id)
        if self._keys.setdefault(own, key) != key:
            raise ValueError(f"{entry.type}/{entry.library_id} is in the library twice")
        if key != own:
            self._with_counterparts.add(entry.type)

    def canonical_key(self, resource_type: ResourceType, id: str) -> _ItemKey:
        """Return the one key under which the rating of an item is stored.

        Documented for songs, music videos, playlists and albums: a catalog id and its library id
        share a rating.
        """
        own = (resource_type.name, id)
        return self._keys.get(own, own)

    def has_counterparts(self, resource_type: ResourceType) -> bool:
        """Return whether any rating of this type is stored under another key than its own."""
        return resource_type.name in self._with_counterparts

    def can_rate(self, resource_type: ResourceType, id: str) -> bool:
        """Return whether there is such an item.

        Inferred: an id of an invalid form, and one that the library lacks, do not exist. Every
        valid catalog id does.
        """
        if not resource_type.accepts(id):
            return False
        if not resource_type.is_library:
            return self._catalog is None or (resource_type.name, id) in self._catalog
        return self._accepts_any_id or (resource_type.name, id) in self._keys


@frozen
class _StaleRead:
    value: int | None
    until: float


class State:
    """The ratings, by user and item.

    Unrated is the absence of a rating and never a value (documented: the values are 1 and -1).
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        # By user, type and id.
        self._ratings: dict[str, dict[str, dict[str, int]]] = {}
        # Observed: a favorite reads as a like, and outlives its rating.
        self._favorites: dict[str, set[_ItemKey]] = {}
        self._stale_reads: dict[tuple[str, _ItemKey], _StaleRead] = {}
        self._cache: dict[Hashable, Response] = {}

    @property
    def library(self) -> Library:
        """The library, which all users share."""
        return self._library

    def get(self, user: str, resource_type: ResourceType, id: str) -> int | None:
        """Return the rating as a reader sees it; `None` without one."""
        if self._stale_reads:
            stale = self._stale_reads.get((user, self._library.canonical_key(resource_type, id)))
            if stale is not None:
                return stale.value
        return self.stored(user, resource_type, id)

    def stored(self, user: str, resource_type: ResourceType, id: str) -> int | None:
        """Return the rating that was written last; `None` without one."""
        type, key = self._library.canonical_key(resource_type, id)
        return self._ratings.get(user, {}).get(type, {}).get(key)

    def get_all(
        self, user: str, resource_type: ResourceType, ids: tuple[str, ...]
    ) -> list[int | None]:
        """Return what `get` returns for each of the ids."""
        if self._stale_reads or self._library.has_counterparts(resource_type):
            return [self.get(user, resource_type, id) for id in ids]
        # All at once, since clients send a hundred at a time.
        own = self._ratings.get(user, {}).get(resource_type.name, {})
        return list(map(own.get, ids))

    def cached_response(self, key: Hashable) -> Response | None:
        """Return the response cached for a request, if no rating has changed since."""
        return self._cache.get(key)

    def cache_response(self, key: Hashable, response: Response) -> None:
        """Cache a response until a rating changes, for clients that poll."""
        if len(self._cache) >= _MAX_CACHED:
            self._cache.clear()
        self._cache[key] = response

    def put(self, user: str, resource_type: ResourceType, id: str, value: int) -> bool:
        """Set a rating; return whether there is such an item."""
        if not self._library.can_rate(resource_type, id):
            return False
        if user not in self._ratings and len(self._ratings) >= MAX_USERS:
            # The oldest user is dropped, so that invented users cannot fill the memory.
            del self._ratings[next(iter(self._ratings))]
        self._cache.clear()
        type, key = self._library.canonical_key(resource_type, id)
        self._ratings.setdefault(user, {}).setdefault(type, {})[key] = value
        return True

    def add_favorite(self, user: str, resource_type: ResourceType, id: str) -> bool:
        """Make an item a favorite, which is a like too; return whether there is such an item."""
        if not self.put(user, resource_type, id, 1):
            return False
        if user not in self._favorites and len(self._favorites) >= MAX_USERS:
            del self._favorites[next(iter(self._favorites))]
        key = self._library.canonical_key(resource_type, id)
        self._favorites.setdefault(user, set()).add(key)
        return True

    def remove_favorite(self, user: str, resource_type: ResourceType, id: str) -> None:
        """Make an item no favorite any more, whatever its rating."""
        own = self._favorites.get(user, set())
        own.discard(self._library.canonical_key(resource_type, id))
        if not own:
            self._favorites.pop(user, None)

    def is_favorite(self, user: str, resource_type: ResourceType, id: str) -> bool:
        """Return whether an item is a favorite. Inferred: so is every like."""
        key = self._library.canonical_key(resource_type, id)
        return key in self._favorites.get(user, ()) or self.get(user, resource_type, id) == 1

    def all_favorites(self) -> dict[str, list[tuple[str, str]]]:
        """Return the added favorites by the user's fingerprint, each as type and id."""
        return {user: sorted(own) for user, own in self._favorites.items()}

    def delete(self, user: str, resource_type: ResourceType, id: str) -> bool:
        """Delete a rating; return whether there was one."""
        type, key = self._library.canonical_key(resource_type, id)
        own = self._ratings.get(user, {})
        of_type = own.get(type, {})
        if of_type.pop(key, None) is None:
            return False
        self._cache.clear()
        if not of_type:
            del own[type]
        if not own:
            del self._ratings[user]
        return True

    def all_ratings(self) -> dict[str, dict[tuple[str, str], int]]:
        """Return every rating by the user's fingerprint, then by type and id.

        An item with two ids is listed by its catalog id.
        """
        return {
            user: {(type, key): value for type in own for key, value in own[type].items()}
            for user, own in self._ratings.items()
        }

    def set_stale_read(
        self, user: str, resource_type: ResourceType, id: str, value: int | None, until: float
    ) -> None:
        """Show readers an old value for a while.

        Observed: reads can lag behind writes by some seconds.

        Args:
            user: The user's fingerprint.
            resource_type: The type of the item.
            id: The id of the item.
            value: The value that readers see; `None` for no rating.
            until: When the new value shows, in seconds since 1970.
        """
        key = (user, self._library.canonical_key(resource_type, id))
        self._stale_reads[key] = _StaleRead(value, until)
        self._cache.clear()

    def expire_stale_reads(self, now: float) -> None:
        """Show the new values that are due."""
        if self._stale_reads:
            self._stale_reads = {
                key: stale for key, stale in self._stale_reads.items() if now < stale.until
            }
            self._cache.clear()
