"""The parts of the probe's script that reading and writing share.

Pure: generators that yield requests and pauses and are sent the exchanges. `runner` sends them.
A question stays open unless its exchanges allow one reading only: a rate limit, a server error or a
lost response never settles anything.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from attrs import field, frozen

from .exchanges import Exchange, ProbeRequest, ProbeResponse
from .questions import Finding

# The script needs about 40 requests with one item and 60 with an album and its counterpart.
MAX_REQUESTS = 90


@frozen
class Pause:
    """Wait this many seconds."""

    seconds: float


Script = Generator[ProbeRequest | Pause, Exchange | None, None]
Report = Callable[[Finding], object]


@frozen
class Observation:
    """Collects the exchanges of one question."""

    behavior: str
    names: list[str] = field(factory=list)

    def ask(self, request: ProbeRequest) -> Generator[ProbeRequest, Exchange, ProbeResponse | None]:
        """Yield a request and return its response; `None` if none arrived completely."""
        self.names.append(request.name)
        exchange = yield request
        return exchange.response

    def finding(self, seen: str | None, reason: str) -> Finding:
        """Return what was found out; `None` is inconclusive."""
        return Finding(
            behavior=self.behavior, seen=seen, reason=reason, exchanges=tuple(self.names)
        )


def unexpected(response: ProbeResponse | None) -> str:
    """Return the reason for a finding that a response leaves open."""
    if response is None:
        return "No complete response was received."
    return f"The status was {response.status}, which settles nothing."


def code_finding(
    response: ProbeResponse | None, status: int, known: Sequence[str]
) -> tuple[str | None, str]:
    """Return the code of an error if it is a known one, and the reason."""
    if response is None or response.status != status or response.code is None:
        return None, unexpected(response)
    code = response.code if response.code in known else None
    return code, f"{status} with code {response.code if code else 'that is not known'}."


def error_body(response: ProbeResponse, status: int, code: str) -> str | None:
    """Return `errors` or `empty`; `None` for any other response."""
    if response.status != status:
        return None
    if not response.content:
        return "empty"
    return "errors" if response.code == code else None
