"""`make api-changes` on a small repository of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import api_changes
import pytest

BEFORE = "def like(item): ...\ndef dislike(item): ...\n"
AFTER = "def like(item, value): ...\ndef dislike(item): ...\ndef added(): ...\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A checkout with both packages and one commit."""
    for package in api_changes.PACKAGES:
        folder = tmp_path / "overlays" / package
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
    (tmp_path / "overlays" / "apple_music_ratings" / "__init__.py").write_text(BEFORE)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- like\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "All")
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    """Run git with an author of its own."""
    author = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True)  # noqa: S603, S607


def change(folder: Path, *, changelog: str) -> None:
    """Break `like`, and write the line of the changelog."""
    (folder / "overlays" / "apple_music_ratings" / "__init__.py").write_text(AFTER)
    page = folder / "CHANGELOG.md"
    page.write_text(page.read_text().replace("## Unreleased\n", f"## Unreleased\n\n{changelog}\n"))


def test_nothing_is_compared_before_the_first_release(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a tag it says so and succeeds."""
    assert api_changes.main(repository) == 0
    assert "no release tag yet" in capsys.readouterr().out


def test_breaking_change_must_be_in_the_changelog(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The entry of an earlier release does not count."""
    git(repository, "tag", "v0.1.0")
    change(repository, changelog="- Something else.")

    assert api_changes.main(repository) == 1
    printed = capsys.readouterr()
    assert "like(value): Parameter was added as required" in printed.out
    assert "does not name: like" in printed.err


def test_breaking_change_that_is_named_is_accepted(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An addition needs no entry here."""
    git(repository, "tag", "v0.1.0")
    change(repository, changelog="- **Client**: `like` takes a value.")

    assert api_changes.main(repository) == 0
    assert "1 breaking changes since v0.1.0" in capsys.readouterr().out
