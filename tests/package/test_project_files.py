"""Workflows, hooks and forms: they call what exists, and may do no more than they need."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = [
    path
    for path in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
    if path.name != "config.yml"
]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
# What a workflow may run beside our own targets and scripts.
ALLOWED = {'git config --global --add safe.directory "$GITHUB_WORKSPACE"'}
# Write permissions would allow publishing, or changing the repository.
FIRST_PARTY_READ = {"contents": "read"}


def read(path: Path) -> dict[Any, Any]:
    """Read a YAML file."""
    found: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield every job with its workflow and name."""
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield path.name, name, job


def steps() -> Iterator[dict[str, Any]]:
    """Yield every step of every job."""
    for _, _, job in jobs():
        yield from job["steps"]


def unknown_words(command: str) -> list[str]:
    """Find what a command calls and what is not there."""
    if command in ALLOWED:
        return []
    first, *words = command.split()
    if first == "make":
        return [word for word in words if not word.startswith("--") and word not in TARGETS]
    script = ROOT / first
    is_ours = (
        first.startswith((".ci/", "scripts/")) and script.is_file() and os.access(script, os.X_OK)
    )
    return [] if is_ours else [first]


def test_there_are_workflows() -> None:
    """For a push, for a release, and once a week."""
    assert [path.stem for path in WORKFLOWS] == ["audit", "release", "test"]


def test_workflows_run_our_targets_and_scripts_only() -> None:
    """Developers and CI run the same commands."""
    commands = [step["run"].strip() for step in steps() if "run" in step]

    assert commands
    assert [word for command in commands for word in unknown_words(command)] == []


@pytest.mark.parametrize(
    "command", ["make tset", "scripts/missing", "pip install x", "scripts/smoke.py"]
)
def test_command_that_is_not_ours_is_found(command: str) -> None:
    """The check above can fail."""
    assert unknown_words(command)


def test_actions_are_pinned_by_their_whole_hash_with_the_version_beside_it() -> None:
    """A tag can be moved to other code; a hash cannot."""
    lines = [
        line.strip()
        for path in WORKFLOWS
        for line in path.read_text("utf-8").splitlines()
        if "uses:" in line
    ]
    form = re.compile(r"- uses: [\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*")

    assert len(lines) >= 5
    assert [line for line in lines if not form.fullmatch(line)] == []


def test_jobs_may_do_no_more_than_they_need() -> None:
    """Nothing by default; reading to check out; and an identity to publish, with nothing else."""
    assert [read(path)["permissions"] for path in WORKFLOWS] == [{}] * 3
    for workflow, name, job in jobs():
        is_publishing = (workflow, name) == ("release.yml", "publish")
        expected = {"id-token": "write"} if is_publishing else FIRST_PARTY_READ

        assert job["permissions"] == expected
        assert ("environment" in job) is is_publishing
        assert job["timeout-minutes"] <= 30


def test_credentials_are_not_left_in_the_checkout() -> None:
    """What runs later cannot use them."""
    checkouts = [step for step in steps() if "actions/checkout@" in step.get("uses", "")]

    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_what_is_published_is_what_was_tested() -> None:
    """One build, handed on; the publishing job has no checkout to build from."""
    release = read(ROOT / ".github" / "workflows" / "release.yml")
    build, publish = release["jobs"]["build"], release["jobs"]["publish"]
    runs = [step.get("run", "") for step in build["steps"]]
    uses = [step.get("uses", "").partition("@")[0] for step in publish["steps"]]

    assert publish["needs"] == "build"
    assert 'scripts/check-tag "$GITHUB_REF_NAME"' in runs
    assert "make package verify-types test-wheel sbom" in runs
    assert uses == ["actions/download-artifact", "pypa/gh-action-pypi-publish"]
    # YAML reads the word `on` as true.
    assert release[True] == {"push": {"tags": ["v*"]}}


def test_bill_of_materials_is_kept_apart_from_what_is_published() -> None:
    """The index accepts distributions only."""
    release = read(ROOT / ".github" / "workflows" / "release.yml")["jobs"]
    build, publish = release["build"]["steps"], release["publish"]["steps"]
    kept = {
        step["with"]["name"]: step["with"]["path"].split()
        for step in build
        if "actions/upload-artifact@" in step.get("uses", "")
    }
    downloaded = [
        step["with"]["name"] for step in publish if "actions/download-artifact@" in step["uses"]
    ]

    assert kept == {"dist": ["dist/*.whl", "dist/*.tar.gz"], "sbom": ["dist/*.cdx.json"]}
    assert downloaded == ["dist"]
    assert '--output-file "$dist/$name.cdx.json"' in (ROOT / "scripts" / "sbom").read_text("utf-8")


def test_tool_of_the_bill_of_materials_is_pinned_exactly() -> None:
    """In a group of its own, which the script installs."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]

    assert [re.sub(r"==[\d.]+", "", line) for line in groups["sbom"]] == ["cyclonedx-bom"]
    assert "--group sbom" in (ROOT / "scripts" / "sbom").read_text("utf-8")


def test_workflow_tests_the_supported_pythons() -> None:
    """All on main, the oldest and the newest elsewhere, as the classifiers say."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    prefix = "Programming Language :: Python :: 3."
    versions = [
        f"3.{line.removeprefix(prefix)}"
        for line in project["classifiers"]
        if line.startswith(prefix)
    ]
    test = read(ROOT / ".github" / "workflows" / "test.yml")
    (on_main, elsewhere) = re.findall(
        r"'(\[.*?\])'", test["jobs"]["run"]["strategy"]["matrix"]["python"]
    )

    assert yaml.safe_load(on_main) == versions
    assert yaml.safe_load(elsewhere) == [versions[0], versions[-1]]


def test_vulnerabilities_are_looked_for_every_week() -> None:
    """In what is pinned here, and in the lowest versions that users may have."""
    audit = read(ROOT / ".github" / "workflows" / "audit.yml")
    script = (ROOT / "scripts" / "audit").read_text("utf-8")

    assert re.fullmatch(r"\d+ \d+ \* \* \d", audit[True]["schedule"][0]["cron"])
    assert [step["run"] for step in audit["jobs"]["audit"]["steps"] if "run" in step] == [
        "make audit"
    ]
    assert 'scripts/constraints.txt "$folder/lowest.txt"' in script


def test_dependabot_watches_actions_and_packages() -> None:
    """Both wait a week, since a bad release is often withdrawn by then."""
    updates = read(ROOT / ".github" / "dependabot.yml")["updates"]

    assert [each["package-ecosystem"] for each in updates] == ["github-actions", "pip"]
    assert all(each["cooldown"]["default-days"] == 7 for each in updates)


def test_hooks_call_targets_that_exist() -> None:
    """Their tools are those of the environment, so no version is pinned twice."""
    (repository,) = read(ROOT / ".pre-commit-config.yaml")["repos"]

    assert repository["repo"] == "local"
    assert [word for hook in repository["hooks"] for word in unknown_words(hook["entry"])] == []


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_form_asks_for_what_is_needed(path: Path) -> None:
    """With a name, and fields of which each has an id of its own and a label."""
    form = read(path)
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    ids = [field["id"] for field in fields]

    assert form["name"]
    assert form["description"]
    assert all(field["attributes"]["label"] for field in fields)
    assert any(field.get("validations", {}).get("required") for field in fields)
    assert len(set(ids)) == len(ids)


def test_form_about_apple_asks_for_evidence() -> None:
    """What was sent, what came back, when, and how often."""
    form = read(ROOT / ".github" / "ISSUE_TEMPLATE" / "apple-differs.yml")
    required = {
        field["id"] for field in form["body"] if field.get("validations", {}).get("required")
    }

    assert required >= {"operation", "request", "response", "contract", "seen-at", "repeated"}
