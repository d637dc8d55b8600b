"""The command line: one module per command group, built on the public names only.

`import apple_music_ratings` imports nothing of it.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from io import TextIOWrapper

__all__ = ["main"]

# The packages of the extra `cli`. Another extra may bring some of them, so each is checked.
_PACKAGES = ("click", "h11", "keyring", "platformdirs", "rich")


def main() -> int:
    """Run `apple-music-ratings` with the arguments of the process, and return the exit code."""
    _open_closed_streams()
    missing = next((name for name in _PACKAGES if find_spec(name) is None), None)
    if missing is not None:
        from apple_music_ratings import ConfigurationError  # noqa: PLC0415  # rarely needed

        error = ConfigurationError.missing_extra("The command line", "cli", missing)
        sys.stderr.write(f"Error: {error}\n")
        return 1
    from .app import run  # noqa: PLC0415  # requires the extra

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # pragma: no branch -- a program may replace them
            # A name must not end the program if the terminal lacks its characters.
            stream.reconfigure(errors="backslashreplace")
    try:
        return run()
    finally:
        _discard_lost_messages()


def _discard_lost_messages() -> None:
    """Forget messages that cannot be written, which would change the exit code at the end."""
    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _open_closed_streams() -> None:
    """Open a closed standard stream on the null device, so that no file takes its place.

    A shell closes one with `>&-`; Python then sets it to `None`. Standard output that is closed
    fails when it is written to, as its content would be lost.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            # Opened for reading only, standard output rejects what is written.
            handle = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8"))
