"""Use the installed package as a stranger would: run the mock as a program, rate a song over it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import metadata, version
from pathlib import Path

import apple_music_ratings
import apple_music_ratings_client
from apple_music_ratings import Item, RatingsClient, RatingValue


def main() -> None:
    """Fail loudly if anything is not as promised."""
    for package in (apple_music_ratings, apple_music_ratings_client):
        folder = Path(package.__file__).parent
        assert folder.is_relative_to(sys.prefix), f"{folder} is not the installed package"
        assert (folder / "py.typed").is_file(), f"{folder} has no py.typed"
    assert version("apple-music-ratings") == apple_music_ratings.__version__
    assert metadata("apple-music-ratings")["License-Expression"] == "MIT"

    with subprocess.Popen(
        [sys.executable, "-m", "apple_music_ratings.mock", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as mock:
        try:
            lines = [mock.stdout.readline() for _ in range(3)]
            exported = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
            song = Item.parse("https://music.apple.com/us/album/any-name/1138988512?i=907242702")
            with RatingsClient.from_env(environ=os.environ | exported) as client:
                assert client.get_rating(song) is None
                client.like(song)
                assert client.get_rating(song) is RatingValue.LIKE
        finally:
            mock.terminate()
    print(f"The installed wheel of {version('apple-music-ratings')} works: liked and read {song}.")


if __name__ == "__main__":
    main()
