"""The command line: a module a command group, built on the public names only.

Nothing here is imported by `import apple_music_ratings`.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper

__all__ = ["main"]


def main() -> int:
    """Run `apple-music-ratings` with the arguments of the process and give the exit code."""
    try:
        from .app import run  # noqa: PLC0415  # fails without the extra
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("apple_music_ratings"):
            raise  # A fault of ours, and no missing extra.
        sys.stderr.write(
            f"apple-music-ratings: the command line needs {error.name}, which is not installed.\n"
            "Run: pip install 'apple-music-ratings[cli]'\n"
        )
        return 1
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # pragma: no branch -- a program may replace them
            # A name must not end the program where the terminal lacks its letters.
            stream.reconfigure(errors="backslashreplace")
    return run()
