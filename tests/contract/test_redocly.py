"""Redocly's strictest rules find nothing in the contract."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import apple_music_ratings_mock

# The linter reports its use and asks for newer releases by default.
OFFLINE = {
    "REDOCLY_TELEMETRY": "off",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "NO_COLOR": "1",
}
ADMIN = Path(apple_music_ratings_mock.__file__).with_name("serving") / "admin-openapi.yaml"


@pytest.fixture(scope="module")
def redocly(root: Path) -> str:
    """The linter, wanted wherever Node is at hand and always in CI."""
    search = os.pathsep.join([str(root / "node_modules" / ".bin"), os.environ.get("PATH", "")])
    program = shutil.which("redocly", path=search)
    if program is None and os.environ.get("CI"):
        pytest.fail("CI must have Redocly: no `redocly` on PATH or in node_modules/.bin")
    if program is None:
        pytest.skip("Redocly needs Node: no `redocly` on PATH or in node_modules/.bin")
    return program


def lint(redocly: str, contract: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Lint a contract in a folder that holds no settings."""
    return subprocess.run(  # noqa: S603  # a program that the developer installed
        [redocly, "lint", "--extends=recommended-strict", str(contract)],
        env=os.environ | OFFLINE,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("contract", ["openapi.yaml", ADMIN])
def test_contract_passes_the_strictest_rules(
    redocly: str, root: Path, tmp_path: Path, contract: str
) -> None:
    """Nothing is found by rules that count every warning as an error."""
    result = lint(redocly, root / contract, tmp_path)

    assert result.returncode == 0, result.stdout + result.stderr


def test_linter_finds_a_fault(redocly: str, root: Path, tmp_path: Path) -> None:
    """The same call rejects a contract whose example breaks its own schema."""
    broken = (root / "openapi.yaml").read_text("utf-8").replace("example: en-US", "example: 1", 1)
    (tmp_path / "openapi.yaml").write_text(broken, "utf-8")

    assert lint(redocly, tmp_path / "openapi.yaml", tmp_path).returncode == 1
