"""The comparison of the contract with that of the last release."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import contract_changes
import pytest
import yaml
from support.contract import CONTRACT


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Return the contract with a change."""
    contract = deepcopy(CONTRACT)
    change(contract)
    return contract


def get_song(contract: dict[str, Any]) -> dict[str, Any]:
    """Return one operation."""
    operation: dict[str, Any] = contract["paths"]["/v1/me/ratings/songs/{id}"]["get"]
    return operation


def schemas(contract: dict[str, Any]) -> dict[str, Any]:
    """Return the schemas."""
    found: dict[str, Any] = contract["components"]["schemas"]
    return found


NEW_PARAMETER = {"name": "x", "in": "query", "required": True}
BREAKING: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda it: it["paths"].pop("/v1/test"), "GET /v1/test (testDeveloperToken) is gone"),
    (lambda it: get_song(it)["responses"].pop("404"), "has no response 404"),
    (lambda it: get_song(it)["parameters"].pop(), "has no parameter query extend"),
    (lambda it: get_song(it)["parameters"].append(NEW_PARAMETER), "requires parameter query x"),
    (lambda it: schemas(it).pop("Artwork"), "schema Artwork is gone"),
    (lambda it: schemas(it)["RatingValue"]["enum"].pop(0), "schema RatingValue has no value -1"),
    (lambda it: schemas(it)["Error"]["required"].append("id"), "schema Error requires id"),
    (lambda it: schemas(it)["Error"]["properties"].pop("id"), "schema Error has no property id"),
    (
        lambda it: schemas(it)["Error"]["properties"]["id"].update(type="integer"),
        "schema Error has another type of id",
    ),
]


def test_every_kind_of_breaking_change_is_found() -> None:
    """Each is reported alone, and an addition or another description is none."""
    found = [contract_changes.breaking_changes(CONTRACT, changed(change)) for change, _ in BREAKING]
    added = changed(lambda it: schemas(it)["Error"]["properties"].update(meta={"type": "object"}))

    assert [len(each) for each in found] == [1] * len(BREAKING)
    assert all(each[0].endswith(end) for each, (_, end) in zip(found, BREAKING, strict=True))
    assert contract_changes.breaking_changes(CONTRACT, added) == []


def test_version_follows_the_change() -> None:
    """A breaking change raises the first number, any other change the second or third one."""
    major = int(CONTRACT["info"]["version"].split(".")[0])

    def versioned(version: str, change: Callable[[dict[str, Any]], object]) -> str | None:
        new = changed(change)
        new["info"]["version"] = version
        return contract_changes.version_error(CONTRACT, new)

    remove, describe = BREAKING[0][0], lambda it: it["info"].update(summary="Other.")
    same, next_major = CONTRACT["info"]["version"], f"{major + 1}.0.0"

    assert contract_changes.version_error(CONTRACT, CONTRACT) is None
    assert versioned(same, describe) == f"a change needs a version above {same}"
    assert versioned(f"{major}.999.0", describe) is None
    assert versioned(f"{major}.999.0", remove) == f"a breaking change needs version {next_major}"
    assert versioned(next_major, remove) is None


def test_breaking_change_fails_until_the_changelog_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The check passes if the version is raised and the changelog names the broken place."""

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
        command = ["git", *identity, *arguments]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)  # noqa: S603  # git

    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(CONTRACT), "utf-8")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "Release")
    git("tag", "v0.1.0")
    new = changed(lambda it: schemas(it)["Error"]["properties"].pop("messageForDisplay"))
    new["info"]["version"] = "99.0.0"
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(new), "utf-8")
    changelog = tmp_path / "CHANGELOG.md"

    changelog.write_text("\n## Unreleased\n\n- Nothing.\n\n## 0.1.0\n", "utf-8")
    unnamed = contract_changes.main("v0.1.0", tmp_path)
    message = capsys.readouterr().err
    changelog.write_text("\n## Unreleased\n\n- `messageForDisplay` is gone.\n", "utf-8")
    named = contract_changes.main("v0.1.0", tmp_path)

    assert (unnamed, named) == (1, 0)
    assert message == ("openapi.yaml: CHANGELOG.md, Unreleased, does not name messageForDisplay.\n")
    assert contract_changes.main(None, tmp_path) == 0
