"""The contract, `openapi.yaml`, as part of the package."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .errors import ConfigurationError

__all__ = ["load", "path", "text", "version"]


def path() -> Path:
    """Return the path of `openapi.yaml`.

    Raises:
        ConfigurationError: The installation is incomplete.
    """
    packaged = Path(__file__).with_name("openapi.yaml")
    # The build copies the file from the top of the checkout into the package.
    checkout = Path(__file__).parents[2] / "openapi.yaml"
    for candidate in (packaged, checkout):
        if candidate.is_file():
            return candidate
    raise ConfigurationError("openapi.yaml is missing from the installation. Install it again.")


def text() -> str:
    """Return the text of `openapi.yaml`.

    Raises:
        ConfigurationError: The installation is incomplete.
    """
    return path().read_text("utf-8")


def version() -> str:
    """Return the version of the contract, `info.version`.

    Raises:
        ConfigurationError: The installation is incomplete.
    """
    found = re.search(r"^  version: (\S+)$", text(), re.MULTILINE)
    assert found is not None  # noqa: S101  # a test reads the packaged file
    return found[1]


def load() -> dict[str, Any]:
    """Return the contract as a document.

    Raises:
        ConfigurationError: PyYAML, which the extra `mock` brings, is not installed.
    """
    try:
        import yaml  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise ConfigurationError.missing_extra("Parsing the contract", "mock", "PyYAML") from error
    document: dict[str, Any] = yaml.safe_load(text())
    return document
