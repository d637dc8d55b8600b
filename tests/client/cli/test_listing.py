"""`list` and `help`."""

from __future__ import annotations

from typing import Any


def rated(user: Any) -> Any:
    """Rate three items of the library and one of the catalog."""
    for item, value in (("i.s1", 1), ("i.s2", -1)):
        user.rate(f"library-songs/{item}", value)
    user.rate("library-albums/l.a1", 1)
    user.rate("songs/907242702", -1)
    return user


def test_list_shows_the_rated_items_of_the_library(user: Any) -> None:
    """One line for each, with rating, item and name; the count is on stderr."""
    ended = rated(user).run("list")

    assert sorted(line.split("\t") for line in ended.lines) == [
        ["dislike", "library-songs/i.s2", "Northbound - =Sum, Of Parts"],
        ["like", "library-albums/l.a1", "The Lanterns - Harbour"],
        ["like", "library-songs/i.s1", "The Lanterns - First Light"],
    ]
    assert "3 listed." in ended.err


def test_list_is_filtered_by_rating_and_type(user: Any) -> None:
    """`--only all` lists unrated items too."""
    rated(user)
    counts = [
        len(user.run("list", "--json", *options).json)
        for options in (
            ("--only", "dislike"),
            ("--type", "library-albums"),
            ("--type", "library-albums", "--only", "dislike"),
            ("--only", "all"),
        )
    ]

    assert counts == [1, 1, 0, 6]


def test_list_of_given_items_has_no_names(user: Any) -> None:
    """Their ratings are read, their names are not."""
    ended = rated(user).run("list", "songs/907242702", "songs/1", "--only", "all", "--json")

    assert [(row["id"], row["rating"], row["name"]) for row in ended.json] == [
        ("907242702", "dislike", None),
        ("1", "none", None),
    ]


def test_help_of_a_command_is_shown_under_either_name(user: Any) -> None:
    """Also of a command within a command."""
    for words in (["apply"], ["mock", "serve"]):
        assert user.run("help", *words).out == user.run(*words, "--help").out
    assert user.run("help").out == user.run("--help").out


def test_help_of_an_unknown_command_is_a_usage_error(user: Any) -> None:
    """With the command that was probably meant."""
    ended = user.run("help", "aply")

    assert ended.code == 2
    assert "apply" in ended.err
