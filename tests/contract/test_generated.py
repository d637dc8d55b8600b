"""The committed client is what the contract gives, and the way there is pinned."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_python_client.config import ConfigFile

PACKAGE = "apple_music_ratings_client"


@pytest.fixture(scope="module")
def first_difference(root: Path) -> Callable[[Path, Path], str | None]:
    """The comparison that the check for freshness makes."""
    spec = importlib.util.spec_from_file_location("generate", root / "scripts" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.first_difference


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A copy of the generated package, to spoil."""
    target = tmp_path / PACKAGE
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "generated" / PACKAGE, target, ignore=ignored)
    return target


def check(checkout: Path) -> subprocess.CompletedProcess[str]:
    """Run the whole check in a checkout."""
    return subprocess.run(  # noqa: S603  # our own script
        [sys.executable, str(checkout / "scripts" / "generate.py"), "check"],
        capture_output=True,
        text=True,
        check=False,
    )


def an_edit(package: Path) -> None:
    """Change one file."""
    path = package / "models" / "ratings.py"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")


def a_loss(package: Path) -> None:
    """Take one file away."""
    (package / "models" / "ratings.py").unlink()


def a_leftover(package: Path) -> None:
    """Leave a file that the contract does not give any more."""
    (package / "models" / "ratings_old.py").touch()


def test_committed_client_is_what_the_contract_gives(root: Path) -> None:
    """Generating anew changes nothing."""
    result = check(root)

    assert (result.stderr, result.returncode) == ("", 0)


def test_check_fails_in_a_checkout_with_an_edited_client(
    root: Path, copy: Path, tmp_path: Path
) -> None:
    """The script as a whole, run where one file was edited, names the file and fails."""
    an_edit(copy)
    for name in ("scripts/generate.py", "openapi.yaml", "generator-config.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    shutil.copytree(root / "overlays" / "templates", tmp_path / "overlays" / "templates")
    (tmp_path / "generated").mkdir()
    copy.rename(tmp_path / "generated" / PACKAGE)

    result = check(tmp_path)

    assert result.returncode == 1
    assert f"generated/{PACKAGE}/models/ratings.py differs" in result.stderr


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (an_edit, "models/ratings.py differs"),
        (a_loss, "models/ratings.py is missing"),
        (a_leftover, "models/ratings_old.py is stale"),
    ],
)
def test_one_spoiled_file_is_named(
    first_difference: Callable[[Path, Path], str | None],
    root: Path,
    copy: Path,
    spoil: Callable[[Path], None],
    expected: str,
) -> None:
    """An edited, a missing and a stale file are all found, and told apart."""
    spoil(copy)

    assert str(first_difference(copy, root / "generated" / PACKAGE)).startswith(expected)


def test_first_of_several_spoiled_files_is_named(
    first_difference: Callable[[Path, Path], str | None], root: Path, copy: Path
) -> None:
    """Of an edit, a loss and a leftover the first in alphabetical order is named."""
    an_edit(copy)
    a_leftover(copy)
    (copy / "client.py").unlink()

    assert first_difference(copy, root / "generated" / PACKAGE) == "client.py is missing"


def test_bytecode_is_no_difference(
    first_difference: Callable[[Path, Path], str | None], root: Path, copy: Path
) -> None:
    """A client that was imported is as fresh as before."""
    (copy / "models" / "__pycache__").mkdir()
    (copy / "models" / "__pycache__" / "ratings.cpython-311.pyc").touch()

    assert first_difference(copy, root / "generated" / PACKAGE) is None


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
