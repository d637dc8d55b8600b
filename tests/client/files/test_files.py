from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from apple_music_ratings import FileError, Item, RatingsError, RatingValue
from apple_music_ratings.files import (
    FileFormat,
    RatingRow,
    open_output,
    read_ratings,
    write_rows,
)


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def write_half(target: Path, error: type[BaseException]) -> None:
    """Begin a file, and fail."""
    with open_output(target, force=True) as stream:
        stream.write("half")
        raise error


def write_while_another_comes(target: Path) -> None:
    """Write a file whose name is taken in the meantime."""
    with open_output(target) as stream:
        stream.write("ours")
        target.write_text("theirs")


def test_file_appears_when_it_is_whole(tmp_path: Path, a_row: Callable[..., RatingRow]) -> None:
    """Before that it does not exist under its name."""
    target = tmp_path / "ratings.csv"
    with open_output(target) as stream:
        write_rows([a_row()], stream, FileFormat.CSV)
        seen_meanwhile = target.exists()

    assert not seen_meanwhile
    assert [row.item for row in read_ratings(target).rows] == [Item("library-songs", "i.1")]
    assert names(tmp_path) == ["ratings.csv"]


def test_file_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    """Neither under its name nor beside it."""
    with pytest.raises(ZeroDivisionError):
        write_half(tmp_path / "ratings.csv", ZeroDivisionError)

    assert names(tmp_path) == []


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_file_that_was_there_survives_a_failure(tmp_path: Path, error: type[BaseException]) -> None:
    """As it was, also where it was to be replaced."""
    target = tmp_path / "ratings.csv"
    target.write_text("old")
    with pytest.raises(error):
        write_half(target, error)

    assert target.read_text() == "old"
    assert names(tmp_path) == ["ratings.csv"]


def test_file_that_exists_is_not_replaced_without_force(tmp_path: Path) -> None:
    """The message names the option."""
    target = tmp_path / "ratings.csv"
    target.write_text("old")
    with pytest.raises(FileError, match=r"exists already .*--force"), open_output(target):
        pytest.fail("the block must not run")

    assert target.read_text() == "old"


def test_file_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    """Also one that was created while ours was written."""
    target = tmp_path / "ratings.csv"
    with pytest.raises(FileError, match="exists already"):
        write_while_another_comes(target)

    assert target.read_text() == "theirs"
    assert names(tmp_path) == ["ratings.csv"]


def test_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    """What was private stays so."""
    target = tmp_path / "ratings.csv"
    target.write_text("old")
    target.chmod(0o600)
    with open_output(target, force=True) as stream:
        stream.write("new")

    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_new_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    """The user's mask decides."""
    (tmp_path / "other").touch()
    with open_output(tmp_path / "ratings.csv"):
        pass

    assert (tmp_path / "ratings.csv").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_link_stays_a_link(tmp_path: Path) -> None:
    """The file it points to is replaced."""
    (tmp_path / "real.csv").write_text("old")
    link = tmp_path / "link.csv"
    link.symlink_to("real.csv")
    with open_output(link, force=True) as stream:
        stream.write("new")

    assert link.is_symlink()
    assert (tmp_path / "real.csv").read_text() == "new"


@pytest.mark.parametrize("name", [".", "no/such/folder.csv", "pipe"])
def test_file_cannot_be_written_everywhere(tmp_path: Path, name: str) -> None:
    """A folder, a missing folder and a pipe; with the system's reason."""
    os.mkfifo(tmp_path / "pipe")
    with (
        pytest.raises(FileError, match="cannot be written"),
        open_output(tmp_path / name, force=True),
    ):
        pytest.fail("the block must not run")

    assert names(tmp_path) == ["pipe"]


def test_name_that_the_encoding_lacks_is_written_all_the_same(
    tmp_path: Path, a_row: Callable[..., RatingRow]
) -> None:
    """Half a character in a name, as a service may send, costs only itself."""
    with open_output(tmp_path / "ratings.csv") as stream:
        write_rows([a_row(name="half \ud83d")], stream, FileFormat.CSV)

    assert read_ratings(tmp_path / "ratings.csv").rows[0].name == "half ?"


def test_dash_is_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """In UTF-8, and still open afterwards."""
    with open_output("-") as stream:
        stream.write("Lumière\r\n")
    sys.stdout.write("more")
    sys.stdout.flush()

    assert capfdbinary.readouterr().out == "Lumière\r\nmore".encode()


def test_path_and_stream_are_read_alike(tmp_path: Path) -> None:
    """A stream is called what it says it is."""
    path = tmp_path / "ratings.csv"
    path.write_text("type,id,rating\nsongs,1,like\n")
    with path.open("rb") as stream:
        of_stream = read_ratings(stream)

    assert of_stream == read_ratings(path) == read_ratings(str(path))
    assert of_stream.name == str(path)
    assert read_ratings(BytesIO(path.read_bytes())).name == "-"
    assert of_stream.desired == {Item("songs", "1"): RatingValue.LIKE}


def test_file_that_cannot_be_opened_is_an_error_of_ours(tmp_path: Path) -> None:
    """With its name and the system's reason."""
    with pytest.raises(RatingsError, match=r"missing\.csv: cannot be read: No such file"):
        read_ratings(tmp_path / "missing.csv")


def test_file_can_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    """Excel takes CSV for another encoding without one; reading ignores it."""
    target = tmp_path / "ratings.csv"
    with open_output(target, bom=True) as stream:
        write_rows([], stream, FileFormat.CSV)

    assert target.read_bytes().startswith(b"\xef\xbb\xbftype,")
    assert read_ratings(target).rows == ()


def test_empty_json_lines_have_no_rows(tmp_path: Path) -> None:
    """An export of nothing is an empty file; its suffix says what it is."""
    (tmp_path / "none.jsonl").touch()

    assert read_ratings(tmp_path / "none.jsonl").rows == ()
