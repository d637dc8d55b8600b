"""Check that LibreOffice opens an exported file and saves it without changing a name or a rating.

Requires `soffice`; on Debian: apt-get install libreoffice-calc. Run `make spreadsheets` when the
reading or writing of files changes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from apple_music_ratings import Item, RatingValue
from apple_music_ratings.files import (
    FileFormat,
    RatingRow,
    open_output,
    read_ratings,
    write_rows,
)

NAMES = [
    "Sigur Rós",
    "=1+1",
    "a, b",
    '"a, b"',
    "'quoted'",
    "-1",
    "@x",
    "two\nlines",
    "夜に駆ける",
    "1999",
]
RATINGS = [RatingValue.LIKE, RatingValue.DISLIKE, None]
# Separator comma, quotes, UTF-8; and for output also: cells as shown, and no quotes around numbers.
IMPORT = "CSV:44,34,76,1"
EXPORT = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"
SEMICOLONS = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false"


def convert(soffice: str, source: Path, target: str, folder: Path, *options: str) -> Path:
    """Open a file in LibreOffice and save it in another format."""
    folder.mkdir()
    profile = f"-env:UserInstallation=file://{folder.parent}/profile"
    subprocess.run(
        [
            *(soffice, "--headless", profile, "--convert-to", target, *options),
            *("--outdir", str(folder), str(source)),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    (saved,) = folder.iterdir()
    return saved


def main() -> int:
    """Convert an exported file there and back, and print what differs."""
    soffice = shutil.which("soffice")
    if soffice is None:
        print("soffice is not installed; on Debian: apt-get install libreoffice-calc")
        return 1
    rows = tuple(
        RatingRow(
            item=Item("library-songs", f"i.{number}"),
            rating=RATINGS[number % 3],
            catalog_id=str(907242702 + number),
            name=name,
            artist=name,
        )
        for number, name in enumerate(NAMES)
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        exported = folder / "ratings.csv"
        with open_output(exported, bom=True) as stream:
            write_rows(rows, stream, FileFormat.CSV)
        infilter = f"--infilter={IMPORT}"
        workbook = convert(soffice, exported, "xlsx", folder / "xlsx", infilter)
        saved = {
            "exported": exported,
            "CSV": convert(soffice, exported, EXPORT, folder / "csv", infilter),
            "semicolons": convert(soffice, exported, SEMICOLONS, folder / "semicolons", infilter),
            "xlsx": workbook,
            "xlsx to CSV": convert(soffice, workbook, EXPORT, folder / "again"),
        }
        read = {what: read_ratings(path) for what, path in saved.items()}
    for what, file in read.items():
        changed = [row for row, before in zip(file.rows, rows, strict=True) if row != before]
        print(f"{what}: {len(file.rows)} rows, {len(changed)} changed, {len(file.errors)} invalid")
        for row in changed:
            print(f"  {row}")
    return int(any(file.rows != rows or file.errors for file in read.values()))


if __name__ == "__main__":
    sys.exit(main())
