"""What can be asked of the service, once a request was understood."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from attrs import frozen

from .resource_types import ResourceType


class Operation(StrEnum):
    """What can be asked: four things about ratings of a type, and what stands around them."""

    GET = "get"
    LIST = "list"
    PUT = "put"
    DELETE = "delete"
    LIBRARY = "library"
    FAVORITES = "favorites"
    TEST = "test"
    STOREFRONT = "storefront"


@frozen(kw_only=True)
class Call:
    """A request about ratings that makes sense.

    Args:
        operation: What to do.
        user: The fingerprint of the Music User Token, which is all we know of a person.
        type: The resource type.
        ids: The items: one, or for a list one or more.
        value: The rating to set; 0 for all but a put.
        includes_content: Whether the rated items are wanted too.
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
        limit: How many things the page may hold.
        offset: How many things to pass over.
        includes_catalog: Whether the catalog twins are wanted too.
        extends_favorites: Whether to tell which things are favorites.
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
    """A request to make favorites of these items of the catalog."""

    operation: Operation = Operation.FAVORITES
    user: str
    items: tuple[tuple[ResourceType, str], ...]


@frozen(kw_only=True)
class ProbeCall:
    """A request that asks only whether the tokens work."""

    operation: Operation
    user: str | None


AuxiliaryCall: TypeAlias = LibraryCall | FavoritesCall | ProbeCall
AnyCall: TypeAlias = Call | AuxiliaryCall
