from __future__ import annotations

import re
from typing import Any

import pytest

_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\r")
ROWS = "id,rating,name,artist\n" + "".join(
    f"songs/{number},like,Song number {number} of a very long list of songs,The Lanterns\n"
    for number in range(1, 31)
)


def plain(shown: str) -> list[str]:
    """Leave out what steers the terminal."""
    return [line.rstrip() for line in _STEERING.sub("", shown).split("\n")]


def test_terminal_shows_a_table(user: Any) -> None:
    """With headings, and a color for what is liked."""
    user.rate("songs/1", 1)

    shown = user.run_on_terminal("get", "songs/1", "songs/2")

    assert [line.split() for line in plain(shown) if line][-3:] == [
        ["ITEM", "RATING"],
        ["songs/1", "like"],
        ["songs/2", "none"],
    ]
    assert "\x1b[32mlike" in shown


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_color_is_left_out_where_it_is_not_wanted(user: Any, variables: dict[str, str]) -> None:
    """The environment decides."""
    user.rate("songs/1", 1)

    shown = user.run_on_terminal("get", "songs/1", **variables)

    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", shown)


def test_apply_and_undo_ask_on_a_terminal(user: Any) -> None:
    """Only y makes the changes; n, Return, Ctrl-D and Ctrl-C send nothing."""
    path = user.file("r.csv", ROWS)
    found = {}
    for key in ("n\n", "\n", "\x04", "\x03", "y\n"):
        ended = user.run_and_press("apply", path, keys=key)
        assert "Apply 30 changes? [y/N]:" in ended.out
        sent = "30 done." in ended.out
        found[key] = (ended.code, "Nothing was sent." in ended.out, sent, user.rating("songs/30"))
    undone = user.run_and_press("undo", keys="y\n")

    assert found == {
        "n\n": (0, True, False, None),
        "\n": (0, True, False, None),
        "\x04": (130, True, False, None),
        "\x03": (130, True, False, None),
        "y\n": (0, False, True, 1),
    }
    assert "Undo 30 changes? [y/N]:" in undone.out
    assert (undone.code, user.rating("songs/30")) == (0, None)


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_long_plan_fits_the_screen(user: Any, columns: int) -> None:
    """The first twenty changes, none wider than the screen, then how many more."""
    path = user.file("r.csv", ROWS)

    shown = plain(user.run_on_terminal("plan", path, columns=columns))
    changes = [line for line in shown if line.startswith("like ")]

    assert len(changes) == 20
    assert max(map(len, changes)) <= columns
    assert all("songs/" in line for line in changes)
    assert "... and 10 more; --all shows them." in shown


def test_whole_plan_is_shown_when_asked_for(user: Any) -> None:
    """Every change."""
    shown = plain(user.run_on_terminal("plan", user.file("r.csv", ROWS), "--all"))

    assert len([line for line in shown if line.startswith("like ")]) == 30


def test_terminal_shows_the_items_that_need_attention(user: Any) -> None:
    """And not those that went well."""
    shown = plain(user.run_on_terminal("like", "songs/1", "library-songs/i.none"))
    text = "\n".join(shown)

    assert "library-songs/i.none" in text
    assert "songs/1 " not in text
    assert "1 done, 1 failed." in text


def test_bar_is_drawn_on_a_terminal(user: Any) -> None:
    """And taken away at the end."""
    items = [f"songs/{number}" for number in range(1, 30)]

    shown = user.run_on_terminal("like", *items)

    assert "29 of 29" in "\n".join(plain(shown))
    assert "29 done." in "\n".join(plain(shown))


def test_names_written_to_a_terminal_are_harmless(user: Any) -> None:
    """Also in CSV, where a file would keep them as they are."""
    shown = user.run_on_terminal("export", "--type", "library-songs", TERM="dumb")

    assert "\\x1b[2JTide \\u202etxt\\x07" in shown
    assert "\u202e" not in shown


def test_saving_shows_how_far_it_is(user: Any) -> None:
    """A bar with the total while the library is read; then the sum."""
    path = str(user.folder / "ratings.csv")

    shown = user.run_on_terminal("export", "-o", path)

    assert "Reading ratings" in shown
    assert "6 of 6" in shown
    assert "6 written to" in "\n".join(plain(shown))


def test_long_reading_shows_how_many_there_were(user: Any) -> None:
    """Each hundred."""
    items = [f"songs/{number}" for number in range(1, 251)]

    shown = user.run_on_terminal("export", *items, "-o", str(user.folder / "ratings.csv"))

    assert "250 written to" in "\n".join(plain(shown))


def test_many_failures_do_not_fill_the_screen(user: Any) -> None:
    """The first twenty, and how many more."""
    items = [f"library-songs/i.none{number}" for number in range(30)]

    shown = plain(user.run_on_terminal("dislike", *items, columns=200))

    assert len([line for line in shown if line.startswith("dislike ")]) == 20
    assert "... and 10 more; --json shows them." in shown


def test_words_are_not_broken_and_commands_not_at_all(user: Any) -> None:
    """Prose is wrapped between words; a command stays on its line, to be pasted."""
    path = user.file("ratings-with-a-long-name.csv", "id,rating\nsongs/1,lik\nsongs/2,like\n")

    shown = plain(user.run_on_terminal("plan", path, "--skip-invalid", columns=40))
    command = f"  apple-music-ratings apply {path} --execute --skip-invalid"

    prose = shown[shown.index(next(line for line in shown if path in line)) : 4]

    assert command in shown
    assert " ".join(prose[1:]).startswith("rating: 'lik' is not a rating.")
    assert max(map(len, prose[1:])) <= 40


def test_items_typed_at_the_keyboard_are_asked_for(user: Any) -> None:
    """With the way to end the list."""
    shown = "\n".join(plain(user.run_on_terminal("get", "-", typed="songs/1\n\x04")))

    assert "Ctrl-D ends the list." in shown
    assert "none" in shown
