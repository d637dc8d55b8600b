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
from apple_music_ratings.profiles.token_files import _check_private

WORK = Profile(
    music_user_token=USER_TOKEN, key_file="keys/a.p8", key_id="TESTKEY001", team_id="TESTTEAM01"
)
HOME = Profile(music_user_token="other-user", developer_token=DEVELOPER_TOKEN)


def a_store(folder: Path, keyring: FakeKeyring | None = None) -> TokenStore:
    """Build a store in this folder."""
    backend: Any = keyring
    return TokenStore(folder=folder, keyring=backend)


def calls_of(store: TokenStore) -> list[Callable[[str], object]]:
    """Return the three methods, each to be called with a name."""
    return [store.load, store.delete, lambda name: store.save(name, WORK)]


def mode(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that does not exist yet."""
    return tmp_path / "config" / "profiles"


@pytest.fixture(params=["keyring", "file"])
def store(request: pytest.FixtureRequest, folder: Path) -> TokenStore:
    """A store of each kind."""
    return a_store(folder, FakeKeyring() if request.param == "keyring" else None)


def test_profile_is_loaded_as_it_was_saved(store: TokenStore) -> None:
    """Each under its own name."""
    store.save("work", WORK)
    store.save("home", HOME)

    assert store.load("work") == WORK
    assert store.load("home") == HOME
    assert store.load("other") is None


def test_profile_is_replaced_as_a_whole(store: TokenStore) -> None:
    """Nothing of the old one remains."""
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


def test_name_that_leads_elsewhere_is_invalid(store: TokenStore) -> None:
    """For reading, writing and removing; `test_credentials` has all the names."""
    for call in calls_of(store):
        with pytest.raises(ConfigurationError, match="is not a valid profile name"):
            call("../work")


def test_file_is_readable_by_its_owner_only(folder: Path) -> None:
    """The folder too; and nothing but the file is in it."""
    a_store(folder).save("work", WORK)
    (path,) = folder.iterdir()

    assert path.name == "work.json"
    assert mode(path) == 0o600
    assert mode(folder) == 0o700
    assert json.loads(path.read_text())["music_user_token"] == USER_TOKEN


def test_file_that_others_can_read_is_rejected_with_the_command_that_fixes_it(
    tmp_path: Path,
) -> None:
    """Or write. After the command it is read again."""
    store = a_store(tmp_path / "my tokens")
    store.save("work", WORK)
    path = tmp_path / "my tokens" / "work.json"
    for others in (0o640, 0o604, 0o620, 0o602, 0o666, 0o601):
        path.chmod(others)
        with pytest.raises(ConfigurationError) as caught:
            store.load("work")
        command = str(caught.value).partition("Run: ")[2]
        assert command == f"chmod 600 '{path}'"
        assert USER_TOKEN not in str(caught.value)
        subprocess.run(["sh", "-c", command], check=True)  # noqa: S603, S607  # as a user would
        assert store.load("work") == WORK


def test_folder_that_others_can_write_to_is_rejected(tmp_path: Path) -> None:
    """They could put their tokens there. A sticky folder protects each file."""
    folder = tmp_path / "my tokens"
    store = a_store(folder)
    store.save("work", WORK)
    for others in (0o777, 0o770, 0o702):
        folder.chmod(others)
        with pytest.raises(ConfigurationError, match="Other users can replace files") as caught:
            store.load("work")
        command = str(caught.value).partition("Run: ")[2]
        subprocess.run(["sh", "-c", command], check=True)  # noqa: S603, S607  # as a user would
        assert store.load("work") == WORK
    folder.chmod(0o1777)
    assert store.load("work") == WORK


def test_file_of_another_owner_is_rejected(tmp_path: Path) -> None:
    """Also for root, who could read it."""
    a_store(tmp_path).save("work", WORK)
    result = (tmp_path / "work.json").stat()
    folder = tmp_path.stat()
    other = os.stat_result((*result[:4], result.st_uid + 1, *result[5:]))

    with pytest.raises(ConfigurationError, match="belongs to another user"):
        _check_private(tmp_path / "work.json", other, folder)


def test_pipe_in_place_of_the_file_is_rejected_at_once(tmp_path: Path) -> None:
    """It would wait for a writer indefinitely."""
    os.mkfifo(tmp_path / "work.json", 0o600)

    with pytest.raises(ConfigurationError, match="is not a regular file"):
        a_store(tmp_path).load("work")


def test_folders_above_are_private_too(tmp_path: Path) -> None:
    """Whatever the umask is."""
    code = (
        "import os, pathlib; os.umask(0)\n"
        "from apple_music_ratings.profiles.store import Profile, TokenStore\n"
        "TokenStore.from_env(os.environ).save('work', Profile())"
    )
    run_python(code, APPLE_MUSIC_TOKEN_FOLDER=str(tmp_path / "a" / "b"))

    assert [mode(tmp_path / "a"), mode(tmp_path / "a" / "b")] == [0o700, 0o700]


def test_saving_again_fixes_the_permissions(folder: Path) -> None:
    """The file is a new one."""
    store = a_store(folder)
    store.save("work", WORK)
    (folder / "work.json").chmod(0o644)
    store.save("work", HOME)

    assert mode(folder / "work.json") == 0o600
    assert store.load("work") == HOME


def test_file_is_written_whole_or_not_at_all(folder: Path) -> None:
    """A failed write leaves no other file."""
    (folder / "work.json").mkdir(parents=True)

    with pytest.raises(ConfigurationError, match=r"work\.json cannot be written: "):
        a_store(folder).save("work", WORK)
    assert [path.name for path in folder.iterdir()] == ["work.json"]


def test_folder_that_cannot_be_created_is_explained(tmp_path: Path) -> None:
    """For instance because a file is in its place."""
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match=r"cannot be written: Not a directory"):
        a_store(tmp_path / "file" / "profiles").save("work", WORK)


def test_file_that_is_a_folder_is_explained(folder: Path) -> None:
    """For reading and removing."""
    (folder / "work.json").mkdir(parents=True, mode=0o700)
    store = a_store(folder)

    with pytest.raises(ConfigurationError, match=r"work\.json cannot be read: "):
        store.load("work")
    with pytest.raises(ConfigurationError, match=r"work\.json cannot be removed: "):
        store.delete("work")


CORRUPT = [
    b"",
    b"{",
    b"[]",
    b'{"music_user_token": 7}',
    b'{"unknown": "field"}',
    b"\xff\xfe",
    b"[" * 100_000,
    b"null",
]


def test_corrupt_file_is_reported_and_not_shown(folder: Path) -> None:
    """With the command that removes it."""
    folder.mkdir(parents=True, mode=0o700)
    path = folder / "work.json"
    path.touch(mode=0o600)
    for content in CORRUPT:
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


class BrokenKeyring(FakeKeyring):
    """A backend that cannot run here, and raises what it likes."""

    @property
    def priority(self) -> float:
        """Raise, as backends do."""
        raise RuntimeError("as scripted")

    @priority.setter
    def priority(self, value: float) -> None:
        """Ignore the value."""


def test_keyring_that_does_not_work_is_not_used(folder: Path) -> None:
    """Keyring marks placeholders and plain-text backends with a priority below one."""
    for keyring in (*(FakeKeyring(priority=value) for value in (-1, 0, 0.5)), BrokenKeyring()):
        store = a_store(folder, keyring)
        store.save("work", WORK)

        assert keyring.asked == 0
        assert store.load("work") == WORK
        assert store.location == str(folder)


def test_backend_that_raises_anything_is_explained(folder: Path) -> None:
    """Backends are plugins; D-Bus raises errors of its own."""

    class Raising(FakeKeyring):
        def _ask(self) -> None:
            raise OSError("as scripted")

    store = a_store(folder, Raising())
    for call in calls_of(store):
        with pytest.raises(ConfigurationError, match=r"OSError.*APPLE_MUSIC_TOKEN_FOLDER"):
            call("work")


def test_file_from_before_the_keyring_is_read_and_then_replaced(folder: Path) -> None:
    """One copy remains."""
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


def test_locked_keyring_is_explained(folder: Path) -> None:
    """It is never replaced by a file silently."""
    store = a_store(folder, FakeKeyring(is_locked=True))
    for call in calls_of(store):
        with pytest.raises(ConfigurationError, match="it is locked") as caught:
            call("work")

        assert "APPLE_MUSIC_TOKEN_FOLDER" in str(caught.value)
        assert not folder.exists()


def test_keyring_that_fails_is_explained(folder: Path) -> None:
    """By the name of its error."""
    keyring = FakeKeyring()
    store = a_store(folder, keyring)
    store.save("work", WORK)
    keyring.is_read_only = True

    with pytest.raises(ConfigurationError, match=r"written .* PasswordSetError"):
        store.save("work", HOME)
    with pytest.raises(ConfigurationError, match=r"written .* PasswordDeleteError"):
        store.delete("work")


def test_folder_of_the_environment_keeps_the_keyring_out(tmp_path: Path) -> None:
    """For machines without a desktop."""
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


def test_config_folder_of_the_user_is_used_without_a_keyring(tmp_path: Path) -> None:
    """The one of the system."""
    place = run_python(
        "from apple_music_ratings.profiles.store import TokenStore\n"
        "print(TokenStore.from_env({}).location)",
        PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring",
        XDG_CONFIG_HOME=str(tmp_path),
        HOME=str(tmp_path),
    )

    assert Path(place).name == "profiles"
    assert Path(place).is_relative_to(tmp_path)


def test_backend_that_cannot_be_loaded_is_named() -> None:
    """By its variable, which users set for other programs."""
    code = (
        "import os\n"
        "from apple_music_ratings.profiles.store import TokenStore\n"
        "try: TokenStore.from_env(os.environ)\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    for name in ("keyrings.cryptfile.cryptfile.CryptFileKeyring", "nonsense", "json.JSONDecoder"):
        message = run_python(code, PYTHON_KEYRING_BACKEND=name)

        assert message.startswith(f"ConfigurationError PYTHON_KEYRING_BACKEND names '{name}'")
        assert "APPLE_MUSIC_TOKEN_FOLDER" in message


def test_unknown_home_is_explained() -> None:
    """As in a container that runs as a user without an entry."""
    code = (
        "import os, pwd\n"
        "from apple_music_ratings.profiles.store import TokenStore\n"
        "os.getuid = lambda: 54321\n"
        "os.environ.pop('HOME'); os.environ.pop('XDG_CONFIG_HOME', None)\n"
        "for environ in ({}, {'APPLE_MUSIC_TOKEN_FOLDER': '~/tokens'}):\n"
        "    try: TokenStore.from_env(environ)\n"
        "    except Exception as error: print(type(error).__name__, error)"
    )
    lines = run_python(code, PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring").splitlines()

    assert lines[0].startswith("ConfigurationError The home folder is unknown: HOME is not set.")
    assert lines[1].startswith("ConfigurationError APPLE_MUSIC_TOKEN_FOLDER starts with ~")


def test_profile_that_is_not_needed_loads_nothing() -> None:
    """Neither keyring nor server."""
    printed = run_python(
        "import sys\n"
        "import apple_music_ratings\n"
        "before = set(sys.modules)\n"
        "apple_music_ratings.RatingsClient.from_env(profile='work').close()\n"
        "print(*sorted(set(sys.modules) - before))",
        APPLE_MUSIC_TOKEN_FOLDER="missing",
        APPLE_MUSIC_DEVELOPER_TOKEN=DEVELOPER_TOKEN,
        APPLE_MUSIC_USER_TOKEN=USER_TOKEN,
    )

    assert "apple_music_ratings.login" not in printed
    assert "keyring" not in printed


def test_client_reads_the_profile_that_is_named(tmp_path: Path) -> None:
    """And no other; without a name, none."""
    environ = {"APPLE_MUSIC_TOKEN_FOLDER": str(tmp_path)}
    a_store(tmp_path).save("home", HOME)

    RatingsClient.from_env(environ=environ, profile="home").close()
    with pytest.raises(ConfigurationError, match="'work'"):
        RatingsClient.from_env(environ=environ, profile="work")
    with pytest.raises(ConfigurationError, match="APPLE_MUSIC_DEVELOPER_TOKEN is not set"):
        RatingsClient.from_env(environ=environ)
