"""The contract of the mocked service, which is in the same wheel, as the admin API serves it."""

from __future__ import annotations

import json
from pathlib import Path

_NAME = "openapi.yaml"


def contract_yaml() -> bytes:
    """Return the bytes of `openapi.yaml`.

    It is read as a file: the mock imports nothing of the client.

    Raises:
        ValueError: The installation has no contract.
    """
    here = Path(__file__)
    for path in (
        here.parents[2] / "apple_music_ratings/openapi.yaml",
        here.parents[3] / "openapi.yaml",
    ):
        if path.is_file():
            return path.read_bytes()
    raise ValueError("openapi.yaml is missing from the installation")


def contract_json() -> bytes:
    """Return the contract as JSON.

    Raises:
        ValueError: The installation has no contract, or PyYAML is not installed.
    """
    try:
        import yaml  # an extra
    except ImportError as error:
        raise ValueError("JSON needs PyYAML, which the extra `mock` installs") from error
    return json.dumps(yaml.safe_load(contract_yaml()), ensure_ascii=False).encode()
