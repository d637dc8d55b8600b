from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

NAMES = [
    "configuration",
    "private key",
    "developer token",
    "Music User Token",
    "subscription",
    "ratings",
    "clock",
    "token storage",
    "journal",
]


@pytest.fixture
def checked(user: Any) -> Any:
    """A user whose tokens are looked at, with a folder for them."""
    environ = user.environ | {"APPLE_MUSIC_TOKEN_FOLDER": str(user.folder / "tokens")}
    return evolve(user, environ=environ)


def test_doctor_prints_each_check_on_its_own_line(checked: Any) -> None:
    """With a mark, in order, and exit code 0 when all is well."""
    ended = checked.run("doctor")

    assert ended.code == 0, ended.out
    assert [line.split(":")[0] for line in ended.lines] == [
        f"{mark} {name}" for mark, name in zip("✓-✓✓✓✓✓✓✓", NAMES, strict=True)
    ]


def test_doctor_prints_a_document(checked: Any) -> None:
    """The same checks, for a program."""
    ended = checked.run("doctor", "--json")

    assert ended.code == 0
    assert ended.json["ok"] is True
    assert [check["name"] for check in ended.json["checks"]] == NAMES
    assert {check["status"] for check in ended.json["checks"]} == {"ok", "skipped"}


def test_doctor_says_what_to_do(checked: Any) -> None:
    """Below the check that failed; and exit code 1."""
    environ = checked.environ | {"APPLE_MUSIC_USER_TOKEN": ""}
    ended = evolve(checked, environ=environ).run("doctor")

    assert ended.code == 1
    assert "✗ Music User Token: Not configured." in ended.lines
    assert "    Next: Run `apple-music-ratings login`." in ended.lines


def test_doctor_prints_failures_as_a_document(checked: Any) -> None:
    """With the next step."""
    environ = checked.environ | {"APPLE_MUSIC_DEVELOPER_TOKEN": "head.claims.signature"}
    ended = evolve(checked, environ=environ).run("doctor", "--json")
    failed = [check for check in ended.json["checks"] if check["status"] == "failed"]

    assert (ended.code, ended.json["ok"]) == (1, False)
    assert [check["name"] for check in failed] == ["developer token"]
    assert failed[0]["next_step"]


def test_doctor_shows_no_token(checked: Any) -> None:
    """Only where each came from."""
    ended = checked.run("doctor")

    assert "APPLE_MUSIC_USER_TOKEN" in ended.lines[0]
    assert checked.environ["APPLE_MUSIC_USER_TOKEN"] not in ended.out + ended.err
    assert checked.environ["APPLE_MUSIC_DEVELOPER_TOKEN"] not in ended.out + ended.err


def test_doctor_speaks_plainly_where_marks_cannot_be_shown(checked: Any) -> None:
    """Not every terminal has every character."""
    environ = checked.environ | {"PYTHONIOENCODING": "ascii"}
    ended = evolve(checked, environ=environ).run_apart("doctor")

    assert ended.code == 0, ended.err
    assert ended.lines[0].startswith("ok configuration: ")
    assert ended.lines[1].startswith("- private key: ")
