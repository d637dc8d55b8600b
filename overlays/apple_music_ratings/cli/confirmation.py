"""Asks at a terminal before changes are made."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from .output import is_terminal


def execute_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--execute` and its other name."""
    return click.option(
        "--execute",
        "--yes",
        "execute",
        is_flag=True,
        help="Make the changes without asking. Without a terminal they are only shown otherwise.",
    )(function)


def confirms(question: str, *, as_json: bool) -> bool:
    """Ask a question at a terminal; without one, return false."""
    if as_json or not all(map(is_terminal, (sys.stdin, sys.stdout, sys.stderr))):
        return False
    return click.confirm(question, default=False, err=True)
