"""The environment variables of a client of the mock."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

ADMIN_TOKEN = "APPLE_MUSIC_MOCK_ADMIN_TOKEN"  # noqa: S105  # the name of a variable
SHELLS = ("sh", "fish", "powershell")
DEFAULT_USER = "mock-user"

_FORMS = {
    "sh": "export {}={}",
    "fish": "set -gx {} {}",
    "powershell": '$env:{} = "{}"',
}


def make_environment(
    url: str, *, developer_token: str | None, user: str, admin_token: str | None
) -> dict[str, str]:
    """Return the variables that the client and its command line read.

    Args:
        url: The base URL of the mock.
        developer_token: A developer token, if the mock can sign one.
        user: A Music User Token.
        admin_token: The token of the admin API, if it has one.
    """
    values = {
        "APPLE_MUSIC_BASE_URL": url,
        "APPLE_MUSIC_DEVELOPER_TOKEN": developer_token,
        "APPLE_MUSIC_USER_TOKEN": user,
        ADMIN_TOKEN: admin_token,
    }
    return {name: value for name, value in values.items() if value is not None}


def format_environment(values: Mapping[str, str], shell: str) -> str:
    """Return the lines that set the variables in a shell."""
    return "\n".join(_FORMS[shell].format(name, value) for name, value in values.items())


def write_env_file(file: Path, values: Mapping[str, str]) -> None:
    """Write the variables to a file that only its owner can read.

    Raises:
        OSError: The file cannot be written.
    """
    text = "".join(f"{name}={value}\n" for name, value in values.items())
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


def choose_user(users: object, *, is_loopback: bool, fresh: str) -> str:
    """Return the Music User Token to print.

    Args:
        users: The users of the scenario; the first active one is the scenario's user.
        is_loopback: Whether only this machine can reach the mock; then the token is fixed, so that
            a shell keeps it when the mock restarts.
        fresh: The token to use if other machines can reach it.
    """
    for user in users if isinstance(users, tuple) else ():
        if user.get("status", "active") == "active":
            return str(user["token"])
    return DEFAULT_USER if is_loopback else fresh
