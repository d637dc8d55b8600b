"""Run the client without an account: `make demo`.

Starts the mock on a loopback socket. Over that socket the client likes, dislikes, reads, lists and
deletes the ids of Apple's own documentation, taken from the contract. Every rating in the table was
read back from the service. Then the command line exports a library of 500 items, changes some of
them with a file and undoes that. The exit code is 0 only if everything reads back as written.
"""

from __future__ import annotations

import asyncio
import csv
import os
import sys
import tempfile
from collections.abc import Iterable
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import yaml
from attrs import define
from seeded_library import seeded_library, seeded_ratings

from apple_music_ratings import (
    AsyncRatingsClient,
    DeveloperToken,
    Item,
    RatingsClient,
    RatingValue,
    ResourceType,
)
from apple_music_ratings.cli.app import run
from apple_music_ratings.files import read_ratings
from apple_music_ratings.journal import Journal
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


def say(text: str) -> None:
    """Print a line immediately, in order with the messages of commands on stderr."""
    print(text, flush=True)


class Story:
    """The second part: a library is exported, changed with a file, and restored.

    Args:
        service: The mock.
        environ: The environment of the commands.
    """

    def __init__(self, service: MockService, environ: dict[str, str]) -> None:
        self.service = service
        self.environ = environ
        self.is_correct = True

    def command(self, *words: str) -> None:
        """Run a command; it has to end with exit code 0."""
        say(f"\n$ apple-music-ratings {' '.join(words)}")
        self.is_correct &= run(words, environ=self.environ) == 0

    def read_all(self, items: Iterable[Item]) -> dict[Item, RatingValue | None]:
        """Read the current rating of every item."""
        with RatingsClient.from_env(environ=self.environ) as client:
            return client.get_ratings(items)

    def check(
        self, step: str, wanted: dict[Item, RatingValue | None], *, but: str = "as it should be"
    ) -> None:
        """Compare the current ratings with the expected ones."""
        found = self.read_all(wanted)
        same = sum(found[item] == value for item, value in wanted.items())
        self.is_correct &= same == len(wanted)
        say(f"{step}: {same} of {len(wanted)} items read back {but}.")


def change(path: Path) -> None:
    """Change a ratings file, as in a spreadsheet, and print how."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        if row["artist"] == "The Statics" and row["rating"] == "dislike":
            row["rating"] = "none"
        elif row["album"] == "Copper River":
            row["rating"] = "love"
        elif row["type"] == "library-playlists" and row["rating"] == "like":
            row["rating"] = "👎"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys(), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    say(
        "\nIn a spreadsheet: no dislikes for The Statics, all of Copper River loved, the\n"
        "liked playlists thumbed down; then saved with semicolons and a byte order mark."
    )


def save_change_and_undo(service: MockService, environ: dict[str, str]) -> bool:
    """Run the second part, and return whether everything reads back as written."""
    story = Story(service, environ)
    path = Path("ratings.csv")
    story.command("export", "-o", str(path))
    at_first = read_ratings(path).desired
    story.check("Saved", at_first, but="as the file says")
    change(path)
    wanted = read_ratings(path).desired
    story.command("plan", str(path))
    story.command("apply", str(path), "--execute", "--verify")
    story.check("Applied", wanted, but="as the file says")
    with Journal(environ["APPLE_MUSIC_JOURNAL"]) as journal:
        newest = journal.runs()[0].name
    story.command("undo", newest, "--execute")
    story.check("Undone", at_first, but="as they were at first")
    return story.is_correct and len(at_first) == 500 and wanted != at_first


def show_library() -> bool:
    """Seed a library, and run the second part in a temporary folder."""
    library = seeded_library()
    service = MockService(library=library)
    for (type, id), value in seeded_ratings(library).items():
        service.set_rating("demo-user", type, id, value)
    with tempfile.TemporaryDirectory() as folder, serve(service) as base_url:
        before = Path.cwd()
        os.chdir(folder)
        environ = {
            "APPLE_MUSIC_DEVELOPER_TOKEN": service.developer_token(),
            "APPLE_MUSIC_USER_TOKEN": "demo-user",
            "APPLE_MUSIC_BASE_URL": base_url,
            "APPLE_MUSIC_JOURNAL": str(Path(folder, "journal.sqlite3")),
            **{name: os.environ[name] for name in ("TERM", "NO_COLOR") if name in os.environ},
        }
        try:
            return save_change_and_undo(service, environ)
        finally:
            os.chdir(before)


def show_documented_items() -> bool:
    """Run the first part, and return whether everything reads back as written."""
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
    return correct == len(rows)


def main() -> int:
    """Run the demo and return the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without these characters
    is_correct = show_documented_items()
    say("\nNow a library of 500 items, and the command line.")
    is_correct &= show_library()
    return 0 if is_correct else 1


if __name__ == "__main__":
    sys.exit(main())
