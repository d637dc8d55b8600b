"""The tables of docs/reference/mock.md, derived from the mock's fault kinds and behaviors.

`scripts/generate.py` writes and checks them.
"""

from __future__ import annotations

import re
from pathlib import Path

from attrs import fields

from apple_music_ratings_mock.api.behaviors import describe_behaviors
from apple_music_ratings_mock.faults.kinds import Fault, FaultKind

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "mock.md"


def fault_table() -> str:
    """Return the table of fault kinds, with the options of each and their defaults."""
    rows = ["| kind | effect | options and defaults |", "| --- | --- | --- |"]
    for kind in FaultKind:
        options = ", ".join(f"`{name}` {_spell(value)}" for name, value in kind.options.items())
        rows.append(f"| `{kind}` | {kind.effect} | {options} |")
    return "\n".join(rows)


def option_table() -> str:
    """Return the table of a fault's options, described as in the docstring of `Fault`."""
    rows = ["| option | values | meaning |", "| --- | --- | --- |"]
    descriptions = meanings()
    for attribute in fields(Fault):
        if attribute.name != "kind":
            values = _spell_schema(attribute.metadata["schema"])
            rows.append(f"| `{attribute.name}` | {values} | {descriptions[attribute.name]} |")
    return "\n".join(rows)


def behavior_table() -> str:
    """Return the table of behaviors."""
    rows = [
        "| behavior | values | default | decides | evidence |",
        "| --- | --- | --- | --- | --- |",
    ]
    for each in describe_behaviors():
        values = ", ".join(f"`{value}`" for value in each.values)
        cells = (f"`{each.name}`", values, f"`{each.default}`", each.question, each.evidence)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def meanings() -> dict[str, str]:
    """Return what the docstring of `Fault` says of each option."""
    section = (Fault.__doc__ or "").partition("Args:\n")[2].partition("\n\n")[0]
    found = re.findall(r"^ {8}(\w+): (.*(?:\n {12}.*)*)", section, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}


def _spell(value: object) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _spell_schema(schema: dict[str, object]) -> str:
    choices = schema.get("enum")
    if isinstance(choices, list):
        return ", ".join(f"`{choice}`" for choice in choices)
    if schema["type"] == "boolean":
        return "`true`, `false`"
    if schema["type"] == "string":
        return "a string"
    noun = "an integer" if schema["type"] == "integer" else "a number"
    lowest, highest = schema["minimum"], schema.get("maximum")
    return f"{noun} from {lowest}" + ("" if highest is None else f" to {highest}")


def document(page: str) -> str:
    """Return the page with fresh tables."""
    tables = {
        "faults": fault_table(),
        "fault options": option_table(),
        "behaviors": behavior_table(),
    }
    for name, table in tables.items():
        begin, end = f"<!-- begin {name}: derived by `make generate` -->", "<!-- end -->"
        before, found, rest = page.partition(begin)
        if not found or end not in rest:
            raise ValueError(f"{PAGE.name} needs the line {begin} and an end.")
        page = f"{before}{begin}\n\n{table}\n\n{end}{rest.partition(end)[2]}"
    return page
