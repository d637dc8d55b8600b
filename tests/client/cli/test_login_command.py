from __future__ import annotations

import json
import os
import pty
import re
import signal
import stat
import sys
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from attrs import evolve
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER_TOKEN = "0.UserOfTest/with+signs/in+it=="


@pytest.fixture
def newcomer(user: Any) -> Any:
    """A user with a developer token and no Music User Token, who keeps tokens in a folder."""
    environ = user.environ | {"APPLE_MUSIC_TOKEN_FOLDER": str(user.folder / "tokens")}
    del environ["APPLE_MUSIC_USER_TOKEN"]
    return evolve(user, environ=environ)


def with_variables(user: Any, **variables: str | None) -> Any:
    """Change the variables of a user; `None` takes one away."""
    changed = user.environ | variables
    return evolve(user, environ={name: value for name, value in changed.items() if value})


def kept(user: Any, name: str = "default") -> Any:
    """Read what is kept."""
    return json.loads((user.folder / "tokens" / f"{name}.json").read_text())


def a_key(folder: Path) -> Path:
    """Write a key as Apple hands it out."""
    path = folder / "AuthKey TEST.p8"
    path.touch(mode=0o600)
    path.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def play_the_page(link: str) -> dict[str, Any]:
    """Do what the page does when the user signs in, and give what it was handed."""
    origin, _, secret = link.strip().partition("/#")
    headers = {"Origin": origin}
    with httpx.Client(base_url=origin, headers=headers, trust_env=False) as page:
        opened: dict[str, Any] = page.post("/session", json={"secret": secret}).json()
        response = page.post("/token", json={"secret": opened["secret"], "token": USER_TOKEN})
    assert response.status_code == 200
    return opened


# A browser of the kind that BROWSER names: it gets the link, and does what the page does.
BROWSER = """\
import json, sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

from urllib.request import urlopen
file = urlopen(sys.argv[1]).read().decode()
assert "#" not in sys.argv[1]
link = urlsplit(file.partition("url=")[2].partition('"')[0])
origin = f"http://{link.netloc}"

def post(path, **fields):
    connection = HTTPConnection(link.netloc)
    headers = {"Origin": origin, "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(fields), headers)
    return json.load(connection.getresponse())

opened = post("/session", secret=link.fragment)
post("/token", secret=opened["secret"], token="%s")
"""


def test_sign_in_on_the_page_keeps_the_token(newcomer: Any) -> None:
    """The link is all of stdout, and no secret but its own is printed."""
    with newcomer.start("login", "--no-browser", stdout=-1, stderr=-1, text=True) as program:
        opened = play_the_page(program.stdout.readline())
        out, err = program.communicate()

    path = newcomer.folder / "tokens" / "default.json"
    assert program.returncode == 0, err
    assert opened["developer_token"] == newcomer.environ["APPLE_MUSIC_DEVELOPER_TOKEN"]
    assert opened["app"]["name"] == "apple-music-ratings"
    assert kept(newcomer) == {"music_user_token": USER_TOKEN}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert out == ""
    assert USER_TOKEN not in err
    assert "apple-music-ratings doctor" in err


def test_browser_is_opened(newcomer: Any) -> None:
    """The one that BROWSER names gets a file, so that the link is on no command line."""
    script = newcomer.file("browser.py", BROWSER % USER_TOKEN)
    user = with_variables(newcomer, BROWSER=f"{sys.executable} {script} %s")
    ended = user.run_apart("login")

    assert ended.code == 0, ended.err
    assert kept(user) == {"music_user_token": USER_TOKEN}
    assert "#" not in ended.err
    assert ended.out == ""


def test_link_is_printed_where_no_browser_opens(newcomer: Any) -> None:
    """A user does not wait for a window that never opens."""
    user = with_variables(newcomer, PATH=str(newcomer.folder), BROWSER=None)
    with user.start("login", stdout=-1, stderr=-1, text=True) as program:
        play_the_page(program.stdout.readline())
        _out, err = program.communicate()

    assert program.returncode == 0, err
    assert "No browser could be opened here." in err


def test_ctrl_c_ends_the_page(newcomer: Any) -> None:
    """With the code of an interruption, and nothing kept."""
    with newcomer.start("login", "--no-browser", stdout=-1, stderr=-1, text=True) as program:
        link = program.stdout.readline()
        program.send_signal(signal.SIGINT)
        _out, err = program.communicate()

    assert link.startswith("http://127.0.0.1:")
    assert program.returncode == 130
    assert err.endswith("Interrupted.\n")
    assert not (newcomer.folder / "tokens").exists()


def test_page_ends_by_itself(newcomer: Any) -> None:
    """After five minutes, or as long as was asked for."""
    ended = newcomer.run("login", "--no-browser", "--minutes", "0.0001")

    assert ended.code == 1
    assert "No sign-in within" in ended.err


def test_invalid_wait_is_rejected(newcomer: Any) -> None:
    """With a usage error that names the option, before any page opens."""
    for minutes in ("0", "-1", "61", "nan", "inf", "many"):
        ended = newcomer.run("login", "--no-browser", "--minutes", minutes)

        assert ended.code == 2
        assert ended.out == ""
        assert "--minutes" in ended.err


def test_page_waits_five_minutes(newcomer: Any) -> None:
    """By default; the page shows how long."""
    with newcomer.start("login", "--no-browser", stdout=-1, stderr=-1, text=True) as program:
        opened = play_the_page(program.stdout.readline())
        program.communicate()

    assert 200 < opened["seconds_left"] <= 300


def test_key_is_kept_with_the_token_and_used_afterwards(newcomer: Any) -> None:
    """Its place and its ids; then no variable is needed any more."""
    path = a_key(newcomer.folder)
    user = with_variables(newcomer, APPLE_MUSIC_DEVELOPER_TOKEN=None)
    options = ["--key-file", str(path), "--key-id", "TESTKEY001", "--team-id", "TESTTEAM01"]
    ended = user.run_apart("login", "--paste", *options, stdin=f"{USER_TOKEN}\n")

    assert ended.code == 0, ended.err
    assert kept(user) == {
        "music_user_token": USER_TOKEN,
        "key_file": str(path),
        "key_id": "TESTKEY001",
        "team_id": "TESTTEAM01",
    }
    assert user.run("like", "songs/907242702").code == 0
    assert user.service.get_rating(USER_TOKEN, "songs", "907242702") == 1


def test_key_of_the_options_signs_for_the_page(newcomer: Any) -> None:
    """In the place of a ready-made token of the environment."""
    path = a_key(newcomer.folder)
    options = ["--key-file", str(path), "--key-id", "TESTKEY001", "--team-id", "TESTTEAM01"]
    with newcomer.start(
        "login", "--no-browser", *options, stdout=-1, stderr=-1, text=True
    ) as program:
        opened = play_the_page(program.stdout.readline())
        program.communicate()

    assert opened["developer_token"] != newcomer.environ["APPLE_MUSIC_DEVELOPER_TOKEN"]
    assert kept(newcomer)["key_id"] == "TESTKEY001"


def test_path_of_the_key_is_kept_in_full(newcomer: Any) -> None:
    """The next command may run in another folder."""
    path = a_key(newcomer.folder)
    options = ["--key-file", os.path.relpath(path), "--key-id", "TESTKEY001"]
    ended = newcomer.run_apart(
        "login", "--paste", *options, "--team-id", "TESTTEAM01", stdin=USER_TOKEN
    )

    assert ended.code == 0, ended.err
    assert Path(kept(newcomer)["key_file"]).samefile(path)
    assert Path(kept(newcomer)["key_file"]).is_absolute()


def test_developer_token_of_the_environment_is_kept_when_asked_for(newcomer: Any) -> None:
    """Ready-made, as it is."""
    ended = newcomer.run_apart("login", "--paste", "--save-developer-token", stdin=USER_TOKEN)
    user = with_variables(newcomer, APPLE_MUSIC_DEVELOPER_TOKEN=None)

    assert ended.code == 0, ended.err
    assert user.run("get", "songs/907242702").code == 0


def test_key_itself_is_not_kept(newcomer: Any) -> None:
    """Only where it is."""
    user = with_variables(
        newcomer,
        APPLE_MUSIC_DEVELOPER_TOKEN=None,
        APPLE_MUSIC_PRIVATE_KEY=a_key(newcomer.folder).read_text(),
        APPLE_MUSIC_KEY_ID="TESTKEY001",
        APPLE_MUSIC_TEAM_ID="TESTTEAM01",
    )
    ended = user.run_apart("login", "--paste", "--save-developer-token", stdin=USER_TOKEN)

    assert ended.code == 1
    assert "--key-file" in ended.err
    assert "BEGIN" not in ended.err
    assert not (newcomer.folder / "tokens").exists()


def test_page_is_not_opened_without_a_good_developer_token(newcomer: Any) -> None:
    """Apple would reject it only after the user had clicked."""
    cases: list[tuple[dict[str, str | None], str]] = [
        ({"APPLE_MUSIC_DEVELOPER_TOKEN": None}, "`apple-music-ratings login --key-file`"),
        ({"APPLE_MUSIC_DEVELOPER_TOKEN": "head.claims.signature"}, "Apple would reject"),
    ]
    for variables, message in cases:
        ended = with_variables(newcomer, **variables).run("login", "--no-browser")

        assert ended.code == 1
        assert message in ended.err
        assert ended.out == ""


def test_token_limited_to_web_pages_is_left_to_apple(newcomer: Any) -> None:
    """The page may be one of them; its other errors are still reported."""
    path = a_key(newcomer.folder)
    options = ["--key-file", str(path), "--key-id", "TESTKEY001", "--team-id", "TESTTEAM01"]
    limited = newcomer.run("developer-token", *options, "--origin", "http://127.0.0.1").out.strip()
    claims = jwt.decode(limited, options={"verify_signature": False}) | {"exp": 1_700_000_000}
    expired = jwt.encode(claims, path.read_text(), "ES256", headers={"kid": "TESTKEY001"})
    ends = [
        with_variables(newcomer, APPLE_MUSIC_DEVELOPER_TOKEN=token).run(
            "login", "--no-browser", "--minutes", "0.0001"
        )
        for token in (limited, expired)
    ]

    assert ends[0].err.startswith("Open this link in a browser on this machine.")
    assert "expired" in ends[1].err


def test_pasted_token_is_kept(newcomer: Any) -> None:
    """From standard input too, for a program; under the profile that was named."""
    ended = newcomer.run_apart("--profile", "family", "login", "--paste", stdin=f" {USER_TOKEN}\n")

    assert ended.code == 0, ended.err
    assert kept(newcomer, "family") == {"music_user_token": USER_TOKEN}
    assert USER_TOKEN not in ended.out + ended.err
    assert "--profile family doctor" in ended.err


def test_pasted_token_is_not_shown(newcomer: Any) -> None:
    """A terminal is asked with a hidden prompt."""
    ours, theirs = pty.openpty()
    # A session of its own, or it would ask at the terminal where the tests run.
    with newcomer.start(
        "login", "--paste", stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as program:
        os.close(theirs)
        shown = b""
        while b"Token:" not in shown:
            shown += os.read(ours, 4096)
        os.write(ours, f"{USER_TOKEN}\n".encode())
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:
            pass  # Linux says so when the other end is closed.
    os.close(ours)

    assert program.returncode == 0
    assert kept(newcomer) == {"music_user_token": USER_TOKEN}
    assert USER_TOKEN.encode() not in shown


def test_invalid_pasted_token_is_rejected(newcomer: Any) -> None:
    """And nothing is kept."""
    for pasted in ("", "\n", "two words\n"):
        ended = newcomer.run_apart("login", "--paste", stdin=pasted)

        assert ended.code == 1
        assert "Music User Token" in ended.err
        assert not (newcomer.folder / "tokens").exists()


def test_file_that_others_can_read_is_not_used(newcomer: Any) -> None:
    """By no command, until the command that is shown has been run."""
    newcomer.run_apart("login", "--paste", stdin=USER_TOKEN)
    path = newcomer.folder / "tokens" / "default.json"
    path.chmod(0o644)
    ended = newcomer.run("get", "songs/907242702")

    assert ended.code == 1
    assert f"chmod 600 {path}" in ended.err
    path.chmod(0o600)
    assert newcomer.run("get", "songs/907242702").code == 0


def test_profiles_are_different_people(newcomer: Any) -> None:
    """Each likes for themselves."""
    for name in ("one", "two"):
        newcomer.run_apart("--profile", name, "login", "--paste", stdin=f"{newcomer.token}-{name}")
    newcomer.run("--profile", "one", "like", "songs/907242702")
    ratings = [
        newcomer.service.get_rating(f"{newcomer.token}-{name}", "songs", "907242702")
        for name in ("one", "two")
    ]

    assert ratings == [1, None]


def test_environment_comes_before_the_profile(newcomer: Any) -> None:
    """A variable is nearer to the user than what was kept long ago."""
    newcomer.run_apart("login", "--paste", stdin=USER_TOKEN)
    user = with_variables(newcomer, APPLE_MUSIC_USER_TOKEN=newcomer.token)
    user.run("like", "songs/1151618586")

    assert user.rating("songs/1151618586") == 1


def test_logout_removes_what_was_kept(newcomer: Any) -> None:
    """Of one profile; a second time there is nothing."""
    for name in ("one", "two"):
        newcomer.run_apart("--profile", name, "login", "--paste", stdin=USER_TOKEN)
    first = newcomer.run("--profile", "one", "logout")
    second = newcomer.run("--profile", "one", "logout")

    assert (first.code, second.code) == (0, 0)
    assert re.search("Removed .* 'one'", first.err)
    assert re.search("'one' does not exist", second.err)
    assert [path.name for path in (newcomer.folder / "tokens").iterdir()] == ["two.json"]


def test_invalid_name_is_rejected(newcomer: Any) -> None:
    """Before anything is read or written."""
    for command in ("login", "logout", "doctor", "get"):
        more = ["songs/907242702"] if command == "get" else []
        ended = newcomer.run("--profile", "../x", command, *more)

        assert ended.code == 1
        assert "is not a valid profile name" in ended.err + ended.out
