"""The directive `openapi`: a contract as sections of a page, with its evidence marks.

`x-evidence` and `x-source` are what this contract has to tell. sphinxcontrib-openapi passes over
them, and Swagger UI and Redoc draw with scripts, so that Sphinx's search sees nothing. The sections
made here are plain HTML that works without scripts and from a file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import yaml
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from .reading import Contract, Operation
from .rendering import Templates

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx


class OpenapiDirective(SphinxDirective):
    """Describe the contract in a YAML file, given relative to the page."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = {"evidence": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Give the sections."""
        path = Path(self.env.doc2path(self.env.docname)).parent / self.arguments[0]
        self.env.note_dependency(path)
        contract = Contract(yaml.safe_load(path.read_text("utf-8")))
        templates = Templates(contract)
        finder = templates.finder(has_evidence="evidence" in self.options)
        return [_raw(finder), *_operations(contract, templates), *_components(contract, templates)]


def _operations(contract: Contract, templates: Templates) -> list[nodes.section]:
    """Give a section for each tag, or for each operation where there are no tags."""
    if not contract.tags:
        return [_operation(operation, templates) for operation in contract.operations]
    return [
        _section(
            tag["name"],
            f"tag-{tag['name']}",
            "operations",
            _raw(templates.tag(tag)),
            *(
                _operation(operation, templates)
                for operation in contract.operations
                if tag["name"] in operation.tags
            ),
        )
        for tag in contract.tags
    ]


def _operation(operation: Operation, templates: Templates) -> nodes.section:
    html = templates.operation(operation)
    return _section(operation.summary, operation.id, "operation", _raw(html))


def _components(contract: Contract, templates: Templates) -> list[nodes.section]:
    """Give sections for what the operations share."""
    kinds = [
        ("Tokens", "securitySchemes", "token", templates.token),
        ("Shared parameters", "parameters", "parameter", templates.parameter),
        ("Shared answers", "responses", "answer", templates.answer),
        ("Shared headers", "headers", "header", templates.header),
        ("Schemas", "schemas", "schema", templates.schema),
    ]
    return [
        _section(
            title,
            f"all-{key}",
            "components",
            *(
                _section(name, f"{kind}-{name}", "component", _raw(render(component)))
                for name, component in contract.components(key).items()
            ),
        )
        for title, key, kind, render in kinds
        if contract.components(key)
    ]


def _section(title: str, id: str, kind: str, *content: nodes.Node) -> nodes.section:
    """Make a section that can be linked to and found."""
    section = nodes.section("", nodes.title(title, title), *content, ids=[id], names=[id])
    section["classes"].append(kind)
    return section


def _raw(html: str) -> nodes.raw:
    return nodes.raw("", html, format="html")


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what is here."""
    app.add_directive("openapi", OpenapiDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
