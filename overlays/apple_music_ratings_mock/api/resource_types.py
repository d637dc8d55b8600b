"""The nine types that can be rated, and what their ids look like."""

from __future__ import annotations

import re

from attrs import frozen

_LIBRARY_PREFIX = "library-"


@frozen
class ResourceType:
    """One type of thing that can be rated.

    Args:
        name: The word in the path, such as `library-songs`.
        id_pattern: What an id of this type has to match from end to end.
    """

    name: str
    id_pattern: re.Pattern[str]

    def fits(self, id_: str) -> bool:
        """Tell whether the text can be an id of this type."""
        return self.id_pattern.fullmatch(id_) is not None

    @property
    def is_library(self) -> bool:
        """Tell whether the ids are those of one person's library."""
        return self.name.startswith(_LIBRARY_PREFIX)

    @property
    def catalog_name(self) -> str:
        """Name the type that the same thing has in the catalog."""
        return self.name.removeprefix(_LIBRARY_PREFIX)

    def rating_path(self, id_: str) -> str:
        """Give the path of the rating of one item."""
        return f"/v1/me/ratings/{self.name}/{id_}"

    def item_path(self, id_: str) -> str:
        """Give the path of the item itself.

        Inferred from Apple's paths of single resources; the storefront of a
        made-up person is always `us`.
        """
        root = "/v1/me/library" if self.is_library else "/v1/catalog/us"
        return f"{root}/{self.catalog_name}/{id_}"


# Official: the types are those of the 36 pages under
# https://developer.apple.com/documentation/applemusicapi/ratings-api
# Observed: the patterns take every id seen; Apple calls ids opaque.
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
# (bromanko/dropd), so a behavior lets it be rated.
ARTISTS = ResourceType("artists", re.compile(r"[0-9]{1,20}"))
