"""Print what a client may break on since the last release's contract; fail if it is not announced.

A breaking change raises the first number of `info.version`, any other change the second one, and
CHANGELOG.md names each broken place. oasdiff and openapi-changes are not packaged for Python.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
_METHODS = {"get", "put", "post", "delete"}


def breaking_changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return the places of a new contract that a client of the old one may break on.

    These are removed operations, responses, parameters, properties and enum values; new required
    parameters and properties; and properties of another type.
    """
    return [*_operation_changes(old, new), *_schema_changes(old, new)]


def version_error(old: dict[str, Any], new: dict[str, Any]) -> str | None:
    """Return why the new contract's version does not fit its changes, if it does not."""
    before, after = (tuple(map(int, each["info"]["version"].split("."))) for each in (old, new))
    if old == new:
        return None
    if breaking_changes(old, new) and after[0] <= before[0]:
        return f"a breaking change needs version {before[0] + 1}.0.0"
    if after <= before:
        return f"a change needs a version above {old['info']['version']}"
    return None


def _operation_changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    after = _operations(new)
    for name, operation in _operations(old).items():
        if name not in after:
            yield f"operation {name} is gone"
            continue
        current = after[name]
        for status in operation["responses"].keys() - current["responses"].keys():
            yield f"operation {name} has no response {status}"
        before, now = _parameters(old, operation), _parameters(new, current)
        for parameter in sorted(before.keys() - now.keys()):
            yield f"operation {name} has no parameter {parameter}"
        for parameter in sorted(now):
            if now[parameter] and not before.get(parameter, False):
                yield f"operation {name} requires parameter {parameter}"


def _schema_changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    after = new["components"]["schemas"]
    for name, schema in old["components"]["schemas"].items():
        if name not in after:
            yield f"schema {name} is gone"
            continue
        current = after[name]
        for value in schema.get("enum", []):
            if value not in current.get("enum", [value]):
                yield f"schema {name} has no value {value!r}"
        for required in sorted({*current.get("required", [])} - {*schema.get("required", [])}):
            yield f"schema {name} requires {required}"
        properties = current.get("properties", {})
        for key, value in schema.get("properties", {}).items():
            if key not in properties:
                yield f"schema {name} has no property {key}"
            elif [value.get("type"), value.get("$ref")] != [
                properties[key].get("type"),
                properties[key].get("$ref"),
            ]:
                yield f"schema {name} has another type of {key}"


def _operations(contract: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path} ({operation['operationId']})": {
            **operation,
            "parameters": [*item.get("parameters", []), *operation.get("parameters", [])],
        }
        for path, item in contract["paths"].items()
        for method, operation in item.items()
        if method in _METHODS
    }


def _parameters(contract: dict[str, Any], operation: dict[str, Any]) -> dict[str, bool]:
    found = {}
    for parameter in operation["parameters"]:
        target = parameter
        if "$ref" in parameter:
            target = contract["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
        found[f"{target['in']} {target['name']}"] = bool(target.get("required"))
    return found


def contract_at(root: Path, tag: str) -> dict[str, Any]:
    """Return the contract of a tag."""
    command = ["git", "show", f"{tag}:openapi.yaml"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    contract: dict[str, Any] = yaml.safe_load(done.stdout)
    return contract


def main(tag: str | None, root: Path = ROOT) -> int:
    """Print every breaking change and return the exit code."""
    if tag is None:
        print("There is no release tag yet, so there is no contract to compare with.")
        return 0
    old = contract_at(root, tag)
    new = yaml.safe_load((root / "openapi.yaml").read_text("utf-8"))
    changes = breaking_changes(old, new)
    changelog = (root / "CHANGELOG.md").read_text("utf-8")
    named = changelog.partition("\n## Unreleased\n")[2].partition("\n## ")[0]
    errors = [error for error in (version_error(old, new),) if error]
    for change in changes:
        print(change)
        # The last word is the place: a status, a parameter, a property, or `gone`.
        place = re.findall(r"[\w.{}/-]+", change.removesuffix(" is gone"))[-1]
        if not re.search(rf"(?<!\w){re.escape(place)}(?!\w)", named):
            errors.append(f"CHANGELOG.md, Unreleased, does not name {place}")
    for error in errors:
        print(f"openapi.yaml: {error}.", file=sys.stderr)
    if not errors:
        print(f"{len(changes)} breaking changes of the contract since {tag}.")
    return 1 if errors else 0


if __name__ == "__main__":
    from api_changes import last_tag

    sys.exit(main(last_tag(ROOT)))
