"""Renders the parts of a contract as HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.data import JsonLexer

from .reading import Contract, Operation, rows

# A contract's angle brackets are placeholders, not tags.
_MARKDOWN = MarkdownIt("commonmark").disable(["html_block", "html_inline"])
_ADDRESS = re.compile(r"https?://[^\s)]*[^\s).,;]")
_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minItems": "at least {} items",
    "minLength": "at least {} characters",
}
_ANCHORS = {
    "parameters": "parameter",
    "responses": "response",
    "headers": "header",
    "schemas": "schema",
}


class Links:
    """Where operations and components are, for a contract that has several pages.

    Args:
        contract: The contract.
        here: The page that is rendered: the name of a tag, or `components`.
        folder: The folder of the pages, relative to the page that is rendered.
    """

    def __init__(self, contract: Contract, *, here: str = "", folder: str = "") -> None:
        self._pages = {each.id: each.tags[0] for each in contract.operations}
        self._here = here
        self._folder = folder

    def component(self, reference: str) -> str:
        """Return the link to the component that a `$ref` names."""
        return self._link("components", anchor(reference))

    def operation(self, id: str) -> str:
        """Return the link to an operation."""
        return self._link(self._pages[id], id)

    def _link(self, page: str, place: str) -> str:
        return f"#{place}" if page == self._here else f"{self._folder}{page}.html#{place}"


class Templates:
    """Renders the parts of one contract.

    Args:
        contract: The contract.
        links: Where its parts are; `None` if all of them are on the same page.
    """

    def __init__(self, contract: Contract, links: Links | None) -> None:
        self._contract = contract
        self._links = links
        # Nothing of the contract is trusted to be HTML.
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "href": self._href,
            "kind": self._kind,
            "limits": lambda schema: list(limits(schema)),
            "operation_href": self._operation_href,
            "rows": lambda schema: list(rows(schema)),
            "shared": contract.shared,
        }
        self._environment.filters |= {
            "colored": colored,
            "json": as_json,
            "text": markdown,
            "line": line,
        }

    def index(self) -> str:
        """Return the box that filters operations, and the table of operations of several pages."""
        return self._render("index", contract=self._contract, has_table=self._links is not None)

    def operation(self, operation: Operation) -> str:
        """Return one operation without its heading."""
        return self._render("operation", operation=operation)

    def tag(self, tag: dict[str, Any]) -> str:
        """Return the description of a tag, with its evidence."""
        return self._render("tag", tag=tag)

    def header(self, header: dict[str, Any]) -> str:
        """Return a header that several responses have."""
        return self._render("header", header=header)

    def token(self, scheme: dict[str, Any]) -> str:
        """Return one of the tokens."""
        return self._render("token", scheme=scheme)

    def parameter(self, parameter: dict[str, Any]) -> str:
        """Return a parameter that several operations share."""
        return self._render("parameter", parameter=parameter)

    def response(self, response: dict[str, Any]) -> str:
        """Return a response that several operations share."""
        return self._render("response", response=response)

    def schema(self, schema: dict[str, Any]) -> str:
        """Return a schema."""
        return self._render("schema", schema=schema)

    def _render(self, name: str, **values: object) -> str:
        return self._environment.get_template(f"{name}.html").render(values)

    def _href(self, reference: str) -> str:
        return self._links.component(reference) if self._links else f"#{anchor(reference)}"

    def _operation_href(self, id: str) -> str:
        return self._links.operation(id) if self._links else f"#{id}"

    def _kind(self, schema: dict[str, Any]) -> Markup:
        """Return the type of a value."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return Markup('<a href="{}">{}</a>').format(self._href(schema["$ref"]), name)
        if "const" in schema:
            return Markup("always <code>{}</code>").format(json.dumps(schema["const"]))
        if "enum" in schema:
            values = [Markup("<code>{}</code>").format(json.dumps(each)) for each in schema["enum"]]
            return Markup(", ").join(values)
        if "items" in schema:
            return Markup("list of {}").format(self._kind(schema["items"]))
        types = schema.get("type", "any value")
        return escape(types if isinstance(types, str) else " or ".join(types))


def anchor(reference: str) -> str:
    """Return the anchor of the component that a `$ref` names."""
    _, _, section, name = reference.split("/")
    return f"{_ANCHORS[section]}-{name}"


def as_json(value: object) -> str:
    """Return an example as JSON, on one line if it fits."""
    short = json.dumps(value, ensure_ascii=False)
    return short if len(short) <= 72 else json.dumps(value, ensure_ascii=False, indent=2)


def colored(text: str) -> Markup:
    """Return JSON with the site's syntax colors."""
    return Markup(highlight(text, JsonLexer(), HtmlFormatter(nowrap=True)))  # noqa: S704  # escaped


def markdown(text: str) -> Markup:
    """Convert a description from Markdown to HTML."""
    return Markup(_MARKDOWN.render(_ADDRESS.sub(r"<\g<0>>", text)))  # noqa: S704  # takes no tags


def line(text: str) -> Markup:
    """Convert a description of one line."""
    text = _ADDRESS.sub(r"<\g<0>>", text.replace("\n", " "))
    return Markup(_MARKDOWN.renderInline(text))  # noqa: S704  # takes no tags


def limits(schema: dict[str, Any]) -> Iterator[Markup]:
    """Yield the other constraints on a value."""
    if "pattern" in schema:
        yield Markup("matches <code>{}</code>").format(schema["pattern"])
    if "format" in schema:
        yield escape(schema["format"])
    for key, text in _BOUNDS.items():
        if key in schema:
            yield escape(text.format(schema[key]))
    if schema.get("additionalProperties") is False:
        yield escape("no other properties")
