"""One object for everything: the mock as tests and servers hold it."""

from __future__ import annotations

import time
from base64 import b32encode
from collections.abc import Callable, Iterable
from functools import cached_property
from random import Random
from threading import Lock
from typing import TYPE_CHECKING, Literal

from .app import answer
from .developer_tokens import DeveloperTokenReader
from .messages import Request, Response
from .resource_types import RESOURCE_TYPES, ResourceType
from .state import Library, LibraryEntry, State
from .verdict import Settings

if TYPE_CHECKING:
    from .asgi import MockASGIApp
    from .keys import Signer
    from .transport import MockTransport

# 180 days, the longest life that Apple was seen to take (observed; the
# documented limit is a little higher).
_LIFETIME = 15_552_000.0


class MockService:
    """A stateful mock of Apple Music's ratings API.

    Without a seed it knows no ratings, takes any well-formed developer token
    and makes every non-empty Music User Token a person of its own. Safe to
    share between threads and tasks.

    Args:
        bodies: Error bodies as others observed them, or as Apple documents
            them. They differ for 401: nothing, or an empty object.
        id_check: What an id of the wrong form is: absent (404, or left out of
            a list), or an error (400).
        public_key: A P-256 public key as PEM, to check signatures with. None
            takes any signature.
        library: What is in everybody's library, with the catalog twins.
            None takes any well-formed library id.
        now: Gives the time, in seconds since 1970.
        error_ids: Gives the ids of errors, or seeds the source of them.

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
        >>> service.rate("anybody", "songs", "907242702", 1)
        >>> client.get("/v1/me/ratings/songs/907242702").json()["data"][0]["attributes"]
        {'value': 1}
    """

    def __init__(
        self,
        *,
        bodies: Literal["observed", "documented"] = "observed",
        id_check: Literal["lenient", "strict"] = "lenient",
        public_key: str | bytes | None = None,
        library: Iterable[LibraryEntry] | None = None,
        now: Callable[[], float] = time.time,
        error_ids: Callable[[], str] | int | None = None,
    ) -> None:
        _check_word("bodies", bodies, ("observed", "documented"))
        _check_word("id_check", id_check, ("lenient", "strict"))
        tokens = _token_reader(public_key)
        self._settings = Settings(bodies=bodies, id_check=id_check, tokens=tokens)
        self._state = State(Library(library))
        self._now = now
        self._error_ids = error_ids if callable(error_ids) else random_error_ids(error_ids)
        self._can_sign = public_key is None
        self._lock = Lock()

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        with self._lock:
            return answer(
                request, self._state, self._settings, now=self._now(), error_ids=self._error_ids
            )

    @cached_property
    def transport(self) -> MockTransport:
        """The mock as a transport for `httpx.Client` and `httpx.AsyncClient`."""
        from .transport import MockTransport

        return MockTransport(self)

    @cached_property
    def asgi(self) -> MockASGIApp:
        """The mock as an ASGI application."""
        from .asgi import MockASGIApp

        return MockASGIApp(self)

    @cached_property
    def _signer(self) -> Signer:
        from .keys import Signer

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
            return self._signer.sign(issued_at=self._now(), lifetime=lifetime)

    def rate(self, user_token: str, type: str, id: str, value: int) -> None:
        """Set a rating without a request.

        Raises:
            ValueError: There is no such type, item or value.
        """
        resource_type = _resource_type(type)
        if isinstance(value, bool) or value not in (1, -1):
            raise ValueError(f"{value!r} is neither 1 nor -1")
        with self._lock:
            if not self._state.put(user_token, resource_type, id, int(value)):
                raise ValueError(f"there is no {type}/{id} to rate")

    def rating(self, user_token: str, type: str, id: str) -> int | None:
        """Look up a rating without a request; None when there is none.

        Raises:
            ValueError: There is no such type.
        """
        resource_type = _resource_type(type)
        with self._lock:
            return self._state.get(user_token, resource_type, id)

    def reset(self) -> None:
        """Forget every rating. The library, keys and tokens stay."""
        with self._lock:
            self._state.clear()


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
    from .keys import verifier

    pem = public_key.encode() if isinstance(public_key, str) else public_key
    return DeveloperTokenReader(verifier(pem))


def _resource_type(name: str) -> ResourceType:
    if name not in RESOURCE_TYPES:
        raise ValueError(f"{name!r} is not one of {', '.join(RESOURCE_TYPES)}")
    return RESOURCE_TYPES[name]


def _check_word(option: str, word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise ValueError(f"{option} is {word!r}, which is not one of {', '.join(words)}")
