"""`MockService`: the mock as tests and servers use it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypedDict, Unpack

from .api.behaviors import Behaviors
from .api.developer_tokens import DeveloperTokenReader
from .api.fingerprints import fingerprint
from .api.messages import Request, Response
from .api.resource_types import find_type
from .api.state import Library, LibraryEntry
from .faults.injector import ActiveFault, FaultInjector
from .faults.kinds import Fault
from .journal.request_journal import JournalEntry, RequestFilters, RequestJournal
from .pipeline import Pipeline, random_ids
from .scenarios import dumping, seeding
from .scenarios.evidence import read_evidence

if TYPE_CHECKING:
    from .api.keys import Signer
    from .serving.asgi import MockASGIApp
    from .serving.httpx_transport import MockTransport

# 180 days, the longest lifetime that has been seen to be accepted (the documented limit is a
# little longer).
_LIFETIME = 15_552_000.0


class ScenarioOptions(TypedDict, total=False):
    """The options of `MockService` that a scenario does not decide, and its seed."""

    now: Callable[[], float]
    sleep: Callable[[float], None] | None
    sleep_async: Callable[[float], Awaitable[None]] | None
    public_key: str | bytes | None
    evidence: Path | Iterable[Path]
    seed: int | None
    advice: bool


class MockService:
    """A stateful mock of Apple Music's ratings API.

    Without arguments it has no ratings, accepts any well-formed developer token, and treats every
    non-empty Music User Token as a separate user. Safe to share between threads and tasks.

    Args:
        public_key: A P-256 public key as PEM, to verify signatures with. `None` accepts any
            signature.
        library: The library of every user, with the catalog counterparts. `None` accepts any valid
            library id, and lists nothing.
        behaviors: How the service behaves where that is undocumented.
        now: Returns the time, in seconds since 1970.
        error_ids: Returns the ids of errors, or seeds them.
        evidence: Evidence files of `apple-music-ratings probe`. What they settle takes precedence
            over `behaviors`, and their messages replace the mock's own.
        users: The initial users: `token`, and optionally `status` (`active`, `revoked` or
            `unsubscribed`) and `ratings`, a list of `{type, id, value}`.
        faults: The faults that are active from the start; see `inject_fault`.
        seed: Seeds the randomness of faults and the ids of requests; the same requests then have
            the same result.
        journal_size: How many requests the journal stores.
        advice: Whether responses have the headers `X-Mock-Verdict` and `X-Mock-Advice`.
        sleep: Sleeps where a fault delays a response in process; `None` really sleeps. A test
            passes that of its fake clock.
        sleep_async: The same for async clients.

    Raises:
        ValueError: The key is not a P-256 public key, or the library contradicts itself.

    Example:
        >>> import httpx
        >>> service = MockService()
        >>> token = f"Bearer {service.developer_token()}"
        >>> client = httpx.Client(
        ...     transport=service.transport,
        ...     base_url="https://api.music.apple.com",
        ...     headers={"Authorization": token, "Music-User-Token": "any-user"},
        ... )
        >>> client.get("/v1/me/ratings/songs/907242702").status_code
        404
        >>> service.set_rating("any-user", "songs", "907242702", 1)
        >>> client.get("/v1/me/ratings/songs/907242702").json()["data"][0]["attributes"]
        {'value': 1}
    """

    def __init__(
        self,
        *,
        public_key: str | bytes | None = None,
        library: Iterable[LibraryEntry] | None = None,
        behaviors: Behaviors | None = None,
        now: Callable[[], float] = time.time,
        error_ids: Callable[[], str] | int | None = None,
        evidence: Path | Iterable[Path] = (),
        users: Iterable[Mapping[str, object]] = (),
        faults: Iterable[Fault] = (),
        seed: int = 0,
        journal_size: int = 1000,
        advice: bool = True,
        sleep: Callable[[float], None] | None = None,
        sleep_async: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        files = (evidence,) if isinstance(evidence, Path) else evidence
        self._evidence = read_evidence(*files)
        self._initial_behaviors = Behaviors.from_mapping(
            (behaviors or Behaviors()).as_mapping() | dict(self._evidence.behaviors)
        )
        self._library = Library(library, self._initial_behaviors)
        self.initial_users: tuple[Mapping[str, object], ...] = tuple(users)
        self._faults = tuple(faults)
        self._seed = seed
        state, accounts = seeding.load_state(
            {"users": self.initial_users}, self._library, self._initial_behaviors
        )
        self._pipeline = Pipeline(
            behaviors=self._initial_behaviors,
            tokens=_token_reader(public_key),
            state=state,
            accounts=accounts,
            injector=FaultInjector(seed, self._faults),
            journal=RequestJournal(journal_size),
            error_ids=error_ids if callable(error_ids) else random_ids(error_ids),
            request_ids=random_ids(seed),
            has_advice=advice,
            messages=self._evidence.messages,
        )
        self._can_sign = public_key is None
        self._now = now
        self._offset = 0.0
        self._sleep = sleep
        self._sleep_async = sleep_async
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(requests={self.request_count}, faults={len(self.faults)})"

    @classmethod
    def from_scenario(
        cls,
        scenario: str | Path,
        *,
        behaviors: Mapping[str, object] | None = None,
        **options: Unpack[ScenarioOptions],
    ) -> MockService:
        """Create a mock with the starting state of a scenario.

        Needs PyYAML, which the extra `mock` installs.

        Args:
            scenario: `empty`, `small-library`, `ten-thousand`, `expired-tokens`, `throttled`,
                `flaky`, or the path of a file.
            behaviors: Behaviors to change from the scenario's.
            options: As for the class; `seed` replaces the scenario's.

        Raises:
            ValueError: The scenario is invalid; the message names file and line. Or a behavior
                has no such value.
        """
        from .scenarios.scenario import read_scenario

        read = read_scenario(scenario)
        if options.get("seed") is None:
            options["seed"] = read.seed
        return cls(
            library=read.library,
            behaviors=Behaviors.from_mapping(read.behaviors.as_mapping() | dict(behaviors or {})),
            users=read.users,
            faults=read.faults,
            **options,  # type: ignore[arg-type]  # the seed is set
        )

    @property
    def evidence(self) -> tuple[str, ...]:
        """The evidence files that this mock follows, with their dates."""
        return self._evidence.sources

    def handle(self, request: Request) -> Response:
        """Return the response to one request. Delivering it is left to the carrier."""
        with self._lock:
            return self._pipeline.handle(request, self.time)

    @property
    def time(self) -> float:
        """The mock's time, in seconds since 1970."""
        return self._now() + self._offset

    def advance(self, seconds: float) -> None:
        """Advance the mock's time by this many seconds; a negative number goes back.

        Raises:
            ValueError: The time would be out of range.
        """
        offset = self._offset + seconds
        # Beyond these there are no calendar dates.
        if not -1e9 <= offset <= 1e10:
            raise ValueError(f"the clock cannot be moved by {seconds!r} seconds")
        self._offset = offset

    @property
    def behaviors(self) -> Behaviors:
        """How the service behaves where that is undocumented."""
        return self._pipeline.behaviors

    def change_behaviors(self, **values: object) -> None:
        """Change behaviors from now on; a reset restores the initial ones.

        Raises:
            ValueError: A behavior is unknown or has no such value, or a stored rating is not
                possible with it. Then nothing changes.
        """
        with self._lock:
            pipeline = self._pipeline
            behaviors = Behaviors.from_mapping(pipeline.behaviors.as_mapping() | values)
            pipeline.state = seeding.with_behaviors(pipeline.state, pipeline.accounts, behaviors)
            pipeline.behaviors = behaviors

    def requests(self, **filters: Unpack[RequestFilters]) -> list[JournalEntry]:
        """Return the recorded requests that match every filter, oldest first.

        Example:
            >>> service = MockService()
            >>> _ = service.handle(Request("GET", "/v1/me/ratings/song/1"))
            >>> service.requests(verdict="invalid")[0].reason
            "there is no Authorization header; send 'Authorization: Bearer DEVELOPER_TOKEN'"
        """
        with self._lock:
            return self._pipeline.journal.entries(**filters)

    @property
    def request_count(self) -> int:
        """The number of requests so far, including those no longer stored."""
        return self._pipeline.journal.last

    def clear_requests(self) -> None:
        """Delete the recorded requests and the coverage."""
        with self._lock:
            self._pipeline.journal.clear()

    def coverage(self) -> dict[str, object]:
        """Return which operations were called correctly, incorrectly, or never."""
        with self._lock:
            return self._pipeline.journal.coverage()

    def ratings(self, user_token: str) -> dict[tuple[str, str], int]:
        """Return all ratings of a user by type and id; the catalog's where there are two ids."""
        with self._lock:
            return self._pipeline.state.all_ratings().get(fingerprint(user_token), {})

    def state(self) -> dict[str, object]:
        """Return the library, and each user (a fingerprint) with status and ratings."""
        with self._lock:
            return dumping.dump_state(self._pipeline.state, self._pipeline.accounts)

    def load_state(self, document: Mapping[str, object]) -> None:
        """Replace the state.

        Args:
            document: `library`, a list of entries or `None`, and `users`, a list of
                `{token, status, ratings}`. Without `library`, the library stays.

        Raises:
            ValueError: The document is invalid. Then nothing changes.
        """
        with self._lock:
            pipeline = self._pipeline
            pipeline.state, pipeline.accounts = seeding.load_state(
                document, pipeline.state.library, pipeline.behaviors
            )

    def inject_fault(self, fault: Fault) -> int:
        """Inject a fault from now on.

        Returns:
            The number of the fault, which `remove_fault` takes.
        """
        with self._lock:
            return self._pipeline.injector.inject(fault)

    def remove_fault(self, number: int) -> bool:
        """Remove one fault; return whether it was active.

        Its effects stay: a revoked user stays revoked until a reset.
        """
        with self._lock:
            return self._pipeline.injector.remove(number)

    def clear_faults(self) -> None:
        """Remove every fault. Their effects stay, as with `remove_fault`."""
        with self._lock:
            self._pipeline.injector.clear()

    @property
    def faults(self) -> list[ActiveFault]:
        """The active faults, each with how often it was applied."""
        with self._lock:
            return self._pipeline.injector.active

    def revoke(self, user_token: str) -> None:
        """Reject a Music User Token from now on: 403."""
        with self._lock:
            self._pipeline.accounts.revoked.add(fingerprint(user_token))

    def unsubscribe(self, user_token: str) -> None:
        """Treat a user as one without a subscription from now on: 400, code 40015."""
        with self._lock:
            self._pipeline.accounts.unsubscribed.add(fingerprint(user_token))

    def expire_developer_tokens(self) -> None:
        """Reject every developer token received so far: 401. New ones are accepted."""
        with self._lock:
            self._pipeline.accounts.expire(self._pipeline.tokens.recent())

    @cached_property
    def transport(self) -> MockTransport:
        """The mock as a transport for `httpx.Client` and `httpx.AsyncClient`."""
        from .serving.httpx_transport import MockTransport

        return MockTransport(self, sleep=self._sleep, sleep_async=self._sleep_async)

    @cached_property
    def asgi(self) -> MockASGIApp:
        """The mock as an ASGI application."""
        from .serving.asgi import MockASGIApp

        return MockASGIApp(self)

    @cached_property
    def _signer(self) -> Signer:
        from .api.keys import Signer

        return Signer()

    def developer_token(self, *, lifetime: float = _LIFETIME) -> str:
        """Return a developer token that only this mock accepts.

        Args:
            lifetime: Seconds until it expires. A negative one has already expired.

        Raises:
            ValueError: The mock verifies signatures with a public key, so only the holder of the
                private key can sign.
        """
        if not self._can_sign:
            raise ValueError("the mock verifies signatures with your key, so only you can sign")
        with self._lock:
            return self._signer.sign(issued_at=self.time, lifetime=lifetime)

    def set_rating(self, user_token: str, type: str, id: str, value: int) -> None:
        """Set a rating without a request.

        Raises:
            ValueError: There is no such type, item or value.
        """
        resource_type = find_type(type)
        if isinstance(value, bool) or value not in (1, -1):
            raise ValueError(f"{value!r} is neither 1 nor -1")
        with self._lock:
            if not self._pipeline.state.put(fingerprint(user_token), resource_type, id, int(value)):
                raise ValueError(f"there is no {type}/{id} to rate")

    def get_rating(self, user_token: str, type: str, id: str) -> int | None:
        """Return a rating without a request; `None` without one.

        Raises:
            ValueError: There is no such type.
        """
        resource_type = find_type(type)
        with self._lock:
            return self._pipeline.state.stored(fingerprint(user_token), resource_type, id)

    def reset(self) -> None:
        """Restore the starting state: users, behaviors, faults and clock; clear the journal."""
        with self._lock:
            pipeline = self._pipeline
            pipeline.behaviors = self._initial_behaviors
            pipeline.state, pipeline.accounts = seeding.load_state(
                {"users": self.initial_users}, self._library, self._initial_behaviors
            )
            pipeline.injector = FaultInjector(self._seed, self._faults)
            pipeline.journal.clear()
            pipeline.request_ids = random_ids(self._seed)
            self._offset = 0.0


def _token_reader(public_key: str | bytes | None) -> DeveloperTokenReader:
    if public_key is None:
        return DeveloperTokenReader()
    from .api.keys import verifier

    pem = public_key.encode() if isinstance(public_key, str) else public_key
    return DeveloperTokenReader(verifier(pem))
