"""Who rated what, and which ids are one item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .resource_types import RESOURCE_TYPES, ResourceType

_ItemKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """One thing in the library of everybody who asks.

    Args:
        type: The library's resource type, such as `library-songs`.
        library_id: The id in the library.
        catalog_id: The id of the same thing in the catalog; None for an
            upload, which has none.

    Raises:
        ValueError: The type is none of a library, or an id does not fit it.
    """

    type: str
    library_id: str
    catalog_id: str | None = None

    def __post_init__(self) -> None:
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

    Raises:
        ValueError: One library id stands for two catalog ids.
    """

    def __init__(self, entries: Iterable[LibraryEntry] | None = None) -> None:
        self._is_known = entries is not None
        self._keys: dict[_ItemKey, _ItemKey] = {}
        for entry in entries or ():
            self._add(entry)

    def _add(self, entry: LibraryEntry) -> None:
        own = (entry.type, entry.library_id)
        catalog_name = RESOURCE_TYPES[entry.type].catalog_name
        key = own if entry.catalog_id is None else (catalog_name, entry.catalog_id)
        if self._keys.setdefault(own, key) != key:
            raise ValueError(f"{entry.type}/{entry.library_id} is in the library twice")

    def key_of(self, resource_type: ResourceType, id_: str) -> _ItemKey:
        """Give the one name under which an item's rating is kept.

        Official for songs, music videos and playlists: the rating of a catalog
        id and of its library id stay in step. Inferred for albums.
        """
        own = (resource_type.name, id_)
        return self._keys.get(own, own)

    def can_hold(self, resource_type: ResourceType, id_: str) -> bool:
        """Tell whether there is such an item to be rated.

        Inferred: an id of the wrong form, and one that the library lacks, do
        not exist. Every well-formed catalog id does.
        """
        if not resource_type.fits(id_):
            return False
        if not resource_type.is_library or not self._is_known:
            return True
        return (resource_type.name, id_) in self._keys


class State:
    """The ratings, by user token and item.

    Unrated is the absence of a rating and never a value (official: the values
    are 1 and -1).
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._ratings: dict[str, dict[_ItemKey, int]] = {}

    def get(self, user: str, resource_type: ResourceType, id_: str) -> int | None:
        """Give the rating, or None when there is none."""
        own = self._ratings.get(user)
        return own.get(self._library.key_of(resource_type, id_)) if own else None

    def put(self, user: str, resource_type: ResourceType, id_: str, value: int) -> bool:
        """Set the rating, and tell whether there is such an item to be rated."""
        if not self._library.can_hold(resource_type, id_):
            return False
        own = self._ratings.setdefault(user, {})
        own[self._library.key_of(resource_type, id_)] = value
        return True

    def delete(self, user: str, resource_type: ResourceType, id_: str) -> bool:
        """Remove the rating, and tell whether there was one."""
        own = self._ratings.get(user, {})
        if own.pop(self._library.key_of(resource_type, id_), None) is None:
            return False
        if not own:
            del self._ratings[user]
        return True

    def clear(self) -> None:
        """Forget every rating; the library stays."""
        self._ratings.clear()
