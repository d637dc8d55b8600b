"""Who is let in: tokens that ended in mid-run, people without a subscription."""

from __future__ import annotations

from collections.abc import Iterable

from .fingerprints import fingerprint
from .messages import Request
from .operations import AnyCall
from .problems import NO_SUBSCRIPTION, REVOKED, UNAUTHORIZED, Problem
from .routing_auxiliary import TEST_PATH

# Enough for a long run, and bounded for one that never ends.
_MAX_EXPIRED = 4096


class Accounts:
    """What has become of tokens that were good once."""

    def __init__(self) -> None:
        self._expired: dict[str, None] = {}
        self.revoked: set[str] = set()
        self.unsubscribed: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._expired or self.revoked or self.unsubscribed)

    def expire(self, authorizations: Iterable[str]) -> None:
        """Refuse these Authorization headers from now on."""
        for authorization in authorizations:
            if len(self._expired) >= _MAX_EXPIRED:
                self._expired.pop(next(iter(self._expired)))
            self._expired[fingerprint(authorization)] = None

    def judge(
        self, request: Request, user: str | None, verdict: AnyCall | Problem
    ) -> AnyCall | Problem:
        """Judge a request once more, by what became of its tokens.

        Args:
            request: The request.
            user: The fingerprint of its Music User Token.
            verdict: What was found of it by itself.

        Returns:
            The same verdict, or the problem that comes before it.
        """
        if verdict is UNAUTHORIZED or self._is_expired(request):
            return UNAUTHORIZED
        if request.path == TEST_PATH or user is None:
            return verdict
        if user in self.revoked:
            return REVOKED
        # Observed: the account's rights are a 400 (Apple forums 694455).
        return NO_SUBSCRIPTION if user in self.unsubscribed else verdict

    def _is_expired(self, request: Request) -> bool:
        return any(
            fingerprint(value) in self._expired for value in request.header_values("authorization")
        )
