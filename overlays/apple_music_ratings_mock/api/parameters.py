"""Validation of the query: ids, language, relationships to include."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from .behaviors import Behaviors
from .parsed_request import Query
from .problems import (
    IDS_MISSING,
    LIMIT_REJECTED,
    Problem,
    ids_empty,
    invalid_include,
    invalid_language,
    too_many_ids,
)

# Observed on sibling paths: two letters first. Apple has its own list of languages, which the mock
# does not.
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2}(-[A-Za-z0-9]{1,8})*")


def validate_language(query: Query) -> Problem | None:
    """Return the problem with `l`, which has no other effect.

    Observed on sibling paths: an empty tag and one with an underscore are ignored; any other
    malformed one is rejected.
    """
    for tag in query.get("l", ()):
        if tag and "_" not in tag and not _LANGUAGE_TAG.fullmatch(tag):
            return invalid_language(tag)
    return None


def validate_include(query: Query, content: str = "include") -> Problem | None:
    """Return the problem with `include`.

    Documented: `content` is the only relationship of a rating. Inferred: any other is rejected.
    """
    for name in split_values(query.get("include", ())):
        if name != "content" or content == "reject":
            return invalid_include(name)
    return None


def read_ids(query: Query, behaviors: Behaviors) -> tuple[str, ...] | Problem:
    """Return the requested ids, each once and in the order of first mention.

    Documented: one parameter, joined by commas. Observed: an encoded comma works, and on sibling
    paths so do repeated keys; duplicates collapse.
    """
    values = query.get("ids")
    if values is None:
        return IDS_MISSING
    if not any(value.strip(",") for value in values):
        return ids_empty()
    # Observed on sibling paths: a limit is not allowed with ids.
    if "limit" in query:
        return LIMIT_REJECTED
    count = sum(value.count(",") + 1 for value in values)
    if behaviors.max_ids is not None and count > behaviors.max_ids:
        return too_many_ids(count, behaviors.max_ids)
    if behaviors.duplicates == "collapse":
        return _each_once(tuple(values))
    return tuple(split_values(values))


@lru_cache(maxsize=32)
def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(split_values(values)))


def split_values(values: Iterable[str]) -> list[str]:
    """Return the parts of comma-separated values, repeated keys in turn."""
    return [part for value in values for part in value.split(",")]
