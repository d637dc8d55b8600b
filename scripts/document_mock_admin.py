"""The derived parts of the mock's admin contract: faults, behaviors, operations and types.

`scripts/generate.py` writes and checks them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from attrs import fields
from document_mock import meanings

from apple_music_ratings_mock.api.behaviors import describe_behaviors
from apple_music_ratings_mock.api.operations import Operation
from apple_music_ratings_mock.api.resource_types import RESOURCE_TYPES
from apple_music_ratings_mock.faults.kinds import OPTIONS, Fault, FaultKind

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "overlays" / "apple_music_ratings_mock" / "serving" / "admin-openapi.yaml"
BEGIN = "    # begin derived: written by `make generate`\n"
END = "    # end derived\n"


def document(page: str) -> str:
    """Return the contract with fresh schemas.

    Raises:
        ValueError: The lines around the derived part are missing.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} needs the lines {BEGIN.strip()!r} and {END.strip()!r}.")
    return "".join([before, BEGIN, *_schemas(), END, after])


def _schemas() -> list[str]:
    behaviors = {
        each.name: {
            "description": f"{each.question} Evidence: {each.evidence}",
            **_values(each.values),
        }
        for each in describe_behaviors()
    }
    descriptions = meanings()
    faults = {
        each.name: {"description": descriptions[each.name], **each.metadata["schema"]}
        for each in fields(Fault)
    }
    return [
        f"    Operation: {_flow({'enum': list(Operation)})}\n",
        f"    ResourceType: {_flow({'enum': list(RESOURCE_TYPES)})}\n",
        *_fault_schemas(faults),
        "    Behaviors:\n      type: object\n",
        *_properties(behaviors),
    ]


def _fault_schemas(options: dict[str, dict[str, object]]) -> Iterator[str]:
    """Yield `Fault`, one of its kinds, and a schema for each kind with its own options."""
    names = {kind: f"{kind.title().replace('-', '')}Fault" for kind in FaultKind}
    targeting = {name: each for name, each in options.items() if name not in OPTIONS}
    references = {kind.value: f"#/components/schemas/{name}" for kind, name in names.items()}
    union: dict[str, object] = {
        "description": "A fault, with the options of its kind.",
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": "kind", "mapping": references},
    }
    yield f"    Fault: {_flow(union)}\n"
    for kind, name in names.items():
        constant: dict[str, object] = {
            "description": "What the fault does.",
            "type": "string",
            "const": kind.value,
        }
        own = {option: options[option] for option in kind.options}
        yield f"    {name}:\n      type: object\n      description: {kind.effect!r}\n"
        yield "      required: [kind]\n"
        yield from _properties(targeting | {"kind": constant} | own)


def _values(values: tuple[str, ...]) -> dict[str, object]:
    # As files and command lines have them: a status as a number, `off` and a number as a string.
    if "N" in values:
        return {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": "^0*[1-9][0-9]{0,8}$"},
                {"enum": ["off", False, None]},
            ]
        }
    return {"enum": [*values, *(int(value) for value in values if value.isdecimal())]}


def _properties(properties: dict[str, dict[str, object]]) -> list[str]:
    lines = [f"        {name}: {_flow(schema)}\n" for name, schema in properties.items()]
    return ["      additionalProperties: false\n      properties:\n", *lines]


def _flow(schema: dict[str, object]) -> str:
    # JSON is YAML on one line.
    return json.dumps(schema, ensure_ascii=False)
