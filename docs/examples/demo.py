"""Run the client without an account: `make demo`.

Starts the mock on a loopback socket. Over that socket the client likes, dislikes, reads, lists and
deletes the ids of Apple's own documentation, taken from the contract. Every rating in the table was
read back from the service. The exit code is 0 only if everything reads back as written. What the
command line does with a library is shown, and tested, in docs/how-to/back-up-and-restore.md.
"""

from __future__ import annotations

import asyncio
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import yaml
from attrs import define

from apple_music_ratings import (
    AsyncRatingsClient,
    DeveloperToken,
    Item,
    RatingsClient,
    RatingValue,
    ResourceType,
)
from apple_music_ratings_mock import MockService
from apple_music_ratings_mock.serving.server import serve

CONTRACT = Path(__file__).parents[2] / "openapi.yaml"
HEADINGS = ("Type", "Id", "At first", "Written", "Listed", "Deleted")
WIDTHS = (22, 20, 10, 10, 10, 7)
LABELS = {RatingValue.LIKE: "♥ like", RatingValue.DISLIKE: "✗ dislike", None: "unrated"}
COLORS = {"♥ like": "32", "✗ dislike": "33", "unrated": "2"}


@define
class Row:
    """One item, and its rating as read after each step."""

    item: Item
    wanted: RatingValue
    at_first: RatingValue | None = None
    written: RatingValue | None = None
    listed: RatingValue | None = None
    deleted: RatingValue | None = None

    def is_correct(self) -> bool:
        """Return whether everything reads back as written."""
        found = (self.at_first, self.written, self.listed, self.deleted)
        return found == (None, self.wanted, self.wanted, None)


def documented_items() -> list[Item]:
    """Return the items of Apple's examples from the contract: two of each type."""
    paths = yaml.safe_load(CONTRACT.read_text("utf-8"))["paths"]
    return [
        Item(resource_type, id)
        for resource_type in ResourceType
        for id in paths[f"/v1/me/ratings/{resource_type}"]["get"]["parameters"][0]["example"]
    ]


def rate_and_read(client: RatingsClient, rows: list[Row]) -> None:
    """Like the first item of each type, dislike the second, and read each back."""
    for row in rows:
        row.at_first = client.get_rating(row.item)
        client.set_rating(row.item, row.wanted)
        row.written = client.get_rating(row.item)


async def read_together(client: AsyncRatingsClient, rows: list[Row]) -> None:
    """Read all items in one call; the client sends one request for each type."""
    async with client:
        ratings = await client.get_ratings(row.item for row in rows)
    for row in rows:
        row.listed = ratings[row.item]


def delete_and_read(client: RatingsClient, rows: list[Row]) -> None:
    """Delete each rating, and read it again."""
    for row in rows:
        client.delete_rating(row.item)
        row.deleted = client.get_rating(row.item)


def shortened(text: str, width: int) -> str:
    """Cut the middle of a text that is too long for its column."""
    half = (width - 2) // 2
    return text if len(text) < width else f"{text[:half]}…{text[-half:]}"


def line(cells: tuple[str, ...]) -> str:
    """Format one line of the table, in color on a terminal."""
    in_color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    padded = []
    for cell, width in zip(cells, WIDTHS, strict=True):
        text = f"{cell:<{width}}"
        color = COLORS.get(cell)
        padded.append(f"\033[{color}m{text}\033[0m" if color and in_color else text)
    return " " + "".join(padded).rstrip()


def table(rows: list[Row]) -> str:
    """Format the ratings as a table."""
    lines = [line(HEADINGS), " " + "─" * (sum(WIDTHS) - 1)]
    before = None
    for row in rows:
        resource_type = "" if row.item.type == before else row.item.type.value
        before = row.item.type
        shown = [LABELS[value] for value in (row.at_first, row.written, row.listed, row.deleted)]
        mark = "" if row.is_correct() else "  <- not what was written"
        lines.append(line((resource_type, shortened(row.item.id, WIDTHS[1]), *shown)) + mark)
    return "\n".join(lines)


def main() -> int:
    """Run the demo and return the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without these characters
    items = documented_items()
    values = [RatingValue.LIKE, RatingValue.DISLIKE] * len(ResourceType)
    rows = [Row(item, value) for item, value in zip(items, values, strict=True)]
    service = MockService()
    with serve(service) as base_url:
        print(f"The mock listens on {base_url}; the client uses it over a socket.\n")
        tokens: dict[str, Any] = {
            "developer_token": DeveloperToken(service.developer_token()),
            "music_user_token": "demo-user",
            "base_url": base_url,
        }
        with RatingsClient(**tokens) as client:
            rate_and_read(client, rows)
            asyncio.run(read_together(AsyncRatingsClient(**tokens), rows))
            delete_and_read(client, rows)
    print(table(rows))
    correct = sum(row.is_correct() for row in rows)
    print(
        f"\n{correct} of {len(rows)} items of {len(ResourceType)} types read back as written: "
        "unrated at first,\nliked or disliked, the same in a list, and unrated once deleted."
    )
    print("\nWith a library, from the command line: docs/tutorial.md")
    return 0 if correct == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
