"""The public names of the modules beside the top, as a reader would use them. Never run.

As in `api.py`, a line that must not type-check says so.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import Any, assert_type

from apple_music_ratings import (
    AsyncRatingsClient,
    BulkResult,
    Clock,
    FileError,
    Item,
    LibraryItem,
    Plan,
    RatingsClient,
    RatingValue,
    RowError,
    make_plan,
)
from apple_music_ratings.cli import main
from apple_music_ratings.contract import load, path, text, version
from apple_music_ratings.doctor.checks import Check, CheckStatus, run_checks
from apple_music_ratings.doctor.developer_tokens import (
    DAY,
    DEVELOPER_TOKEN,
    TokenReport,
    find_signing_key,
    inspect_token,
    override_key,
    page_token,
    sign_token,
    update_profile,
)
from apple_music_ratings.doctor.storage import check_storage
from apple_music_ratings.files import (
    COLUMNS,
    BlankRow,
    FileFormat,
    RatingRow,
    RatingsFile,
    ReadOptions,
    SkippedRow,
    detect_format,
    format_rating,
    open_output,
    read_items,
    read_ratings,
    read_rows,
    write_rows,
)
from apple_music_ratings.journal import Journal
from apple_music_ratings.login.sign_in import DEFAULT_TIMEOUT, App, SignInLink, sign_in
from apple_music_ratings.probe import (
    QUESTIONS,
    UNSETTLED,
    Evidence,
    Finding,
    Prober,
    Progress,
    Question,
    make_evidence,
    read_evidence,
    schema,
)
from apple_music_ratings.probe.contract_check import Mismatch, mismatches
from apple_music_ratings.probe.exchanges import Exchange, ProbeRequest, ProbeResponse
from apple_music_ratings.probe.restoring import (
    is_restored,
    open_probe_journal,
    preserve_ratings,
    record,
    restore_ratings,
)
from apple_music_ratings.profiles.store import (
    DEFAULT_PROFILE,
    Profile,
    TokenStore,
    as_music_user_token,
)
from apple_music_ratings.relocation import ResolvedFile, find_differences, resolve_items
from apple_music_ratings.transports import fast_async_transport
from apple_music_ratings_mock import (
    Behaviors,
    Delivery,
    Fault,
    FaultKind,
    LibraryEntry,
    MockService,
    Request,
    Response,
)


def files(client: RatingsClient) -> BulkResult:
    """Save, read and restore."""
    form: FileFormat = detect_format("ratings.csv")
    row = RatingRow(item=Item("songs", "907242702"), rating=RatingValue.LIKE)
    RatingRow.of_library_item(LibraryItem(Item("library-songs", "i.ORx9g1gI6RlPVd")), None)
    with open_output("ratings.csv", force=True) as stream:
        write_rows([row], stream, form, with_favorites=True)
    try:
        options = ReadOptions(rating="like", type="songs", id_column="Apple - id")
        file = read_ratings(Path("ratings.csv"), format="csv", options=options)
    except FileError as error:
        assert_type(error.errors, tuple[RowError, ...])
        raise
    assert_type(file, RatingsFile)
    assert_type(file.skipped, tuple[SkippedRow, ...])
    assert_type(file.desired, dict[Item, RatingValue | None])
    with Path("ratings.csv").open("rb") as source:
        for each in read_rows(source, FileFormat.CSV, name="ratings.csv"):
            if isinstance(each, RatingRow):
                assert_type(format_rating(each.rating), str)
            elif isinstance(each, RowError):
                assert_type(each.column, str | None)
            else:
                assert_type(each, BlankRow)
        assert_type(next(read_items(source, name="items")), Item | RowError)
    assert_type(len(COLUMNS), int)
    found: ResolvedFile = resolve_items(client, file)
    assert_type(found.relocated, dict[Item, Item])
    assert_type(found.unlisted, tuple[RatingRow, ...])
    for wanted, read in find_differences(client, found).values():
        assert_type((wanted, read), tuple[RatingValue | None, RatingValue | None])

    read_ratings("ratings.csv", "csv")  # type: ignore[call-arg]  # format=
    RatingRow(row.item, row.rating)  # type: ignore[call-arg]  # by their names
    return client.apply(make_plan(desired=found.desired, current=found.current))


def restore(client: AsyncRatingsClient, file: RatingsFile) -> None:
    """The library is walked by the sync client."""
    resolve_items(client, file)  # type: ignore[arg-type]  # RatingsClient


def tokens() -> None:
    """Save, sign in, sign, inspect and check."""
    store = TokenStore.from_env(os.environ)
    profile: Profile | None = store.load(DEFAULT_PROFILE)
    kept = profile or Profile(music_user_token=as_music_user_token("pasted"))
    environ = override_key(os.environ, key_file="key.p8", key_id="K", team_id="T")
    token = sign_token(find_signing_key(environ, DEFAULT_PROFILE, store.load), lifetime=DAY)
    report: TokenReport = inspect_token(token, origin="https://example.org")
    assert_type(report.remaining, float | None)
    assert_type(DEVELOPER_TOKEN, str)

    def show(link: SignInLink) -> None:
        assert_type(link.url, str)

    was_saved = sign_in(
        developer_token=page_token(environ, kept, DEFAULT_PROFILE),
        app=App(name="Ours", build="1"),
        save=lambda _token: store.save("me", update_profile(kept, environ, "me")),
        on_link=show,
        timeout=DEFAULT_TIMEOUT,
    )
    assert_type(was_saved, bool)

    def load(name: str) -> Profile | None:
        return store.load(name)

    for check in run_checks(os.environ, profile="me", load=load):
        assert_type(check, Check)
        assert_type(check.status, CheckStatus)

    def open_journal() -> Journal:
        return Journal("journal.sqlite3")

    for check in check_storage(lambda: store, lambda: Path("journal.sqlite3"), open_journal):
        assert_type(check, Check)

    App("Ours", "1")  # type: ignore[call-arg]  # by their names
    store.save(kept, "me")  # type: ignore[arg-type]  # the name first


def mock() -> None:
    """A mock with a library, faults and behaviors."""
    service = MockService(
        library=[LibraryEntry("library-songs", "i.1", "907242702", name="A song")],
        behaviors=Behaviors(delete_unrated="204"),
        faults=[Fault("error", status=503, count=1)],
    )
    assert_type(service.inject_fault(Fault(FaultKind.THROTTLE, probability=0.5)), int)
    response = service.handle(Request("GET", "/v1/test"))
    assert_type(response, Response)
    assert_type(response.delivery, Delivery | None)
    RatingsClient(
        developer_token=service.developer_token(),
        music_user_token="user",
        transport=service.transport,
    )
    AsyncRatingsClient(
        developer_token=service.developer_token(),
        music_user_token="user",
        transport=service.transport,
    )

    Behaviors(delete_unrated="200")  # type: ignore[arg-type]  # "404" or "204"
    MockService(faults=["error"])  # type: ignore[list-item]  # Fault("error")


def transports() -> None:
    """A faster transport, for one of the clients."""
    AsyncRatingsClient(
        developer_token="dev", music_user_token="user", transport=fast_async_transport()
    )
    RatingsClient(
        developer_token="dev",
        music_user_token="user",
        transport=fast_async_transport(),  # type: ignore[arg-type]  # the sync one
    )


def probing(clock: Clock) -> None:
    """The probe, and what it finds."""
    prober = Prober(
        base_url="https://api.music.apple.com",
        developer_token="dev",
        music_user_token="user",
        clock=clock,
        on_exchange=lambda progress: assert_type(progress, Progress),
        on_finding=lambda finding: assert_type(finding, Finding),
    )
    Prober.from_env(os.environ)
    prober.write("songs/1")  # type: ignore[arg-type]  # items
    evidence = make_evidence(
        day=date(2026, 11, 26),
        contract=version(),
        service="api.music.apple.com",
        findings=prober.findings,
        exchanges=prober.exchanges,
        mismatches=mismatches(prober.exchanges, load()),
    )
    assert_type(evidence, Evidence)
    assert_type(evidence.mismatches, tuple[Mismatch, ...] | None)
    assert_type(read_evidence(Path("evidence.json")), Evidence)
    assert_type(schema(), dict[str, Any])
    assert_type(QUESTIONS[0], Question)
    assert_type(UNSETTLED["throttle_body"], str)


def exchanges() -> None:
    """What the script of the probe is made of."""
    request = ProbeRequest(name="get", method="GET", template="/v1/me/ratings/songs")
    response = ProbeResponse(status=200, headers={}, content=b"")
    assert_type(Exchange(request=request, response=response).response, ProbeResponse | None)


def restoring(client: RatingsClient, journal: Journal) -> None:
    """Ratings that a probe changes are restored."""
    items = [Item("songs", "1")]
    record(client, journal, items)
    with open_probe_journal(Path("probe.sqlite3"), same_account=True) as opened:
        assert_type(opened, Journal)
    with preserve_ratings(client, journal, items):
        assert_type(is_restored(journal), bool)
    assert_type(restore_ratings(client, journal), Plan)


def contract_file() -> None:
    """The contract is part of the package."""
    assert_type(path(), Path)
    assert_type(text(), str)
    assert_type(version(), str)
    assert_type(load(), dict[str, Any])


sys.exit(main())
