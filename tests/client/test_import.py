from __future__ import annotations

import subprocess
import sys

import pytest

# Imported at first use.
LATER = [
    "apple_music_ratings._bulk.tasks",
    "apple_music_ratings._bulk.threads",
    "apple_music_ratings._bulk.flows",
    "apple_music_ratings.profiles",
    "apple_music_ratings.cli",
    "apple_music_ratings.files",
    "apple_music_ratings.journal",
    "apple_music_ratings.login",
    "apple_music_ratings_mock",
    "apple_music_ratings_client",
    "aiohttp",
    "anyio",
    "argparse",
    "asyncio",
    "click",
    "concurrent.futures",
    "cryptography",
    "http.server",
    "jwt",
    "keyring",
    "rich",
    "sqlite3",
    "trio",
    "typer",
    "uvicorn",
    "yaml",
]


def loaded_by(statement: str) -> set[str]:
    """Return the modules that a statement loads in a new interpreter."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(  # noqa: S603  # ourselves
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=30
    )
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that the package loads beyond those of httpx."""
    return loaded_by("import apple_music_ratings") - loaded_by("import httpx")


def test_import_loads_only_what_every_client_needs(loaded: set[str]) -> None:
    """No command line, login, mock, journal, files or signing."""
    assert "apple_music_ratings.client" in loaded
    assert not {
        name for name in loaded for later in LATER if name == later or name.startswith(f"{later}.")
    }


def test_import_loads_no_heavy_module_through_others() -> None:
    """Neither ours nor one of our dependencies imports them."""
    heavy = {"apple_music_ratings_client", "jwt", "cryptography", "keyring"}

    assert not heavy & loaded_by("import apple_music_ratings")


def test_ready_made_token_needs_no_signing(loaded: set[str]) -> None:
    """PyJWT and cryptography are imported for a key."""
    made = loaded_by(
        "from apple_music_ratings import RatingsClient\n"
        "RatingsClient(developer_token='head.claims.signature', music_user_token='user').close()"
    )

    assert loaded
    assert not {"jwt", "cryptography"} & made
