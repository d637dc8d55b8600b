"""A strict JSON parser for untrusted input."""

from __future__ import annotations

import json
from typing import NoReturn


def read_json(raw: bytes) -> object:
    """Parse UTF-8 JSON without extensions and without repeated keys.

    Args:
        raw: The text as received.

    Returns:
        The document, as plain Python values.

    Raises:
        ValueError: It is not UTF-8, not JSON (NaN and a byte order mark
            included), repeats a key, or is nested too deeply.
    """
    text = raw.decode("utf-8")
    try:
        return _decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _object_without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key is repeated")
    return members


_decode = json.JSONDecoder(
    parse_constant=_reject_constant, object_pairs_hook=_object_without_repeats
).decode
