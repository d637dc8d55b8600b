"""Tokens that are no longer accepted, and users without a subscription."""

from __future__ import annotations

from collections.abc import Iterable

from .fingerprints import fingerprint
from .operations import AnyCall
from .parsed_request import ParsedRequest
from .problems import NO_SUBSCRIPTION, REVOKED, UNAUTHORIZED, Problem
from .routing_auxiliary import TEST_PATH

# Enough for a long run, and bounded for one that never ends.
_MAX_EXPIRED = 4096


class Accounts:
    """The tokens that were accepted once and are not any more."""

    def __init__(self) -> None:
        self._expired: dict[str, None] = {}
        self.revoked: set[str] = set()
        self.unsubscribed: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._expired or self.revoked or self.unsubscribed)

    def expire(self, authorizations: Iterable[str]) -> None:
        """Reject these Authorization headers from now on."""
        for authorization in authorizations:
            if len(self._expired) >= _MAX_EXPIRED:
                self._expired.pop(next(iter(self._expired)))
            self._expired[fingerprint(authorization)] = None

    def check(self, parsed: ParsedRequest, resolved: AnyCall | Problem) -> AnyCall | Problem:
        """Return the problem with the request's tokens, or what it was resolved to.

        Args:
            parsed: The request.
            resolved: The call or the problem that routing found.
        """
        if resolved is UNAUTHORIZED or self._is_expired(parsed):
            return UNAUTHORIZED
        if parsed.request.path == TEST_PATH or parsed.user is None:
            return resolved
        if parsed.user in self.revoked:
            return REVOKED
        # Observed: a missing subscription is a 400 (Apple forums 694455).
        return NO_SUBSCRIPTION if parsed.user in self.unsubscribed else resolved

    def _is_expired(self, parsed: ParsedRequest) -> bool:
        return any(
            fingerprint(value) in self._expired
            for value in parsed.request.header_values("authorization")
        )
