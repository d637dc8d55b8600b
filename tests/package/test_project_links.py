"""The metadata of the package with the address of the repository, and without it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

import check_package
import pytest
from hatchling.metadata.core import ProjectMetadata
from hatchling.metadata.spec import construct_metadata_file_2_4
from hatchling.plugin.manager import PluginManager

REPOSITORY = "https://git.example/someone/ratings"

Build = Callable[[str], Message]


@pytest.fixture
def build(root: Path) -> Build:
    """Builds the metadata of the checkout, as if this were the setting."""

    def metadata(repository: str) -> Message:
        config = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
        config["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"] = repository
        built = ProjectMetadata(str(root), PluginManager(), config)
        return HeaderParser().parsestr(construct_metadata_file_2_4(built))

    return metadata


def test_without_a_repository_there_are_no_urls_and_the_readme_is_unchanged(
    build: Build, root: Path
) -> None:
    """No address is made up."""
    metadata = build("")

    assert metadata["Project-URL"] is None
    assert metadata["Dynamic"] is None
    assert metadata.get_payload() == (root / "README.md").read_text("utf-8")
    assert check_package.link_problems(metadata, "") == []


def test_with_a_repository_every_link_is_absolute(build: Build, root: Path) -> None:
    """The README's links lead to the files of the release, and each of these exists."""
    metadata = build(REPOSITORY)
    files = f"{REPOSITORY}/blob/v{metadata['Version']}"
    payload = str(metadata.get_payload())
    linked = [part.partition(")")[0] for part in payload.split(f"]({files}/")[1:]]

    assert metadata.get_all("Project-URL") == [
        f"Homepage, {REPOSITORY}",
        f"Source, {REPOSITORY}",
        f"Documentation, {files}/docs/index.md",
        f"Changelog, {files}/CHANGELOG.md",
        f"Issues, {REPOSITORY}/issues",
    ]
    assert {"docs/tutorial.md", "openapi.yaml", "SECURITY.md"} <= set(linked)
    assert [name for name in linked if not (root / name).is_file()] == []
    assert payload.replace(f"]({files}/", "](") == (root / "README.md").read_text("utf-8")
    assert check_package.link_problems(metadata, REPOSITORY) == []


@pytest.mark.parametrize(
    ("built", "setting", "problems"),
    [
        ("", REPOSITORY, ["the project URLs are {}", "the README in the metadata has relative"]),
        (REPOSITORY, "", ["the project URLs are {'Homepage'"]),
    ],
)
def test_metadata_that_differs_from_the_setting_fails(
    build: Build, built: str, setting: str, problems: list[str]
) -> None:
    """`make build` compares what was built with the setting."""
    found = check_package.link_problems(build(built), setting)

    assert [line[: len(start)] for line, start in zip(found, problems, strict=True)] == problems


@pytest.mark.parametrize(
    "repository", ["git.example/ratings", "http://git.example/ratings", f"{REPOSITORY}/"]
)
def test_repository_in_another_form_stops_the_build(build: Build, repository: str) -> None:
    """The message shows the form."""
    with pytest.raises(ValueError, match="https://host/path"):
        build(repository)
