"""Use the installed package as a new user does, after each extra that was installed.

Usage, in an environment without the checkout: smoke.py core|cli|all
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import distributions, metadata, version
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import apple_music_ratings
import apple_music_ratings_client
from apple_music_ratings import (
    AsyncRatingsClient,
    ConfigurationError,
    FileError,
    Item,
    RatingsClient,
    RatingValue,
)
from apple_music_ratings.files import read_ratings
from apple_music_ratings.limiters.redis import RedisLimiter
from apple_music_ratings.transports import fast_async_transport
from apple_music_ratings_mock import MockService

NAME = "apple-music-ratings"
SONG = Item.parse("https://music.apple.com/us/album/any-name/1138988512?i=907242702")
PROGRAMS = Path(sys.executable).parent
# The dependencies of the core, and what they depend on.
CORE = {
    *("apple-music-ratings", "attrs", "httpx", "pyjwt"),
    *("anyio", "certifi", "h11", "httpcore", "idna", "sniffio", "typing-extensions"),
    *("cffi", "cryptography", "pycparser"),
    *("pip", "setuptools"),
}
PLUGIN_TEST = """
import httpx

def test_plugin_serves_the_mock(ratings_mock, ratings_mock_url):
    response = httpx.get(f"{ratings_mock_url}/v1/me/ratings/songs/907242702", trust_env=False)

    assert response.status_code == 401
"""


def run(
    *arguments: str | Path, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program with the variables of this process and more."""
    return subprocess.run(
        [str(each) for each in arguments],
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def check_run(
    expected: int, *arguments: str | Path, environ: Mapping[str, str] | None = None
) -> str:
    """Run a program, check its exit code, and return its output."""
    ended = run(*arguments, environ=environ)
    output = ended.stdout + ended.stderr
    assert ended.returncode == expected, (
        f"{arguments}: {ended.returncode}, expected {expected}\n{output}"
    )
    assert "Traceback" not in output, output
    return output


def check_files() -> None:
    """All packages are the installed ones, typed and licensed."""
    for package in (apple_music_ratings, apple_music_ratings_client):
        folder = Path(str(package.__file__)).parent
        assert folder.is_relative_to(sys.prefix), f"{folder} is not the installed package"
        assert (folder / "py.typed").is_file(), f"{folder} has no py.typed"
    assert version(NAME) == apple_music_ratings.__version__
    assert metadata(NAME)["License-Expression"] == "MIT"


def check_library() -> None:
    """A sync and an async client rate a song of the mock in this process."""
    service = MockService()
    tokens: dict[str, Any] = {
        "developer_token": service.developer_token(),
        "music_user_token": "a-listener",
    }
    with RatingsClient(**tokens, transport=service.transport) as client:
        assert client.get_rating(SONG) is None
        client.like(SONG)
        assert client.get_rating(SONG) is RatingValue.LIKE

    async def change() -> RatingValue | None:
        async with AsyncRatingsClient(**tokens, transport=service.transport) as client:
            await client.dislike(SONG)
            return await client.get_rating(SONG)

    assert asyncio.run(change()) is RatingValue.DISLIKE


def check_core() -> None:
    """No other package was installed, and what needs an extra names it."""
    unexpected = {found.name.lower().replace("_", "-") for found in distributions()} - CORE
    assert not unexpected, f"the core brings {unexpected}"
    output = check_run(1, PROGRAMS / NAME, "--version")
    assert "apple-music-ratings[cli]" in output, output
    output = check_run(1, sys.executable, "-m", "apple_music_ratings_mock", "--port", "0")
    assert "apple-music-ratings[mock]" in output, output
    message = ""
    try:
        a_redis_limiter()
    except ConfigurationError as error:
        message = str(error)
    assert "apple-music-ratings[redis]" in message, (
        f"a limiter over Redis without the extra: {message}"
    )
    try:
        read_ratings(an_empty_workbook(), name="book")
    except FileError as error:
        message = str(error)
    assert "apple-music-ratings[xlsx]" in message, f"a workbook without the extra: {message}"


def an_empty_workbook() -> BytesIO:
    """Make what looks like an Excel workbook."""
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "")
    stream.seek(0)
    return stream


def a_redis_limiter() -> RedisLimiter:
    """Make a limiter; it connects to Redis at the first request."""
    return RedisLimiter("redis://127.0.0.1:1/0", rate=20)


def check_command_line() -> None:
    """The program prints its version, and names the extra that the mock requires."""
    assert version(NAME) in check_run(0, PROGRAMS / NAME, "--version")
    assert "Usage" in check_run(0, PROGRAMS / NAME, "--help")
    output = check_run(1, PROGRAMS / NAME, "mock", "serve", "--port", "0")
    assert "apple-music-ratings[mock]" in output, output


@contextmanager
def served_mock() -> Iterator[dict[str, str]]:
    """Run the mock as a program; yield the variables that it prints."""
    command = [sys.executable, "-m", "apple_music_ratings_mock", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as mock:
        try:
            assert mock.stdout is not None
            lines = [mock.stdout.readline() for _ in range(3)]
            yield dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
        finally:
            mock.terminate()


def check_served_mock() -> None:
    """Library and program rate a song of a mock on a socket."""
    with served_mock() as exported:
        with RatingsClient.from_env(environ=os.environ | exported) as client:
            client.dislike(SONG)
            assert client.get_rating(SONG) is RatingValue.DISLIKE

        async def read() -> RatingValue | None:
            transport = fast_async_transport()
            async with AsyncRatingsClient.from_env(
                environ=os.environ | exported, transport=transport
            ) as client:
                return await client.get_rating(SONG)

        assert asyncio.run(read()) is RatingValue.DISLIKE
        # A separate journal: nothing is left on the machine.
        environ = exported | {"APPLE_MUSIC_JOURNAL": str(Path.cwd() / "journal.sqlite3")}
        check_run(0, PROGRAMS / NAME, "like", str(SONG), environ=environ)
        output = check_run(0, PROGRAMS / NAME, "get", str(SONG), environ=environ)
        assert str(SONG) in output, output
        assert "like" in output.lower().replace("dislike", ""), output


def check_limiter() -> None:
    """The limiter over Redis can be made."""
    with a_redis_limiter():
        pass


def check_plugin() -> None:
    """The plugin is found through its entry point."""
    Path("test_plugin.py").write_text(PLUGIN_TEST, "utf-8")
    output = check_run(
        0, sys.executable, "-I", "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_plugin.py"
    )
    assert "1 passed" in output, output


STAGES = {
    "core": (check_files, check_library, check_core),
    "cli": (check_command_line,),
    "all": (check_library, check_served_mock, check_limiter, check_plugin),
}


def main(stage: str) -> None:
    """Run the checks of one stage."""
    for check in STAGES[stage]:
        check()
    python = ".".join(map(str, sys.version_info[:3]))
    print(f"{NAME} {version(NAME)} on Python {python}, {stage}: works.")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in STAGES:
        sys.exit(__doc__)
    main(sys.argv[1])
