"""The mutants of `make mutants` still fit the code that they change."""

from __future__ import annotations

from pathlib import Path

from mutants.table import CLIENT, MOCK

ROOT = Path(__file__).resolve().parents[2]


def test_mock_and_client_have_at_least_fifteen_mutants_each() -> None:
    """Fewer would be a smaller proof."""
    assert len(MOCK) >= 15
    assert len(CLIENT) >= 15


def test_every_mutant_fits_the_code_once() -> None:
    """The text to replace occurs exactly once, the mutant changes it, and its tests exist."""
    mutants = [*MOCK, *CLIENT]
    misfits = [
        mutant.what
        for mutant in mutants
        if (ROOT / mutant.file).read_text("utf-8").count(mutant.old) != 1
        or mutant.old == mutant.new
        or not all((ROOT / "tests" / name).exists() for name in mutant.tests)
    ]

    assert not misfits
    assert len({mutant.what for mutant in mutants}) == len(mutants)
