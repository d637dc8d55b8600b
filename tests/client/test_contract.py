from __future__ import annotations

from pathlib import Path

from apple_music_ratings import contract

ROOT = Path(__file__).parents[2]


def test_contract_is_the_one_of_the_project() -> None:
    """The same bytes in the package, and the same operations as a document."""
    assert contract.path().read_bytes() == (ROOT / "openapi.yaml").read_bytes()
    assert contract.text() == contract.path().read_text("utf-8")
    assert len([path for path in contract.load()["paths"] if "/me/ratings/" in path]) == 18
