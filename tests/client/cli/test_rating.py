from __future__ import annotations

from typing import Any

import pytest

LINK = "https://music.apple.com/us/album/any-name/1138988512?i=907242702"


def test_get_shows_a_rating_for_each_item(person: Any) -> None:
    """Unrated is none, links are understood, and programs get lines with tabs."""
    person.rate("songs/907242702", 1)
    person.rate("albums/1138988512", -1)

    ended = person.run("get", LINK, "albums/1138988512", "stations/ra.840950253")

    assert ended.code == 0
    assert ended.lines == [
        "songs/907242702\tlike",
        "albums/1138988512\tdislike",
        "stations/ra.840950253\tnone",
    ]
    assert ended.err == ""


def test_get_gives_json(person: Any) -> None:
    """A list of objects, in the order asked."""
    person.rate("songs/2", 1)

    ended = person.run("get", "--json", "songs/1", "songs/2")

    assert ended.json == [
        {"type": "songs", "id": "1", "rating": "none"},
        {"type": "songs", "id": "2", "rating": "like"},
    ]


@pytest.mark.parametrize(
    ("command", "before", "after"),
    [
        ("like", None, 1),
        ("like", -1, 1),
        ("dislike", 1, -1),
        ("delete", 1, None),
        ("delete", None, None),
    ],
)
def test_item_is_rated(person: Any, command: str, before: int | None, after: int | None) -> None:
    """Whatever it was before."""
    if before is not None:
        person.rate("songs/907242702", before)

    ended = person.run(command, LINK)

    assert ended.code == 0
    assert person.rating("songs/907242702") == after
    assert len(ended.lines) == (before != after)


def test_many_items_are_rated_at_once(person: Any) -> None:
    """A line for each that was written, the sum in words, and the way back."""
    person.rate("songs/2", 1)

    ended = person.run("like", "songs/1", "songs/2", "stations/ra.1")

    assert ended.code == 0
    assert ended.lines == [
        "like\tsongs/1\tdone\t",
        "like\tstations/ra.1\tdone\t",
    ]
    assert "2 done, 1 unchanged." in ended.err
    assert (
        "To preview an undo (add --execute to apply it):\n  apple-music-ratings undo " in ended.err
    )


def test_result_is_given_as_json(person: Any) -> None:
    """The run, the counts, and every outcome."""
    ended = person.run("dislike", "--json", "songs/1", "library-songs/i.none")

    assert ended.code == 3
    assert ended.json["counts"] == {"done": 1, "unchanged": 0, "failed": 1, "not-sent": 0}
    assert ended.json["run"]
    first, second = ended.json["outcomes"]
    assert first == {
        "type": "songs",
        "id": "1",
        "action": "dislike",
        "status": "done",
        "error": None,
    }
    assert "404" in second["error"]


def test_nothing_done_is_a_failure(person: Any) -> None:
    """Exit code 1, and the reason beside the item."""
    ended = person.run("like", "library-songs/i.none")

    assert ended.code == 1
    assert "404" in ended.lines[0].split("\t")[3]
    assert "1 failed." in ended.err


def test_refused_token_stops_the_run(person: Any) -> None:
    """What was not sent is told, with the reason and the command that goes on."""
    person.service.revoke(person.token)

    ended = person.run("like", "songs/1", "songs/2")

    assert ended.code == 1
    assert "403" in ended.err
    assert person.token not in ended.out + ended.err


def test_missing_token_is_named(person: Any) -> None:
    """With what to set."""
    del person.environ["APPLE_MUSIC_USER_TOKEN"]

    ended = person.run("get", "songs/1")

    assert ended.code == 1
    assert "APPLE_MUSIC_USER_TOKEN" in ended.err


@pytest.mark.parametrize("command", ["get", "like", "dislike", "delete", "favorite"])
def test_everything_that_is_no_item_is_told_before_anything_is_sent(
    person: Any, command: str
) -> None:
    """Used wrongly, exit code 2."""
    ended = person.run(command, "songs/1", "song/2", "nothing")

    assert ended.code == 2
    assert "'song'" in ended.err
    assert "'nothing'" in ended.err
    assert person.rating("songs/1") is None


def test_many_words_that_are_no_items_do_not_fill_the_screen(person: Any) -> None:
    """The first twenty, and how many more."""
    ended = person.run("get", *[f"word{number}" for number in range(50)])

    assert ended.code == 2
    assert "'word19'" in ended.err
    assert "'word20'" not in ended.err
    assert "... and 30 more." in ended.err


@pytest.mark.parametrize("command", ["get", "like", "delete", "favorite"])
def test_no_item_is_used_wrongly(person: Any, command: str) -> None:
    """With the way to help."""
    ended = person.run(command)

    assert ended.code == 2
    assert "--help" in ended.err


def test_items_are_read_from_standard_input(person: Any) -> None:
    """One a line, beside those that are named."""
    ended = person.run_apart("like", "songs/1", "-", stdin=f"# mine\n{LINK}\r\n\nalbums/3\n")

    assert ended.code == 0
    assert [person.rating(item) for item in ("songs/1", "songs/907242702", "albums/3")] == [1, 1, 1]


def test_bad_lines_on_standard_input_are_told_with_their_number(person: Any) -> None:
    """And nothing is sent."""
    ended = person.run_apart("like", "-", stdin=b"songs/1\nsong/2\nx\n")

    assert ended.code == 2
    assert "standard input:2: " in ended.err
    assert "standard input:3: " in ended.err
    assert person.rating("songs/1") is None


def test_verified_rating_is_read_back(person: Any) -> None:
    """The option goes through to the client."""
    ended = person.run("like", "--verify", "songs/1")

    assert ended.code == 0


def test_favorite_makes_the_rating_read_like(person: Any) -> None:
    """And says that only the apps take it back."""
    ended = person.run("favorite", "songs/1", "albums/2", "songs/1")

    assert ended.code == 0
    assert ended.lines == ["songs/1\taccepted", "albums/2\taccepted"]
    assert "Only the apps" in ended.err
    assert person.rating("songs/1") == 1


def test_favorite_gives_json(person: Any) -> None:
    """What was accepted."""
    ended = person.run("favorite", "--json", "songs/1")

    assert ended.json == {"accepted": [{"type": "songs", "id": "1"}]}


def test_favorite_of_a_library_item_is_refused(person: Any) -> None:
    """Apple's operation takes catalog items."""
    ended = person.run("favorite", "library-songs/i.s1")

    assert ended.code != 0
    assert person.rating("library-songs/i.s1") is None
