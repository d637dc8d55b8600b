"""The way from a request to its response: parse, resolve, inject faults, carry out, record.

Not safe to share between threads; the service holds a lock.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable, Sequence
from random import Random

from .api.accounts import Accounts
from .api.behaviors import Behaviors
from .api.developer_tokens import DeveloperTokenReader
from .api.handlers import handle, render
from .api.intent import Intent, infer_intent
from .api.messages import Note, Request, Response
from .api.operations import AnyCall, FavoritesCall, Operation, RatingCall
from .api.parsed_request import ParsedRequest, parse_request
from .api.problems import Messages, Problem, with_observed_message
from .api.rendering import PREFLIGHT, render_problem
from .api.resource_types import ResourceType
from .api.routing import resolve_request
from .api.state import State
from .faults.effects import corrupt, delay_or_drop, problem_for
from .faults.injector import Activation, FaultInjector
from .faults.kinds import FaultKind
from .faults.rejections import rejection_for
from .journal.near_miss import REJECTED_TOKEN, explain, explain_call
from .journal.request_journal import RequestJournal, Verdict

_OK = Note(Verdict.OK)


class Pipeline:
    """Everything that takes part in a response.

    Args:
        behaviors: How the service behaves.
        tokens: Reads developer tokens.
        state: The ratings and the library.
        accounts: The tokens that are not accepted any more.
        injector: The active faults.
        journal: Records the requests.
        error_ids: Returns the id of each error in turn.
        request_ids: Returns the id of each request in turn.
        has_advice: Whether responses have the headers `X-Mock-Verdict` and `X-Mock-Advice`.
        messages: Observed messages, which replace the mock's own.
    """

    def __init__(
        self,
        *,
        behaviors: Behaviors,
        tokens: DeveloperTokenReader,
        state: State,
        accounts: Accounts,
        injector: FaultInjector,
        journal: RequestJournal,
        error_ids: Callable[[], str],
        request_ids: Callable[[], str],
        messages: Messages,
        has_advice: bool = True,
    ) -> None:
        self.behaviors = behaviors
        self.tokens = tokens
        self.state = state
        self.accounts = accounts
        self.injector = injector
        self.journal = journal
        self.request_ids = request_ids
        self._error_ids = error_ids
        self._has_advice = has_advice
        self._messages = messages

    def handle(self, request: Request, now: float) -> Response:
        """Return the response to a request at this time, and record both."""
        if request.method == "OPTIONS" and request.header_values("access-control-request-method"):
            # Sent by a browser, not by a client: it has no tokens yet.
            return self._with_headers(PREFLIGHT, None)
        self.state.expire_stale_reads(now)
        parsed = parse_request(request, self.tokens)
        requested = resolve_request(parsed, self.behaviors, now=now)
        resolved = self.accounts.check(parsed, requested) if self.accounts else requested
        activations: Sequence[Activation] = ()
        if self.injector:
            response, activations = self._with_faults(parsed, resolved, now)
        else:
            outcome = handle(resolved, self.state, self.behaviors)
            response = self._render(request, outcome)
        note = _OK
        is_plain = resolved is requested and not activations and response.status < 400
        if (
            is_plain
            and isinstance(requested, RatingCall)
            and not _needs_explanation(parsed, requested)
        ):
            intent = Intent(requested.operation, requested.type.name)
            self.journal.record(
                parsed, intent, at=now, status=response.status, response=response.body
            )
        else:
            note = self._record(parsed, requested, resolved, response, activations, now)
        return self._with_headers(response, note)

    def _with_headers(self, response: Response, note: Note | None) -> Response:
        # Observed on most responses; for a 401 without a body it is the only handle.
        headers = (*response.headers, ("X-Apple-Jingle-Correlation-Key", self.request_ids()))
        if self._has_advice and note is not None:
            headers = (*headers, ("X-Mock-Verdict", note.verdict))
            if note.reason is not None:
                headers = (*headers, ("X-Mock-Advice", _as_header(note.reason)))
        return Response(response.status, headers, response.body, response.delivery, note)

    def _with_faults(
        self, parsed: ParsedRequest, resolved: AnyCall | Problem, now: float
    ) -> tuple[Response, list[Activation]]:
        """Return the response while faults are active."""
        intent = infer_intent(parsed, resolved)
        activations = self.injector.activations(intent, parsed.user, parsed.team, now)
        outcome = rejection_for(
            activations,
            now=now,
            throttle_body=self.behaviors.throttle_body,
            error_id=self._error_ids(),
        )
        if outcome is None:
            outcome = self._with_stale_reads(resolved, activations, now)
            response = self._render(parsed.request, outcome)
            response = self._corrupted(response, activations)
        else:
            self._invalidate_tokens(parsed, activations)
            response = self._render(parsed.request, outcome)
        return delay_or_drop(response, activations), activations

    def _render(self, request: Request, outcome: Response | Problem) -> Response:
        if self._messages and isinstance(outcome, Problem):
            outcome = with_observed_message(outcome, self._messages)
        return render(request, outcome, self.behaviors, self._error_ids)

    def _record(
        self,
        parsed: ParsedRequest,
        requested: AnyCall | Problem,
        resolved: AnyCall | Problem,
        response: Response,
        activations: Sequence[Activation],
        now: float,
    ) -> Note:
        """Record a request that needs an explanation, or has faults; return what to say of it."""
        intent = infer_intent(parsed, requested)
        near_miss = None
        if isinstance(requested, Problem):
            near_miss = explain(parsed, requested, intent, now=now)
        elif isinstance(requested, RatingCall):
            near_miss = explain_call(parsed, requested, self.state.library)
        verdict = Verdict.OK if near_miss is None else Verdict.INVALID
        if near_miss is None and resolved is not requested:
            verdict, near_miss = Verdict.REJECTED, REJECTED_TOKEN
        if intent.operation is None and not parsed.request.path.startswith("/v1/"):
            verdict, near_miss = Verdict.OUTSIDE, None
        self.journal.record(
            parsed,
            intent,
            at=now,
            status=response.status,
            response=response.body,
            verdict=verdict,
            near_miss=near_miss,
            faults=tuple(dict.fromkeys(each.fault.kind for each in activations)),
        )
        return Note(verdict, None if near_miss is None else near_miss.reason)

    def _with_stale_reads(
        self, resolved: AnyCall | Problem, activations: list[Activation], now: float
    ) -> Response | Problem:
        """Carry a call out, and hide what it wrote from readers if a fault says so."""
        stale = [each.seconds for each in activations if each.fault.kind == FaultKind.STALE_READ]
        written = _written(resolved) if stale else []
        before = [(*each, self.state.get(*each)) for each in written]
        outcome = handle(resolved, self.state, self.behaviors)
        for user, type, id, value in before:
            self.state.set_stale_read(user, type, id, value, now + max(stale))
        return outcome

    def _corrupted(self, response: Response, activations: list[Activation]) -> Response:
        for activation in activations:
            error_id = self._error_ids()
            problem = problem_for(activation.fault)
            errors = render_problem(problem, behaviors=self.behaviors, error_id=error_id)
            response = corrupt(response, activation.fault, errors=errors, error_id=error_id)
        return response

    def _invalidate_tokens(self, parsed: ParsedRequest, activations: list[Activation]) -> None:
        """Reject the tokens of the request from now on if a fault says so."""
        kinds = {each.fault.kind for each in activations}
        if FaultKind.DEVELOPER_TOKEN_EXPIRED in kinds:
            self.accounts.expire(parsed.request.header_values("authorization"))
        if FaultKind.USER_TOKEN_REVOKED in kinds and parsed.user is not None:
            self.accounts.revoked.add(parsed.user)


def _as_header(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode().replace("\r", " ").replace("\n", " ")


def _needs_explanation(parsed: ParsedRequest, call: RatingCall) -> bool:
    """Return whether a call with a 2xx response may be invalid.

    Only a list can name ids of another type. Checking the first and the last finds nearly all of
    them, in a fraction of the time.
    """
    if call.operation is not Operation.LIST:
        return False
    accepts = call.type.accepts
    is_usual = len(parsed.query["ids"]) == 1 and accepts(call.ids[0]) and accepts(call.ids[-1])
    return not is_usual


def _written(resolved: AnyCall | Problem) -> list[tuple[str, ResourceType, str]]:
    """Return what a call may change: user, type and id of each item."""
    if isinstance(resolved, FavoritesCall):
        return [(resolved.user, type, id) for type, id in resolved.items]
    if isinstance(resolved, RatingCall) and resolved.operation in (
        Operation.PUT,
        Operation.DELETE,
    ):
        return [(resolved.user, resolved.type, resolved.ids[0])]
    return []


def random_ids(seed: int | None = None) -> Callable[[], str]:
    """Return a source of ids, for errors and requests.

    Observed: 26 characters of base32.

    Args:
        seed: The same seed has the same ids. `None` has different ones.
    """
    # The ids need not be hard to guess, only different.
    random = Random(seed)  # noqa: S311  # not a secret
    return lambda: b32encode(random.randbytes(20)).decode()[:26]
