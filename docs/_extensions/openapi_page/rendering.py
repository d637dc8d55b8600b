"""From what a contract says to HTML."""

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
    "minItems": "at least {} of them",
    "minLength": "at least {} long",
}
_ANCHORS = {
    "parameters": "parameter",
    "responses": "answer",
    "headers": "header",
    "schemas": "schema",
}


class Templates:
    """Renders the parts of one contract.

    Args:
        contract: Where the references of the parts lead.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        # Nothing of the contract is trusted to be HTML.
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "anchor": anchor,
            "kind": kind,
            "limits": lambda schema: list(limits(schema)),
            "rows": lambda schema: list(rows(schema)),
            "shared": contract.shared,
        }
        self._environment.filters |= {
            "colored": colored,
            "json": as_json,
            "text": markdown,
            "line": line,
        }

    def finder(self, *, has_evidence: bool) -> str:
        """Give the box that narrows the page down, and what the marks mean."""
        return self._render("finder", contract=self._contract, has_evidence=has_evidence)

    def operation(self, operation: Operation) -> str:
        """Give all of one operation but its heading."""
        return self._render("operation", operation=operation)

    def tag(self, tag: dict[str, Any]) -> str:
        """Return the description of a tag, with its mark."""
        return self._render("tag", tag=tag)

    def header(self, header: dict[str, Any]) -> str:
        """Return a header that several responses have."""
        return self._render("header", header=header)

    def token(self, scheme: dict[str, Any]) -> str:
        """Give one of the tokens."""
        return self._render("token", scheme=scheme)

    def parameter(self, parameter: dict[str, Any]) -> str:
        """Give a parameter that several operations take."""
        return self._render("parameter", parameter=parameter)

    def answer(self, answer: dict[str, Any]) -> str:
        """Give an answer that several operations give."""
        return self._render("answer", answer=answer)

    def schema(self, schema: dict[str, Any]) -> str:
        """Give a schema."""
        return self._render("schema", schema=schema)

    def _render(self, name: str, **values: object) -> str:
        return self._environment.get_template(f"{name}.html").render(values)


def anchor(reference: str) -> str:
    """Give the place on the page that a `$ref` leads to."""
    _, _, section, name = reference.split("/")
    return f"{_ANCHORS[section]}-{name}"


def as_json(value: object) -> str:
    """Give an example as it goes over the wire: on one line where it fits."""
    short = json.dumps(value, ensure_ascii=False)
    return short if len(short) <= 72 else json.dumps(value, ensure_ascii=False, indent=2)


def colored(text: str) -> Markup:
    """Color JSON as the site's other code is."""
    return Markup(highlight(text, JsonLexer(), HtmlFormatter(nowrap=True)))  # noqa: S704  # escaped


def markdown(text: str) -> Markup:
    """Give a description, which is Markdown, as HTML."""
    return Markup(_MARKDOWN.render(_ADDRESS.sub(r"<\g<0>>", text)))  # noqa: S704  # takes no tags


def line(text: str) -> Markup:
    """Give a description of one line."""
    text = _ADDRESS.sub(r"<\g<0>>", text.replace("\n", " "))
    return Markup(_MARKDOWN.renderInline(text))  # noqa: S704  # takes no tags


def kind(schema: dict[str, Any]) -> Markup:
    """Say in a few words what a value is."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#{}">{}</a>').format(anchor(schema["$ref"]), name)
    if "const" in schema:
        return Markup("always <code>{}</code>").format(json.dumps(schema["const"]))
    if "enum" in schema:
        words = [Markup("<code>{}</code>").format(json.dumps(value)) for value in schema["enum"]]
        return Markup(", ").join(words)
    if "items" in schema:
        return Markup("list of {}").format(kind(schema["items"]))
    types = schema.get("type", "any value")
    return escape(types if isinstance(types, str) else " or ".join(types))


def limits(schema: dict[str, Any]) -> Iterator[Markup]:
    """Say what else a value must be."""
    if "pattern" in schema:
        yield Markup("matches <code>{}</code>").format(schema["pattern"])
    if "format" in schema:
        yield escape(schema["format"])
    for key, words in _BOUNDS.items():
        if key in schema:
            yield escape(words.format(schema[key]))
    if schema.get("additionalProperties") is False:
        yield escape("closed: no other properties")
