from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from apple_music_ratings import Item, RatingsClient, RatingValue
from apple_music_ratings.journal import Journal
from apple_music_ratings.journal.private_files import give_to_owner_of_folder
from apple_music_ratings.profiles.store import Profile, TokenStore
from apple_music_ratings_mock import MockService

# A user that owns nothing else.
OTHER = 65_534


@contextmanager
def home_of_another_user() -> Iterator[Path]:
    """Provide an empty folder of another user, if we are root; else one of our own."""
    # Not a folder of pytest's, since only root may enter the folders above those.
    with TemporaryDirectory() as name:
        if os.geteuid() == 0:
            os.chown(name, OTHER, OTHER)
        yield Path(name)


@contextmanager
def as_owner_of(folder: Path) -> Iterator[None]:
    """Lay down root's privileges for a while."""
    user = os.geteuid()
    os.seteuid(folder.stat().st_uid)
    try:
        yield
    finally:
        os.seteuid(user)


def test_new_file_of_root_is_given_to_the_owner_of_the_folder() -> None:
    """Files in a folder of root, and those of other users, stay theirs."""
    given: list[tuple[Path, int, int]] = []
    with home_of_another_user() as home:
        for folder in (home, Path("/")):
            give_to_owner_of_folder(folder / "file", user=0, chown=lambda *them: given.append(them))
        give_to_owner_of_folder(home / "file", user=1000, chown=lambda *them: given.append(them))
        owner = home.stat()

    assert given == [(home / "file", owner.st_uid, owner.st_gid)]


def test_change_of_owner_that_is_not_permitted_is_ignored() -> None:
    """The root of some containers cannot change owners; the file stays theirs."""

    def reject(*_: object) -> None:
        raise PermissionError

    with home_of_another_user() as home:
        give_to_owner_of_folder(home / "file", user=0, chown=reject)


def test_user_can_use_what_root_has_saved_in_their_home() -> None:
    """Both tokens and a run that sudo has left unfinished, with the folders above them."""
    service = MockService()
    song = Item("songs", "1")
    with home_of_another_user() as home:
        tokens, journal = home / ".config" / "tokens", home / ".local" / "state" / "journal"
        client = RatingsClient(
            developer_token=service.developer_token(),
            music_user_token="a-user",
            transport=service.transport,
        )
        with Journal(journal) as opened:
            client.set_ratings([song], RatingValue.LIKE, journal=opened)
        TokenStore(folder=tokens, keyring=None).save("work", Profile(music_user_token="token"))
        owners = {path.stat().st_uid for path in home.rglob("*")}
        with as_owner_of(home):
            saved = TokenStore(folder=tokens, keyring=None).load("work")
            with Journal(journal) as opened:
                undo = client.plan_undo(opened, opened.runs()[0].name)

        assert owners == {home.stat().st_uid}
        assert saved == Profile(music_user_token="token")
        assert [step.item for step in undo.plan] == [song]
