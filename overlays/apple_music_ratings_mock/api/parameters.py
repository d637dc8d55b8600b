"""Judge the query: ids, language, relationships to include."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from urllib.parse import parse_qs

from .behaviors import Behaviors
from .problems import (
    IDS_MISSING,
    LIMIT_REJECTED,
    Problem,
    ids_empty,
    invalid_include,
    invalid_language,
    too_many_ids,
)

Query = Mapping[str, Sequence[str]]

# Observed on sibling paths: two letters first. Which letters, Apple decides by
# a list of its own that we do not keep.
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2}(-[A-Za-z0-9]{1,8})*")


# Who polls asks for the same again and again; so below.
@lru_cache(maxsize=32)
def read_query(raw: str) -> Query:
    """Give the decoded values of each parameter, in the order sent."""
    return parse_qs(raw, keep_blank_values=True) if raw else {}


def validate_language(query: Query) -> Problem | None:
    """Find fault with `l`, which is judged and has no other effect.

    Observed on sibling paths: an empty tag and one with an underscore are
    ignored, any other malformed one is refused.
    """
    for tag in query.get("l", ()):
        if tag and "_" not in tag and not _LANGUAGE_TAG.fullmatch(tag):
            return invalid_language(tag)
    return None


def validate_include(query: Query, content: str = "include") -> Problem | None:
    """Find fault with `include`.

    Official: `content` is the only relationship of a rating.
    Inferred: any other name is refused.
    """
    for name in split_values(query.get("include", ())):
        if name != "content" or content == "reject":
            return invalid_include(name)
    return None


def read_ids(query: Query, behaviors: Behaviors) -> tuple[str, ...] | Problem:
    """Find the ids asked for, each once and in the order of their first mention.

    Official: one parameter, joined by commas. Observed: an encoded comma
    works, and on sibling paths so do repeated keys; duplicates collapse.
    """
    values = query.get("ids")
    if values is None:
        return IDS_MISSING
    if not any(values):
        return ids_empty()
    # Observed on sibling paths, where a limit cannot go with ids.
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
    """Give the parts of values that are joined by commas, repeated keys in turn."""
    return [part for value in values for part in value.split(",")]
