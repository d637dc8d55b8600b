from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from threading import Timer

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from apple_music_ratings_mock.__main__ import main
from apple_music_ratings_mock.serving.environment import (
    SHELLS,
    choose_user,
    format_environment,
)

COMMAND = [sys.executable, "-m", "apple_music_ratings_mock"]


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command for as long as the block lasts."""
    # A pipe is buffered, unless the environment of these tests says otherwise.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    process = subprocess.Popen(  # noqa: S603  # our own program
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    # Ends a test that would wait for a line indefinitely.
    last_resort = Timer(30, process.kill)
    last_resort.start()
    try:
        yield process
    finally:
        last_resort.cancel()
        process.kill()
        process.communicate(timeout=30)


def read_exports(process: subprocess.Popen[str], count: int) -> dict[str, str]:
    """Read this many lines of stdout, and return the variables that they set."""
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(count)]
    matches = [re.fullmatch(r"export (APPLE_MUSIC_[A-Z_]+)=([\w.:/-]+)\n", line) for line in lines]
    return {match[1]: match[2] for match in matches if match}


def test_printed_lines_are_all_it_takes() -> None:
    """With the three values a client is served at once, and Ctrl-C ends with 0."""
    with running("--port", "0") as process:
        values = read_exports(process, 3)
        headers = {
            "Authorization": f"Bearer {values['APPLE_MUSIC_DEVELOPER_TOKEN']}",
            "Music-User-Token": values["APPLE_MUSIC_USER_TOKEN"],
        }
        url = f"{values['APPLE_MUSIC_BASE_URL']}/v1/me/ratings/songs/907242702"
        put = httpx.put(url, json={"attributes": {"value": 1}}, headers=headers, trust_env=False)
        process.send_signal(signal.SIGINT)
        more_out, messages = process.communicate(timeout=30)

    assert put.status_code == 200
    assert process.returncode == 0
    assert more_out == ""
    assert "listening on http://127.0.0.1:" in messages
    assert f"(version {version('apple-music-ratings')}, scenario empty);" in messages
    assert '"PUT /v1/me/ratings/songs/907242702 HTTP/1.1" 200' in messages
    assert "Traceback" not in messages
    assert headers["Authorization"] not in messages


def test_with_a_public_key_the_reader_signs(tmp_path: Path) -> None:
    """Two lines are printed, and messages say where the third comes from."""
    file = tmp_path / "public.pem"
    public_key = ec.generate_private_key(ec.SECP256R1()).public_key()
    file.write_bytes(public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    with running("--port", "0", "--public-key", str(file)) as process:
        values = read_exports(process, 2)
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=30)

    assert values.keys() == {"APPLE_MUSIC_BASE_URL", "APPLE_MUSIC_USER_TOKEN"}
    assert "sign your own with its private key" in messages


def test_options_reach_the_service() -> None:
    """Documented bodies are served when asked for, and other hosts are warned of."""
    with running("--port", "0", "--error-bodies", "documented", "--host", "0.0.0.0") as process:  # noqa: S104
        values = read_exports(process, 3)
        response = httpx.get(f"{values['APPLE_MUSIC_BASE_URL']}/v1/test", trust_env=False)
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=30)

    assert (response.status_code, response.content) == (401, b"{}")
    assert "other machines can reach this mock" in messages


def test_command_gets_the_variables_and_an_invalid_request_fails_it(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The command needs nothing else, and a request that the mock calls invalid is reported."""
    file = tmp_path / "mock.env"
    program = (
        "import os, httpx\n"
        "headers = {'Authorization': 'Bearer ' + os.environ['APPLE_MUSIC_DEVELOPER_TOKEN'],\n"
        "           'Music-User-Token': os.environ['APPLE_MUSIC_USER_TOKEN']}\n"
        "url = os.environ['APPLE_MUSIC_BASE_URL'] + '/v1/me/ratings/songs/'\n"
        "print(httpx.get(url + '907242702', headers=headers, trust_env=False).json()['data'])\n"
        "print(httpx.put(url + '1', headers=headers, trust_env=False).status_code)\n"
    )
    command = ["run", "--scenario", "small-library", "--env-file", str(file)]
    code = main([*command, "--", sys.executable, "-c", program])
    out, err = capfd.readouterr()

    assert code == 1
    assert "'value': 1" in out
    assert "invalid: PUT /v1/me/ratings/songs/1: PUT has no body" in err
    assert "APPLE_MUSIC_USER_TOKEN=mock-user\n" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_variables_have_the_form_of_each_shell() -> None:
    """POSIX shells, fish and PowerShell set variables in different ways."""
    forms = [format_environment({"A": "b"}, shell) for shell in SHELLS]

    assert forms == ["export A=b", "set -gx A b", '$env:A = "b"']


def test_user_is_fixed_on_loopback() -> None:
    """It is the scenario's first active user, `mock-user`, or a new one if others can connect."""
    users = ({"token": "gone", "status": "revoked"}, {"token": "anna"})
    chosen = [
        choose_user(users, is_loopback=False, fresh="new"),
        choose_user((), is_loopback=True, fresh="new"),
        choose_user((), is_loopback=False, fresh="new"),
    ]

    assert chosen == ["anna", "mock-user", "new"]


def test_usage_error_is_one_line_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    """No usage text before it, and the closest option, value or scenario after it."""
    mistakes = {
        "--sceanrio x": "did you mean --scenario?",
        "--missing-user-token 404": "did you mean 40",
        "--artists acepted": "did you mean accepted?",
        "--scenario smal-library": "did you mean 'small-library'?",
        "--port 99999": "'99999' is not a port",
    }
    offenders = []
    for arguments, hint in mistakes.items():
        with pytest.raises(SystemExit):
            main(arguments.split())
        message = capsys.readouterr().err
        if hint not in message or message.count("\n") != 1:
            offenders.append((arguments, message))

    assert not offenders


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--port", "-1"], "'-1' is not a port"),
        (["--port", "65536"], "'65536' is not a port"),
        (["--port", "http"], "'http' is not a port"),
        (["--port", "\u0663"], "is not a port"),
        (["--port", "1" * 5000], "is not a port"),
        (["--error-bodies", "real"], "invalid choice"),
        (["--id-check", "none"], "invalid choice"),
        (["--host", "host.invalid"], "'host.invalid' is not a known host"),
        (["--host", "a" * 300], "is not a known host"),
        (["--public-key", "no/such/file.pem"], "cannot read no/such/file.pem: No such file"),
        (["--public-key", __file__], "not a public key in PEM form"),
    ],
)
def test_wrong_use_ends_with_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    """A usage error is reported on stderr, and no variables are printed."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    out, err = capsys.readouterr()
    assert caught.value.code == 2
    assert complaint in err
    assert out == ""


def test_taken_port_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    """The message says what, where and what next."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = main(["--port", str(port)])

    assert code == 1
    assert f"port {port} on 127.0.0.1 is in use" in capsys.readouterr().err


def test_foreign_address_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    """An address of another machine cannot be listened on."""
    code = main(["--host", "192.0.2.1", "--port", "0"])

    assert code == 1
    assert "cannot listen on port 0 of 192.0.2.1" in capsys.readouterr().err


def modules_after(statement: str) -> set[str]:
    """Return the modules of the mock and its dependencies that a statement imports."""
    program = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        f"{statement}\n"
        "print(*(set(sys.modules) - before))"
    )
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.split())


def test_service_imports_neither_server_nor_keys() -> None:
    """Servers, transports and cryptography are imported when they are used."""
    loaded = modules_after("from apple_music_ratings_mock import MockService")

    package = "apple_music_ratings_mock"
    assert f"{package}.service" in loaded
    assert not {name for name in loaded if name.startswith(f"{package}.serving")}
    assert not loaded & {"uvicorn", "httpx", "yaml", "jwt", f"{package}.api.keys"}


def test_requests_are_logged_as_they_are_asked_for() -> None:
    """Each response is a JSON object on a line of stderr, without tokens."""
    with running("--port", "0", "--log-format", "json") as process:
        values = read_exports(process, 3)
        headers = {"Authorization": f"Bearer {values['APPLE_MUSIC_DEVELOPER_TOKEN']}"}
        url = f"{values['APPLE_MUSIC_BASE_URL']}/v1/me/ratings/songs/1"
        httpx.get(url, headers=headers, trust_env=False)
        assert process.stderr is not None
        lines = [process.stderr.readline() for _ in range(2)]
        members = json.loads(lines[-1])

    assert (members["method"], members["status"]) == ("GET", 403)
    assert values["APPLE_MUSIC_DEVELOPER_TOKEN"] not in "".join(lines)
