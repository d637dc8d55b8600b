"""The command line: a module a command group, built on the public names only.

Nothing here is imported by `import apple_music_ratings`.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> int:
    """Run `apple-music-ratings` with the arguments of the process and give the exit code."""
    try:
        from .app import run  # noqa: PLC0415  # fails without the extra
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("apple_music_ratings"):
            raise
        sys.stderr.write(
            f"apple-music-ratings: the command line needs {error.name}, which is not installed.\n"
            "Run: pip install 'apple-music-ratings[cli]'\n"
        )
        return 1
    return run()
