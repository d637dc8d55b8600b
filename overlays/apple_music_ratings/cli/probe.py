"""`probe`: ask the service what Apple does not document, and write redacted evidence."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from apple_music_ratings import Item
from apple_music_ratings.contract import load, version
from apple_music_ratings.probe import Evidence, Prober, make_evidence, read_evidence
from apple_music_ratings.probe.contract_check import mismatches
from apple_music_ratings.probe.restoring import (
    is_restored,
    open_probe_journal,
    preserve_ratings,
    restore_ratings,
)
from apple_music_ratings.profiles.store import DEFAULT_PROFILE

from .command import command
from .exit_codes import ExitCode
from .options import same_account_option
from .output import is_terminal, print_message, print_table

if TYPE_CHECKING:
    from types import FrameType

    from apple_music_ratings.journal import Journal
    from apple_music_ratings.probe import Finding, Progress

    from .session import Session


@command(
    "apple-music-ratings probe -o evidence.json",
    "apple-music-ratings probe -o evidence.json --write songs/907242702",
    "apple-music-ratings probe --show evidence.json",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("evidence.json"),
    show_default=True,
    help="The evidence file to write.",
)
@click.option(
    "--write",
    "items",
    multiple=True,
    metavar="ITEM",
    help="An item whose rating may be changed for a minute and restored; repeatable.",
)
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
@click.option(
    "--show",
    "file",
    type=click.Path(path_type=Path),
    help="Print an evidence file as a table, and send nothing.",
)
@click.option(
    "--contract",
    "checks_contract",
    is_flag=True,
    help="Also list the responses that do not match the contract.",
)
@same_account_option
@click.pass_obj
def probe(
    session: Session,
    output: Path,
    items: Sequence[str],
    yes: bool,  # noqa: FBT001  # click's
    file: Path | None,
    checks_contract: bool,  # noqa: FBT001
) -> int:
    """Ask the service what Apple does not document, and write redacted evidence.

    Sends about 30 small read requests, one a second; with --write about 20 more, which change the
    rating of the named items and restore it at the end. Nothing is added to a library or to the
    favorites. The file holds no token, id, name or library content; read it before you share it.
    """
    if file is not None:
        evidence = read_evidence(file)
        _show(session, evidence, checks_contract=checks_contract)
        return ExitCode.SUCCESS
    named = [Item.parse(item) for item in items]
    with _journal(session) as journal:
        if not is_restored(journal):
            print_message("An earlier probe was interrupted. Restoring its ratings first.")
            restored = restore_ratings(session.client(), journal)
            print_message(f"{len(restored.writes)} ratings restored.")
        if named and not yes and not _is_confirmed(named):
            return ExitCode.FAILURE
        with closing(_prober(session)) as prober, _sigterm_interrupts():
            try:
                prober.read()
                if named and prober.stopped_by is None:
                    print_message(
                        "Changing the rating of the named items. If this is killed, run `probe` "
                        "again to restore it."
                    )
                    with preserve_ratings(session.client(), journal, named):
                        prober.write(named)
                    print_message("The ratings are restored.")
            finally:
                evidence = _write(session, prober, output, checks_contract=checks_contract)
    if prober.stopped_by is not None:
        print_message(f"Stopped early. {prober.stopped_by}")
    _show(session, evidence, checks_contract=checks_contract)
    print_message(
        f"{len(evidence.settled)} of {len(evidence.findings)} questions settled, "
        f"{len(prober.exchanges)} requests. Wrote {output}; read it before you share it."
    )
    return ExitCode.SUCCESS if prober.stopped_by is None else ExitCode.PARTIAL_FAILURE


def _is_confirmed(items: Sequence[Item]) -> bool:
    print_message(
        "The probe sets, reads and deletes the rating of these items about 20 times, and restores "
        "it at the end:"
    )
    for item in items:
        print_message(f"  {item}")
    if not is_terminal(sys.stdin):
        print_message("Nothing was sent. Add --yes to write without being asked.")
        return False
    return bool(click.confirm("Continue?", err=True))


def _journal(session: Session) -> AbstractContextManager[Journal]:
    path = session.journal_path()
    return open_probe_journal(
        path.with_name(f"probe-{path.name}"), same_account=session.same_account
    )


def _prober(session: Session) -> Prober:
    return Prober.from_env(
        session.environ,
        profile=session.profile or DEFAULT_PROFILE,
        clock=session.clock,
        on_exchange=_print_exchange,
        on_finding=_print_finding,
    )


def _print_exchange(progress: Progress) -> None:
    request, response = progress.exchange.request, progress.exchange.response
    status = "no response" if response is None else response.status
    print_message(f"{progress.number:>3}  {request.method} {request.template}  {status}")


def _print_finding(finding: Finding) -> None:
    seen = "not settled" if finding.seen is None else finding.seen
    print_message(f"     {finding.behavior}: {seen}. {finding.reason}")


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM end the probe as Ctrl-C does, so that ratings are restored."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _write(session: Session, prober: Prober, output: Path, *, checks_contract: bool) -> Evidence:
    evidence = make_evidence(
        day=datetime.now(UTC).date(),
        contract=version(),
        service=urlsplit(session.service).hostname or "",
        findings=prober.findings,
        exchanges=prober.exchanges,
        mismatches=mismatches(prober.exchanges, load()) if checks_contract else None,
    )
    evidence.write(output)
    return evidence


def _show(session: Session, evidence: Evidence, *, checks_contract: bool) -> None:
    rows = [
        (
            {True: "yes", False: "NO", None: "-"}[each["agrees"]],
            each["assumed"],
            each["seen"] or "not settled",
            each["question"],
        )
        for each in evidence.as_document()["questions"]
    ]
    print_table(session.environ, ("AGREES", "ASSUMED", "SEEN", "QUESTION"), rows)
    if not checks_contract:
        return
    if evidence.mismatches is None:
        print_message("The responses were not checked against the contract: probe --contract.")
    elif not evidence.mismatches:
        print_message("Every response matches the contract.")
    else:
        places = [(each.exchange, each.pointer or "/", each.rule) for each in evidence.mismatches]
        print_table(session.environ, ("EXCHANGE", "POINTER", "RULE"), places)
