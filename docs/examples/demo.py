"""Show the client at work, without an account: `make demo`.

Starts the mock on a loopback socket. Over that socket the real client likes, dislikes, reads, lists
and deletes the ids that Apple's own documentation uses, taken from the contract. Every word in the
table was read back from the service. Then the command line saves a library of 500 things, changes
some of them by a file and takes that back. The exit code is 0 only if all that was read is what was
written before.
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


def say(words: str) -> None:
    """Print a line of the story at once, in order with what commands say on stderr."""
    print(words, flush=True)


class Story:
    """The second part: a library is saved, changed by a file, and changed back.

    Args:
        service: The mock.
        environ: What a person has set before running our commands.
    """

    def __init__(self, service: MockService, environ: dict[str, str]) -> None:
        self.service = service
        self.environ = environ
        self.is_right = True

    def command(self, *words: str) -> None:
        """Run a command as a person types it; it has to end with exit code 0."""
        say(f"\n$ apple-music-ratings {' '.join(words)}")
        self.is_right &= run(words, environ=self.environ) == 0

    def read_all(self, items: Iterable[Item]) -> dict[Item, RatingValue | None]:
        """Ask the service what it says of every item now."""
        with RatingsClient.from_env(environ=self.environ) as client:
            return client.get_ratings(items)

    def check(
        self, words: str, wanted: dict[Item, RatingValue | None], *, but: str = "as it should be"
    ) -> None:
        """Compare what the service says with what it should say."""
        found = self.read_all(wanted)
        same = sum(found[item] == value for item, value in wanted.items())
        self.is_right &= same == len(wanted)
        say(f"{words}: {same} of {len(wanted)} items read back {but}.")


def change(path: Path) -> None:
    """Change a file of ratings, as a person does in a spreadsheet, and tell how."""
    with path.open(encoding="utf-8", newline="") as stream:
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
    """Play the second part, and tell whether all that was read is what was written."""
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
    return story.is_right and len(at_first) == 500 and wanted != at_first


def show_library() -> bool:
    """Seed a library, and play the second part in a folder of its own."""
    library = seeded_library()
    service = MockService(library=library)
    for (type, id), value in seeded_ratings(library).items():
        service.set_rating("somebody-in-the-demo", type, id, value)
    with tempfile.TemporaryDirectory() as folder, serve(service) as base_url:
        before = Path.cwd()
        os.chdir(folder)
        environ = {
            "APPLE_MUSIC_DEVELOPER_TOKEN": service.developer_token(),
            "APPLE_MUSIC_USER_TOKEN": "somebody-in-the-demo",
            "APPLE_MUSIC_BASE_URL": base_url,
            "APPLE_MUSIC_JOURNAL": str(Path(folder, "journal.sqlite3")),
            **{name: os.environ[name] for name in ("TERM", "NO_COLOR") if name in os.environ},
        }
        try:
            return save_change_and_undo(service, environ)
        finally:
            os.chdir(before)


def show_documented_items() -> bool:
    """Play the first part, and tell whether all that was read is what was written."""
    items = documented_items()
    values = [RatingValue.LIKE, RatingValue.DISLIKE] * len(ResourceType)
    rows = [Row(item, value) for item, value in zip(items, values, strict=True)]
    service = MockService()
    with serve(service) as base_url:
        print(f"The mock listens on {base_url}, and the client talks to it over a socket.\n")
        tokens: dict[str, Any] = {
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
        "unrated at first,\nliked or disliked, the same in a list, and unrated once deleted."
    )
    return right == len(rows)


def main() -> int:
    """Run the demo and give the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without these characters
    is_right = show_documented_items()
    say("\nNow a library of 500 things, and the command line.")
    is_right &= show_library()
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
