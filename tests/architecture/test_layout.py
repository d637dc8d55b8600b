from __future__ import annotations

import pytest
from measure_layout import PACKAGES, Layout, measure

CLIENT, MOCK = PACKAGES


@pytest.fixture(scope="module")
def layouts() -> dict[str, Layout]:
    """The figures of both packages."""
    return {package: measure(package) for package in PACKAGES}


def test_client_has_few_entries(layouts: dict[str, Layout]) -> None:
    """A newcomer guesses the architecture from `ls`."""
    assert len(layouts[CLIENT].entries) <= 26


def test_mock_has_five_files_and_five_folders(layouts: dict[str, Layout]) -> None:
    """What is left at the top starts the mock or combines the folders."""
    assert len(layouts[MOCK].files) <= 5
    assert len(layouts[MOCK].folders) <= 5
