"""Probes amid faults, kills and expired tokens: nothing is lost, and nothing false is concluded.

`make soak` runs more of it: PROBE_EXAMPLES is the number of examples.
"""

from __future__ import annotations

import os
from contextlib import suppress
from tempfile import TemporaryDirectory

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.builders import FakeClock

from apple_music_ratings import DeveloperToken, Item, RatingsClient, RatingsError, RatingValue
from apple_music_ratings.journal import Journal
from apple_music_ratings.probe import QUESTIONS, Prober
from apple_music_ratings.probe.restoring import is_restored, preserve_ratings, restore_ratings
from apple_music_ratings.probe.steps import MAX_REQUESTS
from apple_music_ratings_mock import Behaviors, Fault, LibraryEntry, MockService

SONG = Item("songs", "907242702")
ALBUM = Item("albums", "1138988512")
LIBRARY_ALBUM = Item("library-albums", "l.qrRWYhq")
ITEMS = [SONG, ALBUM, LIBRARY_ALBUM]
USER = "user"
ASSUMED = {question.behavior: question.assumed for question in QUESTIONS}
FAULTS = {
    "429": Fault("throttle"),
    "500": Fault("error", status=500, probability=0.3),
    "503 once": Fault("error", status=503, count=1),
    "503 with effect": Fault("error", status=503, apply_write_first=True, probability=0.3),
    "reset": Fault("connection-reset", probability=0.3),
    "reset with effect": Fault("connection-reset", apply_write_first=True, probability=0.3),
    "truncated": Fault("truncated-body", probability=0.3),
    "malformed": Fault("malformed-body", probability=0.3),
    "read lag": Fault("stale-read"),
    "developer token expires": Fault("developer-token-expired", count=1),
    "user token is rejected": Fault("error", status=403, count=3),
    "writes are rejected": Fault("error", operation="put", status=400, skip_first=12),
    "deletes are rejected": Fault("error", operation="delete", status=400),
}


class Killed(BaseException):
    """Stands for SIGKILL: whatever the process would do afterward does not happen either."""


class MortalTransport(httpx.BaseTransport):
    """Delivers this many requests, and is dead from then on."""

    def __init__(self, transport: httpx.BaseTransport, life: int) -> None:
        self._transport = transport
        self._life = life

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Deliver a request, or end the process."""
        if self._life == 0:
            raise Killed
        self._life -= 1
        return self._transport.handle_request(request)


class Probing(RuleBasedStateMachine):
    """One user who rates, probes and is interrupted. The state of the mock is the judge."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.clock = FakeClock()

    @initialize(seed=st.integers(0, 2**16))
    def start(self, seed: int) -> None:
        """Start with a library of one album."""
        self.service = MockService(
            library=[LibraryEntry("library-albums", LIBRARY_ALBUM.id, ALBUM.id, name="Album")],
            seed=seed,
            now=self.clock.now,
            behaviors=Behaviors(),
        )
        self.token = self.service.developer_token()
        self.wanted: dict[Item, int | None] = dict.fromkeys(ITEMS)

    def rating(self, item: Item) -> int | None:
        """Return the rating that the service has."""
        return self.service.get_rating(USER, item.type, item.id)

    def client(self, transport: httpx.BaseTransport) -> RatingsClient:
        """Return the client of one process."""
        return RatingsClient(
            developer_token=self.token,
            music_user_token=USER,
            transport=transport,
            clock=self.clock,
        )

    def journal(self) -> Journal:
        """Open the journal of the probes."""
        return Journal(f"{self.folder.name}/probe.sqlite3")

    def has_rest(self) -> bool:
        """Return whether a probe left ratings to restore."""
        with self.journal() as journal:
            return not is_restored(journal)

    @precondition(lambda self: not self.has_rest())
    @rule(item=st.sampled_from([SONG, ALBUM]), value=st.sampled_from([1, -1]))
    def rate(self, item: Item, value: int) -> None:
        """Rate an item in the Music app, some time before anything else."""
        self.service.set_rating(USER, item.type, item.id, value)
        self.wanted = {item: self.rating(item) for item in ITEMS}
        self.clock.time += 60

    @rule(name=st.sampled_from(sorted(FAULTS)))
    def inject(self, name: str) -> None:
        """Let something go wrong from now on."""
        self.service.inject_fault(FAULTS[name])

    @rule()
    def recover(self) -> None:
        """Let everything work again, with a new developer token, after a while."""
        self.service.clear_faults()
        self.token = self.service.developer_token()
        self.clock.time += 60

    @rule(life=st.integers(0, 80), is_killed=st.booleans(), with_reads=st.booleans())
    def probe(self, life: int, *, is_killed: bool, with_reads: bool) -> None:
        """Probe as the command does; half of the processes are killed at some request."""
        transport: httpx.BaseTransport = self.service.transport
        if is_killed:
            transport = MortalTransport(transport, life)
        prober = Prober(
            base_url="https://api.music.apple.com",
            developer_token=DeveloperToken(self.token),
            music_user_token=USER,
            transport=transport,
            clock=self.clock,
        )
        with self.journal() as journal, suppress(Killed, RatingsError):
            client = self.client(transport)
            restore_ratings(client, journal)
            if with_reads:
                prober.read()
            if prober.stopped_by is None:
                with preserve_ratings(client, journal, ITEMS):
                    prober.write(ITEMS)
        found = {each.behavior: each.seen for each in prober.findings if each.seen is not None}

        assert found == {behavior: ASSUMED[behavior] for behavior in found}
        assert len(prober.exchanges) <= MAX_REQUESTS

    @precondition(lambda self: self.has_rest())
    @rule()
    def undo(self) -> None:
        """Undo the run in the journal instead; nothing goes wrong this time."""
        self.recover()
        with self.journal() as journal:
            client = self.client(self.service.transport)
            undo = client.plan_undo(journal, journal.runs()[-1].name, force=True)
            client.apply(undo.plan, journal=journal).raise_for_failures()

    @invariant()
    def ratings_are_restored_or_in_the_journal(self) -> None:
        """Each is as it was, or the first run in the journal says what it was."""
        if self.has_rest():
            with self.journal() as journal:
                steps = journal.plan(journal.runs()[-1].name)
            assert {step.item: step.before for step in steps} == {
                item: value and RatingValue(value) for item, value in self.wanted.items()
            }
        else:
            assert {item: self.rating(item) for item in ITEMS} == self.wanted

    @invariant()
    def nothing_else_is_written_to(self) -> None:
        """No other item, no favorite and no library."""
        writes = [entry for entry in self.service.requests() if entry.method in ("PUT", "DELETE")]
        assert {entry.target for entry in writes} <= {
            f"/v1/me/ratings/{item.type}/{item.id}" for item in ITEMS
        }
        assert all(entry.method != "POST" for entry in self.service.requests())

    def teardown(self) -> None:
        """Whatever happened, the next run without faults restores everything."""
        self.recover()
        with self.journal() as journal:
            restore_ratings(self.client(self.service.transport), journal)
        assert not self.has_rest()
        assert {item: self.rating(item) for item in ITEMS} == self.wanted
        self.folder.cleanup()


TestProbing = Probing.TestCase
TestProbing.settings = settings(
    deadline=None,
    max_examples=int(os.environ.get("PROBE_EXAMPLES", "10")),
    stateful_step_count=8,
    suppress_health_check=[HealthCheck.too_slow],
)
