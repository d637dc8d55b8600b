"""The TypeScript samples of the contract page run against the mock; the reader runs the others."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.pages import ROOT, blocks

from apple_music_ratings_mock import MockService
from apple_music_ratings_mock.serving.server import serve

PAGE = ROOT / "docs" / "reference" / "contract.md"
SAMPLES = [each for each in blocks(PAGE) if each.mark == ("run", "contract samples")]
# The oldest Node that runs TypeScript directly.
OLDEST_NODE = (22, 18)


def version_of(node: str) -> tuple[int, ...]:
    """Return the major and the minor version."""
    printed = subprocess.run(  # noqa: S603  # node itself
        [node, "--version"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    return tuple(int(each) for each in re.findall(r"\d+", printed)[:2])


@pytest.fixture
def node() -> str:
    """A Node that runs TypeScript; always there in CI."""
    found = shutil.which("node")
    if found is None or version_of(found) < OLDEST_NODE:
        if os.environ.get("CI"):
            pytest.fail("CI needs a node that runs TypeScript")
        pytest.skip("no node that runs TypeScript")
    return found


def test_typescript_samples_print_what_the_page_shows(node: str, tmp_path: Path) -> None:
    """In the order of the page; the mock finds every request valid."""
    code = "".join(each.text for each in SAMPLES if each.language == "typescript")
    (shown,) = (each.text for each in SAMPLES if each.language == "text")
    program = tmp_path / "samples.mts"
    program.write_text(code, "utf-8")
    service = MockService()
    with serve(service) as url:
        done = subprocess.run(  # noqa: S603  # node, with our own page
            [node, program],
            env={
                "PATH": os.environ["PATH"],
                "APPLE_MUSIC_BASE_URL": url,
                "APPLE_MUSIC_DEVELOPER_TOKEN": service.developer_token(),
                "APPLE_MUSIC_USER_TOKEN": "me",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert (done.stdout, done.stderr) == (shown, "")
    assert {entry.verdict for entry in service.requests()} == {"ok"}
