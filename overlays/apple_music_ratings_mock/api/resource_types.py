"""The nine types that can be rated, and the patterns of their ids."""

from __future__ import annotations

import re

from attrs import frozen

_LIBRARY_PREFIX = "library-"


@frozen
class ResourceType:
    """A type of item that can be rated.

    Args:
        name: The name in the path, such as `library-songs`.
        id_pattern: The pattern that an id of this type matches as a whole.
    """

    name: str
    id_pattern: re.Pattern[str]

    def accepts(self, id: str) -> bool:
        """Return whether the text can be an id of this type."""
        return self.id_pattern.fullmatch(id) is not None

    @property
    def is_library(self) -> bool:
        """Whether the ids are those of a user's library."""
        return self.name.startswith(_LIBRARY_PREFIX)

    @property
    def catalog_name(self) -> str:
        """The name of the type that the same item has in the catalog."""
        return self.name.removeprefix(_LIBRARY_PREFIX)

    def rating_path(self, id: str) -> str:
        """Return the path of the rating of one item."""
        return f"/v1/me/ratings/{self.name}/{id}"

    def item_path(self, id: str) -> str:
        """Return the path of the item itself.

        Inferred from Apple's paths of single resources; the storefront of the mock's users is
        always `us`.
        """
        root = "/v1/me/library" if self.is_library else "/v1/catalog/us"
        return f"{root}/{self.catalog_name}/{id}"


# Documented: the types are those of the 36 pages under
# https://developer.apple.com/documentation/applemusicapi/ratings-api
# Observed: the patterns accept every id seen; Apple calls ids opaque.
_ID_PATTERNS = {
    "albums": r"[0-9]{1,20}",
    "music-videos": r"[0-9]{1,20}",
    "playlists": r"pl\.[A-Za-z0-9_-]{1,128}",
    "songs": r"[0-9]{1,20}",
    "stations": r"ra\.[A-Za-z0-9_.-]{1,128}",
    "library-albums": r"l\.[A-Za-z0-9-]{1,64}",
    "library-music-videos": r"i\.[A-Za-z0-9-]{1,64}",
    "library-playlists": r"p\.[A-Za-z0-9-]{1,64}",
    "library-songs": r"[ai]\.[A-Za-z0-9-]{1,64}",
}

RESOURCE_TYPES = {
    name: ResourceType(name, re.compile(pattern)) for name, pattern in _ID_PATTERNS.items()
}

# Not among the nine. Observed, weakly: the service knows the type
# (bromanko/dropd), so a behavior accepts it.
ARTISTS = ResourceType("artists", re.compile(r"[0-9]{1,20}"))


def find_type(name: str) -> ResourceType:
    """Return the resource type with this name.

    Raises:
        ValueError: There is no such type.
    """
    if name not in RESOURCE_TYPES:
        raise ValueError(f"{name!r} is not one of {', '.join(RESOURCE_TYPES)}")
    return RESOURCE_TYPES[name]
