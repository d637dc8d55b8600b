from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.sign_ins import DEVELOPER_TOKEN, USER_TOKEN, FakeKeyring

from apple_music_ratings import ConfigurationError, RatingsClient
from apple_music_ratings.profiles.store import Profile, TokenStore

WORK = Profile(
    music_user_token=USER_TOKEN, key_file="keys/a.p8", key_id="TESTKEY001", team_id="TESTTEAM01"
)
HOME = Profile(music_user_token="other-user", developer_token=DEVELOPER_TOKEN)


def a_store(folder: Path, keyring: FakeKeyring | None = None) -> TokenStore:
    """Build a store in this folder."""
    backend: Any = keyring
    return TokenStore(folder=folder, keyring=backend)


def mode(path: Path) -> int:
    """Give the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is not there yet."""
    return tmp_path / "config" / "profiles"


@pytest.fixture(params=["keyring", "file"])
def store(request: pytest.FixtureRequest, folder: Path) -> TokenStore:
    """A store of each kind."""
    return a_store(folder, FakeKeyring() if request.param == "keyring" else None)


def test_profile_comes_back_as_it_was_kept(store: TokenStore) -> None:
    """Each under its own name."""
    store.save("work", WORK)
    store.save("home", HOME)

    assert store.load("work") == WORK
    assert store.load("home") == HOME
    assert store.load("other") is None


def test_profile_is_replaced_as_a_whole(store: TokenStore) -> None:
    """Nothing of the old one stays behind."""
    store.save("work", WORK)
    store.save("work", HOME)

    assert store.load("work") == HOME


def test_profile_is_removed(store: TokenStore) -> None:
    """And only that one; a second time there is nothing to remove."""
    store.save("work", WORK)
    store.save("home", HOME)

    assert store.delete("work") is True
    assert store.delete("work") is False
    assert store.load("work") is None
    assert store.load("home") == HOME


@pytest.mark.parametrize("name", ["../work", "a/b", "", "Work"])
def test_name_that_leads_elsewhere_is_refused(store: TokenStore, name: str) -> None:
    """For reading, writing and removing."""
    calls: list[Callable[[str], object]] = [
        store.load,
        store.delete,
        lambda name: store.save(name, WORK),
    ]

    for call in calls:
        with pytest.raises(ConfigurationError, match="cannot name a profile"):
            call(name)


def test_file_is_for_its_owner_alone(folder: Path) -> None:
    """The folder too; and nothing but the file is left in it."""
    a_store(folder).save("work", WORK)
    (path,) = folder.iterdir()

    assert path.name == "work.json"
    assert mode(path) == 0o600
    assert mode(folder) == 0o700
    assert json.loads(path.read_text())["music_user_token"] == USER_TOKEN


@pytest.mark.parametrize("others", [0o640, 0o604, 0o620, 0o602, 0o666, 0o601])
def test_file_that_others_can_read_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, others: int
) -> None:
    """Or write. After the command it is read again."""
    store = a_store(tmp_path / "my tokens")
    store.save("work", WORK)
    path = tmp_path / "my tokens" / "work.json"
    path.chmod(others)

    with pytest.raises(ConfigurationError) as caught:
        store.load("work")
    command = str(caught.value).partition("Run: ")[2]
    assert command == f"chmod 600 '{path}'"
    assert USER_TOKEN not in str(caught.value)
    subprocess.run(["sh", "-c", command], check=True)  # noqa: S603, S607  # what a person would do
    assert store.load("work") == WORK


def test_keeping_anew_mends_the_permissions(folder: Path) -> None:
    """The file is a new one."""
    store = a_store(folder)
    store.save("work", WORK)
    (folder / "work.json").chmod(0o644)
    store.save("work", HOME)

    assert mode(folder / "work.json") == 0o600
    assert store.load("work") == HOME


def test_file_is_written_whole_or_not_at_all(folder: Path) -> None:
    """What cannot take its place leaves nothing behind."""
    (folder / "work.json").mkdir(parents=True)

    with pytest.raises(ConfigurationError, match=r"work\.json cannot be written: "):
        a_store(folder).save("work", WORK)
    assert [path.name for path in folder.iterdir()] == ["work.json"]


def test_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    """A file stands in its place, for instance."""
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match=r"cannot be written: Not a directory"):
        a_store(tmp_path / "file" / "profiles").save("work", WORK)


@pytest.mark.parametrize("verb", ["read", "removed"])
def test_file_that_is_a_folder_is_explained(folder: Path, verb: str) -> None:
    """With what the system says."""
    (folder / "work.json").mkdir(parents=True, mode=0o700)
    store = a_store(folder)

    with pytest.raises(ConfigurationError, match=rf"work\.json cannot be {verb}: "):
        store.load("work") if verb == "read" else store.delete("work")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"music_user_token": 7}',
        b'{"unknown": "field"}',
        b"\xff\xfe",
        b"[" * 100_000,
        b"null",
    ],
)
def test_damaged_file_is_refused_and_not_shown(folder: Path, content: bytes) -> None:
    """With the command that makes room for a new one."""
    folder.mkdir(parents=True)
    path = folder / "work.json"
    path.touch(mode=0o600)
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match="--profile work logout") as caught:
        a_store(folder).load("work")
    assert content == b"" or content.decode("latin-1") not in str(caught.value)


def test_working_keyring_is_used_and_no_file_is_written(folder: Path) -> None:
    """One entry a profile."""
    keyring = FakeKeyring()
    store = a_store(folder, keyring)
    store.save("work", WORK)

    assert keyring.document("work")["key_id"] == "TESTKEY001"
    assert not folder.exists()
    assert store.location == "the system's keyring"


@pytest.mark.parametrize("priority", [-1, 0, 0.5])
def test_keyring_that_is_none_or_not_safe_is_passed_over(folder: Path, priority: float) -> None:
    """Keyring marks its stand-ins, and what keeps plain text, with a priority below one."""
    keyring = FakeKeyring(priority=priority)
    store = a_store(folder, keyring)
    store.save("work", WORK)

    assert keyring.asked == 0
    assert store.load("work") == WORK
    assert store.location == str(folder)


def test_file_from_before_the_keyring_is_read_and_then_replaced(folder: Path) -> None:
    """There is one truth again, and one place less with a secret."""
    a_store(folder).save("work", WORK)
    store = a_store(folder, FakeKeyring())

    assert store.load("work") == WORK
    store.save("work", HOME)
    assert list(folder.iterdir()) == []
    assert store.load("work") == HOME


def test_removing_reaches_both_places(folder: Path) -> None:
    """Whichever the tokens are in."""
    keyring = FakeKeyring()
    a_store(folder).save("work", WORK)
    store = a_store(folder, keyring)

    assert store.delete("work") is True
    assert store.load("work") is None


@pytest.mark.parametrize("verb", ["read", "written", "removed"])
def test_locked_keyring_is_explained(folder: Path, verb: str) -> None:
    """With the way out, and without falling back in silence."""
    store = a_store(folder, FakeKeyring(is_locked=True))
    calls: dict[str, Callable[[], object]] = {
        "read": lambda: store.load("work"),
        "written": lambda: store.save("work", WORK),
        "removed": lambda: store.delete("work"),
    }

    with pytest.raises(ConfigurationError, match="it is locked") as caught:
        calls[verb]()
    assert "APPLE_MUSIC_TOKEN_FOLDER" in str(caught.value)
    assert not folder.exists()


def test_keyring_that_refuses_is_explained(folder: Path) -> None:
    """By the name that keyring has for it."""
    keyring = FakeKeyring()
    store = a_store(folder, keyring)
    store.save("work", WORK)
    keyring.is_read_only = True

    with pytest.raises(ConfigurationError, match=r"written .* PasswordSetError"):
        store.save("work", HOME)
    with pytest.raises(ConfigurationError, match=r"written .* PasswordDeleteError"):
        store.delete("work")


def test_folder_of_the_environment_keeps_the_keyring_out(tmp_path: Path) -> None:
    """For machines without a person."""
    store = TokenStore.from_env({"APPLE_MUSIC_TOKEN_FOLDER": f" {tmp_path} "})

    assert store.location == str(tmp_path)


def run_python(code: str, **environ: str) -> str:
    """Run code in a Python of its own, with these variables."""
    done = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", code],
        env=os.environ | environ,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.strip()


def test_user_s_own_folder_is_taken_where_there_is_no_keyring(tmp_path: Path) -> None:
    """As the system has it."""
    place = run_python(
        "from apple_music_ratings.profiles.store import TokenStore\n"
        "print(TokenStore.from_env({}).location)",
        PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring",
        XDG_CONFIG_HOME=str(tmp_path),
        HOME=str(tmp_path),
    )

    assert Path(place).name == "profiles"
    assert Path(place).is_relative_to(tmp_path)


def test_missing_package_is_named() -> None:
    """With the command that installs it."""
    said = run_python(
        "import sys\n"
        "sys.modules['keyring'] = None\n"
        "from apple_music_ratings import RatingsClient\n"
        "try: RatingsClient.from_env(environ={}, profile='work')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )

    assert said.startswith("ConfigurationError Kept tokens need keyring")
    assert "pip install 'apple-music-ratings[cli]'" in said


def test_profile_that_is_not_needed_loads_nothing() -> None:
    """Neither keyring nor server."""
    said = run_python(
        "import sys\n"
        "import apple_music_ratings\n"
        "before = set(sys.modules)\n"
        "apple_music_ratings.RatingsClient.from_env(profile='work').close()\n"
        "print(*sorted(set(sys.modules) - before))",
        APPLE_MUSIC_TOKEN_FOLDER="missing",
        APPLE_MUSIC_DEVELOPER_TOKEN=DEVELOPER_TOKEN,
        APPLE_MUSIC_USER_TOKEN=USER_TOKEN,
    )

    assert "apple_music_ratings.login" not in said
    assert "keyring" not in said


def test_client_reads_the_profile_that_is_named(tmp_path: Path) -> None:
    """And no other, and none when none is named."""
    environ = {"APPLE_MUSIC_TOKEN_FOLDER": str(tmp_path)}
    a_store(tmp_path).save("home", HOME)

    RatingsClient.from_env(environ=environ, profile="home").close()
    with pytest.raises(ConfigurationError, match="'work'"):
        RatingsClient.from_env(environ=environ, profile="work")
    with pytest.raises(ConfigurationError, match="APPLE_MUSIC_DEVELOPER_TOKEN is not set"):
        RatingsClient.from_env(environ=environ)
