"""The page on other languages: a client is generated from the contract and runs on the mock."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from apple_music_ratings.cli.app import run
from apple_music_ratings_mock import MockService
from apple_music_ratings_mock.faults.kinds import Fault
from apple_music_ratings_mock.serving.server import serve

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "typescript"
PAGE = (ROOT / "docs" / "how-to" / "another-language.md").read_text("utf-8")
CONSOLE = re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
# The oldest Node that runs TypeScript directly.
OLDEST_NODE = (22, 18)


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder of the packages that the example's package.json names; always there in CI."""
    generator, compiler, node = (shutil.which(each) for each in ("openapi-ts", "tsc", "node"))
    if generator and compiler and node and _version_of(node) >= OLDEST_NODE:
        # node_modules/.bin/openapi-ts, which is a link.
        return Path(generator).absolute().parents[1]
    if os.environ.get("CI"):
        pytest.fail("CI must have the tools of docs/examples/typescript/package.json on PATH")
    pytest.skip("no node here that runs TypeScript, or no `openapi-ts` and `tsc` beside it")


def _version_of(node: str) -> tuple[int, ...]:
    printed = subprocess.run(  # noqa: S603  # node itself
        [node, "--version"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    return tuple(int(part) for part in printed.strip().lstrip("v").split(".")[:2])


@pytest.fixture(scope="module")
def example(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example, after the page's commands up to `npx tsc`."""
    clone = tmp_path_factory.mktemp("clone")
    folder = clone / EXAMPLE.relative_to(ROOT)
    shutil.copytree(
        EXAMPLE, folder, ignore=shutil.ignore_patterns("client", "node_modules", "*-lock.json")
    )
    shutil.copy(ROOT / "openapi.yaml", clone)
    (folder / "node_modules").symlink_to(packages)
    for command in ("npx openapi-ts", "npx tsc"):
        assert f"$ {command}\n" in CONSOLE[0]
        # npx would start the same programs.
        done = started(command.removeprefix("npx ").split(), folder, {})
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def service() -> MockService:
    """The mock of the page."""
    assert "$ apple-music-ratings mock serve --scenario small-library\n" in CONSOLE[1]
    return MockService.from_scenario("small-library")


@pytest.fixture
def environment(service: MockService) -> Iterator[dict[str, str]]:
    """The variables that a reader sets by pasting the three lines."""
    with serve(service) as url:
        yield {
            "APPLE_MUSIC_BASE_URL": url,
            "APPLE_MUSIC_DEVELOPER_TOKEN": service.developer_token(),
            "APPLE_MUSIC_USER_TOKEN": "a-reader",
        }


def started(
    command: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a tool of the page in a folder."""
    return subprocess.run(  # noqa: S603  # the tools that the packages fixture found
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "NO_COLOR": "1"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def shown_below(command: str) -> list[str]:
    """Return the output that each block of the page shows below this command."""
    return [block.partition(f"$ {command}\n")[2] for block in CONSOLE if f"$ {command}\n" in block]


def test_page_shows_the_program_that_is_run() -> None:
    """Exactly."""
    (block,) = re.findall(r"^```typescript\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)

    assert block == (EXAMPLE / "rate.ts").read_text("utf-8")


def test_versions_are_exact() -> None:
    """So that the example keeps working."""
    package = json.loads((EXAMPLE / "package.json").read_text("utf-8"))

    assert set(package["devDependencies"]) == {"@hey-api/openapi-ts", "@types/node", "typescript"}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", each) for each in package["devDependencies"].values())


def test_generated_client_prints_what_the_page_shows(
    example: Path,
    service: MockService,
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It rates, reads and deletes, every request is valid, and the report is the page's."""
    done = started(["node", "rate.ts"], example, environment)
    code = run(["mock", "report", environment["APPLE_MUSIC_BASE_URL"]], environ={})
    report, message = capsys.readouterr()

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == shown_below("node rate.ts")[0]
    assert {entry.verdict for entry in service.requests()} == {"ok"}
    assert code == 0
    (shown,) = shown_below("apple-music-ratings mock report")
    assert next(line for line in report.splitlines() if line.startswith("songs\t")) in shown
    assert message.strip() in shown


def test_several_ids_go_over_the_wire_as_apple_shows_them(
    example: Path, service: MockService, environment: dict[str, str]
) -> None:
    """In one parameter, with commas, as the contract states."""
    started(["node", "rate.ts"], example, environment)

    assert "/v1/me/ratings/songs?ids=1151618586,907242702" in {
        entry.target for entry in service.requests()
    }


def test_rejection_is_reported(example: Path, environment: dict[str, str]) -> None:
    """A revoked Music User Token prints the page's message and ends with exit code 1."""
    (fault,) = re.findall(r"--json '(.*)' \"\$APPLE_MUSIC_BASE_URL/__admin/faults\"", PAGE)
    admin = environment["APPLE_MUSIC_BASE_URL"] + "/__admin/faults"
    httpx.post(admin, json=json.loads(fault)).raise_for_status()
    done = started(["node", "rate.ts"], example, environment)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == shown_below("node rate.ts")[1]


def test_response_without_a_body_is_reported_by_its_status(
    example: Path, service: MockService, environment: dict[str, str]
) -> None:
    """As for a rejected developer token, whose 401 is empty."""
    service.inject_fault(Fault(kind="developer-token-expired"))
    done = started(["node", "rate.ts"], example, environment)

    assert (done.returncode, done.stderr) == (1, "Not rated: 401\n")


def test_mistake_is_found_before_the_program_runs(example: Path) -> None:
    """The types are strict: a rating of 0 does not compile."""
    (example / "mistake.ts").write_text(
        'import { setSongRating } from "./client/index.ts";\n'
        'await setSongRating({ path: { id: "1" }, body: { attributes: { value: 0 } } });\n'
    )
    (example / "tsconfig.mistake.json").write_text(
        json.dumps({"extends": "./tsconfig.json", "include": ["mistake.ts", "client"]})
    )
    done = started(["tsc", "--project", "tsconfig.mistake.json"], example, {})

    assert done.returncode != 0
    assert "mistake.ts(2" in done.stdout
    assert "'0' is not assignable" in done.stdout
