"""Who rated what, and which ids are one item."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from attrs import field, frozen

from .messages import Response
from .resource_types import RESOURCE_TYPES, ResourceType

_ItemKey = tuple[str, str]

MAX_USERS = 100_000
"""Users whose ratings are stored; more than any test has."""

# Responses that are cached for repeated requests.
_MAX_CACHED = 32


@frozen
class LibraryEntry:
    """One thing in the library of everybody who asks.

    Args:
        type: The library's resource type, such as `library-songs`.
        library_id: The id in the library.
        catalog_id: The id of the same thing in the catalog; None for an
            upload, which has none.
        name: What it is called; listings are in the order of names.
        artist: Who made it; None for a playlist.
        album: The album it is on; None for what is on none.
        date_added: When it came into the library, such as
            `2024-05-01T09:00:00Z`.

    Raises:
        ValueError: The type is none of a library, or an id does not fit it.
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
            raise ValueError(f"{self.type!r} is not the type of a library's items")
        if not resource_type.fits(self.library_id):
            raise ValueError(f"{self.library_id!r} cannot be an id of {self.type}")
        catalog_type = RESOURCE_TYPES[resource_type.catalog_name]
        if self.catalog_id is not None and not catalog_type.fits(self.catalog_id):
            raise ValueError(f"{self.catalog_id!r} cannot be an id of {catalog_type.name}")


class Library:
    """What is in the library, and the catalog twin of each thing.

    Args:
        entries: The things in it. None means that nobody said: then every id
            that looks right is taken to be there, and nothing has a twin.
        accepts_any_id: Whether an id that is not in it can be rated all the
            same.
        knows_catalog: Whether a catalog id has to be a twin to be rated.
        shares_album_ratings: Whether an album's two ids share one rating.

    Raises:
        ValueError: One library id stands for two catalog ids.
    """

    def __init__(
        self,
        entries: Iterable[LibraryEntry] | None = None,
        *,
        accepts_any_id: bool = False,
        knows_catalog: bool = False,
        shares_album_ratings: bool = True,
    ) -> None:
        self._entries = None if entries is None else list(entries)
        known = list(self._entries or ())
        self._takes_any_id = accepts_any_id or self._entries is None
        self._catalog = (
            {(RESOURCE_TYPES[e.type].catalog_name, e.catalog_id) for e in known}
            if knows_catalog and self._entries is not None
            else None
        )
        self._shares_album_ratings = shares_album_ratings
        self._keys: dict[_ItemKey, _ItemKey] = {}
        self._with_counterparts: set[str] = set()
        for entry in known:
            self._add(entry)
        # Official: a listing is alphabetical.
        known.sort(key=lambda entry: (entry.name.casefold(), entry.library_id))
        self._listings: dict[str, list[LibraryEntry]] = {}
        for entry in known:
            self._listings.setdefault(entry.type, []).append(entry)

    @property
    def entries(self) -> list[LibraryEntry] | None:
        """What is in it, as it was given; None when nobody said."""
        return None if self._entries is None else list(self._entries)

    def listing(self, resource_type: ResourceType) -> list[LibraryEntry]:
        """Give what a library holds of a type, in alphabetical order."""
        return self._listings.get(resource_type.name, [])

    def _add(self, entry: LibraryEntry) -> None:
        own = (entry.type, entry.library_id)
        catalog_name = RESOURCE_TYPES[entry.type].catalog_name
        is_apart = entry.type == "library-albums" and not self._shares_album_ratings
        is_alone = entry.catalog_id is None or is_apart
        key = own if is_alone else (catalog_name, str(entry.catalog_id))
        if self._keys.setdefault(own, key) != key:
            raise ValueError(f"{entry.type}/{entry.library_id} is in the library twice")
        if key != own:
            self._with_counterparts.add(entry.type)

    def canonical_key(self, resource_type: ResourceType, id_: str) -> _ItemKey:
        """Give the one name under which an item's rating is kept.

        Documented: the ratings of a catalog id and of its library id stay
        synced, for songs, music videos, playlists and albums.
        """
        own = (resource_type.name, id_)
        return self._keys.get(own, own)

    def has_counterparts(self, resource_type: ResourceType) -> bool:
        """Tell whether any rating of this type is kept under another name than its own."""
        return resource_type.name in self._with_counterparts

    def can_hold(self, resource_type: ResourceType, id_: str) -> bool:
        """Tell whether there is such an item to be rated.

        Inferred: an id of the wrong form, and one that the library lacks, do
        not exist. Every well-formed catalog id does.
        """
        if not resource_type.fits(id_):
            return False
        if not resource_type.is_library:
            return self._catalog is None or (resource_type.name, id_) in self._catalog
        if self._takes_any_id:
            return True
        return (resource_type.name, id_) in self._keys


@frozen
class _StaleRead:
    value: int | None
    until: float


class State:
    """The ratings, by user token and item.

    Unrated is the absence of a rating and never a value (official: the values
    are 1 and -1).
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        # By user, type and id.
        self._ratings: dict[str, dict[str, dict[str, int]]] = {}
        self._stale_reads: dict[tuple[str, _ItemKey], _StaleRead] = {}
        self._cache: dict[Hashable, Response] = {}

    @property
    def library(self) -> Library:
        """What is in everybody's library."""
        return self._library

    def get(self, user: str, resource_type: ResourceType, id_: str) -> int | None:
        """Give the rating as a reader sees it, or None when there is none."""
        if self._stale_reads:
            stale = self._stale_reads.get((user, self._library.canonical_key(resource_type, id_)))
            if stale is not None:
                return stale.value
        return self.stored(user, resource_type, id_)

    def stored(self, user: str, resource_type: ResourceType, id_: str) -> int | None:
        """Give the rating as it was written last, or None when there is none."""
        own = self._ratings.get(user)
        if own is None:
            return None
        type_, key = self._library.canonical_key(resource_type, id_)
        of_type = own.get(type_)
        return None if of_type is None else of_type.get(key)

    def get_all(
        self, user: str, resource_type: ResourceType, ids: tuple[str, ...]
    ) -> list[int | None]:
        """Give what `get` gives for each of the ids."""
        if self._stale_reads or self._library.has_counterparts(resource_type):
            return [self.get(user, resource_type, id_) for id_ in ids]
        # All at once, since a hundred are asked for at a time.
        own = self._ratings.get(user, {}).get(resource_type.name, {})
        return list(map(own.get, ids))

    def cached_response(self, question: Hashable) -> Response | None:
        """Give the answer that was kept for a question, if no rating was changed since then."""
        return self._cache.get(question)

    def cache_response(self, question: Hashable, answer: Response) -> None:
        """Keep an answer until a rating is changed: who polls asks for the same again and again."""
        if len(self._cache) >= _MAX_CACHED:
            self._cache.clear()
        self._cache[question] = answer

    def put(self, user: str, resource_type: ResourceType, id_: str, value: int) -> bool:
        """Set the rating, and tell whether there is such an item to be rated."""
        if not self._library.can_hold(resource_type, id_):
            return False
        if user not in self._ratings and len(self._ratings) >= MAX_USERS:
            # The oldest goes, so that no flood of made-up users fills the memory.
            del self._ratings[next(iter(self._ratings))]
        self._cache.clear()
        type_, key = self._library.canonical_key(resource_type, id_)
        self._ratings.setdefault(user, {}).setdefault(type_, {})[key] = value
        return True

    def delete(self, user: str, resource_type: ResourceType, id_: str) -> bool:
        """Remove the rating, and tell whether there was one."""
        type_, key = self._library.canonical_key(resource_type, id_)
        own = self._ratings.get(user, {})
        of_type = own.get(type_, {})
        if of_type.pop(key, None) is None:
            return False
        self._cache.clear()
        if not of_type:
            del own[type_]
        if not own:
            del self._ratings[user]
        return True

    def all_ratings(self) -> dict[str, dict[tuple[str, str], int]]:
        """Give every rating by the user's fingerprint and then by type and id.

        An item with two ids is listed by that of the catalog.
        """
        return {
            user: {(type_, key): value for type_ in own for key, value in own[type_].items()}
            for user, own in self._ratings.items()
        }

    def set_stale_read(
        self, user: str, resource_type: ResourceType, id_: str, value: int | None, until: float
    ) -> None:
        """Show readers an old value for a while.

        Observed: reads can lag behind writes by some seconds.

        Args:
            user: Whose rating it is.
            resource_type: The type of the item.
            id_: The id of the item.
            value: What readers saw before; None for no rating.
            until: When the new value shows, in seconds since 1970.
        """
        key = (user, self._library.canonical_key(resource_type, id_))
        self._stale_reads[key] = _StaleRead(value, until)
        self._cache.clear()

    def expire_stale_reads(self, now: float) -> None:
        """Show what is due to be shown."""
        if self._stale_reads:
            self._stale_reads = {
                key: stale for key, stale in self._stale_reads.items() if now < stale.until
            }
            self._cache.clear()
