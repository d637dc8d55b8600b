"""Run the mock: `python -m apple_music_ratings_mock --port 8787`.

Lines for a shell go to stdout, messages to stderr. Exit codes: 0 after Ctrl-C, 1 cannot run,
2 usage error.
"""

from __future__ import annotations

import argparse
import errno
import json
import logging
import os
import secrets
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .api.behaviors import Behaviors, describe_behaviors
from .api.developer_tokens import InvalidKeyError
from .service import MockService
from .serving.access_log import access_log, line_start

_PROGRAM = "python -m apple_music_ratings_mock"
_ADMIN_TOKEN = "APPLE_MUSIC_MOCK_ADMIN_TOKEN"  # noqa: S105  # the name of a variable

_EPILOG = f"""
If other machines can reach it, the admin API requires a token: {_ADMIN_TOKEN}, or a new one, which
is printed. Exit codes: 0 after Ctrl-C, 1 cannot run, 2 usage error.
"""


def main(
    arguments: Sequence[str] | None = None,
    *,
    program: str = _PROGRAM,
    environ: Mapping[str, str] = os.environ,
) -> int:
    """Run the mock until Ctrl-C, and return the exit code.

    Args:
        arguments: The command line; that of the process by default.
        program: The name of the program, for messages.
        environ: May contain an admin token.
    """
    parser = _parser(program)
    options = parser.parse_args(arguments)
    try:
        from .serving import server
    except ImportError as error:
        _say(f"cannot serve without {error.name}; run: pip install 'apple-music-ratings[mock]'")
        return 1
    service = _service(parser, options)
    try:
        bound = server.bind(options.host, options.port)
    except (socket.gaierror, UnicodeError):
        parser.error(f"argument --host: {options.host!r} is not a known host")
    except OSError as error:
        _say(_bind_advice(error, options.host, options.port))
        return 1
    url = server.base_url(bound, "http" if options.certificate is None else "https")
    admin_token = environ.get(_ADMIN_TOKEN)
    if not server.is_loopback(bound):
        _say("warning: other machines can reach this mock and read its data")
        admin_token = admin_token or secrets.token_urlsafe(24)
    _log_to_stderr(options.log_format)

    def announce() -> None:
        _announce(url, service, options.public_key, admin_token)

    try:
        with bound:
            server.run(
                service,
                bound,
                announce,
                admin_token=admin_token,
                certificate=options.certificate,
                key=options.key,
                log=access_log(options.log_format, sys.stderr),
            )
    except KeyboardInterrupt:
        _say("stopped")
    except OSError as error:
        _say(f"cannot use {options.certificate} to serve HTTPS: {error}")
        return 1
    return 0


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description=(
            "A stateful mock of Apple Music's ratings API, with an admin API and a dashboard "
            "under /__admin/. Prints environment variables for a shell."
        ),
        epilog=_EPILOG,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=_port, default=8787, help="0 for any free port (%(default)s)"
    )
    parser.add_argument(
        "--scenario",
        metavar="NAME|FILE",
        help="the starting state: empty, small-library, ten-thousand, expired-tokens, throttled, "
        "flaky, or a YAML file",
    )
    parser.add_argument(
        "--evidence",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="behave as an evidence file of `apple-music-ratings probe` says; repeatable",
    )
    parser.add_argument(
        "--seed", type=int, help="seeds the faults' randomness (the scenario's, or 0)"
    )
    parser.add_argument(
        "--public-key",
        type=Path,
        metavar="FILE",
        help="verify signatures of developer tokens with this P-256 public key (PEM)",
    )
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="serve HTTPS (PEM)")
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="the certificate's private key (PEM)"
    )
    parser.add_argument(
        "--log-format",
        choices=("text", "json"),
        default="text",
        help="log requests on stderr as text or as JSON lines (%(default)s)",
    )
    _add_switches(parser)
    return parser


def _add_switches(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "behaviors", "Undocumented behavior: the default and the evidence."
    )
    for each in describe_behaviors():
        text = f"{each.question} [{each.default}] Evidence: {each.evidence}"
        group.add_argument(
            f"--{each.name.replace('_', '-')}",
            choices=None if each.name == "max_ids" else each.values,
            metavar="N|off" if each.name == "max_ids" else None,
            help=text.replace("%", "%%"),
        )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 5 or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 0 to 65535")
    return int(text)


def _service(parser: argparse.ArgumentParser, options: argparse.Namespace) -> MockService:
    file: Path | None = options.public_key
    try:
        public_key = None if file is None else file.read_bytes()
    except OSError as error:
        parser.error(f"argument --public-key: cannot read {file}: {error.strerror}")
    changed = {each.name: getattr(options, each.name) for each in describe_behaviors()}
    behaviors = {name: value for name, value in changed.items() if value is not None}
    try:
        if options.scenario is None:
            service = MockService(
                behaviors=Behaviors.from_mapping(behaviors),
                public_key=public_key,
                evidence=options.evidence,
                seed=options.seed or 0,
            )
        else:
            service = MockService.from_scenario(
                options.scenario,
                behaviors=behaviors,
                public_key=public_key,
                evidence=options.evidence,
                seed=options.seed,
            )
    except InvalidKeyError as error:
        parser.error(f"argument --public-key: {file}: {error}")
    except ValueError as error:
        parser.error(str(error))
    followed = service.behaviors.as_mapping()
    for name, value in behaviors.items():
        if str(followed[name] or "off") != value:
            option = name.replace("_", "-")
            parser.error(f"argument --{option}: {value} contradicts --evidence: {followed[name]}")
    return service


def _bind_advice(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is in use; "
            "stop the program that uses it, or use any free one with --port 0"
        )
    return f"cannot listen on port {port} of {host}: {error.strerror}; try another --host or --port"


def _announce(
    url: str, service: MockService, public_key: Path | None, admin_token: str | None
) -> None:
    """Print the environment variables, now that the mock is listening."""
    for source in service.evidence:
        _say(f"behaves as observed: {source}")
    lines = [f"export APPLE_MUSIC_BASE_URL={url}"]
    if public_key is None:
        lines.append(f"export APPLE_MUSIC_DEVELOPER_TOKEN={service.developer_token()}")
    else:
        _say(
            f"developer tokens are verified with {public_key}: the mock cannot sign one, "
            "so sign your own with its private key"
        )
    lines.append(f"export APPLE_MUSIC_USER_TOKEN=mock-user-{secrets.token_hex(8)}")
    if admin_token is not None:
        lines.append(f"export {_ADMIN_TOKEN}={admin_token}")
    print("\n".join(lines), flush=True)  # noqa: T201  # the output
    _say(
        f"listening on {url}; paste the lines above into a shell, stop with Ctrl-C; "
        f"dashboard: {url}/__admin/"
    )


class _JsonLines(logging.Formatter):
    """Formats each record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        members = line_start(record.created, record.levelname.lower())
        return json.dumps(members | {"message": record.getMessage()})


def _log_to_stderr(form: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if form == "json" else logging.Formatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _say(message: str) -> None:
    print(f"{_PROGRAM}: {message}", file=sys.stderr, flush=True)  # noqa: T201  # messages go to stderr


if __name__ == "__main__":
    sys.exit(main())
