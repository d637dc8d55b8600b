from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from io import BytesIO, RawIOBase

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apple_music_ratings import FileError, Item, RatingValue, RowError
from apple_music_ratings.files import (
    BlankRow,
    FileFormat,
    RatingRow,
    RatingsFile,
    detect_format,
    read_items,
    read_rows,
)

Read = Callable[..., RatingsFile]
Written = Callable[..., str]
ARow = Callable[..., RatingRow]

HEADER = "type,id,rating,catalog_id,name,artist,album"
LIKED = {Item("songs", "907242702"): RatingValue.LIKE}
BOM = b"\xef\xbb\xbf"
SONG = "songs,907242702,like"
texts = st.one_of(st.none(), st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))


def errors(read: RatingsFile) -> list[tuple[int, str | None]]:
    """Give where a file has errors."""
    return [(problem.line, problem.column) for problem in read.errors]


@pytest.mark.parametrize("format", list(FileFormat))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ids=st.lists(st.integers(min_value=1, max_value=99), unique=True, max_size=5),
    rating=st.sampled_from([*RatingValue, None]),
    name=texts,
    artist=texts,
    album=texts,
)
def test_rows_are_read_back_as_they_were_written(
    written: Written,
    read: Read,
    format: FileFormat,
    ids: list[int],
    rating: RatingValue | None,
    name: str | None,
    artist: str | None,
    album: str | None,
) -> None:
    """Whatever things are called: quotes, commas, line ends, formulas, any language."""
    rows = tuple(
        RatingRow(
            item=Item("library-songs", f"i.{id}"),
            rating=rating,
            catalog_id=str(id),
            name=name,
            artist=artist,
            album=album,
        )
        for id in ids
    )

    result = read(written(rows, format), format)

    assert result.rows == rows
    assert result.errors == ()


def test_csv_is_what_people_expect(written: Written, a_row: ARow) -> None:
    """Columns first, words for ratings, quotes only where they are needed, formulas disarmed."""
    rows = [a_row(name="=SUM(A1)", artist="Day, Night", album=None), a_row("songs/1", rating=None)]

    assert written(rows, FileFormat.CSV) == (
        f"{HEADER}\n"
        'library-songs,i.1,like,900000001,\'=SUM(A1),"Day, Night",\n'
        "songs,1,none,900000001,First Light,The Lanterns,Harbour\n"
    )


def test_json_is_a_list_of_objects(written: Written, a_row: ARow) -> None:
    """One a line, so that versions can be compared, with nothing added to the words."""
    text = written([a_row(name="=SUM(A1)"), a_row("songs/1", album=None)], FileFormat.JSON)

    assert [row["name"] for row in json.loads(text)] == ["=SUM(A1)", "First Light"]
    assert json.loads(text)[1]["album"] is None
    assert len(text.splitlines()) == 4


def test_json_of_nothing_is_an_empty_list(written: Written) -> None:
    """A document all the same."""
    assert json.loads(written([], FileFormat.JSON)) == []


@pytest.mark.parametrize(
    ("name", "format", "expected"),
    [
        ("ratings.csv", None, FileFormat.CSV),
        ("RATINGS.CSV", None, FileFormat.CSV),
        ("ratings.json", None, FileFormat.JSON),
        ("ratings.jsonl", None, FileFormat.JSON_LINES),
        ("ratings.ndjson", None, FileFormat.JSON_LINES),
        ("-", None, FileFormat.CSV),
        ("ratings", None, FileFormat.CSV),
        ("ratings.csv", "json", FileFormat.JSON),
        ("ratings.txt", FileFormat.CSV, FileFormat.CSV),
    ],
)
def test_suffix_decides_unless_something_is_said(
    name: str, format: str | None, expected: FileFormat
) -> None:
    """And no suffix means CSV."""
    assert detect_format(name, format) is expected


def test_unknown_suffix_is_refused() -> None:
    """With the suffixes there are, and the option that decides."""
    with pytest.raises(FileError, match=r"ratings\.xlsx: \.xlsx is none of .*--format"):
        detect_format("ratings.xlsx")


@pytest.mark.parametrize(
    "content",
    [
        f"type,id,rating\n{SONG}\n".encode(),
        BOM + f"type,id,rating\n{SONG}\n".encode(),
        f"type,id,rating\r\n{SONG}\r\n".encode(),
        f"type,id,rating\n{SONG}".encode(),
        b"type;id;rating\r\nsongs;907242702;like\r\n",
        b"type\tid\trating\nsongs\t907242702\tlike\n",
        b'"type","id","rating"\n"songs","907242702","like"\n',
        b"Rating, ID ,TYPE\nlike,907242702,songs\n",
        b"type,id,rating,colour\nsongs,907242702,like,blue\n",
        b"type,id,rating,\nsongs,907242702,like,,,\n",
        b"\n\ntype,id,rating\n\nsongs,907242702,like\n,,\n\n",
        b"link,rating\nsongs/907242702,like\n",
        b"id,rating\nhttps://music.apple.com/us/song/any/907242702,love\n",
        b"type,id,rating,name\nsongs,907242702,like\n",
        b'type,id,rating,name\nsongs,907242702,like,"one, two\nthree ""four"""\n',
    ],
)
def test_csv_is_read_as_spreadsheets_and_people_write_it(read: Read, content: bytes) -> None:
    """Byte order mark or none, any line ends, semicolons, tabs, other orders, further columns."""
    result = read(content)

    assert result.desired == LIKED
    assert result.errors == ()


@pytest.mark.parametrize("mark", [b"", BOM])
@pytest.mark.parametrize(
    "content",
    [
        b'[{"type": "songs", "id": "907242702", "rating": "like"}]',
        b'[\r\n  {"type": "songs",\r\n "id": 907242702, "rating": 1, "more": {"a": []}}\r\n]\r\n',
        b' [ {"link": "songs/907242702", "rating": "love"} ] ',
    ],
)
def test_json_is_read_as_programs_write_it(read: Read, content: bytes, mark: bytes) -> None:
    """On one line or many, with further members."""
    assert read(mark + content, "json").desired == LIKED


def test_json_lines_are_read_as_programs_write_them(read: Read) -> None:
    """Empty lines are passed over, and so is a missing end of line."""
    row = b'{"type": "songs", "id": "907242702", "rating": "like"}'

    assert read(BOM + row + b"\r\n\r\n", "jsonl").desired == LIKED
    assert read(b"\n" + row, "jsonl").desired == LIKED


@pytest.mark.parametrize(
    ("content", "format"),
    [("type,id,rating\n", "csv"), ("[]", "json"), (" [\n] \n", "json"), ("", "jsonl")],
)
def test_file_without_rows_is_none_of_them(read: Read, content: str, format: str) -> None:
    """Nothing is wrong with it."""
    assert read(content, format) == RatingsFile("ratings", ())


@pytest.mark.parametrize(
    ("content", "format", "words"),
    [
        ("", "csv", "ratings:1: The file is empty. The first line must name the columns"),
        ("\n\n", "csv", "The file is empty"),
        (BOM, "csv", "The file is empty"),
        (f"{SONG}\n", "csv", "There is no column id and rating"),
        ("type,rating\nsongs,like\n", "csv", "There is no column id"),
        ("type,id\nsongs,1\n", "csv", "There is no column rating"),
        ("type,id,ID,rating\n", "csv", "Two columns are called id"),
        (
            f'type,id,rating\n{SONG}\nsongs,"1,like\nsongs,2,like\n',
            "csv",
            "ratings:3: The row never ends",
        ),
        ('type,id,rating\nsongs,"1"x,like\n', "csv", "ratings:2: The row is no CSV"),
        ('type,id,rating\nsongs,"' + "x\n" * 100_000, "csv", "ratings:2: A cell is longer"),
        ("type,id,rating\n".encode("utf-16"), "csv", "The file is UTF-16. Save it as UTF-8."),
        ("[]".encode("utf-16"), "json", "The file is UTF-16"),
        ("", "json", "ratings:1: The document is empty. It must be a list"),
        ('{"ratings": []}', "json", "begins with '{'. It must be a list"),
        ("[", "json", "cut off"),
        ('[\n{"type": "songs", "id"', "json", "ratings:2: This is no JSON: .* looks cut off"),
        ('[\n{"type": "so', "json", "ratings:2: This is no JSON: .* looks cut off"),
        ('[{"type": "songs"}\n', "json", "After a row stands the end of the file.*cut off"),
        ('[{"type": "songs"},', "json", "This is no JSON: Expecting value. It looks cut off"),
        ("[{}\n{}]", "json", "ratings:2: After a row stands '{'"),
        ("[{}] x", "json", "After the list stands 'x'"),
        ("[\n{'type': 'songs'}]", "json", "ratings:2: This is no JSON"),
        ("[\n{},\n{,}]", "json", "ratings:3: This is no JSON"),
        ("[NaN]", "json", "NaN is no JSON"),
        ("[" * 200_000, "json", "nested too deeply"),
        (b"[\n{},\n\xff]", "json", "ratings:1: What follows this line is not UTF-8"),
        ("[" + '"' + "x" * 2_000_000 + '"]', "json", "longer than 1,048,576 bytes"),
    ],
)
def test_file_that_makes_no_sense_is_refused(
    read: Read, content: str | bytes, format: str, words: str
) -> None:
    """With the line where it stopped making sense, and what to do."""
    with pytest.raises(FileError, match=words):
        read(content, format)


def test_error_brings_along_what_was_wrong_before(read: Read) -> None:
    """One run tells of all there is."""
    with pytest.raises(FileError) as caught:
        read('type,id,rating\nsongs,1,lik\nsongs,"2,like\n')

    assert [str(problem)[:18] for problem in caught.value.errors] == ["ratings:2: rating:"]


@pytest.mark.parametrize(
    ("content", "format", "expected"),
    [
        (
            "type,id,rating\nsongs,1,lik\nsong,1,like\nsongs,2,like\n",
            "csv",
            [(2, "rating"), (3, "type")],
        ),
        ('type,id,rating,name\nsongs,1,like,"a\nb"\nsongs,x,like\n', "csv", [(4, "id")]),
        ("type,id,rating\nsongs,1\n", "csv", [(2, "rating")]),
        ("type,id,rating,name\nsongs,1,like,one, two\n", "csv", [(2, None)]),
        (b"type,id,rating,name\nsongs,1,like,\xe4\nsongs,2,like,x\n", "csv", [(2, None)]),
        ('[{},\n{"rating": "like"},\n3]', "json", [(2, "id"), (3, None)]),
        ('[\n\n{"rating": "lik", "type": "x", "id": "1"}]', "json", [(3, "rating"), (3, "type")]),
        (
            '{"rating": "like"}\n{\n[]\nnull\nNaN\n',
            "jsonl",
            [(1, "id"), (2, None), (3, None), (4, None), (5, None)],
        ),
        (b'{"rating": "\xff"}\n', "jsonl", [(1, None)]),
        ("[" * 200_000, "jsonl", [(1, None)]),
        ('{"rating": ' + "1" * 5000 + "}", "jsonl", [(1, None)]),
    ],
)
def test_bad_rows_are_told_with_their_place(
    read: Read, content: str | bytes, format: str, expected: list[tuple[int, str | None]]
) -> None:
    """All of them, by line and column; the good ones are read."""
    assert errors(read(content, format)) == expected


def test_problem_says_file_line_column_and_reason(read: Read) -> None:
    """In the form that editors can jump to."""
    (problem,) = read("type,id,rating\nsongs,1,lik\n").errors

    assert str(problem).startswith("ratings:2: rating: 'lik' is not a rating.")
    assert str(RowError("ratings", 3, None, "Why.")) == "ratings:3: Why."


@pytest.mark.parametrize(
    ("format", "row"),
    [
        ("csv", "{type},{id},{rating}"),
        ("json", '{{"type":"{type}","id":"{id}","rating":"{rating}"}}'),
        ("jsonl", '{{"type":"{type}","id":"{id}","rating":"{rating}"}}'),
    ],
)
def test_repeated_rows_are_one_and_contradictions_are_told(
    read: Read, format: str, row: str
) -> None:
    """Both rows of a contradiction name the other; neither is taken."""
    wishes = [("1", "like"), ("2", "like"), ("1", "like"), ("2", "none"), ("2", "like"), ("3", "")]
    rows = [row.format(type="songs", id=id, rating=rating) for id, rating in wishes]
    content = {
        "csv": "type,id,rating\n" + "\n".join(rows),
        "json": "[\n" + ",\n".join(rows) + "]",
        "jsonl": "\n" + "\n".join(rows),
    }[format]

    result = read(content, format)

    assert result.desired == {Item("songs", "1"): RatingValue.LIKE}
    assert (result.blank_rows, result.duplicates) == (1, 1)
    assert [(problem.line, problem.column) for problem in result.errors] == [
        (3, "rating"),
        (5, "rating"),
    ]
    assert "songs/2 is like here and none in line 5" in result.errors[0].reason
    assert "songs/2 is none here and like in line 3" in result.errors[1].reason


class Endless(RawIOBase):
    """A stream that is made while it is read, and remembers the most that was asked for."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self.parts = parts
        self.rest = b""
        self.most = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        """Give a line, or as much of it as is asked for."""
        self.most = max(self.most, size or 0)
        while b"\n" not in self.rest and len(self.rest) < (size or 0):
            part = next(self.parts, b"")
            if not part:
                break
            self.rest += part
        end = self.rest.find(b"\n") + 1 or len(self.rest)
        end = min(end, size or end)
        line, self.rest = self.rest[:end], self.rest[end:]
        return line


@pytest.mark.parametrize(
    ("format", "first", "last"),
    [
        (FileFormat.CSV, b"type,id,rating\n", b"songs,1,like\n"),
        (FileFormat.JSON_LINES, b"\n", b'{"type":"songs","id":"1","rating":"like"}\n'),
    ],
)
def test_line_of_100_megabytes_is_passed_over_in_little_memory(
    format: FileFormat, first: bytes, last: bytes
) -> None:
    """It is told as a problem, and the next row is read."""

    def parts() -> Iterator[bytes]:
        yield first
        for _ in range(100):
            yield b"x" * 1_000_000
        yield b"\n" + last

    stream = Endless(parts())
    problem, row = read_rows(stream, format, name="ratings")  # type: ignore[arg-type]

    assert isinstance(problem, RowError)
    assert (problem.line, problem.column) == (2, None)
    assert "longer than 1,048,576 bytes" in problem.reason
    assert isinstance(row, RatingRow)
    assert stream.most <= 1_048_577
    assert len(stream.rest) == 0


@pytest.mark.parametrize("format", list(FileFormat))
def test_rows_are_read_before_the_stream_ends(format: FileFormat) -> None:
    """A row is given before what comes long after it is asked for."""
    row = {"type": "songs", "id": "1", "rating": "like"}
    text = {
        FileFormat.CSV: "type,id,rating\nsongs,1,like\nsongs,2,\n" + "\n" * 300_000,
        FileFormat.JSON: f"[{json.dumps(row)}, " + " " * 300_000 + "{}]",
        FileFormat.JSON_LINES: f"{json.dumps(row)}\n{{}}\n" + "\n" * 300_000,
    }[format]
    stream = BytesIO(text.encode())

    rows = read_rows(stream, format, name="ratings")

    assert isinstance(next(rows), RatingRow)
    assert stream.tell() < 200_000
    assert list(rows) == [BlankRow()]


@pytest.mark.parametrize("format", list(FileFormat))
def test_memory_does_not_grow_with_the_file(format: FileFormat, written: Written) -> None:
    """A file of two megabytes is read in less than one."""
    items = (Item("songs", str(number)) for number in range(1, 12_001))
    rows = [RatingRow(item=item, rating=None, name="A name like any other" * 5) for item in items]
    stream = BytesIO(written(rows, format).encode())
    size = len(stream.getvalue())

    tracemalloc.start()
    count = sum(1 for _ in read_rows(stream, format, name="ratings"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == len(rows)
    assert size > 1_500_000
    assert peak < 800_000


def test_items_are_read_one_a_line() -> None:
    """Types with ids, links, notes and empty lines; what is none is told."""
    text = (
        b"\xef\xbb\xbf# mine\r\nsongs/1\r\n\r\n"
        b"https://music.apple.com/us/song/any/907242702\r\nsong/1\n\xff\n"
    )
    found = list(read_items(BytesIO(text), name="list"))

    assert found[:2] == [Item("songs", "1"), Item("songs", "907242702")]
    assert [str(problem)[:7] for problem in found[2:]] == ["list:5:", "list:6:"]


def test_items_in_utf16_are_refused() -> None:
    """With what to do about it."""
    with pytest.raises(FileError, match="list:1: The file is UTF-16"):
        list(read_items(BytesIO("songs/1".encode("utf-16")), name="list"))


def test_stream_that_breaks_is_an_error_of_ours() -> None:
    """With the reason the system gave."""

    class Broken(RawIOBase):
        def readline(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002
            raise OSError(5, "Input/output error")

    with pytest.raises(FileError, match="ratings: cannot be read: Input/output error"):
        list(read_rows(Broken(), FileFormat.CSV, name="ratings"))  # type: ignore[arg-type]
