"""The requests of every contender, and how a response is parsed by hand."""

from __future__ import annotations

import json
from typing import Any

BASE_PATH = "/v1/me/ratings/songs"
DEVELOPER_TOKEN = "header.claims.signature"  # noqa: S105  # opens nothing
USER_TOKEN = "user-token"  # noqa: S105  # opens nothing
TOKENS = {"Authorization": f"Bearer {DEVELOPER_TOKEN}", "Music-User-Token": USER_TOKEN}
ONE = "907242702"
LIKE = 1
HUNDRED = [str(number) for number in range(900_000_000, 900_000_100)]
BODY = {"type": "rating", "attributes": {"value": LIKE}}


def one_target(id: str = ONE) -> str:
    """Return the path of one rating."""
    return f"{BASE_PATH}/{id}"


def many_target(ids: list[str]) -> str:
    """Return the path and query of many ratings."""
    return f"{BASE_PATH}?ids={','.join(ids)}"


def value_in(content: bytes) -> int:
    """Parse the one rating of a response by hand."""
    value: int = json.loads(content)["data"][0]["attributes"]["value"]
    return value


def values_in(content: bytes) -> dict[str, int]:
    """Parse all ratings of a response into a dict by hand."""
    found: list[dict[str, Any]] = json.loads(content)["data"]
    return {entry["id"]: entry["attributes"]["value"] for entry in found}
