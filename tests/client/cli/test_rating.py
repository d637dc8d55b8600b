from __future__ import annotations

from typing import Any

import pytest

LINK = "https://music.apple.com/us/album/any-name/1138988512?i=907242702"


def test_get_shows_a_rating_for_each_item(user: Any) -> None:
    """Unrated is none, links are understood, and programs get lines with tabs."""
    user.rate("songs/907242702", 1)
    user.rate("albums/1138988512", -1)

    ended = user.run("get", LINK, "albums/1138988512", "stations/ra.840950253")

    assert ended.code == 0
    assert ended.lines == [
        "songs/907242702\tlike",
        "albums/1138988512\tdislike",
        "stations/ra.840950253\tnone",
    ]
    assert ended.err == ""


def test_get_gives_json(user: Any) -> None:
    """A list of objects, in the order asked."""
    user.rate("songs/2", 1)

    ended = user.run("get", "--json", "songs/1", "songs/2")

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
def test_item_is_rated(user: Any, command: str, before: int | None, after: int | None) -> None:
    """Whatever it was before."""
    if before is not None:
        user.rate("songs/907242702", before)

    ended = user.run(command, LINK)

    assert ended.code == 0
    assert user.rating("songs/907242702") == after
    assert len(ended.lines) == (before != after)


def test_many_items_are_rated_at_once(user: Any) -> None:
    """A line for each write, the total, and the command that undoes it."""
    user.rate("songs/2", 1)

    ended = user.run("like", "songs/1", "songs/2", "stations/ra.1")

    assert ended.code == 0
    assert ended.lines == [
        "like\tsongs/1\tdone\t",
        "like\tstations/ra.1\tdone\t",
    ]
    assert "2 done, 1 unchanged." in ended.err
    assert (
        "To preview an undo (add --execute to apply it):\n  apple-music-ratings undo " in ended.err
    )


def test_result_is_given_as_json(user: Any) -> None:
    """The run, the counts, and every outcome."""
    ended = user.run("dislike", "--json", "songs/1", "library-songs/i.none")

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


def test_nothing_done_is_a_failure(user: Any) -> None:
    """Exit code 1, and the reason beside the item."""
    ended = user.run("like", "library-songs/i.none")

    assert ended.code == 1
    assert "404" in ended.lines[0].split("\t")[3]
    assert "1 failed." in ended.err


def test_rejected_token_stops_the_run(user: Any) -> None:
    """What was not sent is reported, with the reason and the command that continues."""
    user.service.revoke(user.token)

    ended = user.run("like", "songs/1", "songs/2")

    assert ended.code == 1
    assert "403" in ended.err
    assert user.token not in ended.out + ended.err


def test_missing_token_is_named(user: Any) -> None:
    """With what to set."""
    del user.environ["APPLE_MUSIC_USER_TOKEN"]

    ended = user.run("get", "songs/1")

    assert ended.code == 1
    assert "APPLE_MUSIC_USER_TOKEN" in ended.err


@pytest.mark.parametrize("command", ["get", "like", "dislike", "delete", "favorite"])
def test_every_invalid_item_is_reported_before_anything_is_sent(user: Any, command: str) -> None:
    """Exit status 2."""
    ended = user.run(command, "songs/1", "song/2", "nothing")

    assert ended.code == 2
    assert "'song'" in ended.err
    assert "'nothing'" in ended.err
    assert user.rating("songs/1") is None


def test_many_words_that_are_no_items_do_not_fill_the_screen(user: Any) -> None:
    """The first twenty, and how many more."""
    ended = user.run("get", *[f"word{number}" for number in range(50)])

    assert ended.code == 2
    assert "'word19'" in ended.err
    assert "'word20'" not in ended.err
    assert "... and 30 more." in ended.err


@pytest.mark.parametrize("command", ["get", "like", "delete", "favorite"])
def test_missing_item_is_a_usage_error(user: Any, command: str) -> None:
    """With the way to help."""
    ended = user.run(command)

    assert ended.code == 2
    assert "--help" in ended.err


def test_items_are_read_from_standard_input(user: Any) -> None:
    """One a line, beside those that are named."""
    ended = user.run_apart("like", "songs/1", "-", stdin=f"# mine\n{LINK}\r\n\nalbums/3\n")

    assert ended.code == 0
    assert [user.rating(item) for item in ("songs/1", "songs/907242702", "albums/3")] == [1, 1, 1]


def test_invalid_lines_on_standard_input_are_reported_with_their_numbers(user: Any) -> None:
    """And nothing is sent."""
    ended = user.run_apart("like", "-", stdin=b"songs/1\nsong/2\nx\n")

    assert ended.code == 2
    assert "standard input:2: " in ended.err
    assert "standard input:3: " in ended.err
    assert user.rating("songs/1") is None


def test_verified_rating_is_read_back(user: Any) -> None:
    """The option goes through to the client, and the summary says so."""
    ended = user.run("like", "--verify", "songs/1")

    assert ended.code == 0
    assert "1 done and read back." in ended.err
    assert "1 done." in user.run("like", "songs/2").err


def test_favorite_makes_the_rating_read_like(user: Any) -> None:
    """And says that only the apps take it back."""
    ended = user.run("favorite", "songs/1", "albums/2", "songs/1")

    assert ended.code == 0
    assert ended.lines == ["songs/1\taccepted", "albums/2\taccepted"]
    assert "Only the apps" in ended.err
    assert user.rating("songs/1") == 1


def test_like_with_star_rates_and_adds_favorites(user: Any) -> None:
    """The messages of both commands name what stays: the star."""
    ended = user.run("like", "--star", "songs/1", "albums/2")
    deleted = user.run("delete", "songs/1")
    undone = user.run("undo")
    library = user.run("like", "--star", "songs/3", "library-songs/i.s1")

    assert ended.code == 0
    assert ended.lines == ["like\tsongs/1\tdone\t", "like\talbums/2\tdone\t"]
    assert "2 also accepted as favorites" in ended.err
    assert "which only they can remove" in ended.err
    favorites = [each["favorites"] for each in user.service.state()["users"]]
    assert [{"type": "albums", "id": "2"}, {"type": "songs", "id": "1"}] in favorites
    assert "keeps its star" in deleted.err
    assert "keeps its star" not in undone.err
    assert library.code == 2
    assert "library-songs/i.s1" in library.err
    assert user.rating("songs/3") is None


def test_favorite_gives_json(user: Any) -> None:
    """What was accepted."""
    ended = user.run("favorite", "--json", "songs/1")

    assert ended.json == {"accepted": [{"type": "songs", "id": "1"}]}


def test_favorite_of_a_library_item_is_rejected(user: Any) -> None:
    """Apple's operation takes catalog items."""
    ended = user.run("favorite", "library-songs/i.s1")

    assert ended.code != 0
    assert user.rating("library-songs/i.s1") is None
