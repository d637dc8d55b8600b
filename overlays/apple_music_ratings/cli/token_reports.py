"""Prints what a developer token contains, as text and as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from apple_music_ratings.doctor.developer_tokens import TokenReport

from .output import escaped, to_json


def print_report(report: TokenReport) -> None:
    """Print header, claims and times of a token for a terminal."""
    click.echo(f"header:  {to_json(dict(report.header))}")
    click.echo(f"claims:  {to_json(dict(report.claims))}")
    if report.issued_at is not None and report.age is not None:
        click.echo(f"issued:  {_when(report.issued_at)}, {_days(report.age)} ago")
    if report.expires_at is not None and report.remaining is not None:
        end = f"in {_days(report.remaining)}" if report.remaining > 0 else "it has expired"
        click.echo(f"expires: {_when(report.expires_at)}, {end}")
    for problem in report.problems:
        click.echo(escaped(f"invalid: {problem}"))
    if not report.problems:
        click.echo("No problems found. Only Apple can verify the signature.")


def report_document(report: TokenReport) -> dict[str, Any]:
    """Return the report as a JSON document."""
    return {
        "ok": not report.problems,
        "header": dict(report.header),
        "claims": dict(report.claims),
        "issued_at": report.issued_at and report.issued_at.isoformat(),
        "expires_at": report.expires_at and report.expires_at.isoformat(),
        "age": report.age,
        "remaining": report.remaining,
        "problems": list(report.problems),
    }


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _days(seconds: float) -> str:
    return f"{seconds / 86400:.1f} days"
