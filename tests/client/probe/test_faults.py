from __future__ import annotations

from itertools import pairwise

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import FakeClock

from apple_music_ratings import DeveloperToken, Item, RatingsClient, RatingsError, RatingValue
from apple_music_ratings.journal import Journal
from apple_music_ratings.probe import QUESTIONS, Prober
from apple_music_ratings.probe.restoring import (
    is_restored,
    preserve_ratings,
    record,
    restore_ratings,
)
from apple_music_ratings.probe.steps import MAX_REQUESTS
from apple_music_ratings_mock import Behaviors, Fault, FaultKind, LibraryEntry, MockService

SONG = Item("songs", "907242702")
ALBUM = Item("albums", "1138988512")
LIBRARY_ALBUM = Item("library-albums", "l.qrRWYhq")
ITEMS = [ALBUM, LIBRARY_ALBUM]
LIBRARY = [LibraryEntry("library-albums", LIBRARY_ALBUM.id, ALBUM.id, name="Album")]
BASE_URL = "https://api.music.apple.com"
ASSUMED = {question.behavior: question.assumed for question in QUESTIONS}
KINDS = [kind for kind in FaultKind if kind not in ("latency", "slow-headers", "slow-body")]


class Killed(BaseException):
    """Stands for a signal."""


class Setup:
    """A mock, a clock that moves with every sleep, and what a probe of it needs."""

    def __init__(self, *faults: Fault, seed: int = 0) -> None:
        self.clock = FakeClock()
        self.service = MockService(
            library=LIBRARY,
            faults=faults,
            seed=seed,
            now=self.clock.now,
            behaviors=Behaviors(missing_ids_code="40005"),
        )
        self.token = self.service.developer_token()

    def prober(self, transport: httpx.BaseTransport | None = None) -> Prober:
        """Return a probe of the mock."""
        return Prober(
            base_url=BASE_URL,
            developer_token=DeveloperToken(self.token),
            music_user_token="user",
            transport=transport or self.service.transport,
            clock=self.clock,
        )

    def client(self) -> RatingsClient:
        """Return an ordinary client, which restores the ratings."""
        return RatingsClient(
            developer_token=self.token,
            music_user_token="user",
            base_url=BASE_URL,
            transport=self.service.transport,
            clock=self.clock,
        )

    def rating(self, item: Item) -> int | None:
        """Return the rating of an item."""
        return self.service.get_rating("user", item.type, item.id)


@settings(max_examples=40)
@given(st.sampled_from(KINDS), st.sampled_from([0.05, 0.2, 0.6, 1.0]), st.integers(0, 2**16))
def test_no_fault_leads_to_a_false_conclusion(kind: str, probability: float, seed: int) -> None:
    """A question stays open instead, and the number of requests is bounded."""
    setup = Setup(Fault(kind, probability=probability), seed=seed)
    prober = setup.prober()
    prober.read()
    prober.write(ITEMS)
    prober.close()

    assert {each.behavior: each.seen for each in prober.findings if each.seen} == {
        each.behavior: ASSUMED[each.behavior] for each in prober.findings if each.seen
    }
    assert len(prober.exchanges) <= MAX_REQUESTS


def test_token_that_expires_leads_to_no_false_conclusion() -> None:
    """At whichever request: a 401 of the token is not the 401 of a missing user token."""
    offenders = []
    for position in range(12):
        setup = Setup(Fault("developer-token-expired", skip_first=position, count=1))
        prober = setup.prober()
        prober.read()
        found = {each.behavior: each.seen for each in prober.findings if each.seen}
        if any(ASSUMED[behavior] != seen for behavior, seen in found.items()):
            offenders.append((position, found))

    assert not offenders


@pytest.mark.parametrize(("kind", "most"), [("user-token-revoked", 1), ("long-throttle", 2)])
def test_probe_stops_at_the_first_sign_of_harm(kind: str, most: int) -> None:
    """A 403, or a second 429, ends it."""
    prober = Setup(Fault(kind)).prober()
    prober.read()
    prober.write(ITEMS)

    assert prober.stopped_by
    assert len(prober.exchanges) == most


def test_probe_sends_at_most_one_request_a_second() -> None:
    """By the clock of the mock's own journal."""
    setup = Setup()
    setup.prober().read()
    times = [entry.at for entry in setup.service.requests()]

    assert len(times) > 10
    assert min(later - earlier for earlier, later in pairwise(times)) >= 1.0


def test_reads_change_nothing() -> None:
    """No request of the first half has a method that could."""
    setup = Setup()
    setup.prober().read()

    assert {entry.method for entry in setup.service.requests()} == {"GET", "PATCH"}
    assert setup.rating(ALBUM) is None


@pytest.mark.parametrize("before", [None, RatingValue.LIKE, RatingValue.DISLIKE])
def test_ratings_are_restored_wherever_the_probe_is_killed(
    before: RatingValue | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """At every request of its writes, and the next run restores what a kill left behind."""
    reference = Setup()
    prober = reference.prober()
    prober.write([SONG])
    count = len(prober.exchanges)

    for last in range(count):
        setup = Setup()
        if before is not None:
            setup.service.set_rating("user", SONG.type, SONG.id, before)
        journal = Journal(tmp_path_factory.mktemp("journal") / "probe.sqlite3")
        probe = setup.prober(KillingTransport(setup.service.transport, last))
        with journal, setup.client() as client, pytest.raises(Killed):
            probe_and_restore(client, journal, probe)
        assert setup.rating(SONG) == before

    assert count > 10


def test_next_run_restores_what_a_killed_one_left(tmp_path: object) -> None:
    """The journal has what was set before; nothing of the killed process is needed."""
    setup = Setup()
    setup.service.set_rating("user", SONG.type, SONG.id, -1)
    path = f"{tmp_path}/probe.sqlite3"
    with Journal(path) as journal, setup.client() as client:
        record(client, journal, [SONG])
        assert setup.rating(SONG) == 1

    with Journal(path) as journal, setup.client() as client:
        assert not is_restored(journal)
        restore_ratings(client, journal)

        assert is_restored(journal)
        assert setup.rating(SONG) == -1
        assert not restore_ratings(client, journal).writes


def test_failed_restoring_is_finished_by_the_next_run(tmp_path: object) -> None:
    """A token that is revoked in between is the worst case: nothing can be written."""
    setup = Setup()
    setup.service.set_rating("user", SONG.type, SONG.id, -1)
    with Journal(f"{tmp_path}/probe.sqlite3") as journal, setup.client() as client:
        with pytest.raises(RatingsError), preserve_ratings(client, journal, [SONG]):
            setup.service.inject_fault(Fault("error", status=400, body="errors"))
        setup.service.clear_faults()
        assert not is_restored(journal)

        restore_ratings(client, journal)

        assert setup.rating(SONG) == -1


def probe_and_restore(client: RatingsClient, journal: Journal, probe: Prober) -> None:
    """Do what the command does between recording and restoring."""
    with preserve_ratings(client, journal, [SONG]):
        probe.write([SONG])


class KillingTransport(httpx.BaseTransport):
    """Raises instead of sending the request with a number."""

    def __init__(self, transport: httpx.BaseTransport, last: int) -> None:
        self._transport = transport
        self._left = last

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send, or be killed."""
        if self._left == 0:
            raise Killed
        self._left -= 1
        return self._transport.handle_request(request)


@pytest.mark.parametrize("operation", ["get", "put", "delete"])
def test_requests_that_are_rejected_from_some_moment_on_settle_nothing_false(
    operation: str,
) -> None:
    """Whenever it begins: what rejects valid requests too says nothing about the others."""
    for skipped in range(40):
        setup = Setup(Fault("error", operation=operation, status=400, skip_first=skipped))
        prober = setup.prober()
        prober.read()
        if prober.stopped_by is None:
            prober.write(ITEMS)
        found = {each.behavior: each.seen for each in prober.findings if each.seen is not None}

        expected = ASSUMED | {"missing_ids_code": "40005"}
        assert found == {behavior: expected[behavior] for behavior in found}, skipped
