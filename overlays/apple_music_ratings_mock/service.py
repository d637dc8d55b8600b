"""One object for everything: the mock as tests and servers hold it."""

from __future__ import annotations

import time
from base64 import b32encode
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from random import Random
from threading import Lock
from typing import TYPE_CHECKING

from .api.accounts import Accounts
from .api.behaviors import Behaviors
from .api.developer_tokens import DeveloperTokenReader
from .api.fingerprints import fingerprint
from .api.messages import Request, Response
from .api.resource_types import RESOURCE_TYPES, ResourceType
from .api.routing import MockConfig
from .api.state import LibraryEntry, State
from .faults.injector import ActiveFault, FaultInjector
from .faults.kinds import Fault
from .journal.request_journal import JournalEntry, RequestJournal
from .pipeline import Pipeline
from .scenarios import seeding

if TYPE_CHECKING:
    from .api.keys import Signer
    from .serving.asgi import MockASGIApp
    from .serving.httpx_transport import MockTransport

# 180 days, the longest life that Apple was seen to take (observed; the
# documented limit is a little higher).
_LIFETIME = 15_552_000.0


class MockService:
    """A stateful mock of Apple Music's ratings API.

    Without a seed it knows no ratings, takes any well-formed developer token
    and makes every non-empty Music User Token a person of its own. Safe to
    share between threads and tasks.

    Args:
        public_key: A P-256 public key as PEM, to check signatures with. None
            takes any signature.
        library: What is in everybody's library, with the catalog twins.
            None takes any well-formed library id, and lists nothing.
        behaviors: How the service behaves where nobody knows; those with an
            argument of their own are taken from there.
        now: Gives the time, in seconds since 1970.
        error_ids: Gives the ids of errors, or seeds the source of them.
        users: People who are there from the start: `token`, and if wanted
            `status` (`active`, `revoked` or `unsubscribed`) and `ratings`, a
            list of `{type, id, value}`.
        faults: What goes wrong from the start; see `arm`.
        seed: The dice of faults. The same seed and the same requests give the
            same trouble.
        journal_size: How many requests the journal keeps.
        sleep: Waits so many seconds where a fault delays an answer in
            process; None really waits. A test passes its fake clock's.
        sleep_async: The same for async clients.

    Raises:
        ValueError: The key is not a P-256 public key, an option has an unknown
            word, or the library contradicts itself.

    Example:
        >>> import httpx
        >>> service = MockService()
        >>> client = httpx.Client(
        ...     transport=service.transport,
        ...     base_url="https://api.music.apple.com",
        ...     headers={
        ...         "Authorization": f"Bearer {service.developer_token()}",
        ...         "Music-User-Token": "anybody",
        ...     },
        ... )
        >>> client.get("/v1/me/ratings/songs/907242702").status_code
        404
        >>> service.set_rating("anybody", "songs", "907242702", 1)
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
        users: Iterable[Mapping[str, object]] = (),
        faults: Iterable[Fault] = (),
        seed: int = 0,
        journal_size: int = 1000,
        sleep: Callable[[float], None] | None = None,
        sleep_async: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        self._behaviors = behaviors or Behaviors()
        self._library = seeding.library_of(library, self._behaviors)
        self._users = tuple(users)
        self._faults = tuple(faults)
        self._seed = seed
        state, accounts = self._beginning()
        self._pipeline = Pipeline(
            settings=MockConfig(behaviors=self._behaviors, tokens=_token_reader(public_key)),
            state=state,
            accounts=accounts,
            injector=FaultInjector(seed, self._faults),
            journal=RequestJournal(journal_size),
            error_ids=error_ids if callable(error_ids) else random_error_ids(error_ids),
        )
        self._can_sign = public_key is None
        self._now = now
        self._offset = 0.0
        self._sleep = sleep
        self._sleep_async = sleep_async
        self._lock = Lock()

    @classmethod
    def from_scenario(
        cls,
        scenario: str | Path,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] | None = None,
        sleep_async: Callable[[float], Awaitable[None]] | None = None,
        public_key: str | bytes | None = None,
        behaviors: Mapping[str, object] | None = None,
        seed: int | None = None,
    ) -> MockService:
        """Make a mock that begins as a scenario says.

        Needs PyYAML, which the extra `mock` brings.

        Args:
            scenario: `empty`, `small-library`, `ten-thousand`,
                `expired-tokens`, `throttled`, `flaky`, or the path of a file.
            now: As for the class, and so are the three after it.
            sleep: As for the class.
            sleep_async: As for the class.
            public_key: As for the class.
            behaviors: Behaviors to be moved from where the scenario has them.
            seed: Another seed than the scenario's.

        Raises:
            ValueError: The scenario cannot be used; the message has file and
                line. Or a behavior has no such position.
        """
        from .scenarios.scenario import read_scenario

        read = read_scenario(scenario)
        positions = read.behaviors.as_mapping() | dict(behaviors or {})
        return cls(
            public_key=public_key,
            library=read.library,
            behaviors=Behaviors.from_mapping(positions),
            now=now,
            users=read.users,
            faults=read.faults,
            seed=read.seed if seed is None else seed,
            sleep=sleep,
            sleep_async=sleep_async,
        )

    def _beginning(self) -> tuple[State, Accounts]:
        return seeding.load_state({"users": self._users}, self._library, self._behaviors)

    def handle(self, request: Request) -> Response:
        """Answer one request. How the answer travels is the carrier's business."""
        with self._lock:
            return self._pipeline.handle(request, self.time)

    @property
    def time(self) -> float:
        """The mock's time, in seconds since 1970."""
        return self._now() + self._offset

    def advance(self, seconds: float) -> None:
        """Let time pass without waiting: tokens end, windows close, lags are over.

        Args:
            seconds: How much; less than zero goes back.

        Raises:
            ValueError: That is not a number to go by.
        """
        offset = self._offset + seconds
        # Beyond these no calendar has a date.
        if not -1e9 <= offset <= 1e10:
            raise ValueError(f"the clock cannot be moved by {seconds!r} seconds")
        self._offset = offset

    @property
    def behaviors(self) -> Behaviors:
        """How the service behaves where nobody knows."""
        return self._behaviors

    def requests(
        self,
        *,
        since: int = 0,
        operation: str | None = None,
        type: str | None = None,
        user_token: str | None = None,
        verdict: str | None = None,
        text: str | None = None,
        limit: int | None = None,
    ) -> list[JournalEntry]:
        """Find what was asked of the mock, oldest first.

        Args:
            since: Only requests with a greater number.
            operation: Only those meant to be this.
            type: Only those about this resource type.
            user_token: Only those with this Music User Token, or fingerprint.
            verdict: Only those with this verdict: `right`, `wrong` or
                `refused`.
            text: Only those with this in their target, body or reason.
            limit: At most so many, and of more the last.

        Example:
            >>> service = MockService()
            >>> _ = service.handle(Request("GET", "/v1/me/ratings/song/1"))
            >>> service.requests()[0].reason
            "there is no Authorization header; send 'Authorization: Bearer DEVELOPER_TOKEN'"
        """
        with self._lock:
            return self._pipeline.journal.entries(
                since=since,
                operation=operation,
                type=type,
                user=None if user_token is None else fingerprint(user_token),
                verdict=verdict,
                text=text,
                limit=limit,
            )

    @property
    def request_count(self) -> int:
        """How many requests there have been, those that are forgotten included."""
        return self._pipeline.journal.last

    def clear_requests(self) -> None:
        """Forget what was asked, and what was covered."""
        with self._lock:
            self._pipeline.journal.clear()

    def coverage(self) -> dict[str, object]:
        """Tell which operations were called rightly, which wrongly, and which never."""
        with self._lock:
            return self._pipeline.journal.coverage()

    def ratings(self, user_token: str) -> dict[tuple[str, str], int]:
        """Give all ratings of a person by type and id, the catalog's where there are two."""
        with self._lock:
            return self._pipeline.state.all_ratings().get(fingerprint(user_token), {})

    def state(self) -> dict[str, object]:
        """Give all there is: the library, and each user with status and ratings.

        Users go by their fingerprints, since no token is kept. `load` takes
        the same.
        """
        with self._lock:
            return seeding.dump_state(self._pipeline.state, self._pipeline.accounts)

    def load_state(self, document: Mapping[str, object]) -> None:
        """Put a state in the place of what is there.

        Args:
            document: `library`, a list of entries or None, and `users`, a list
                of `{token, status, ratings}`; both may be left out, the
                library to keep it.

        Raises:
            ValueError: The document is not fit. Then all stays as it was.
        """
        with self._lock:
            state, accounts = seeding.load_state(
                document, self._pipeline.state.library, self._behaviors
            )
            self._pipeline.state, self._pipeline.accounts = state, accounts

    def inject_fault(self, fault: Fault) -> int:
        """Inject a fault from now on.

        Returns:
            The number of the fault, which `remove_fault` takes.

        Example:
            >>> service = MockService()
            >>> service.inject_fault(Fault("error", operation="put", status=503, count=1))
            1
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
        """Refuse a Music User Token from now on: 403."""
        with self._lock:
            self._pipeline.accounts.revoked.add(fingerprint(user_token))

    def unsubscribe(self, user_token: str) -> None:
        """Treat a person as one without a subscription from now on: 400, code 40015."""
        with self._lock:
            self._pipeline.accounts.unsubscribed.add(fingerprint(user_token))

    def expire_developer_tokens(self) -> None:
        """Refuse every developer token seen so far: 401. A new one is let in."""
        with self._lock:
            self._pipeline.accounts.expire(self._pipeline.settings.tokens.remembered())

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
        """Make a developer token that opens this mock and nothing else.

        Args:
            lifetime: Seconds until it ends. A negative one has ended already.

        Raises:
            ValueError: The mock was given a public key, so only the holder of
                its other half can sign.
        """
        if not self._can_sign:
            raise ValueError("the mock checks signatures with your key, so only you can sign")
        with self._lock:
            return self._signer.sign(issued_at=self.time, lifetime=lifetime)

    def set_rating(self, user_token: str, type: str, id: str, value: int) -> None:
        """Set a rating without a request.

        Raises:
            ValueError: There is no such type, item or value.
        """
        resource_type = _resource_type(type)
        if isinstance(value, bool) or value not in (1, -1):
            raise ValueError(f"{value!r} is neither 1 nor -1")
        with self._lock:
            if not self._pipeline.state.put(fingerprint(user_token), resource_type, id, int(value)):
                raise ValueError(f"there is no {type}/{id} to rate")

    def get_rating(self, user_token: str, type: str, id: str) -> int | None:
        """Look up a rating without a request; None when there is none.

        Raises:
            ValueError: There is no such type.
        """
        resource_type = _resource_type(type)
        with self._lock:
            return self._pipeline.state.stored(fingerprint(user_token), resource_type, id)

    def reset(self) -> None:
        """Go back to how the mock began.

        Ratings made since are forgotten and faults armed since are disarmed,
        the clock is right again, the journal is empty and everybody is let in
        again. The keys and the behaviors stay.
        """
        with self._lock:
            self._pipeline.state, self._pipeline.accounts = self._beginning()
            self._pipeline.injector = FaultInjector(self._seed, self._faults)
            self._pipeline.journal.clear()
            self._offset = 0.0


def random_error_ids(seed: int | None = None) -> Callable[[], str]:
    """Make a source of error ids.

    Observed: 26 characters of base32.

    Args:
        seed: The same seed gives the same ids. None gives different ones.
    """
    # The ids need not be hard to guess; only different.
    random = Random(seed)  # noqa: S311  # no secret
    return lambda: b32encode(random.randbytes(20)).decode()[:26]


def _token_reader(public_key: str | bytes | None) -> DeveloperTokenReader:
    if public_key is None:
        return DeveloperTokenReader()
    from .api.keys import verifier

    pem = public_key.encode() if isinstance(public_key, str) else public_key
    return DeveloperTokenReader(verifier(pem))


def _resource_type(name: str) -> ResourceType:
    if name not in RESOURCE_TYPES:
        raise ValueError(f"{name!r} is not one of {', '.join(RESOURCE_TYPES)}")
    return RESOURCE_TYPES[name]
