from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.builders import FakeClock

from apple_music_ratings.cli.app import run
from apple_music_ratings.probe.restoring import open_probe_journal
from apple_music_ratings_mock import Fault, MockService

if TYPE_CHECKING:
    from collections.abc import Callable

SONG = "songs/907242702"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Where the evidence goes."""
    return tmp_path / "evidence.json"


def test_probe_writes_evidence_and_restores_the_rating(
    user: Any, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file, the table and the messages agree; the earlier rating is set again."""
    user.rate(SONG, -1)
    words = ["probe", "-o", str(output), "--write", SONG, "--yes", "--contract"]
    code = run(words, environ=user.environ, clock=FakeClock())
    out, err = capsys.readouterr()
    document = json.loads(output.read_text("utf-8"))

    assert code == 0, err
    assert user.rating(SONG) == -1
    assert {each["behavior"] for each in document["questions"] if each["seen"] is None} == {
        "album_ratings"
    }
    assert document["mismatches"] == []
    assert "unrated_body: errors." in err
    assert "The ratings are restored." in err
    assert len(out.splitlines()) == len(document["questions"])
    assert user.environ["APPLE_MUSIC_USER_TOKEN"] not in out + err + output.read_text("utf-8")


def test_evidence_is_shown_without_a_request(user: Any, output: Path) -> None:
    """A question a line: whether it agrees, what is assumed, what was seen."""
    run(["probe", "-o", str(output)], environ=user.environ, clock=FakeClock())
    before = user.service.request_count
    ended = user.run("probe", "--show", str(output), "--contract")

    assert user.service.request_count == before
    assert "yes\terrors\terrors\tWhat is the body of the 404 of an unrated item?" in ended.lines
    assert "were not checked against the contract" in ended.err


def test_probe_asks_before_it_writes(user: Any, output: Path) -> None:
    """Without a terminal nothing is sent at all."""
    ended = user.run_apart("probe", "-o", str(output), "--write", SONG)

    assert ended.code == 1
    assert "Add --yes" in ended.err
    assert user.rating(SONG) is None
    assert not output.exists()


def test_second_probe_waits_for_its_turn(user: Any, output: Path) -> None:
    """It would take the ratings that the first one sets for those of the user."""
    user.rate(SONG, -1)
    journal = Path(user.environ["APPLE_MUSIC_JOURNAL"])
    with open_probe_journal(journal.with_name(f"probe-{journal.name}")):
        ended = user.run("probe", "-o", str(output), "--write", SONG, "--yes")

    assert ended.code == 1
    assert "another probe is in progress. Wait until it has ended." in ended.err
    assert user.rating(SONG) == -1
    assert not output.exists()


def test_rejected_token_ends_the_probe(
    a_user_with: Callable[[MockService], Any], output: Path
) -> None:
    """What was seen until then is kept, and the exit code says that it is not all."""
    with a_user_with(MockService(faults=[Fault("user-token-revoked")])) as user:
        ended = user.run("probe", "-o", str(output), "--write", SONG, "--yes")

        assert ended.code == 3
        assert "Stopped early. The Music User Token was rejected (403)." in ended.err
        assert user.service.request_count == 1
        assert json.loads(output.read_text("utf-8"))["questions"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_probe_and_restores(user: Any, output: Path, number: int) -> None:
    """The rating that the probe was changing is what it was."""
    user.rate(SONG, 1)

    class InterruptedClock(FakeClock):
        def sleep(self, seconds: float, **options: Any) -> bool:
            if len(writes(user)) > 3:
                signal.raise_signal(number)
            return bool(super().sleep(seconds, **options))

    words = ["probe", "-o", str(output), "--write", SONG, "--yes"]
    code = run(words, environ=user.environ, clock=InterruptedClock())

    assert code == 130
    assert user.rating(SONG) == 1
    assert output.exists()


def writes(user: Any) -> list[Any]:
    """Return the writes that the mock has seen of this user."""
    return [entry for entry in user.service.requests() if entry.method == "PUT"]


def test_file_that_is_not_evidence_is_named(user: Any, tmp_path: Path) -> None:
    """In one line."""
    file = tmp_path / "other.json"
    file.write_text("{}", "utf-8")
    ended = user.run("probe", "--show", str(file))

    assert ended.code == 1
    assert "other.json is not an evidence file of version 1" in ended.err
