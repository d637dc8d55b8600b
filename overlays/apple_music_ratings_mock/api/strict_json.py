"""Read JSON that a stranger sent, and call everything dubious an error."""

from __future__ import annotations

import json
from typing import NoReturn


def read_json(raw: bytes) -> object:
    """Read UTF-8 JSON without extensions and without repeated keys.

    Args:
        raw: The text as it came.

    Returns:
        What it says, as plain Python values.

    Raises:
        ValueError: It is not UTF-8, not JSON (NaN and a byte order mark
            included), names a key twice, or is too deep or too long to read.
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
