"""Machines that are set up in unusual ways: each is one line that names the variable."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from attrs import field, frozen

# Runs commands in children of one process, so that each has the variables of its own.
PROGRAM = """
import contextlib, json, os, sys
# What the commands import, once.
import jwt, keyring, platformdirs
import apple_music_ratings.doctor.storage, apple_music_ratings._http.transport_choice
from apple_music_ratings.cli import app, exporting, main, rating, tokens

def run(case):
    for name in case["unset"]:
        os.environ.pop(name, None)
    os.environ.update(case["set"])
    if case["is_unknown_user"]:
        os.getuid = lambda: 54321
    if case["stdout"] == "closed":
        os.close(1)
        sys.stdout = None
    elif case["stdout"]:
        os.dup2(os.open(case["stdout"], os.O_WRONLY), 1)
    sys.argv = ["apple-music-ratings", *case["arguments"]]
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(ValueError):  # closed
            stream.flush()
    return code

results = []
for case in json.load(sys.stdin):
    sys.stdout.flush()
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        os.close(writer)
        try:
            os._exit(run(case))
        except BaseException:
            import traceback
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(99)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    results.append([os.waitstatus_to_exitcode(os.wait()[1]), text])
print(json.dumps(results))
"""
FOLDERS = ("APPLE_MUSIC_TOKEN_FOLDER", "APPLE_MUSIC_JOURNAL", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
ELSEWHERE = {"APPLE_MUSIC_BASE_URL": "https://service.invalid"}


@frozen
class Setup:
    """A machine, what it is used for, and the word that names what is wrong with it.

    Args:
        variables: The variables that are set.
        names: What the messages of the command and of `doctor` contain.
        command: A command that cannot work there.
        unset: The variables that are not set.
        is_unknown_user: Whether the user has no entry in the list of users.
    """

    variables: dict[str, str]
    names: str
    command: str = "get songs/1"
    unset: tuple[str, ...] = ()
    is_unknown_user: bool = field(default=False, kw_only=True)


BROKEN = {
    "no certificate file": Setup({"SSL_CERT_FILE": "/nonexistent.pem"}, "SSL_CERT_FILE"),
    "empty certificate file": Setup({"SSL_CERT_FILE": "/dev/null"}, "SSL_CERT_FILE"),
    "no certificate folder": Setup({"SSL_CERT_DIR": "/nonexistent"}, "SSL_CERT_DIR"),
    "unknown keyring": Setup(
        {"PYTHON_KEYRING_BACKEND": "nonsense"}, "PYTHON_KEYRING_BACKEND", "logout", FOLDERS
    ),
    "keyring without a name": Setup(
        {"PYTHON_KEYRING_BACKEND": ""}, "PYTHON_KEYRING_BACKEND", "logout", FOLDERS
    ),
    "home that cannot be written": Setup(
        {"HOME": "/proc", **NO_KEYRING}, "APPLE_MUSIC_JOURNAL", "like songs/1", FOLDERS
    ),
    "no home": Setup(
        NO_KEYRING,
        "HOME is not set",
        "like songs/1",
        ("HOME", *FOLDERS),
        is_unknown_user=True,
    ),
    "journal that cannot be written": Setup(
        {"APPLE_MUSIC_JOURNAL": "/proc/x/j"}, "APPLE_MUSIC_JOURNAL", "like songs/1"
    ),
    "token folder that is a file": Setup(
        {"APPLE_MUSIC_TOKEN_FOLDER": "/dev/null"}, "APPLE_MUSIC_TOKEN_FOLDER", "logout"
    ),
    "address without a scheme": Setup(
        {"APPLE_MUSIC_BASE_URL": "127.0.0.1:8787"},
        "APPLE_MUSIC_BASE_URL: The base URL '127.0.0.1:8787' has no scheme; write http://127",
    ),
    "http elsewhere": Setup(
        {"APPLE_MUSIC_BASE_URL": "http://mock:8787"}, "APPLE_MUSIC_ALLOW_HTTP_HOSTS=mock"
    ),
    "address with a port that does not exist": Setup(
        {"APPLE_MUSIC_BASE_URL": "http://127.0.0.1:99999"}, "APPLE_MUSIC_BASE_URL"
    ),
    "ambiguous proxy": Setup({"ALL_PROXY": "socks://127.0.0.1:9", **ELSEWHERE}, "ALL_PROXY"),
    "proxy with a port that does not exist": Setup(
        {"HTTPS_PROXY": "http://127.0.0.1:99999", **ELSEWHERE}, "HTTPS_PROXY"
    ),
}


def run_all(user: Any, *cases: dict[str, Any]) -> list[tuple[int, str]]:
    """Run commands, each with variables of its own, and return how each ended."""
    given = {"set": {}, "unset": [], "is_unknown_user": False, "stdout": None}
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([given | case for case in cases]),
        capture_output=True,
        text=True,
        env=user.environ,
        check=True,
    )
    return [(code, text) for code, text in json.loads(done.stdout)]


def test_broken_environment_is_named_by_commands_and_doctor(user: Any) -> None:
    """In one line, with the variable to change; never with a traceback."""
    cases = [
        {
            "set": setup.variables,
            "unset": setup.unset,
            "is_unknown_user": setup.is_unknown_user,
            "arguments": words.split(),
        }
        for setup in BROKEN.values()
        for words in (setup.command, "doctor")
    ]
    ended = run_all(user, *cases)
    commands = dict(zip(BROKEN, ended[::2], strict=True))
    doctors = dict(zip(BROKEN, ended[1::2], strict=True))

    for name, setup in BROKEN.items():
        code, text = commands[name]
        assert (code, text.count("\n"), text[:7]) == (1, 1, "Error: "), (name, text)
        assert setup.names in text, name
        code, text = doctors[name]
        assert code == 1, (name, text)
        assert setup.names in text, name
        assert "Traceback" not in text


def test_empty_variables_count_as_missing(user: Any) -> None:
    """As `docker --env-file` and CI set them."""
    names = ("SSL_CERT_FILE", "SSL_CERT_DIR", "ALL_PROXY", "HTTP_PROXY", "NO_PROXY")
    empty = dict.fromkeys((*names, "APPLE_MUSIC_ALLOW_HTTP_HOSTS", "APPLE_MUSIC_PRIVATE_KEY"), "")

    ((code, text),) = run_all(user, {"set": empty, "arguments": ["get", "songs/1"]})

    assert (code, text) == (0, "songs/1\tnone\n")


@pytest.mark.parametrize("stdout", ["/dev/full", "closed"])
def test_standard_output_that_cannot_be_written_is_a_failure(user: Any, stdout: str) -> None:
    """In one line; also for the help, which click prints."""
    commands = ["get songs/1", "export songs/1", "doctor", "contract", "--help", "--version"]
    ended = run_all(user, *({"stdout": stdout, "arguments": words.split()} for words in commands))

    assert {code for code, _ in ended} == {1}
    assert all("Error: Standard output cannot be written: " in text for _, text in ended)
    assert not [text for _, text in ended if "Traceback" in text or "written:" not in text]


def test_result_of_a_write_is_reported_without_standard_output(user: Any) -> None:
    """On stderr: whether it was sent; a full disk is a failure all the same."""
    closed, full, shown = run_all(
        user,
        {"stdout": "closed", "arguments": ["like", "songs/1"]},
        {"stdout": "/dev/full", "arguments": ["dislike", "songs/2"]},
        {"arguments": ["export", "songs/1", "-o", "/dev/stdout"]},
    )

    assert (closed[0], closed[1].splitlines()[0], user.rating("songs/1")) == (0, "1 done.", 1)
    assert (full[0], user.rating("songs/2")) == (1, -1)
    assert full[1].startswith("1 done.")
    assert "Error: Standard output cannot be written: No space left" in full[1]
    assert shown[1].splitlines()[1] == "songs,1,like,,,,"
