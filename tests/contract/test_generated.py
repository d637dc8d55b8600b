"""The committed client is what the contract gives, and the way there is pinned."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from openapi_python_client.config import ConfigFile

PACKAGE = "apple_music_ratings_client"
FILE = "models/ratings.py"


@pytest.fixture(scope="module")
def generate(root: Path) -> ModuleType:
    """The script behind `make generate`."""
    spec = importlib.util.spec_from_file_location("generate", root / "scripts" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EDITED = (
    f"generated/{PACKAGE}/{FILE}",
    "docs/reference/command-line.md",
    "docs/why/undocumented-behavior.md",
)


def test_edited_derived_files_are_named(root: Path, tmp_path: Path) -> None:
    """`make test` runs the check itself on the checkout; here on a copy with edited files."""
    ignored = shutil.ignore_patterns("__pycache__", "build")
    for name in ("scripts", "generated", "overlays", "docs"):
        shutil.copytree(root / name, tmp_path / name, ignore=ignored)
    for name in ("openapi.yaml", "generator-config.yaml"):
        shutil.copy(root / name, tmp_path / name)
    for name in EDITED:
        path = tmp_path / name
        path.write_text(path.read_text("utf-8").replace(" of ", " for "), "utf-8")
    result = subprocess.run(  # noqa: S603  # our own script
        [sys.executable, str(tmp_path / "scripts" / "generate.py"), "check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert result.stderr.splitlines()[:-1] == [
        f"{name} differs from its source." for name in EDITED
    ]


def test_every_difference_is_named(root: Path, generate: ModuleType, tmp_path: Path) -> None:
    """An edited, a missing and a stale file are found, in alphabetical order; bytecode is not."""
    fresh = root / "generated" / PACKAGE
    copy = tmp_path / PACKAGE
    shutil.copytree(fresh, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "models" / "__pycache__").mkdir()
    (copy / "models" / "__pycache__" / "ratings.cpython-311.pyc").touch()
    before = list(generate.differences(copy, fresh))
    (copy / "models" / "ratings_old.py").touch()
    (copy / FILE).write_text("\n", "utf-8")
    (copy / "client.py").unlink()

    assert before == []
    assert list(generate.differences(copy, fresh)) == [
        "client.py is missing",
        f"{FILE} differs from its source",
        "models/ratings_old.py is stale: its source no longer produces it",
    ]


def test_generated_package_is_typed(root: Path) -> None:
    """Type checkers read the hints of the generated client."""
    assert (root / "generated" / PACKAGE / "py.typed").is_file()


def test_generated_package_has_a_module_for_each_operation(
    root: Path, all_operations: list[Any]
) -> None:
    """Every operationId is a module under its tag."""
    modules = {path.stem for path in (root / "generated" / PACKAGE / "api").glob("*/[!_]*.py")}

    assert {module.replace("_", "") for module in modules} == {
        operation.id.lower() for operation in all_operations
    }


def test_generator_knows_every_setting(root: Path) -> None:
    """No key of the configuration is one that the generator would silently ignore."""
    settings = yaml.safe_load((root / "generator-config.yaml").read_text("utf-8"))

    assert settings.keys() <= ConfigFile.model_fields.keys()


def test_hooks_run_the_formatter_isolated_and_without_cache(root: Path) -> None:
    """Neither our own settings nor a cache folder can reach the generated package."""
    settings = yaml.safe_load((root / "generator-config.yaml").read_text("utf-8"))
    hooks = [hook.split() for hook in settings["post_hooks"]]

    assert [hook[:2] for hook in hooks] == [["ruff", "check"], ["ruff", "format"]]
    assert all({"--isolated", "--no-cache"} <= set(hook) for hook in hooks)


@pytest.mark.parametrize("distribution", ["openapi-python-client", "ruff"])
def test_generator_and_formatter_are_pinned_exactly(root: Path, distribution: str) -> None:
    """Wherever either is asked for, it is the one version that is installed."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    pins = {
        requirement
        for group in project["dependency-groups"].values()
        for requirement in group
        if isinstance(requirement, str) and requirement.startswith(distribution)
    }

    assert pins == {f"{distribution}=={importlib.metadata.version(distribution)}"}
