from __future__ import annotations

import json
from pathlib import Path

import pytest

from apple_music_ratings import contract
from apple_music_ratings.cli.app import run
from apple_music_ratings_mock import MockService, Request
from apple_music_ratings_mock.serving.admin import Admin

ROOT = Path(__file__).parents[2]


def test_contract_is_the_one_of_the_project() -> None:
    """The same bytes in the package, and the same operations as a document."""
    assert contract.path().read_bytes() == (ROOT / "openapi.yaml").read_bytes()
    assert contract.text() == contract.path().read_text("utf-8")
    assert contract.version() == contract.load()["info"]["version"]
    assert len([path for path in contract.load()["paths"] if "/me/ratings/" in path]) == 18


def test_command_writes_the_contract(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """On stdout or in a file, the bytes of the contract; with --json the same document."""
    file = tmp_path / "openapi.yaml"

    codes = [run(["contract", *words], environ={}) for words in ([], ["-o", str(file)], ["--json"])]
    shown = capfd.readouterr().out
    rejected = run(["contract", "-o", str(file)], environ={})

    assert (codes, rejected) == ([0, 0, 0], 1)
    assert file.read_bytes() == (ROOT / "openapi.yaml").read_bytes()
    assert shown.startswith(contract.text())
    assert json.loads(shown.removeprefix(contract.text())) == contract.load()


def test_mock_serves_the_contract() -> None:
    """The admin API has the same bytes, and the same document as JSON, without a token."""
    admin = Admin(MockService(), token="secret")
    host = (("Host", "127.0.0.1"),)

    as_yaml, as_json = (
        admin.handle(Request("GET", f"/__admin/contract.{form}", "", host, b""))
        for form in ("yaml", "json")
    )

    assert as_yaml.body == contract.path().read_bytes()
    assert json.loads(as_json.body) == contract.load()
    assert admin.handle(Request("POST", "/__admin/contract.yaml", "", host, b"")).status == 405
