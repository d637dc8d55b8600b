"""Run the mock: `python -m apple_music_ratings_mock --port 8787`, or `… run -- COMMAND`.

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
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from .api.behaviors import Behaviors, describe_behaviors
from .api.developer_tokens import InvalidKeyError
from .service import MockService
from .serving.access_log import access_log, line_start
from .serving.environment import (
    ADMIN_TOKEN,
    choose_user,
    format_environment,
    make_environment,
    write_env_file,
)
from .serving.options import make_parser

_PACKAGE = "apple-music-ratings"
_PROGRAM = "python -m apple_music_ratings_mock"


def main(
    arguments: Sequence[str] | None = None,
    *,
    program: str = _PROGRAM,
    environ: Mapping[str, str] = os.environ,
) -> int:
    """Run the mock until Ctrl-C, or a command against it; return the exit code.

    Args:
        arguments: The command line; that of the process by default.
        program: The name of the program, for messages.
        environ: May contain an admin token; a command inherits it.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    runs_command = words[:1] == ["run"]
    if runs_command:
        words, program = words[1:], f"{program} run"
    parser = make_parser(program, runs_command=runs_command)
    options = parser.parse_args(words)
    command = _Command(parser, options, environ)
    return command.run() if runs_command else command.serve()


class _Command:
    """One run of the program."""

    def __init__(
        self,
        parser: argparse.ArgumentParser,
        options: argparse.Namespace,
        environ: Mapping[str, str],
    ) -> None:
        self._parser = parser
        self._options = options
        self._environ = environ

    def serve(self) -> int:
        """Serve until Ctrl-C."""
        options = self._options
        try:
            from .serving import server
        except ImportError as error:
            return self._cannot_serve(error)
        service = self._service()
        bound = self._bind()
        if bound is None:
            return 1
        admin_token = self._environ.get(ADMIN_TOKEN)
        is_loopback = server.is_loopback(bound)
        if not is_loopback:
            self._print("warning: other machines can reach this mock and read its data")
            admin_token = admin_token or secrets.token_urlsafe(24)
        _log_to_stderr(options.log_format)
        url = server.base_url(bound, "http" if options.certificate is None else "https")
        values = self._values(url, service, admin_token, is_loopback=is_loopback)

        def announce() -> None:
            for source in service.evidence:
                self._print(f"behaves as observed: {source}")
            print(format_environment(values, options.shell), flush=True)  # noqa: T201  # the output
            self._print(
                f"listening on {url} ({_describe(service, options.scenario)}); paste the lines "
                f"above into a shell, stop with Ctrl-C; dashboard: {url}/__admin/"
            )

        try:
            with bound:
                self._write_env_file(values)
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
            self._print("stopped")
        except OSError as error:
            self._print(f"cannot use {options.certificate} to serve HTTPS: {error}")
            return 1
        return 0

    def run(self) -> int:
        """Run a command against the mock, and report what it tested."""
        options = self._options
        try:
            from .serving.server import serve
        except ImportError as error:
            return self._cannot_serve(error)
        service = self._service()
        try:
            with serve(
                service,
                host=options.host,
                port=options.port,
                admin_token=self._environ.get(ADMIN_TOKEN),
                certificate=options.certificate,
                key=options.key,
            ) as url:
                admin_token = self._environ.get(ADMIN_TOKEN)
                values = self._values(url, service, admin_token, is_loopback=True)
                self._write_env_file(values)
                code = subprocess.run(  # noqa: S603  # the user's own command
                    options.command, env={**self._environ, **values}, check=False
                ).returncode
        except (OSError, ValueError) as error:
            self._print(f"cannot run {options.command[0]}: {error}")
            return 1
        return self._report(service) if code == 0 else code if code > 0 else 128 - code

    def _report(self, service: MockService) -> int:
        invalid = service.requests(verdict="invalid")
        coverage = service.coverage()
        for entry in invalid:
            self._print(f"invalid: {entry.method} {entry.target}: {entry.reason}")
        self._print(
            f"{coverage['operations']} operations: {coverage['ok']} ok, "
            f"{coverage['invalid']} invalid, {coverage['never']} not called"
        )
        return 1 if invalid else 0

    def _bind(self) -> socket.socket | None:
        from .serving import server

        options = self._options
        try:
            return server.bind(options.host, options.port)
        except (socket.gaierror, UnicodeError):
            self._parser.error(f"argument --host: {options.host!r} is not a known host")
        except OSError as error:
            self._print(_bind_advice(error, options.host, options.port))
            return None

    def _values(
        self, url: str, service: MockService, admin_token: str | None, *, is_loopback: bool
    ) -> dict[str, str]:
        options = self._options
        if options.public_key is not None:
            self._print(
                f"developer tokens are verified with {options.public_key}: the mock cannot sign "
                "one, so sign your own with its private key"
            )
        fresh = f"mock-user-{secrets.token_hex(8)}"
        chosen = choose_user(service.initial_users, is_loopback=is_loopback, fresh=fresh)
        return make_environment(
            url,
            developer_token=service.developer_token() if options.public_key is None else None,
            user=options.user or chosen,
            admin_token=admin_token,
        )

    def _write_env_file(self, values: Mapping[str, str]) -> None:
        file: Path | None = self._options.env_file
        if file is None:
            return
        try:
            write_env_file(file, values)
        except OSError as error:
            self._parser.error(f"argument --env-file: cannot write {file}: {error.strerror}")

    def _service(self) -> MockService:
        options = self._options
        file: Path | None = options.public_key
        try:
            public_key = None if file is None else file.read_bytes()
        except OSError as error:
            self._parser.error(f"argument --public-key: cannot read {file}: {error.strerror}")
        named = {each.name: getattr(options, each.name) for each in describe_behaviors()}
        changed = {name: value for name, value in named.items() if value is not None}
        try:
            service = self._make_service(public_key, changed)
        except InvalidKeyError as error:
            self._parser.error(f"argument --public-key: {file}: {error}")
        except ImportError as error:
            install = "pip install 'apple-music-ratings[mock]'"
            self._parser.error(f"argument --scenario: needs {error.name}; run: {install}")
        except ValueError as error:
            self._parser.error(str(error))
        followed = service.behaviors.as_mapping()
        for name, value in changed.items():
            if str(followed[name] or "off") != value:
                option = f"--{name.replace('_', '-')}"
                contradiction = f"{value} contradicts --evidence: {followed[name]}"
                self._parser.error(f"argument {option}: {contradiction}")
        return service

    def _make_service(self, public_key: bytes | None, behaviors: dict[str, str]) -> MockService:
        options = self._options
        if options.scenario is None:
            return MockService(
                behaviors=Behaviors.from_mapping(behaviors),
                public_key=public_key,
                evidence=options.evidence,
                seed=options.seed or 0,
                advice=options.advice,
            )
        return MockService.from_scenario(
            options.scenario,
            behaviors=behaviors,
            public_key=public_key,
            evidence=options.evidence,
            seed=options.seed,
            advice=options.advice,
        )

    def _cannot_serve(self, error: ImportError) -> int:
        install = "pip install 'apple-music-ratings[mock]'"
        self._print(f"cannot serve without {error.name}; run: {install}")
        return 1

    def _print(self, message: str) -> None:
        print(f"{self._parser.prog}: {message}", file=sys.stderr, flush=True)  # noqa: T201  # messages


def _bind_advice(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is in use; "
            "stop the program that uses it, or use any free one with --port 0"
        )
    return f"cannot listen on port {port} of {host}: {error.strerror}; try another --host or --port"


class _JsonLines(logging.Formatter):
    """Formats each record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        members = line_start(record.created, record.levelname.lower())
        return json.dumps(members | {"message": record.getMessage()})


def _log_to_stderr(form: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if form == "json" else logging.Formatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _describe(service: MockService, scenario: str | None) -> str:
    """Return the version, the scenario, and the behaviors that are not the default."""
    usual = Behaviors().as_mapping()
    values = service.behaviors.as_mapping().items()
    changed = [f"{name} {value}" for name, value in values if value != usual[name]]
    return ", ".join([f"version {version(_PACKAGE)}", f"scenario {scenario or 'empty'}", *changed])


if __name__ == "__main__":
    sys.exit(main())
