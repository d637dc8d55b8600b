"""The faults of `make mutants` still fit the code they are put into."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutants.faults import CLIENT, MOCK, Fault

ROOT = Path(__file__).resolve().parents[2]


def test_mock_and_client_have_ten_faults_each() -> None:
    """Fewer would be a smaller proof than the one we promise."""
    assert len(MOCK) >= 10
    assert len(CLIENT) >= 10


@pytest.mark.parametrize("fault", [*MOCK, *CLIENT], ids=lambda fault: fault.what)
def test_fault_fits_the_code_once(fault: Fault) -> None:
    """The text to replace is there exactly once, and the fault changes it."""
    text = (ROOT / fault.file).read_text("utf-8")

    assert text.count(fault.old) == 1
    assert fault.new != fault.old
