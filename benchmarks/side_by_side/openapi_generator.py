"""The client that openapi-generator makes from our contract, made here and now."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from .questions import DEVELOPER_TOKEN, LIKE, USER_TOKEN

CONTRACT = Path(__file__).resolve().parents[2] / "openapi.yaml"
_PACKAGE = "openapi_generator_ratings"


class LeftOutError(Exception):
    """This contender cannot take part; says why."""


class OpenapiGenerator:
    """Its sync client, which is its default."""

    def __init__(self, base_url: str) -> None:
        package = importlib.import_module(_PACKAGE)
        self._models: Any = importlib.import_module(f"{_PACKAGE}.models")
        configuration = package.Configuration(
            host=base_url, access_token=DEVELOPER_TOKEN, api_key={"musicUserToken": USER_TOKEN}
        )
        self._songs = package.SongsApi(package.ApiClient(configuration))

    def get(self, id: str) -> int:
        """Read one rating."""
        return self._read(self._songs.get_song_rating(id))[id]

    def set(self, id: str) -> int:
        """Like one song."""
        models = self._models
        body = models.RatingRequest(
            type=models.RatingRequestType.RATING,
            attributes=models.RatingRequestAttributes(value=models.RatingValue(LIKE)),
        )
        return self._read(self._songs.set_song_rating(id, body))[id]

    def many(self, ids: list[str]) -> dict[str, int]:
        """Read many ratings."""
        return self._read(self._songs.list_song_ratings(ids))

    def _read(self, response: Any) -> dict[str, int]:
        return {entry.id: entry.attributes.value.value for entry in response.data}


def make(folder: Path) -> None:
    """Have the client made in a folder, and make it importable.

    Raises:
        LeftOutError: There is no Java, or no generator.
    """
    program = shutil.which("openapi-generator-cli", path=str(Path(sys.executable).parent))
    if program is None:
        raise LeftOutError("openapi-generator client: the package openapi-generator-cli is missing")
    if shutil.which("java") is None:
        raise LeftOutError("openapi-generator client: no Java")
    options = ["-g", "python", "--package-name", _PACKAGE, "-i", str(CONTRACT), "-o", str(folder)]
    done = subprocess.run(  # noqa: S603  # the generator
        [program, "generate", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise LeftOutError("openapi-generator client: the generator failed; " + done.stderr[-300:])
    sys.path.insert(0, str(folder))
