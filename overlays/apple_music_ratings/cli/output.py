"""Data on stdout, words on stderr."""

from __future__ import annotations

import json
from typing import Any

import click


def say(words: str) -> None:
    """Tell the person something, on stderr."""
    click.echo(words, err=True)


def print_json(document: Any) -> None:
    """Print one JSON document, on stdout."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
