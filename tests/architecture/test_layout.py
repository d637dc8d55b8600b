from __future__ import annotations

import ast
from statistics import median

import pytest
from measure_layout import PACKAGES, ROOT, Layout, measure, parse

CLIENT, MOCK = PACKAGES


@pytest.fixture(scope="module")
def layouts() -> dict[str, Layout]:
    """The figures of both packages."""
    return {package: measure(package) for package in PACKAGES}


def test_client_has_few_entries(layouts: dict[str, Layout]) -> None:
    """A newcomer guesses the architecture from `ls`."""
    assert len(layouts[CLIENT].entries) <= 25


def test_mock_has_five_files_and_five_folders(layouts: dict[str, Layout]) -> None:
    """What is left at the top starts the mock or combines the folders."""
    assert len(layouts[MOCK].files) <= 5
    assert len(layouts[MOCK].folders) <= 5


def test_packages_have_few_floors(layouts: dict[str, Layout]) -> None:
    """The longest chain of imports between entries stays short enough to be remembered."""
    assert len(layouts[CLIENT].floors) <= 9
    assert len(layouts[MOCK].floors) <= 7


def test_no_import_is_part_of_a_cycle(layouts: dict[str, Layout]) -> None:
    """Neither between modules nor between the entries of a package."""
    assert not layouts[CLIENT].cycles + layouts[MOCK].cycles


def test_modules_are_short(layouts: dict[str, Layout]) -> None:
    """Half of them have at most 110 lines, and one of over 400 says why in its first lines."""
    lengths = layouts[CLIENT].lengths | layouts[MOCK].lengths
    unexplained = [
        f"{name}: {length} lines"
        for name, length in lengths.items()
        if length > 400
        and "Over 400 lines" not in " ".join((ast.get_docstring(parse(ROOT / name)) or "").split())
    ]

    assert median(lengths.values()) <= 110
    assert not unexplained
