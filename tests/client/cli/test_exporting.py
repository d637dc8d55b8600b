from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

HEADER = "type,id,rating,catalog_id,name,artist,album"


def test_whole_library_is_written_to_standard_output(user: Any) -> None:
    """CSV, every type, unrated items too, the sum on stderr."""
    user.rate("library-songs/i.s1", 1)
    user.rate("albums/900000011", -1)

    ended = user.run("export")
    rows = list(csv.DictReader(ended.lines))

    assert ended.code == 0
    assert ended.lines[0] == HEADER
    assert {row["id"]: row["rating"] for row in rows} == {
        "i.s1": "like",
        "i.s2": "none",
        "i.s3": "none",
        "l.a1": "dislike",
        "i.v1": "none",
        "p.p1": "none",
    }
    assert "library-songs,i.s1,like,900000001,First Light,The Lanterns,Harbour" in ended.lines
    assert '"\'=Sum, Of Parts"' in ended.out
    assert "6 written: 1 like, 1 dislike, 4 none." in ended.err


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--only", "like"], ["i.s1"]),
        (["--only", "dislike"], ["l.a1"]),
        (["--only", "rated"], ["i.s1", "l.a1"]),
        (["--type", "library-albums"], ["l.a1"]),
        (["--type", "library-albums", "--type", "library-playlists"], ["l.a1", "p.p1"]),
        (["--type", "library-songs", "--only", "dislike"], []),
        (["songs/900000001", "albums/1"], ["900000001", "1"]),
        (["songs/900000001", "albums/1", "--type", "songs"], ["900000001"]),
        (["songs/900000001", "albums/1", "--only", "rated"], ["900000001"]),
    ],
)
def test_what_is_written_can_be_chosen(user: Any, options: list[str], ids: list[str]) -> None:
    """By rating, by type, by name."""
    user.rate("library-songs/i.s1", 1)
    user.rate("library-albums/l.a1", -1)

    ended = user.run("export", "--format", "jsonl", *options)

    assert [json.loads(line)["id"] for line in ended.lines] == ids


def test_favorites_are_a_column_in_the_same_pass(user: Any, tmp_path: Path) -> None:
    """`apply` reads such a file as one without it, and items that are named have no such column."""
    user.run("favorite", "songs/900000001")
    path = tmp_path / "all.csv"
    user.run("export", "--favorites", "-o", str(path))
    ended = user.run("export", "--favorites", "--type", "library-songs", "--format", "json")
    applied = user.run("plan", str(path))
    named = user.run("export", "--favorites", "songs/1")

    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [*HEADER.split(","), "is_favorite"]
    assert {row["id"]: row["is_favorite"] for row in rows} == {
        "i.s1": "true",
        "i.s2": "false",
        "i.s3": "false",
        "l.a1": "",
        "i.v1": "",
        "p.p1": "false",
    }
    flags = {row["id"]: row["is_favorite"] for row in ended.json}
    assert flags == {"i.s1": True, "i.s2": False, "i.s3": False}
    assert "6 already match" in applied.err
    assert (named.code, "favorites cannot be read by id" in named.err) == (2, True)


@pytest.mark.parametrize("name", ["ratings.csv", "ratings.json", "ratings.jsonl"])
def test_file_is_written_as_its_suffix_says(user: Any, tmp_path: Path, name: str) -> None:
    """And the output names the command that undoes it."""
    ended = user.run("export", "-o", str(tmp_path / name))
    text = (tmp_path / name).read_text("utf-8-sig" if name.endswith("csv") else "utf-8")

    assert ended.code == 0
    assert ended.out == ""
    assert "To preview a restore (add --execute to apply it):\n" in ended.err
    assert f"\n  apple-music-ratings apply {tmp_path / name}\n" in ended.err
    assert text.startswith({"csv": HEADER, "json": "[\n{", "jsonl": "{"}[name.split(".")[1]])


def test_file_that_exists_is_left_alone_unless_forced(user: Any) -> None:
    """And nothing is asked of the service for it."""
    path = user.file("ratings.csv", "old")

    rejected = user.run("export", "-o", path)
    left = Path(path).read_text("utf-8")
    forced = user.run("export", "-o", path, "--force")

    assert (rejected.code, left) == (1, "old")
    assert "--force" in rejected.err
    assert forced.code == 0
    assert Path(path).read_text("utf-8-sig").startswith(HEADER)


def test_rows_on_standard_output_can_be_json(user: Any) -> None:
    """A list of objects."""
    ended = user.run("export", "--json", "songs/1")

    assert ended.json[0]["type"] == "songs"
    assert ended.json[0]["rating"] == "none"


def test_summary_of_a_file_can_be_json(user: Any, tmp_path: Path) -> None:
    """Where the rows go elsewhere."""
    ended = user.run("export", "--json", "-o", str(tmp_path / "ratings.csv"), "songs/1")

    assert ended.json == {
        "file": str(tmp_path / "ratings.csv"),
        "format": "csv",
        "rows": 1,
        "like": 0,
        "dislike": 0,
        "none": 1,
    }


def test_catalog_cannot_be_listed(user: Any) -> None:
    """Exit status 2, and the message names valid values."""
    ended = user.run("export", "--type", "songs")

    assert ended.code == 2
    assert "--type library-songs" in ended.err


@pytest.mark.parametrize("options", [["--type", "song"], ["--only", "liked"], ["--format", "xml"]])
def test_unknown_choice_is_a_usage_error(user: Any, options: list[str]) -> None:
    """With the words there are."""
    assert user.run("export", *options).code == 2


def test_unknown_suffix_is_reported_before_any_read(user: Any, tmp_path: Path) -> None:
    """With the option that decides."""
    ended = user.run("export", "-o", str(tmp_path / "ratings.xlsx"))

    assert ended.code == 1
    assert "--format" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_items_come_from_standard_input(user: Any) -> None:
    """Also more than are asked for at once."""
    user.rate("songs/1500", 1)
    items = "".join(f"songs/{number}\n" for number in range(1, 2001))

    ended = user.run_apart("export", "-", "--only", "like", stdin=items)

    assert ended.lines[1:] == ["songs,1500,like,,,,"]


def test_failure_half_way_leaves_no_file(user: Any, tmp_path: Path) -> None:
    """Neither under its name nor beside it."""
    user.service.revoke(user.token)

    ended = user.run("export", "-o", str(tmp_path / "ratings.csv"))

    assert ended.code == 1
    assert "403" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_csv_file_opens_in_excel(user: Any, tmp_path: Path) -> None:
    """With a byte order mark, unless it is not wanted; other output has none."""
    names = ["with.csv", "without.csv", "ratings.json"]
    for name in names:
        options = ["--no-bom"] if name == "without.csv" else []
        user.run("export", "songs/1", "-o", str(tmp_path / name), *options)
    starts = [(tmp_path / name).read_bytes()[:3] for name in names]
    piped = user.run("export", "songs/1")

    assert starts == [b"\xef\xbb\xbf", b"typ", b"[\n{"]
    assert piped.out.startswith("type,")


@pytest.mark.parametrize(
    ("command", "format", "expected"),
    [("like", "csv", 1), ("dislike", "json", -1), ("delete", "jsonl", None)],
)
def test_output_feeds_the_commands_that_rate(
    user: Any, command: str, format: str, expected: int | None
) -> None:
    """Items are read from ratings files too, whatever their ratings."""
    user.rate("library-songs/i.s1", -1 if command == "like" else 1)
    exported = user.run("export", "--only", "rated", "--format", format)

    ended = user.run_apart(command, "-", stdin=exported.out)

    assert ended.code == 0
    assert ended.lines[0].startswith(f"{command}\tlibrary-songs/i.s1\t")
    assert user.rating("library-songs/i.s1") == expected


def test_items_come_from_a_ratings_file(user: Any) -> None:
    """Apple's privacy export among them; one type completes plain ids."""
    user.rate("songs/5", -1)
    favorites = "Favorite Type,Item Reference,Item Description,Last Modified,Preference\n"
    export = user.file("Favorites.csv", f"{favorites}SONG,5,x,,LIKE\nARTIST,6,y,,LIKE\n")
    ids = user.file("ids.txt", "5\ni.5\n")

    from_export = user.run("export", export, "--format", "jsonl")
    from_list = user.run("export", ids, "--type", "songs", "--format", "jsonl")
    shown = user.run("get", export)

    assert [json.loads(line)["rating"] for line in from_export.lines] == ["dislike"]
    assert [json.loads(line)["id"] for line in from_list.lines] == ["5"]
    assert shown.lines == ["songs/5\tdislike"]
