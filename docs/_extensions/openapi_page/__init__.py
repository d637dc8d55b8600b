"""The directive `openapi`: a contract as sections of a page, with its evidence.

Written because `x-evidence` and `x-source` are the point of this contract: sphinxcontrib-openapi
ignores them, and Swagger UI and Redoc need scripts, so that search finds nothing. The sections made
here are plain HTML that works without scripts and from a file.

A page shows all operations, those of one tag (`:tag:`), a table of all with links to the pages of
their tags (`:index:`), or what operations share (`:components:`). The pages of tags and components
are in the folder named like the page with the index.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import yaml
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from .reading import Contract, Operation
from .rendering import Links, Templates

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx


class OpenapiDirective(SphinxDirective):
    """Describe the contract in a YAML file, whose path is relative to the page."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = {
        "tag": directives.unchanged_required,
        "index": directives.flag,
        "components": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        path = Path(self.env.doc2path(self.env.docname)).parent / self.arguments[0]
        self.env.note_dependency(path)
        contract = _read(path.read_text("utf-8"))
        if "index" in self.options:
            links = Links(contract, folder=f"{Path(self.env.docname).name}/")
            return [_raw(Templates(contract, links).index())]
        if "components" in self.options:
            return _components(contract, Templates(contract, Links(contract, here="components")))
        if "tag" in self.options:
            tag = self.options["tag"]
            templates = Templates(contract, Links(contract, here=tag))
            found = [each for each in contract.operations if tag in each.tags]
            (described,) = (each for each in contract.tags if each["name"] == tag)
            description = _raw(templates.tag(described))
            return [description, *(_operation(each, templates) for each in found)]
        templates = Templates(contract, None)
        sections = [_operation(operation, templates) for operation in contract.operations]
        return [_raw(templates.index()), *sections, *_components(contract, templates)]


@cache
def _read(text: str) -> Contract:
    # A page of each tag reads the same contract, and the parser in Python takes seconds.
    return Contract(yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506  # both are safe


def _operation(operation: Operation, templates: Templates) -> nodes.section:
    html = templates.operation(operation)
    return _section(operation.summary, operation.id, "operation", _raw(html))


def _components(contract: Contract, templates: Templates) -> list[nodes.Node]:
    """Return sections for what the operations share."""
    kinds = [
        ("Tokens", "securitySchemes", "token", templates.token),
        ("Shared parameters", "parameters", "parameter", templates.parameter),
        ("Shared responses", "responses", "response", templates.response),
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
    """Return a section that can be linked to and found."""
    section = nodes.section("", nodes.title(title, title), *content, ids=[id], names=[id])
    section["classes"].append(kind)
    return section


def _raw(html: str) -> nodes.raw:
    return nodes.raw("", html, format="html")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("openapi", OpenapiDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
