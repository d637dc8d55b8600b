"""The operations of the service, and valid requests for them."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from attrs import frozen

from .resource_types import ResourceType


class Operation(StrEnum):
    """Four operations on the ratings of a type, and the auxiliary ones."""

    GET = "get"
    LIST = "list"
    PUT = "put"
    DELETE = "delete"
    LIBRARY = "library"
    FAVORITES = "favorites"
    TEST = "test"
    STOREFRONT = "storefront"


@frozen(kw_only=True)
class RatingCall:
    """A valid request about ratings.

    Args:
        operation: What to do.
        user: The fingerprint of the Music User Token.
        type: The resource type.
        ids: The ids of the items: one, or for a list one or more.
        value: The rating to set; 0 for all but a put.
        includes_content: Whether the rated items are requested too.
    """

    operation: Operation
    user: str
    type: ResourceType
    ids: tuple[str, ...]
    value: int = 0
    includes_content: bool = False


@frozen(kw_only=True)
class LibraryCall:
    """A request for one page of a library.

    Args:
        operation: Always the same.
        user: The fingerprint of the Music User Token.
        type: The library's resource type.
        limit: The maximum number of items on the page.
        offset: The number of items to skip.
        includes_catalog: Whether the catalog counterparts are requested too.
        extends_favorites: Whether each item says if it is a favorite.
        only_favorites: Whether to list favorites only.
    """

    operation: Operation = Operation.LIBRARY
    user: str
    type: ResourceType
    limit: int
    offset: int
    includes_catalog: bool = False
    extends_favorites: bool = False
    only_favorites: bool = False


@frozen(kw_only=True)
class FavoritesCall:
    """A request to add these catalog items to the favorites."""

    operation: Operation = Operation.FAVORITES
    user: str
    items: tuple[tuple[ResourceType, str], ...]


@frozen(kw_only=True)
class ProbeCall:
    """A request that only checks the tokens."""

    operation: Operation
    user: str | None


AuxiliaryCall: TypeAlias = LibraryCall | FavoritesCall | ProbeCall
AnyCall: TypeAlias = RatingCall | AuxiliaryCall
