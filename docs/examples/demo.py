"""Show the client at work, without an account: `make demo`.

Starts the mock on a loopback socket. Over that socket the real client likes, dislikes, reads, lists
and deletes the ids that Apple's own documentation uses, taken from the contract. Every word in the
table was read back from the service; the exit code is 0 only if each is what was written before.
"""

from __future__ import annotations

import asyncio
import os
import sys
from io import TextIOWrapper
from pathlib import Path

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
from apple_music_ratings.mock import MockService
from apple_music_ratings.mock.server import serve

CONTRACT = Path(__file__).parents[2] / "openapi.yaml"
HEADINGS = ("Type", "Id", "At first", "Written", "Listed", "Deleted")
WIDTHS = (22, 20, 10, 10, 10, 7)
WORDS = {RatingValue.LIKE: "♥ like", RatingValue.DISLIKE: "✗ dislike", None: "unrated"}
COLORS = {"♥ like": "32", "✗ dislike": "33", "unrated": "2"}


@define
class Row:
    """One item, and what the service said of it at each step."""

    item: Item
    wanted: RatingValue
    at_first: RatingValue | None = None
    written: RatingValue | None = None
    listed: RatingValue | None = None
    deleted: RatingValue | None = None

    def is_right(self) -> bool:
        """Tell whether everything that was read is what was written before."""
        said = (self.at_first, self.written, self.listed, self.deleted)
        return said == (None, self.wanted, self.wanted, None)


def documented_items() -> list[Item]:
    """Take the items of Apple's examples from the contract: two of each type."""
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
    """Read all items in one go; the client asks once for each type."""
    async with client:
        ratings = await client.get_ratings(row.item for row in rows)
    for row in rows:
        row.listed = ratings[row.item]


def delete_and_read(client: RatingsClient, rows: list[Row]) -> None:
    """Delete each rating, and look whether it is gone."""
    for row in rows:
        client.delete_rating(row.item)
        row.deleted = client.get_rating(row.item)


def shortened(text: str, width: int) -> str:
    """Leave out the middle of a text that is too long for its column."""
    half = (width - 2) // 2
    return text if len(text) < width else f"{text[:half]}…{text[-half:]}"


def line(cells: tuple[str, ...]) -> str:
    """Lay out one line of the table, in color where a person is watching."""
    in_color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    padded = []
    for cell, width in zip(cells, WIDTHS, strict=True):
        text = f"{cell:<{width}}"
        color = COLORS.get(cell)
        padded.append(f"\033[{color}m{text}\033[0m" if color and in_color else text)
    return " " + "".join(padded).rstrip()


def table(rows: list[Row]) -> str:
    """Lay out what the service said."""
    lines = [line(HEADINGS), " " + "─" * (sum(WIDTHS) - 1)]
    before = None
    for row in rows:
        resource_type = "" if row.item.type == before else row.item.type.value
        before = row.item.type
        said = [WORDS[v] for v in (row.at_first, row.written, row.listed, row.deleted)]
        mark = "" if row.is_right() else "  <- not what was written"
        lines.append(line((resource_type, shortened(row.item.id, WIDTHS[1]), *said)) + mark)
    return "\n".join(lines)


def main() -> int:
    """Run the demo and give the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without these characters
    items = documented_items()
    values = [RatingValue.LIKE, RatingValue.DISLIKE] * len(ResourceType)
    rows = [Row(item, value) for item, value in zip(items, values, strict=True)]
    service = MockService()
    with serve(service) as base_url:
        print(f"The mock listens on {base_url}, and the client talks to it over a socket.\n")
        tokens = {
            "developer_token": DeveloperToken(service.developer_token()),
            "music_user_token": "somebody-in-the-demo",
            "base_url": base_url,
        }
        with RatingsClient(**tokens) as client:
            rate_and_read(client, rows)
            asyncio.run(read_together(AsyncRatingsClient(**tokens), rows))
            delete_and_read(client, rows)
    print(table(rows))
    right = sum(row.is_right() for row in rows)
    print(
        f"\n{right} of {len(rows)} items of {len(ResourceType)} types read back as written: "
        "unrated at first, liked or disliked,\nthe same in a list, and unrated once deleted."
    )
    return 0 if right == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
