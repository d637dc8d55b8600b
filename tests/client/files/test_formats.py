from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apple_music_ratings import FileError, Item, RatingValue, RowError
from apple_music_ratings.files import (
    BlankRow,
    FileFormat,
    RatingRow,
    RatingsFile,
    ReadOptions,
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
    """Return where a file has errors."""
    return [(error.line, error.column) for error in read.errors]


@pytest.mark.parametrize("format", list(FileFormat))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
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


def test_csv_has_columns_and_words(written: Written, a_row: ARow) -> None:
    """Columns first, names of ratings, quotes only where they are needed, formulas escaped."""
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


def test_suffix_decides_how_a_file_is_written() -> None:
    """Unless a format is named; no suffix means CSV."""
    names = {
        "ratings.csv": "csv",
        "RATINGS.CSV": "csv",
        "ratings.json": "json",
        "ratings.jsonl": "jsonl",
        "ratings.ndjson": "jsonl",
        "-": "csv",
        "ratings": "csv",
    }

    assert {name: detect_format(name).value for name in names} == names
    assert detect_format("ratings.csv", "json") is FileFormat.JSON
    with pytest.raises(FileError, match=r"ratings\.xlsx: Unknown file type \.xlsx\. .*--format"):
        detect_format("ratings.xlsx")


TABLES = [
    f"type,id,rating\n{SONG}\n",
    f"type,id,rating\r\n{SONG}\r\n",
    f"type,id,rating\r{SONG}\r",
    f"type,id,rating\n{SONG}",
    f"type,id,rating\r\n{SONG}\n",
    "type;id;rating\r\nsongs;907242702;like\r\n",
    "type\tid\trating\nsongs\t907242702\tlike\n",
    "type|id|rating\nsongs|907242702|like\n",
    "sep=;\ntype;id;rating\nsongs;907242702;like\n",
    '"sep=,"\r\ntype,id,rating\r\nsongs,907242702,like\r\n',
    "SEP=\t\ntype\tid\trating\nsongs\t907242702\tlike\n",
    '"type","id","rating"\n"songs","907242702","like"\n',
    'type, id, rating\nsongs, "907242702", "like"\n',
    "“type”,“id”,“rating”\n“songs”,“907242702”,“like”\n",
    "Rating, ID ,TYPE\nlike,907242702,songs\n",
    "type,id,rating,color\nsongs,907242702,like,blue\n",
    "type,id,rating,\nsongs,907242702,like,,,\n",
    "\n\ntype,id,rating\n\nsongs,907242702,like\n,,\n\n",
    "My ratings,,\nof 2026; all of them,,\n\ntype,id,rating\nsongs,907242702,like\n",
    '"A title\nof two lines"\ntype;id;rating\nsongs;907242702;like\n',
    "link,rating\nsongs/907242702,like\n",
    "URL;Preference\nhttps://music.apple.com/us/song/907242702;LOVE\n",
    "Apple - ID,Track Like Rating\n907242702,liked\n",
    "Apple - id,Value\n907242702,1\n",
    "Resource Type,ITEM_ID,rating\nsongs,907242702,like\n",
    "id,rating\nhttps://music.apple.com/us/song/any/907242702,love\n",
    "type,id,rating,name\nsongs,907242702,like\n",
    'type,id,rating,name\nsongs,907242702,like,"one, two\nthree ""four"""\n',
    "type,\u200bid,rating\nsongs,907242702\u200b,like\n",
    f"ï»¿type,id,rating\n{SONG}\n",
    f"\n\ufefftype,id,rating\n\ufeff{SONG}\n",
    f"sep=;\ntype,id,rating\n{SONG}\n",
    "sep=^\ntype^id^rating\nsongs^907242702^like\n",
    '"type" ,"id" ,"rating" \n"songs" ,"907242702"\t,"like" \n',
    f'"type,id,rating"\n"{SONG}"\n',
    '"type,""id"",""rating"""\n"songs,""907242702"",""like"""\n',
    "″type″,〝id〟,″rating″\n″songs″,〝907242702〟,″like″\n",
    "'type','id','rating'\n'songs','907242702','like'\n",
    f"type,id,rating\n{SONG}\n\ufefftype,id,rating\n{SONG}\n",
    f"# mine\ntype,id,rating\n# of 2026\n{SONG}\n\x1a",
    "| type | id | rating |\n|:--|---:|:-:|\n| songs | 907242702 | like |\n",
    "+---+---+---+\n| type | id | rating |\n+---+---+---+\n| songs | 907242702 | like |\n",
    "Unnamed: 0,type,id,rating\n0,songs,907242702,like\n",
    "Apple Music URL,Liked\nhttps://music.apple.com/us/song/907242702,liked\n",
    "resource_type,resource_id,My Rating\nSONG,907242702,1\n",
]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"]


def test_csv_is_read_in_every_usual_form(read: Read) -> None:
    """Any usual separator, line end, quoting, order, title and column name."""
    for content in TABLES:
        result = read(content, None)

        assert (result.desired, result.errors) == (LIKED, ()), content


OBJECTS = [
    ('[{"type": "songs", "id": "907242702", "rating": "like"}]', "json"),
    (
        '[\r\n {"type": "songs",\r\n "id": 907242702, "rating": 1, "more": {"a": []}}\r\n]\r\n',
        "json",
    ),
    (' [ {"link": "songs/907242702", "rating": "love"} ] ', "json"),
    ('[{"Type": "songs", "ID": "907242702", "Rating": "LIKE"}]', "json"),
    ('[{"url": "songs/907242702", "preference": "liked"}, {"id": "x"}]', "json"),
    ('{"data": [{"type": "songs", "id": "907242702", "rating": "like"}], "meta": {}}', "json"),
    ('{"ratings": [{"type": "songs", "id": "907242702", "rating": "like"}]}', "json"),
    ('{"data": {"type": "songs", "id": "907242702", "rating": "like"}}', "json"),
    ('{\n"Type": "song",\n"id": 907242702,\n"value": 1\n}', "json"),
    ('{"next": "/v1", "data":\n[{"type": "songs", "id": "907242702", "rating": "like"}]}', "json"),
    ('{"type": "songs", "id": "907242702", "rating": "like"}', "jsonl"),
    (
        '\n{"type": "songs", "id": "907242702", "rating": "like"}\r\n\r\n{"id": "x", "rating": ""}',
        "jsonl",
    ),
]


def test_json_is_read_as_programs_write_it(read: Read) -> None:
    """Lists, responses and lines, keys in any case; the content tells them apart."""
    for content, format in OBJECTS:
        assert read(content, format).desired == LIKED, content
        assert read(content, None).desired == LIKED, content


def test_every_encoding_that_can_be_detected_is_read(read: Read) -> None:
    """UTF-8, UTF-16 and UTF-32, with one byte order mark, two or none."""
    table = "type,id,rating,name\nsongs,907242702,like,Lumière\n"
    for content in (table, OBJECTS[0][0], OBJECTS[8][0]):
        for encoding in ENCODINGS:
            assert read(content.encode(encoding), None).desired == LIKED, (content, encoding)
        assert read(BOM + BOM + content.encode(), None).desired == LIKED
    assert read(table.encode("utf-16"), None).rows[0].name == "Lumière"
    names = "".join(f"songs,{number},none,夜明けの灯台\n" for number in range(1, 50))
    for encoding in ("utf-16-le", "utf-16-be"):
        assert len(read(f"港の灯りの一覧\n{table}{names}".encode(encoding), None).rows) == 50


def test_older_encoding_is_one_error_of_the_file(read: Read) -> None:
    """Names would be damaged; the message says how to save the file."""
    rows = "".join(f"songs,{number},like,Lumi\xe8re\n" for number in range(1, 100))
    for encoding in ("cp1252", "mac-roman"):
        with pytest.raises(FileError, match=r'^ratings:2: The file is not UTF-8.*"CSV UTF-8"'):
            read(f"type,id,rating,name\n{rows}".encode(encoding), None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
            'Excel workbook. Save the sheet as "CSV',
        ),
        (b"\x1f\x8b\x08" + bytes(50), "compressed with gzip"),
        (b"%PDF-1.7 ...", "PDF document"),
        (b"<!DOCTYPE html><table>", "web page or an XML document"),
        (b'<?xml version="1.0"?><plist>', "web page or an XML document"),
        (b"<ratings><rating id='1'/></ratings>", "web page or an XML document"),
        (b"ratings.csv" + bytes(246) + b"ustar\x0000" + bytes(250), "tar archive"),
        (b"bplist00" + bytes(50), "property list"),
        (b"\x89PNG\r\n" + bytes(500), "not text"),
    ],
)
def test_other_file_is_named_with_the_way_out(read: Read, content: bytes, words: str) -> None:
    """By its first bytes, whatever it is called."""
    with pytest.raises(FileError, match=f"^ratings:1: The file is .*{words}"):
        read(content, None)


def test_zip_of_a_workbook_is_named(read: Read, zipped: Callable[..., bytes]) -> None:
    """OpenDocument and Numbers cannot be read."""
    ods = zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}, stored=True)
    numbers = zipped({"Index/Document.iwa": "x"})

    for content, words in ((ods, "OpenDocument workbook"), (numbers, "Numbers document")):
        for format in (None, "csv"):
            with pytest.raises(FileError, match=words):
                read(content, format)


def test_excel_workbook_is_read(read: Read) -> None:
    """The first sheet with a header, numbers as numbers, below a title, under any name."""
    book = openpyxl.Workbook()
    book.active.append(["Notes"])
    sheet = book.create_sheet("Ratings")
    for row in (
        ["My ratings"],
        [],
        ["Type", "Id", "Rating", "Name"],
        ["songs", 907242702, "like", "Lumière"],
        ["songs", 1151618586.0, -1, "=1+1"],
        ["songs", None, None, None],
        ["library-songs", "i.7PJ", "none", 1999],
        ["songs", 1.5, "like", None],
    ):
        sheet.append(row)
    sheet["D5"].data_type = "s"  # a text, not a formula
    stream = BytesIO()
    book.save(stream)

    result = read(stream.getvalue(), None)

    assert [(str(row.item), str(row.rating), row.name) for row in result.rows] == [
        ("songs/907242702", "like", "Lumière"),
        ("songs/1151618586", "dislike", "=1+1"),
        ("library-songs/i.7PJ", "None", "1999"),
    ]
    assert errors(result) == [(8, "id")]
    assert result.blank_rows == 1


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        ([["Type", "Id", "Rating"], ["Song", 907242702, 1], ["Type", "Id", "Rating"]], {}),
        ([["type,id,rating"], ["songs,907242702,like"]], {}),
        ([["type;id;rating"], [], ["songs;907242702;like"]], {}),
        ([["Apple - ID", "Loved"], ["907242702.0", "LOVE"]], {}),
        ([[None, "907242702"]], {"rating": "like", "type": "songs"}),
        ([["id"], [907242702]], {"rating": "like", "type": "songs"}),
        ([["# mine"], ["https://music.apple.com/us/song/907242702"]], {"rating": "like"}),
    ],
)
def test_workbook_is_read_as_a_text_is(
    read: Read, rows: list[list[Any]], options: dict[str, str]
) -> None:
    """Also a list, a header that comes again, and lines that were pasted into one column."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = BytesIO()
    book.save(stream)

    assert read(stream.getvalue(), None, ReadOptions(**options)).desired == LIKED


def test_damaged_workbook_is_an_error_of_ours(read: Read, zipped: Callable[..., bytes]) -> None:
    """As is one without a table."""
    stream = BytesIO()
    openpyxl.Workbook().save(stream)
    cases = [
        (zipped({"[Content_Types].xml": "<"}), "The workbook is damaged"),
        (stream.getvalue()[:2000], "The workbook is damaged"),
        (stream.getvalue(), "There are no columns id and rating"),
    ]

    for content, words in cases:
        with pytest.raises(FileError, match=words):
            read(content, None)


def test_columns_can_be_named(read: Read) -> None:
    """In any case; other columns that look like ours are ignored then."""
    options = ReadOptions(id_column="apple music", rating_column="my verdict", type="songs")
    table = "id,Apple Music,My Verdict,rating\n7,907242702,like,5\n"
    json_rows = '[{"id": "7", "apple_music": "907242702", "My Verdict": "like", "rating": "5"}]'

    assert read(table, None, options).desired == LIKED
    assert read(json_rows, None, options).desired == LIKED
    with pytest.raises(FileError, match=r"There is no column 'mine'. .* it is: id, rating"):
        read("id,rating\n", None, ReadOptions(rating_column="mine"))


def test_one_rating_can_be_given_for_all_rows(read: Read) -> None:
    """For files without ratings: tables, JSON and lists; beside ratings it is an error."""
    options = ReadOptions(rating="like", type="songs")
    lists = ["id\n907242702\n", '[{"id": 907242702}]', "[907242702]", "# mine\n\nsongs/907242702\n"]

    assert [read(content, None, options).desired for content in lists] == [LIKED] * 4
    for content in (f"type,id,rating\n{SONG}\n", '[{"id": "songs/1", "rating": "none"}]'):
        with pytest.raises(FileError, match="--rating gives another"):
            read(content, None, options)


def test_json_without_any_rating_is_an_error(read: Read) -> None:
    """Success would mean that nothing was to be done."""
    for content, format in (
        ('[{"type": "songs", "id": "1"}, {}]', "json"),
        ('{"id": "1"}\n', "jsonl"),
    ):
        with pytest.raises(FileError, match=r"No row of the file has a rating.*--rating-column"):
            read(content, format)


def test_responses_of_the_api_are_read(read: Read) -> None:
    """Ratings by their href, and library items with their names and catalog ids."""
    rating = {
        "id": "1",
        "type": "ratings",
        "href": "/v1/me/ratings/library-songs/i.1",
        "attributes": {"value": -1},
        "relationships": {"content": {"data": []}},
    }
    song = {
        "id": "i.2",
        "type": "library-songs",
        "href": "/v1/me/library/songs/i.2",
        "attributes": {
            "name": "Tide",
            "artistName": "Home Tape",
            "albumName": "Maps",
            "playParams": {"id": "i.2", "catalogId": "5"},
        },
    }
    rated = read(json.dumps([{"data": [rating]}, {"data": [rating]}]), None)
    listed = read(json.dumps({"data": [song]}), None, ReadOptions(rating="like"))
    capitals = read(json.dumps({"Data": [rating]}).replace('"h', '"H').replace('"v', '"V'), None)
    untyped = read(json.dumps([{"id": "1", "type": "ratings", "attributes": {"value": 1}}]), None)

    assert capitals.desired == rated.desired
    assert rated.desired == {Item("library-songs", "i.1"): RatingValue.DISLIKE}
    assert (listed.rows[0].catalog_id, listed.rows[0].artist) == ("5", "Home Tape")
    assert str(listed.rows[0].item) == "library-songs/i.2"
    assert "'1' has no resource type" in untyped.errors[0].reason
    content = {"data": [{"href": rating["href"]}]}
    without_href = {**rating, "href": None, "relationships": {"content": content}}
    assert read(json.dumps(without_href), None).desired == rated.desired
    with pytest.raises(FileError, match="an error response of the API"):
        read('{"errors": [{"status": "401"}]}', None)


def test_file_without_rows_has_none(read: Read) -> None:
    """It is valid all the same."""
    empty = [("type,id,rating\n", "csv"), ("[]", "json"), (" [\n] \n", "json"), ("", "jsonl")]

    assert {read(content, format) for content, format in empty} == {RatingsFile("ratings", ())}


@pytest.mark.parametrize(
    ("content", "format", "words"),
    [
        ("", "csv", "ratings:1: The file is empty"),
        ("\n\n", "csv", "The file is empty"),
        (BOM, "csv", "The file is empty"),
        (f"{SONG}\n", "csv", "There is no column id. The first line must name the columns"),
        ("type,rating\nsongs,like\n", "csv", "There is no column id. .*--id-column"),
        ("type,id\nsongs,1\n", "csv", "There is no column rating. .*--rating-column"),
        ("type,id,ID,rating\n", "csv", "Two columns are called id"),
        (
            f'type,id,rating\n{SONG}\nsongs,"1,like\nsongs,2,like\n',
            "csv",
            "ratings:3: The row never ends",
        ),
        ('type,id,rating\nsongs,"1"x,like\n', "csv", "ratings:2: The row is not CSV"),
        ('type,id,rating\nsongs,"' + "x\n" * 100_000, "csv", "ratings:2: A cell is longer"),
        ("", "json", "ratings:1: The document is empty. It must be a list"),
        ("x", "json", "begins with 'x'. It must be a list"),
        ('{"a": []}', "json", "ratings:1: The document is one object. It must be a list"),
        ("[", "json", "cut off"),
        ('[\n{"type": "songs", "id"', "json", "ratings:2: This is not JSON: .* looks cut off"),
        ('[\n{"type": "so', "json", "ratings:2: This is not JSON: .* looks cut off"),
        ('[{"type": "songs"}\n', "json", "After a row comes the end of the file.*cut off"),
        ('[{"type": "songs"},', "json", "This is not JSON: Expecting value. It looks cut off"),
        ("[{}\n{}]", "json", "ratings:2: After a row comes '{'"),
        ("[{}] x", "json", "'x' follows the end of the document"),
        ("[{},]", "json", "A comma before the closing ']' is not JSON"),
        ('{"songs": [{"id": 1, "rating": "like"}]}', "json", "The document is one object"),
        ("id,rating\n" + '"1","a \\"b\\""\n', "csv", 'has to be written twice: "a ""quoted""'),
        ("id,name,rating\n" + '“1","a”,"like"\n', "csv", "Some quotes in the row are typographic"),
        ("id,preference,value\n1,like,dislike\n", "csv", "'preference' and 'value' may both"),
        ("[\n{'type': 'songs'}]", "json", "ratings:2: This is not JSON"),
        ("[\n{},\n{,}]", "json", "ratings:3: This is not JSON"),
        ('{"data": [{}], x}', "json", "This is not JSON"),
        ("[NaN]", "json", "NaN is not JSON"),
        ("[" * 200_000, "json", "nested too deeply"),
        (b"[\n{},\n\xff]", "json", "ratings:3: The file is not UTF-8"),
        ("[]".encode("utf-16")[:-1], "json", "cut off or damaged: it is not valid UTF-16"),
        ("type,id,rating\n".encode("utf-16")[:-1], "csv", "not valid UTF-16"),
        ("[" + '"' + "x" * 2_000_000 + '"]', "json", "longer than 1,048,576 characters"),
    ],
)
def test_file_that_cannot_be_read_to_its_end_is_an_error(
    read: Read, content: str | bytes, format: str, words: str
) -> None:
    """With the line, and what to do."""
    with pytest.raises(FileError, match=words):
        read(content, format)


def test_error_carries_the_row_errors_before_it(read: Read) -> None:
    """One run reports everything."""
    with pytest.raises(FileError) as caught:
        read('type,id,rating\nsongs,1,lik\nsongs,"2,like\n')

    assert [str(error)[:18] for error in caught.value.errors] == ["ratings:2: rating:"]


@pytest.mark.parametrize(
    ("content", "format", "expected"),
    [
        (
            "type,id,rating\nsongs,1,lik\nsung,1,like\nsongs,2,like\n",
            "csv",
            [(2, "rating"), (3, "type")],
        ),
        ('type,id,rating,name\nsongs,1,like,"a\nb"\nsongs,x,like\n', "csv", [(4, "id")]),
        ("Apple - id,Preference\nx,lik\n", "csv", [(2, "Preference"), (2, "Apple - id")]),
        ("a title\n\ntype,id,rating\nsongs,x,like\n", "csv", [(4, "id")]),
        ("type,id,rating\nsongs,1\n", "csv", [(2, "rating")]),
        ("type,id,rating,name\nsongs,1,like,one, two\n", "csv", [(2, None)]),
        (
            '[{"rating": "none"},\n{"rating": "like"},\n3]',
            "json",
            [(1, "id"), (2, "id"), (3, None)],
        ),
        ('[\n\n{"rating": "lik", "type": "x", "id": "1"}]', "json", [(3, "rating"), (3, "type")]),
        ('[{"id": 1, "ID": 2, "rating": "like"}]', "json", [(1, None)]),
        (
            '{"rating": "like"}\n{\n[]\nnull\nNaN\n{"data": null}\n',
            "jsonl",
            [(1, "id"), (2, None), (3, None), (4, None), (5, None), (6, None)],
        ),
        ('{"rating": "like", "id": "songs/1"}\n' + "[" * 200_000, "jsonl", [(2, None)]),
        ('{"rating": ' + "1" * 5000 + "}", "jsonl", [(1, None)]),
    ],
)
def test_invalid_rows_are_reported_with_their_place(
    read: Read, content: str | bytes, format: str, expected: list[tuple[int, str | None]]
) -> None:
    """All of them, by line and column of the file; the valid ones are read."""
    assert errors(read(content, format)) == expected


def test_typographic_quotes_are_named(read: Read) -> None:
    """They enclose no cell, so that a comma between them separates."""
    (error,) = read("type,id,rating,name\nsongs,1,like,“a, b”\n").errors

    assert error.reason.endswith("Those in the row are typographic quotes.")


def test_error_names_file_line_column_and_reason(read: Read) -> None:
    """In the form that editors can jump to."""
    (error,) = read("type,id,rating\nsongs,1,lik\n").errors

    assert str(error).startswith("ratings:2: rating: 'lik' is not a rating.")
    assert str(RowError("ratings", 3, None, "Why.")) == "ratings:3: Why."


def test_repeated_rows_are_one_and_conflicts_are_errors(read: Read) -> None:
    """Both rows of a conflict name the other; neither is used."""
    wishes = [("1", "like"), ("2", "like"), ("1", "like"), ("2", "none"), ("2", "like"), ("3", "")]
    rows = [f"songs,{id},{rating}" for id, rating in wishes]

    result = read("type,id,rating\n" + "\n".join(rows))

    assert result.desired == {Item("songs", "1"): RatingValue.LIKE}
    assert (result.blank_rows, result.duplicates) == (1, 1)
    assert errors(result) == [(3, "rating"), (5, "rating")]
    assert "songs/2 is like here and none in line 5" in result.errors[0].reason
    assert "songs/2 is none here and like in line 3" in result.errors[1].reason


class Endless:
    """A stream that is generated while it is read, and remembers the most that was requested."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self.parts = parts
        self.rest = b""
        self.most = 0

    def read(self, size: int = -1, /) -> bytes:
        """Return some bytes, at most as many as are requested."""
        self.most = max(self.most, size)
        if not self.rest:
            self.rest = next(self.parts, b"")
        chunk, self.rest = self.rest[:size], self.rest[size:]
        return chunk


@pytest.mark.parametrize(
    ("format", "first", "last"),
    [
        (FileFormat.CSV, b"type,id,rating\n" + b"songs,1,like\n" * 30, b"songs,1,like\n"),
        (FileFormat.JSON_LINES, b"\n" * 31, b'{"type":"songs","id":"1","rating":"like"}\n'),
    ],
)
def test_line_of_30_megabytes_is_skipped_in_little_memory(
    format: FileFormat, first: bytes, last: bytes
) -> None:
    """It is reported as an error, and the next row is read."""

    def parts() -> Iterator[bytes]:
        yield first
        for _ in range(30):
            yield b"x" * 1_000_000
        yield b"\n" + last

    stream: Any = Endless(parts())
    tracemalloc.start()
    *_, error, row = read_rows(stream, format, name="ratings")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert isinstance(error, RowError)
    assert (error.line, error.column) == (32, None)
    assert "longer than 1,048,576 characters" in error.reason
    assert isinstance(row, RatingRow)
    assert stream.most <= 65_536
    assert peak < 12_000_000


def test_rows_are_read_before_the_stream_ends() -> None:
    """A row is returned before what comes long after it is requested."""
    row = json.dumps({"type": "songs", "id": "1", "rating": "like"})
    texts = {
        FileFormat.CSV: "type,id,rating\n" + "songs,1,like\n" * 60 + "songs,2,\n" + "\n" * 300_000,
        FileFormat.JSON: "[" + f"{row}, " * 60 + " " * 300_000 + "{}]",
        FileFormat.JSON_LINES: f"{row}\n" * 60 + "{}\n" + "\n" * 300_000,
    }
    for format, text in texts.items():
        stream = BytesIO(text.encode())
        rows = read_rows(stream, format, name="ratings")

        assert isinstance(next(rows), RatingRow)
        assert stream.tell() < 200_000, format
        assert list(rows)[59:] == [BlankRow()]


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


def items(text: str, **options: Any) -> list[str]:
    """Return the items in a text, and what is invalid in it."""
    found = read_items(BytesIO(text.encode()), name="list", **options)
    return [str(one) for one in found]


def test_items_are_read_from_a_list() -> None:
    """Types with ids, links, notes and empty lines; an invalid line is reported."""
    found = items(
        "\ufeff# mine\r\nsongs/1\r\n\r\nhttps://music.apple.com/us/song/any/907242702\r\nsong/1\n"
        "[Maps](https://music.apple.com/us/song/5)\n"
    )

    assert [*found[:2], found[3]] == ["songs/1", "songs/907242702", "songs/5"]
    assert found[2].startswith("list:5: Unknown resource type 'song'.")
    assert items("[01.02.23, 10:00] Me: https://music.apple.com/us/song/1\n") == ["songs/1"]
    assert items("[907242702.0, 5]", type="songs") == ["songs/907242702", "songs/5"]
    assert "control character" in items("songs/907242702\0\n")[0]
    assert items("\n") == []
    assert items("i.1\n5\n", type="songs") == ["library-songs/i.1", "songs/5"]


def test_items_are_read_from_a_ratings_file() -> None:
    """From every row, whatever its rating, and from files without ratings."""
    contents = [
        "type,id,rating\nsongs,1,like\nsongs,2,none\nsongs,3,\n",
        "id\nsongs/1\nsongs/2\nsongs/3\n",
        '[{"type": "songs", "id": "1"}, {"link": "songs/2", "rating": "x"}, "songs/3"]',
        '{"id": "songs/1", "rating": "like"}\n{"id": "songs/2"}\n{"id": "songs/3"}\n',
    ]

    assert [items(content) for content in contents] == [["songs/1", "songs/2", "songs/3"]] * 4


def test_list_that_is_not_text_is_an_error() -> None:
    """Of the whole list."""
    with pytest.raises(FileError, match="list:1: The file is not UTF-8"):
        list(read_items(BytesIO(b"songs/1 \xff\n"), name="list"))


def test_stream_that_breaks_is_an_error_of_ours() -> None:
    """With the reason the system gave."""

    class Broken:
        def read(self, size: int = -1, /) -> bytes:  # noqa: ARG002
            raise OSError(5, "Input/output error")

    broken: Any = Broken()
    with pytest.raises(FileError, match="ratings: cannot be read: Input/output error"):
        list(read_rows(broken, FileFormat.CSV, name="ratings"))
