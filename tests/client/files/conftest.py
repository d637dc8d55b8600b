"""Builders of rows and of files of them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from io import BytesIO, StringIO
from typing import Any

import pytest

from apple_music_ratings import Item, RatingValue
from apple_music_ratings.files import (
    FileFormat,
    RatingRow,
    RatingsFile,
    ReadOptions,
    read_ratings,
    write_rows,
)


@pytest.fixture
def a_row() -> Callable[..., RatingRow]:
    """Builds a row: a liked library song but for what the test changes."""

    def build(item: str = "library-songs/i.1", **changes: Any) -> RatingRow:
        good: dict[str, Any] = {
            "rating": RatingValue.LIKE,
            "catalog_id": "900000001",
            "name": "First Light",
            "artist": "The Lanterns",
            "album": "Harbour",
        }
        return RatingRow(item=Item.parse(item), **(good | changes))

    return build


@pytest.fixture
def read() -> Callable[..., RatingsFile]:
    """Reads a file that is given as text or bytes."""

    def read_it(
        content: str | bytes, format: str | None = "csv", options: ReadOptions | None = None
    ) -> RatingsFile:
        raw = content.encode() if isinstance(content, str) else content
        return read_ratings(
            BytesIO(raw), format=format, name="ratings", options=options or ReadOptions()
        )

    return read_it


@pytest.fixture
def written() -> Callable[..., str]:
    """Return the text of a file of rows."""

    def write(rows: Iterable[RatingRow], format: FileFormat) -> str:
        stream = StringIO(newline="")
        write_rows(rows, stream, format)
        return stream.getvalue()

    return write


@pytest.fixture
def zipped() -> Callable[..., bytes]:
    """Builds a zip file of names and contents."""

    def build(files: dict[str, str | bytes], *, stored: bool = False) -> bytes:
        stream = BytesIO()
        method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(stream, "w", method) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return stream.getvalue()

    return build
