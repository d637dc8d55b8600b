"""The contract as fixtures; see `support.contract`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.contract import (
    CONTRACT,
    EXCHANGES,
    OPERATIONS,
    RATING_OPERATIONS,
    RESOLVED,
    RESOURCE_TYPES,
    ROOT,
    Operation,
)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def contract() -> dict[str, Any]:
    """The contract as written."""
    return CONTRACT


@pytest.fixture(scope="session")
def resolved() -> dict[str, Any]:
    """The contract with every reference replaced by its target."""
    return RESOLVED


@pytest.fixture(scope="session")
def operations() -> list[Operation]:
    """The 36 operations on ratings."""
    return RATING_OPERATIONS


@pytest.fixture(scope="session")
def all_operations() -> list[Operation]:
    """All operations of the contract."""
    return OPERATIONS


@pytest.fixture(scope="session")
def admits() -> Callable[[str, str], bool]:
    """Whether a pattern admits a value, as JSON Schema means it."""
    # In JSON Schema `$` is the very end; in Python it is also before a last newline.
    return lambda pattern, value: re.search(pattern.replace("$", r"\Z"), value) is not None


@pytest.fixture(scope="session")
def resource_types() -> tuple[str, ...]:
    """The nine documented resource types."""
    return RESOURCE_TYPES


@pytest.fixture(params=RESOURCE_TYPES)
def resource_type(request: pytest.FixtureRequest) -> str:
    """Each of the nine resource types in turn."""
    word: str = request.param
    return word


@pytest.fixture(scope="session")
def exchanges() -> list[dict[str, Any]]:
    """The documented exchange of every operation on ratings."""
    return EXCHANGES
