from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from apple_music_ratings.cli.app import run
from apple_music_ratings_mock import MockService
from apple_music_ratings_mock.api.behaviors import describe_behaviors
from apple_music_ratings_mock.faults.kinds import FaultKind
from apple_music_ratings_mock.pytest_plugin import _MARKERS
from apple_music_ratings_mock.scenarios import NAMES
from apple_music_ratings_mock.scenarios.scenario import read_scenario
from apple_music_ratings_mock.serving.server import serve

DOCS = Path(__file__).parents[2] / "docs"
HOW_TO = (DOCS / "how-to" / "test-your-client.md").read_text("utf-8")
REFERENCE = (DOCS / "reference" / "mock.md").read_text("utf-8")


def block(name: str) -> str:
    """Return the block of the how-to with this name."""
    found = re.search(rf"<!-- run: {name} -->\n```\w+\n(.*?)```", HOW_TO, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def service() -> MockService:
    """The mock of the how-to."""
    return MockService.from_scenario("small-library")


@pytest.fixture
def programs(tmp_path: Path) -> str:
    """Where a reader's programs are; a stand-in for curl is among them if curl is not."""
    if shutil.which("curl"):
        return os.environ["PATH"]
    folder = tmp_path / "programs"
    folder.mkdir()
    script = Path(__file__).with_name("curl_stand_in.py")
    (folder / "curl").write_text(f"#!/bin/sh\nexec '{sys.executable}' '{script}' \"$@\"\n")
    (folder / "curl").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def environment(service: MockService, programs: str) -> Iterator[dict[str, str]]:
    """What a reader has after pasting the three lines."""
    with serve(service) as url:
        yield {
            "PATH": programs,
            "APPLE_MUSIC_BASE_URL": url,
            "APPLE_MUSIC_DEVELOPER_TOKEN": service.developer_token(),
            "APPLE_MUSIC_USER_TOKEN": "mock-user-of-the-reader",
        }


def output(command: list[str], environment: dict[str, str], folder: Path) -> str:
    """Run a program that ends well, and give what it prints."""
    result = subprocess.run(  # noqa: S603  # programs of the how-to
        command,
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_curl_of_the_how_to_rates(
    service: MockService,
    environment: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Five requests, of which the last is wrong, and the report says what the page shows."""
    out = output(["/bin/sh", "-c", block("curl")], environment, tmp_path)
    code = run(["mock", "report", environment["APPLE_MUSIC_BASE_URL"]], environ={})
    report, messages = capsys.readouterr()

    assert [line[-3:] for line in out.splitlines()] == ["200", "200", "200", "204", "400"]
    assert [entry.verdict for entry in service.requests()] == ["ok"] * 4 + ["invalid"]
    assert code == 1
    assert next(line for line in report.splitlines() if line.startswith("songs\t")) in HOW_TO
    assert next(line for line in report.splitlines() if line.startswith("invalid")) in HOW_TO
    assert messages.strip() in HOW_TO


def test_python_of_the_how_to_rates(
    service: MockService, environment: dict[str, str], tmp_path: Path
) -> None:
    """A client of another library sends only valid requests."""
    out = output([sys.executable, "-c", block("python")], environment, tmp_path)

    assert all(f"`{line}`" in HOW_TO for line in out.splitlines())
    assert {entry.verdict for entry in service.requests()} == {"ok"}


def test_typescript_of_the_how_to_rates(
    service: MockService, environment: dict[str, str], tmp_path: Path
) -> None:
    """A client without a library is valid; needs a Node that reads TypeScript."""
    if not _reads_typescript() and "CI" not in os.environ:
        pytest.skip("there is no node here that reads TypeScript")
    (tmp_path / "like.mts").write_text(block("typescript"))
    out = output(["node", "like.mts"], environment, tmp_path)

    assert "/v1/me/ratings/stations/ra.853851860" in out
    assert [entry.verdict for entry in service.requests()] == ["ok"]


def _reads_typescript() -> bool:
    node = shutil.which("node")
    if node is None:
        return False
    version = subprocess.run(  # noqa: S603  # node itself
        [node, "--version"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    major, minor = (int(part) for part in version.lstrip("v").split(".")[:2])
    return (major, minor) >= (22, 18)


def test_pytest_of_the_how_to_passes(tmp_path: Path) -> None:
    """The fixtures and markers work in a user's own tests."""
    (tmp_path / "test_mine.py").write_text(block("pytest"))
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    out = output(program, environment, tmp_path)

    assert "1 passed" in out


def test_faults_of_the_how_to_are_injected(
    service: MockService, environment: dict[str, str], tmp_path: Path
) -> None:
    """Each is injected in turn, and all are gone after the reset."""
    out = output(["/bin/sh", "-c", block("faults")], environment, tmp_path)

    assert '"number":1' in out
    assert '"number":2' in out
    assert service.faults == []


def test_reference_names_everything() -> None:
    """Behaviors with default and evidence, kinds of faults, scenarios and markers."""
    for each in describe_behaviors():
        positions = ", ".join(f"`{choice}`" for choice in each.values)
        cells = (f"`{each.name}`", positions, f"`{each.default}`", each.question, each.evidence)
        assert f"| {' | '.join(cells)} |" in REFERENCE
    for name in (*FaultKind, *NAMES):
        assert f"| `{name}` |" in REFERENCE
    for line in _MARKERS:
        assert f"@pytest.mark.{line.partition('(')[0]}(" in REFERENCE


def test_scenario_of_the_reference_can_be_read(tmp_path: Path) -> None:
    """The example is a file that works."""
    example = re.search(r"```yaml\n(.*?)```", REFERENCE, re.DOTALL)
    assert example is not None
    file = tmp_path / "example.yaml"
    file.write_text(example[1])

    assert read_scenario(file).behaviors.delete_unrated == "204"
