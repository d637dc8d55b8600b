"""Apple's privacy export, in the forms that public programs parse (inferred, not documented)."""

from __future__ import annotations

import csv
import json
import os
import zipfile
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apple_music_ratings import FileError, RatingValue
from apple_music_ratings.files import ReadOptions, read_items, read_ratings, read_rows
from apple_music_ratings.files.archives import ArchiveLimits, open_archive, open_folder
from apple_music_ratings.files.privacy_export import detect_export
from apple_music_ratings.files.ratings_file import RatingsFile
from apple_music_ratings.files.streams import ParseError

Zipped = Callable[..., bytes]
Entry = dict[str, Any]

FAVORITES = ["Favorite Type", "Item Reference", "Item Description", "Last Modified", "Preference"]
LIKES = ["Item Description", "Preference", "Created", "Last Modified", "Item Reference"]
RADIO = ["Created", "Track Description", "Event Type"]
ACTIVITY = "Apple_Media_Services/Apple Music Activity"


def table(header: list[str], *rows: list[str], line_end: str = "\r\n") -> str:
    """Return a CSV file of the export, with the byte order mark and line ends it has."""
    stream = StringIO()
    csv.writer(stream, lineterminator=line_end).writerows([header, *rows])
    return f"\ufeff{stream.getvalue()}"


def favorites(*rows: list[str]) -> str:
    """Return the newer file of favorites."""
    return table(FAVORITES, *rows)


def read(content: str | bytes, **options: Any) -> RatingsFile:
    """Read a file or an archive."""
    raw = content.encode() if isinstance(content, str) else content
    return read_ratings(BytesIO(raw), name="export", options=ReadOptions(**options))


def ratings_of(read: RatingsFile) -> dict[str, str]:
    """Return what an export says, by item."""
    return {str(item): str(rating) for item, rating in read.desired.items()}


def test_favorites_of_every_type_are_read() -> None:
    """Types and preferences in any case and spelling; ids that became decimals; both date forms."""
    result = read(
        favorites(
            ["SONG", "1", "A - B", "2023-05-01T10:00:00Z", "LIKE"],
            ["Album", "2.0", "A - B", "2023-05-01 10:00:00", "dislike"],
            ["PLAYLIST", "pl.u-1", "Mine", "", "Like"],
            ["MUSIC_VIDEO", "3", "a\nb", "", "LOVE"],
            ["music video", "4", "x", "", "LIKE"],
            ["STATION", "ra.5", "x", "", "LIKE"],
            ["SONG", "6", "x", "", "NEUTRAL"],
        )
    )

    assert ratings_of(result) == {
        "songs/1": "like",
        "albums/2": "dislike",
        "playlists/pl.u-1": "like",
        "music-videos/3": "like",
        "music-videos/4": "like",
        "stations/ra.5": "like",
    }
    assert (result.blank_rows, result.errors, result.skipped) == (1, (), ())
    assert result.rows[0].name == "A - B"
    assert str(result.rows[1].modified_at) == "2023-05-01 10:00:00+00:00"


def test_what_the_api_cannot_apply_is_listed() -> None:
    """Artists, unknown types, and entries without an id; other words and dates are errors."""
    result = read(
        favorites(
            ["ARTIST", "1", "The Lanterns", "", "LIKE"],
            ["PODCAST", "2", "Any", "", "LIKE"],
            ["SONG", "", "No Id", "", "LIKE"],
            ["SONG", "uuid-1", "", "", "LIKE"],
            ["SONG", "3", "x", "", "MAYBE"],
            ["SONG", "4", "x", "5/1/2023 10:00", "LIKE"],
            ["SONG", "4", "x", "4/1/2023 10:00", "DISLIKE"],
            ["SONG", "9.07242702E8", "x", "", "LIKE"],
            ["SONG", "0", "Zero", "", "LIKE"],
        )
    )

    assert [(row.line, row.cause, row.name) for row in result.skipped] == [
        (2, "The Apple Music API has no ratings for artists.", "The Lanterns"),
        (3, "Favorites of the type 'PODCAST' are unknown.", "Any"),
        (4, "The entry has no id that the API accepts.", "No Id"),
        (5, "The entry has no id that the API accepts.", "uuid-1"),
        (10, "The entry has no id that the API accepts.", "Zero"),
    ]
    assert [(error.line, error.column) for error in result.errors] == [
        (6, "rating"),
        (7, "Last Modified"),
        (8, "Last Modified"),
        (9, "id"),
    ]


def test_likes_and_dislikes_of_the_older_format_are_read() -> None:
    """Without types: digits are songs, playlists and stations show by their ids."""
    result = read(
        table(
            LIKES,
            ["A - B", "LOVE", "2016-01-02T03:04:05.678Z", "", "1440818831.0"],
            ["Mine", "DISLIKE", "2016-01-02T03:04:05.678Z", "", "pl.u-1"],
            ["Radio", "LIKE", "", "", "ra.1"],
        )
    )

    assert ratings_of(result) == {
        "songs/1440818831": "like",
        "playlists/pl.u-1": "dislike",
        "stations/ra.1": "like",
    }


def test_library_tracks_are_read() -> None:
    """Like ratings and favorites by the catalog id; albums and unknown tracks are listed once."""
    tracks: list[Entry] = [
        {
            "Track Like Rating": "LIKED",
            "Apple Music Track Identifier": 1,
            "Title": "T",
            "Artist": "A",
        },
        {"Track Like Rating": "disliked", "Apple Music Track Identifier": 2.0},
        {"Track Like Rating": "UNDEFINED", "Track Identifier": 7},
        {
            "Track Like Rating": "none",
            "Favorite Status - Track": True,
            "Apple Music Track Identifier": 3,
        },
        {"Favorite Status - Track": "FAVORITED", "Apple Music Track Identifier": "4"},
        {"Track Like Rating": "LIKED", "Track Identifier": 7, "Title": "Own", "Artist": "Me"},
        {
            "Content Type": "Music Video",
            "Track Like Rating": "LIKED",
            "Apple Music Track Identifier": 5,
        },
        {"Content Type": "Movie", "Track Like Rating": "LIKED", "Title": "Film"},
        *[
            {"Track Identifier": n, "Artist": "A", "Album": "B", "Album Like Rating": "LIKED"}
            for n in (8, 9)
        ],
    ]
    result = read(json.dumps(tracks))

    assert ratings_of(result) == {
        "songs/1": "like",
        "songs/2": "dislike",
        "songs/3": "like",
        "songs/4": "like",
        "music-videos/5": "like",
    }
    assert [row.name for row in result.skipped] == ["Me - Own", "Film", "A - B"]
    assert result.blank_rows == 1


def test_unknown_statements_of_the_library_are_errors() -> None:
    """Known ones that are no favorite change nothing, and odd values of other keys do no harm."""
    tracks: list[Entry] = [
        {"Track Identifier": 1, "Favorite Status - Track": False, "Title": ["odd"]},
        {"Track Identifier": 2, "Favorite Status - Track": "NOT_FAVORITED"},
        {"Track Identifier": 3, "Favorite Status - Track": "MAYBE"},
    ]
    result = read(json.dumps([*tracks, 5]))

    assert result.blank_rows == 2
    assert [error.reason.partition(".")[0] for error in result.errors] == [
        "'MAYBE' is not a rating",
        "5 is not a row",
    ]


def test_playlists_and_radio_have_no_ids() -> None:
    """They can only be listed."""
    playlists = read(
        json.dumps([{"Title": "Mine", "Playlist Like Rating": "LIKED"}, {"Title": "x"}])
    )
    radio = read(table(RADIO, ["2020-01-01T00:00:00Z", "A - B", "LIKE"]))

    assert [row.name for row in playlists.skipped + radio.skipped] == ["Mine", "A - B"]
    assert playlists.blank_rows == 1
    assert (playlists.rows, radio.rows) == ((), ())


def test_newest_entry_of_an_item_wins() -> None:
    """By the last change or else the creation; then the newer format; then the later row."""
    result = read(
        favorites(
            ["SONG", "1", "", "2023-05-01T10:00:00Z", "LIKE"],
            ["SONG", "1", "", "2022-05-01T10:00:00Z", "DISLIKE"],
            ["SONG", "2", "", "", "LIKE"],
            ["SONG", "2", "", "", "DISLIKE"],
            ["SONG", "3", "", "2022-05-01 10:00:00", "LIKE"],
            ["SONG", "3", "", "2022-05-01T10:00:01Z", "NEUTRAL"],
            ["SONG", "4", "", "2020-01-01", "DISLIKE"],
            ["SONG", "4", "", "", "LIKE"],
        )
    )

    assert ratings_of(result) == {"songs/1": "like", "songs/2": "dislike", "songs/4": "dislike"}
    assert (result.blank_rows, result.duplicates) == (1, 4)


def test_date_that_decides_nothing_need_not_be_valid() -> None:
    """As after a spreadsheet; where two entries differ, it is an error."""
    result = read(
        favorites(
            ["SONG", "1", "", "5/1/2023 10:00", "LIKE"],
            ["SONG", "2", "", "01.05.23", "LIKE"],
            ["SONG", "2", "", "2023-05-01 10:00:00 UTC", "LIKE"],
            ["SONG", "3", "", "Mon May 01", "NEUTRAL"],
            ["SONG", "4", "", "2023-05-01", "LIKE"],
            ["SONG", "4", "", "45047.4", "NEUTRAL"],
        )
    )

    assert ratings_of(result) == {"songs/1": "like", "songs/2": "like"}
    assert [(error.line, error.column) for error in result.errors] == [(7, "Last Modified")]


def an_archive(zipped: Zipped, nesting: int = 2) -> bytes:
    """Build the archive that Apple sends: zip files inside a zip file, and much else."""
    tracks = json.dumps([{"Track Like Rating": "LIKED", "Apple Music Track Identifier": 1}])
    files: dict[str, str | bytes] = {
        f"{ACTIVITY}/Apple Music - Favorites.csv": favorites(
            ["SONG", "1", "", "2023-05-01", "DISLIKE"], ["ALBUM", "5", "", "", "LIKE"]
        ),
        f"{ACTIVITY}/Apple Music Library Tracks.json.zip": zipped(
            {"Apple Music Library Tracks.json": tracks}
        ),
        f"{ACTIVITY}/Apple Music Play Activity.csv": "Artist Name,Play Duration\r\nA,1\r\n",
        f"{ACTIVITY}/Apple Music - Play History.csv": "\ufeff",
        f"{ACTIVITY}/Identifier Information.json.zip": zipped(
            {"Identifier Information.json": '[{"Title": "x"}]'}
        ),
        f"{ACTIVITY}/Readme.pdf": b"%PDF-1.7",
        "__MACOSX/._Favorites.csv": b"\0\5\26\7",
    }
    archive = zipped(files)
    for _ in range(nesting - 1):
        archive = zipped({"Apple_Media_Services.zip": archive})
    return archive


def test_archive_is_read_in_every_form(zipped: Zipped, tmp_path: Path) -> None:
    """The outer zip, the inner one, the unpacked folder, from a path or a pipe."""
    outer, inner = an_archive(zipped), an_archive(zipped, 1)
    (tmp_path / "outer.zip").write_bytes(outer)
    folder, packed = tmp_path / "folder", tmp_path / "packed"
    with zipfile.ZipFile(BytesIO(inner)) as archive:
        archive.extractall(folder)
    packed.mkdir()
    (packed / "Apple_Media_Services.zip").write_bytes(inner)
    (folder / "loop").symlink_to(folder)
    wanted = {"songs/1": "dislike", "albums/5": "like"}

    sources: list[Any] = [tmp_path / "outer.zip", str(folder), packed, BytesIO(inner)]
    assert [ratings_of(read_ratings(source)) for source in sources] == [wanted] * 4
    reader, writer = os.pipe()
    os.write(writer, outer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert ratings_of(read_ratings(pipe)) == wanted


def test_items_are_read_from_an_export(zipped: Zipped, tmp_path: Path) -> None:
    """From its archive, its folder and one file; rows are not, as newer ones replace older."""
    content = favorites(["SONG", "1", "", "", "LIKE"], ["SONG", "2", "", "", "MAYBE"])
    (tmp_path / "Favorites.csv").write_text(content, "utf-8", newline="")
    archive = zipped({"Favorites.csv": content})

    sources: list[Any] = [tmp_path, str(tmp_path / "Favorites.csv"), BytesIO(archive)]
    for source in sources:
        item, error = read_items(source)
        assert str(item) == "songs/1"
        assert "'MAYBE' is not a rating" in str(error)
    with pytest.raises(FileError, match="part of Apple's privacy export"):
        list(read_rows(BytesIO(content.encode()), name="Favorites.csv"))


def test_error_in_an_archive_names_the_file(zipped: Zipped) -> None:
    """By its path inside."""
    rows = favorites(["SONG", "1", "", "", "MAYBE"])
    (error,) = read(zipped({"a.zip": zipped({"b/Favorites.csv": rows})})).errors

    assert str(error).startswith("export/a.zip/b/Favorites.csv:2: rating: 'MAYBE' is not a rating")
    with pytest.raises(FileError, match=r"export/a\.csv:3: The row never ends"):
        read(zipped({"a.csv": favorites(["SONG", "1", "", "", "LIKE"]) + 'SONG,"'}))


def test_archive_without_ratings_is_an_error(zipped: Zipped, tmp_path: Path) -> None:
    """Success would mean that the user has rated nothing."""
    for source in (
        BytesIO(zipped({"Play Activity.csv": "a,b\n1,2\n"})),
        BytesIO(zipped({})),
        tmp_path,
    ):
        with pytest.raises(FileError, match="no ratings were found"):
            read_ratings(source, name="export")


def test_rated_track_after_many_unrated_ones_is_read(zipped: Zipped) -> None:
    """The keys of the first tracks need not be those of all; albums are listed as well."""
    tracks: list[Entry] = [{"Track Identifier": number, "Title": "x"} for number in range(60)]
    rated = {"Track Like Rating": "LIKED", "Apple Music Track Identifier": 1}
    album = {"Track Identifier": 1, "Artist": "A", "Album": "B", "Album Like Rating": "LIKED"}
    favorite = favorites(["SONG", "2", "", "", "LIKE"])
    alone = read(json.dumps([*tracks, rated]))
    with_favorites = read(
        zipped({"a.json": json.dumps(tracks), "b.json": json.dumps([album]), "c.csv": favorite})
    )

    assert (ratings_of(alone), alone.blank_rows) == ({"songs/1": "like"}, 60)
    assert ratings_of(with_favorites) == {"songs/2": "like"}
    assert [row.name for row in with_favorites.skipped] == ["A - B"]
    with pytest.raises(FileError, match="No row of the file has a rating"):
        read(json.dumps(tracks))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.json", '[{"Track Like Rating": "LIKED", "Track Id', "looks cut off"),
        (
            "t.json",
            '[{"Track Like Rating": "LIKED", "Track Identifier": 1},]',
            "A comma before the closing",
        ),
        ("f.csv", favorites(["SONG", "1", "\xe8", "", "LIKE"]).encode("cp1252", "ignore"), "UTF-8"),
        ("part 2.zip", b"PK\3\4" + bytes(50), "damaged or incomplete"),
    ],
)
def test_damaged_file_of_an_export_is_not_left_out(
    zipped: Zipped, tmp_path: Path, name: str, content: str | bytes, words: str
) -> None:
    """Neither in an archive nor in a folder; a damaged file of another kind is."""
    other = {"Favorites.csv": favorites(["SONG", "2", "", "", "LIKE"]), "o.json": '[{"a": '}
    raw = content.encode() if isinstance(content, str) else content
    archive = zipped({**other, name: raw})
    with zipfile.ZipFile(BytesIO(archive)) as opened:
        opened.extractall(tmp_path)

    assert ratings_of(read(zipped(other))) == {"songs/2": "like"}
    with pytest.raises(FileError, match=words):
        read(archive)
    with pytest.raises(FileError, match=words):
        read_ratings(tmp_path)


def test_damaged_archive_is_an_error(zipped: Zipped) -> None:
    """Cut off, with another checksum, or encrypted."""
    good = zipped({"Favorites.csv": favorites(["SONG", "1", "", "", "LIKE"])}, stored=True)
    encrypted = bytearray(good)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[good.index(mark) + offset] |= 1
    cases = [
        (good[:-30], "damaged or incomplete"),
        (good.replace(b"LIKE", b"LAKE"), "damaged or incomplete"),
        (bytes(encrypted), "cannot be unpacked: .*encrypted"),
    ]

    for content, words in cases:
        with pytest.raises(FileError, match=words):
            read(content)


def test_zip_bomb_is_an_error(zipped: Zipped) -> None:
    """A file that unpacks to far more than its size, and zip files in zip files without end."""
    row = "SONG,1,x,,LIKE\r\n"
    bomb = zipped({"Favorites.csv": favorites() + row * 500_000})
    nested = zipped({"a.csv": ""})
    for _ in range(4):
        nested = zipped({"a.zip": nested})

    assert len(bomb) < 40_000
    with pytest.raises(FileError, match="looks like a zip bomb"):
        read(bomb)
    with pytest.raises(FileError, match="looks like a zip bomb"):
        read(zipped({"big.zip": bytes(8_000_000)}))
    with pytest.raises(FileError, match="more than 4 zip files in each other"):
        read(nested)


def test_archive_has_limits(zipped: Zipped, tmp_path: Path) -> None:
    """Of files and of bytes, over all zip files in it."""
    many = zipped({f"{number}.csv": "x" for number in range(5)})
    (tmp_path / "a.zip").write_bytes(many)
    (tmp_path / "b.csv").touch()
    for limits in (ArchiveLimits(files=5), ArchiveLimits(size=4)):
        with pytest.raises(ParseError, match="more than"):
            [stream.read() for _, stream in open_folder(tmp_path, limits)]
    with pytest.raises(ParseError, match="more than 4 files"):
        list(open_archive(BytesIO(many), "many", ArchiveLimits(files=4)))


ids = st.integers(min_value=1, max_value=30)
dates = st.datetimes().map(lambda time: time.isoformat(timespec="seconds"))
entries = st.lists(st.tuples(ids, st.sampled_from(RatingValue), dates), max_size=8)


def newest(found: list[tuple[int, RatingValue, str]]) -> dict[str, str]:
    """Return what entries say in the end; a plain and independent definition."""
    wanted: dict[int, tuple[str, RatingValue]] = {}
    for id, rating, date in found:
        if id not in wanted or wanted[id][0] <= date:
            wanted[id] = (date, rating)
    return {f"songs/{id}": str(rating) for id, (_, rating) in wanted.items()}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    found=entries, name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
def test_archive_of_each_generation_reads_back(
    zipped: Zipped, found: list[tuple[int, RatingValue, str]], name: str
) -> None:
    """Whatever is in it, whatever things are called."""
    words = {RatingValue.LIKE: ("LIKE", "LOVE", "liked"), RatingValue.DISLIKE: ("DISLIKE",) * 3}
    generations: dict[str, str] = {
        "Apple Music - Favorites.csv": favorites(
            *(["SONG", str(id), name, date, words[rating][0]] for id, rating, date in found)
        ),
        "Apple Music Likes and Dislikes.csv": table(
            LIKES,
            *([name, words[rating][1], f"{date}Z", "", f"{id}.0"] for id, rating, date in found),
        ),
        "Apple Music Library Tracks.json": json.dumps(
            [
                {
                    "Title": name,
                    "Apple Music Track Identifier": id,
                    "Track Like Rating": words[rating][2],
                    "Favorite Date - Track": date,
                }
                for id, rating, date in found
            ]
            or [{"Track Like Rating": "none", "Track Identifier": 1}]
        ),
    }
    for file, content in generations.items():
        archive = zipped({"Apple_Media_Services.zip": zipped({f"{ACTIVITY}/{file}": content})})

        assert ratings_of(read(archive)) == newest(found), file


def test_other_columns_are_no_export() -> None:
    """A file is recognized by its columns alone."""
    assert detect_export({"type", "id", "rating"}) is None
    assert detect_export({"tracklikerating"}) is None
    assert detect_export({"itemreference"}) is None
