from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apple_music_ratings_mock import Behaviors, LibraryEntry, MockService

HEADER = "type,id,rating,catalog_id,name,artist\n"
CHANGES = HEADER + (
    "songs,1,like,,First Light,The Lanterns\n"
    "songs,2,dislike,,,\n"
    "songs,3,none,,,\n"
    "songs,4,like,,,\n"
    "songs,5,,,,\n"
)


@pytest.fixture
def rated(user: Any) -> Any:
    """A user who likes songs 3, 4 and 5, which a file named `ratings.csv` would change."""
    for number in (3, 4, 5):
        user.rate(f"songs/{number}", 1)
    user.file("ratings.csv", CHANGES)
    return user


def state(user: Any) -> list[int | None]:
    """Return the ratings of songs 1 to 5."""
    return [user.rating(f"songs/{number}") for number in range(1, 6)]


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_changes_are_shown_and_not_made(rated: Any, command: str) -> None:
    """What to do, to what, and what it is now; then how to do it."""
    path = str(rated.folder / "ratings.csv")

    ended = rated.run(command, path)

    assert ended.code == 0
    assert ended.lines == [
        "like\tsongs/1\tnone\tThe Lanterns - First Light",
        "dislike\tsongs/2\tnone\t",
        "delete\tsongs/3\tlike\t",
    ]
    assert "Plan: 1 to like, 1 to dislike, 1 to delete, 1 already match." in ended.err
    assert "1 row without a rating: no change." in ended.err
    assert f"apple-music-ratings apply {path} --execute" in ended.err
    assert state(rated) == [None, None, 1, 1, 1]


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_changes_are_shown_as_json(rated: Any, command: str) -> None:
    """Counts of every action, and the steps that change something."""
    ended = rated.run(command, str(rated.folder / "ratings.csv"), "--json")

    assert ended.code == 0
    assert ended.json["counts"] == {"like": 1, "dislike": 1, "delete": 1, "leave": 1}
    assert ended.json["steps"][0] == {
        "type": "songs",
        "id": "1",
        "action": "like",
        "before": "none",
        "after": "like",
        "name": "First Light",
        "artist": "The Lanterns",
    }
    assert len(ended.json["steps"]) == 3


def test_changes_are_made_when_asked_for(rated: Any) -> None:
    """Only what differs is written; the second time there is nothing to do."""
    path = str(rated.folder / "ratings.csv")

    first = rated.run("apply", path, "--execute", "--verify")
    second = rated.run("apply", path, "--execute")

    assert (first.code, second.code) == (0, 0)
    assert state(rated) == [1, -1, None, 1, 1]
    assert "3 done and read back, 1 unchanged." in first.err
    assert "apple-music-ratings undo " in first.err
    assert "4 unchanged." in second.err


def test_partly_failed_run_says_how_to_continue(rated: Any) -> None:
    """Exit code 3."""
    path = rated.file("mixed.csv", HEADER + "songs,1,like,,,\nlibrary-songs,i.none,like,,,\n")

    ended = rated.run("apply", path, "--execute", "--json")

    assert ended.code == 3
    assert ended.json["counts"]["failed"] == 1
    assert "1 done, 1 failed." in ended.err


def test_invalid_rows_are_reported_together_and_nothing_is_sent(rated: Any) -> None:
    """File, line, column and reason of each."""
    path = rated.file("bad.csv", HEADER + "songs,1,lik,,,\nsung,2,like,,,\nsongs,6,like,,,\n")

    ended = rated.run("apply", path, "--execute")

    assert ended.code == 1
    assert f"{path}:2: rating: 'lik' is not a rating." in ended.err
    assert f"{path}:3: type: Unknown resource type 'sung'" in ended.err
    assert "2 rows cannot be used. Nothing was sent." in ended.err
    assert rated.rating("songs/6") is None


def test_bad_rows_are_given_as_json(rated: Any) -> None:
    """One object for each problem."""
    path = rated.file("bad.csv", HEADER + "songs,1,lik,,,\n")

    ended = rated.run("plan", path, "--json")

    assert ended.code == 1
    (problem,) = ended.json["errors"]
    assert (problem["file"], problem["line"], problem["column"]) == (path, 2, "rating")
    assert "like, dislike or none" in problem["reason"]


def test_bad_rows_can_be_left_out(rated: Any) -> None:
    """They are listed all the same, and the work counts as partly done."""
    path = rated.file("bad.csv", HEADER + "songs,1,lik,,,\nsongs,6,like,,,\n")

    shown = rated.run("plan", path, "--skip-invalid")
    done = rated.run("apply", path, "--skip-invalid", "--execute")

    assert shown.code == 0
    assert done.code == 3
    assert f"{path}:2: rating: 'lik' is not a rating." in done.err
    assert "1 row skipped." in done.err
    assert rated.rating("songs/6") == 1


@pytest.mark.parametrize("options", [[], ["--skip-invalid"]])
def test_file_that_is_cut_off_is_rejected_whole(rated: Any, options: list[str]) -> None:
    """Leaving rows out is for rows, not for the rest of a file."""
    path = rated.file("cut.json", '[{"type":"songs","id":"6","rating":"like"},{"type":"so')

    ended = rated.run("apply", path, "--execute", *options)

    assert ended.code == 1
    assert "cut off" in ended.err
    assert rated.rating("songs/6") is None


def test_file_that_is_cut_off_is_reported_as_json(rated: Any) -> None:
    """The error, and what was wrong before it."""
    path = rated.file("cut.json", '[{"type":"songs","id":"6","rating":"lik"},{"type":"so')

    ended = rated.run("plan", path, "--json")

    assert ended.code == 1
    assert "cut off" in ended.json["error"]
    assert [problem["column"] for problem in ended.json["errors"]] == ["rating"]
    assert ":1: rating: " in ended.err


def test_missing_file_is_reported(rated: Any) -> None:
    """By its name."""
    ended = rated.run("plan", "missing.csv")

    assert ended.code == 1
    assert "missing.csv: cannot be read" in ended.err


def test_file_without_rows_changes_nothing(rated: Any) -> None:
    """And says so."""
    ended = rated.run("apply", rated.file("none.csv", HEADER), "--execute")

    assert ended.code == 0
    assert "Nothing to do." in ended.err


def test_repeated_rows_are_counted(rated: Any) -> None:
    """And taken once."""
    ended = rated.run("plan", rated.file("twice.csv", HEADER + "songs,1,like,,,\n" * 3))

    assert "Ignored as duplicate or older: 2 rows." in ended.err
    assert "Plan: 1 to like." in ended.err


def test_problems_of_standard_input_are_reported_by_that_name(user: Any) -> None:
    """And an empty file is not a ratings file."""
    bad = user.run_apart("plan", "-", stdin="id,rating\nsongs/1,lik\n")
    empty = user.run_apart("plan", "-")

    assert (bad.code, empty.code) == (1, 1)
    assert "standard input:2: rating: " in bad.err
    assert "standard input:1: The file is empty." in empty.err


def test_file_may_come_from_standard_input(user: Any) -> None:
    """With --format, since there is no suffix."""
    row = '{"link":"https://music.apple.com/us/song/any/907242702","rating":"👍"}\n'

    ended = user.run_apart("apply", "-", "--format", "jsonl", "--execute", stdin=row)

    assert ended.code == 0
    assert user.rating("songs/907242702") == 1


TYPES = {
    "library-songs": ("i.", "songs", "90{}"),
    "library-albums": ("l.", "albums", "91{}"),
    "library-music-videos": ("i.v", "music-videos", "92{}"),
    "library-playlists": ("p.", "playlists", "pl.{}"),
}


def library(generation: str, *, without: str = "") -> list[LibraryEntry]:
    """Build a library of three things of each type whose library ids depend on the generation."""
    return [
        LibraryEntry(type, f"{prefix}{generation}{number}", catalog.format(number), name="Any")
        for type, (prefix, _, catalog) in TYPES.items()
        for number in (1, 2, 3)
        if type != without
    ]


@pytest.mark.parametrize("name", ["ratings.csv", "ratings.json", "ratings.jsonl"])
@pytest.mark.parametrize("without", ["", "library-songs"])
def test_saved_ratings_are_brought_back_under_other_library_ids(
    a_user_with: Callable[[MockService], Any], name: str, without: str
) -> None:
    """Export, wipe, add again, import: the catalog id finds each item, in the library or not."""
    with a_user_with(MockService(library=library("old"))) as before:
        for type, (prefix, _, _) in TYPES.items():
            before.rate(f"{type}/{prefix}old1", 1)
            before.rate(f"{type}/{prefix}old2", -1)
        before.run("export", "-o", str(before.folder / name))
    with a_user_with(MockService(library=library("new", without=without))) as after:
        after.rate("songs/903", 1)  # unrated according to the file
        ended = after.run("apply", str(after.folder / name), "--execute", "--json")

        assert ended.code == 0
        assert "12 items found by catalog id, as the library id has changed." in ended.err
        for type, (prefix, catalog_type, catalog) in TYPES.items():
            for number, rating in ((1, 1), (2, -1), (3, None)):
                assert after.rating(f"{catalog_type}/{catalog.format(number)}") == rating
                if type != without:
                    assert after.rating(f"{type}/{prefix}new{number}") == rating


def test_upload_that_is_gone_is_reported_and_the_rest_is_done(user: Any) -> None:
    """Without a catalog id nothing can find it."""
    rows = "library-songs,i.gone,like,,,\nlibrary-songs,i.old,like,900000001,,\n"

    ended = user.run("apply", user.file("two.csv", HEADER + rows), "--execute")

    assert ended.code == 3
    assert ended.lines[0].startswith("like\tlibrary-songs/i.gone\tfailed\t")
    assert user.rating("library-songs/i.s1") == 1


def test_item_that_is_where_it_was_is_left_there(user: Any) -> None:
    """An unrated item looks like one that is gone; the library tells."""
    path = user.file("one.csv", HEADER + "library-songs,i.s1,like,900000001,,\n")

    ended = user.run("apply", path, "--execute")

    assert ended.lines[0].startswith("like\tlibrary-songs/i.s1\tdone")
    assert "found by catalog id" not in ended.err


@pytest.mark.parametrize(("second", "code"), [("like", 0), ("dislike", 1)])
def test_rows_that_became_one_item_must_agree(
    a_user_with: Callable[[MockService], Any], second: str, code: int
) -> None:
    """Two library ids of old, one now: the same rating is one, two ratings are a problem."""
    service = MockService(library=[LibraryEntry("library-songs", "i.new", "901", name="Any")])
    with a_user_with(service) as another:
        rows = f"library-songs,i.old1,like,901,,\nlibrary-songs,i.old2,{second},901,,\n"
        path = another.file("two.csv", HEADER + rows)
        ended = another.run("apply", path, "--execute")

        assert ended.code == code
        assert another.rating("songs/901") == (1 if code == 0 else None)
        assert ("library-songs/i.new is like here and dislike in line 3" in ended.err) == (
            code == 1
        )


def test_plan_names_the_profile_in_what_it_suggests(rated: Any) -> None:
    """A command that is pasted does the same for the same account."""
    ended = rated.run("--profile", "work", "plan", str(rated.folder / "ratings.csv"))

    assert "apple-music-ratings --profile work apply " in ended.err


def test_path_with_blanks_is_quoted_in_what_is_suggested(rated: Any) -> None:
    """So that it can be pasted."""
    path = rated.file("my ratings.csv", CHANGES)

    ended = rated.run("plan", path)

    assert f"apply '{path}' --execute" in ended.err


def test_names_are_spelled_out_where_the_terminal_lacks_their_letters(user: Any) -> None:
    """The program does not end at one."""
    path = user.file("one.csv", "id,rating,name\nsongs/1,like,Lumière\n")
    user.environ["PYTHONIOENCODING"] = "ascii"

    ended = user.run_apart("plan", path)

    assert ended.lines == ["like\tsongs/1\tnone\tLumi\\xe8re"]


def test_names_cannot_steer_the_terminal(user: Any) -> None:
    """Control characters are shown as what they are, in tables and in JSON."""
    user.rate("library-songs/i.s3", 1)
    path = str(user.folder / "ratings.csv")
    user.run("export", "-o", path)
    text = Path(path).read_text("utf-8").replace("i.s3,like", "i.s3,dislike")
    Path(path).write_text(text, "utf-8")

    table = user.run("plan", path)
    document = user.run("plan", path, "--json")

    assert "\\x1b[2JTide \\u202etxt\\x07" in table.out
    assert "\x1b" not in table.out + document.out
    assert "\u202e" not in table.out + document.out
    assert document.json["steps"][0]["name"] == "\x1b[2JTide \u202etxt\x07"


def test_rows_of_one_item_are_joined(user: Any) -> None:
    """A catalog id and a library id of one song: one write, and both read back."""
    path = user.file(
        "two.csv", "id,rating\nsongs/900000001,like\nlibrary-songs/i.s1,like\nalbums/5,like\n"
    )

    ended = user.run("apply", path, "--execute", "--verify", "--json")

    assert ended.code == 0
    assert "1 row joined with another row of the item." in ended.err
    assert [(one["type"], one["id"]) for one in ended.json["outcomes"]] == [
        ("songs", "900000001"),
        ("albums", "5"),
    ]
    assert user.rating("library-songs/i.s1") == 1


def test_rows_of_one_item_that_disagree_are_errors(user: Any) -> None:
    """With both lines; applying them would undo the first, and report success."""
    rows = "id,rating\nsongs/900000001,like\nlibrary-songs/i.s1,none\n"
    catalog = f"{HEADER}library-songs,i.s2,like,900000002,,\nsongs,900000002,dislike,,,\n"

    for name, content in (("walked.csv", rows), ("named.csv", catalog)):
        path = user.file(name, content)
        ended = user.run("apply", path, "--execute")

        assert ended.code == 1
        assert f"{path}:2: rating: " in ended.err
        assert "in line 3. Keep one of the two." in ended.err
        assert f"{path}:3: rating: " in ended.err
    assert user.rating("songs/900000001") is None


def test_rated_items_outside_the_file_are_counted_and_pruned(user: Any) -> None:
    """A row deleted from an exported file is not a wish, unless the file is to be all there is."""
    user.rate("library-songs/i.s1", 1)
    user.rate("library-songs/i.s2", -1)
    user.rate("library-albums/l.a1", 1)
    path = user.file("some.csv", HEADER + "library-songs,i.s1,like,900000001,,\n")
    albums = user.file("other.csv", "id,rating\nalbums/900000011,like\n")

    planned = user.run("plan", path)
    shown = user.run("apply", path, "--prune")
    kept = user.rating("library-songs/i.s2")
    done = user.run("apply", path, "--prune", "--execute")
    everything = user.run("apply", albums, "--prune", "--json")

    assert "1 rated library item not in the file: no change." in planned.err
    assert planned.out == ""
    assert shown.lines == ["delete\tlibrary-songs/i.s2\tdislike\tNorthbound - =Sum, Of Parts"]
    assert "--execute --prune" in shown.err
    assert kept == -1
    assert done.code == 0
    assert user.rating("library-songs/i.s2") is None
    assert user.rating("library-albums/l.a1") == 1
    assert [step["id"] for step in everything.json["steps"]] == ["i.s1"]


def test_errors_of_one_cause_are_one_message(rated: Any) -> None:
    """With the number of rows; JSON has every row."""
    rows = "".join(f"songs,9.07E+{number},like,,,\n" for number in range(10, 40))
    path = rated.file("many.csv", HEADER + rows + "sung,1,like,,,\n")

    shown = rated.run("plan", path)
    document = rated.run("plan", path, "--json")

    assert shown.code == 1
    assert shown.err.count("A spreadsheet has shortened the number") == 1
    assert "(29 rows more: line 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, …)" in shown.err
    assert "31 rows cannot be used." in shown.err
    assert len(document.json["errors"]) == 31


def test_what_cannot_be_applied_is_listed(user: Any) -> None:
    """Artists of Apple's privacy export, one message for each cause; alone they are a failure."""
    header = "Favorite Type,Item Reference,Item Description,Last Modified,Preference\n"
    artists = "ARTIST,1,The Lanterns,,LIKE\nARTIST,2,Northbound,,LIKE\n"
    both = user.file("both.csv", f"{header}{artists}SONG,7,x,,LIKE\nSONG,8,x,,NEUTRAL\n")

    planned = user.run("plan", both)
    document = user.run("plan", both, "--json")
    alone = user.run("plan", user.file("artists.csv", header + artists))

    assert planned.code == 0
    assert "2 rows skipped. The Apple Music API has no ratings for artists. The L" in planned.err
    assert "1 row without a rating: no change." in planned.err
    assert [row["name"] for row in document.json["skipped"]] == ["The Lanterns", "Northbound"]
    assert alone.code == 1
    assert "Nothing in the file can be applied." in alone.err


def test_file_is_completed_by_options(user: Any) -> None:
    """And the command to continue repeats them."""
    path = user.file("ids.csv", "Number;Verdict\n5;like\ni.s1;dislike\n")
    options = ["--type", "songs", "--id-column", "number", "--rating-column", "verdict"]

    planned = user.run("plan", path, *options)
    listed = user.run("plan", user.file("ids.txt", "5\n6\n"), "--type=songs", "--rating=none")

    assert planned.lines == [
        "like\tsongs/5\tnone\t",
        "dislike\tlibrary-songs/i.s1\tnone\t",
    ]
    assert f"{path} --execute {' '.join(options)}" in planned.err
    assert listed.code == 0


def test_verification_reads_back_every_row(a_user_with: Callable[[MockService], Any]) -> None:
    """Joined rows too: where albums are rated apart, the row without a write reads differently."""
    albums = [LibraryEntry("library-albums", "l.1", "5", name="Any")]
    service = MockService(library=albums, behaviors=Behaviors(album_ratings="separate"))
    with a_user_with(service) as another:
        path = another.file("two.csv", "id,rating\nalbums/5,like\nlibrary-albums/l.1,like\n")
        ended = another.run("apply", path, "--execute", "--verify", "--json")
        again = another.run("apply", path, "--execute", "--verify", "--json")

    assert (ended.code, again.code) == (3, 0)
    assert ended.json["differences"] == [
        {"type": "library-albums", "id": "l.1", "expected": "like", "found": "none"}
    ]
    assert again.json["differences"] == []
    assert "library-albums/l.1 reads none, not like." in ended.err
    assert "1 item without the rating of the file." in ended.err
