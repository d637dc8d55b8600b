"""Run the mock: `python -m apple_music_ratings.mock --port 8787`.

Lines for a shell go to stdout, words to stderr. Exit codes: 0 after Ctrl-C,
1 when it cannot run here, 2 when it was asked wrongly.
"""

from __future__ import annotations

import argparse
import errno
import logging
import secrets
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from .service import MockService

_PROGRAM = "python -m apple_music_ratings.mock"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mock until Ctrl-C, and give the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        from . import server
    except ImportError as error:
        _say(f"cannot serve without {error.name}; run: pip install 'apple-music-ratings[mock]'")
        return 1
    service = _service(parser, options)
    try:
        bound = server.bind(options.host, options.port)
    except (socket.gaierror, UnicodeError):
        parser.error(f"argument --host: {options.host!r} is not a host that is known here")
    except OSError as error:
        _say(_bind_advice(error, options.host, options.port))
        return 1
    url = server.url_of(bound)
    if not server.is_loopback(bound):
        _say(f"{options.host} is open to other machines, and so are the ratings kept here")
    _log_to_stderr()
    try:
        with bound:
            server.run(service, bound, lambda: _announce(url, service, options.public_key))
    except KeyboardInterrupt:
        _say("stopped")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="A stateful mock of Apple Music's ratings API. Prints lines to paste.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (%(default)s)")
    parser.add_argument(
        "--port", type=_port, default=8787, help="0 takes any that is free (%(default)s)"
    )
    parser.add_argument(
        "--bodies",
        choices=("observed", "documented"),
        default="observed",
        help="error bodies as others saw them or as Apple documents them (%(default)s)",
    )
    parser.add_argument(
        "--id-check",
        choices=("lenient", "strict"),
        default="lenient",
        help="an id of the wrong form is absent, or an error 400 (%(default)s)",
    )
    parser.add_argument(
        "--public-key",
        type=Path,
        metavar="FILE",
        help="check signatures of developer tokens with this P-256 public key (PEM)",
    )
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 5 or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 0 to 65535")
    return int(text)


def _service(parser: argparse.ArgumentParser, options: argparse.Namespace) -> MockService:
    file: Path | None = options.public_key
    try:
        return MockService(
            bodies=options.bodies,
            id_check=options.id_check,
            public_key=None if file is None else file.read_bytes(),
        )
    except OSError as error:
        parser.error(f"argument --public-key: cannot read {file}: {error.strerror}")
    except ValueError as error:
        parser.error(f"argument --public-key: {file}: {error}")


def _bind_advice(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is taken; "
            "stop the program that holds it, or take any free one with --port 0"
        )
    return f"cannot listen on port {port} of {host}: {error.strerror}; try another --host or --port"


def _announce(url: str, service: MockService, public_key: Path | None) -> None:
    """Print what a reader can paste, now that it works."""
    lines = [f"export APPLE_MUSIC_BASE_URL={url}"]
    if public_key is None:
        lines.append(f"export APPLE_MUSIC_DEVELOPER_TOKEN={service.developer_token()}")
    else:
        _say(
            f"developer tokens are checked with {public_key}: the mock cannot make one, "
            "so sign your own with the private key that belongs to it"
        )
    lines.append(f"export APPLE_MUSIC_USER_TOKEN=mock-user-{secrets.token_hex(8)}")
    print("\n".join(lines), flush=True)  # noqa: T201  # what the program is for
    _say(f"listening on {url}; paste the lines above into a shell, stop with Ctrl-C")


def _log_to_stderr() -> None:
    # Only who asked for what: uvicorn's access lines show no headers, and so
    # no tokens.
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("uvicorn.access").setLevel(logging.INFO)


def _say(words: str) -> None:
    print(f"{_PROGRAM}: {words}", file=sys.stderr, flush=True)  # noqa: T201  # words go to stderr


if __name__ == "__main__":
    sys.exit(main())
