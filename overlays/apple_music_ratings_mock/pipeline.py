"""From a request to its answer: what is judged, carried out, disturbed and written down.

Not safe to share; the service sees to that.
"""

from __future__ import annotations

from collections.abc import Callable

from .api.accounts import Accounts
from .api.fingerprints import user_of
from .api.handlers import finish, handle
from .api.intent import infer_intent
from .api.messages import Request, Response
from .api.operations import AnyCall, Call, FavoritesCall, Operation
from .api.problems import Problem
from .api.rendering import PREFLIGHT, render_problem
from .api.resource_types import ResourceType
from .api.routing import MockConfig, judge
from .api.state import State
from .faults.effects import corrupt, delay_or_drop, problem_for, rejection_for
from .faults.injector import Activation, FaultInjector
from .faults.kinds import FaultKind
from .journal.near_miss import REJECTED_TOKEN, explain, explain_call, explain_missing
from .journal.request_journal import RequestJournal


class Pipeline:
    """Everything that has a part in an answer.

    Args:
        settings: How the service behaves.
        state: The ratings and the library.
        accounts: Who is let in.
        injector: What goes wrong.
        journal: What was asked.
        error_ids: Gives the id of each error in turn.
    """

    def __init__(
        self,
        *,
        settings: MockConfig,
        state: State,
        accounts: Accounts,
        injector: FaultInjector,
        journal: RequestJournal,
        error_ids: Callable[[], str],
    ) -> None:
        self.settings = settings
        self.state = state
        self.accounts = accounts
        self.injector = injector
        self.journal = journal
        self._behaviors = settings.behaviors
        self._error_ids = error_ids

    def handle(self, request: Request, now: float) -> Response:
        """Answer one request at this time, and write it down."""
        if request.method == "OPTIONS" and request.header_values("access-control-request-method"):
            # A browser's question, and not a client's: it has no tokens yet.
            return PREFLIGHT
        self.state.expire_stale_reads(now)
        own = judge(request, self.settings, now=now)
        verdict = own
        if self.accounts:
            verdict = self.accounts.judge(request, user_of(request), own)
        activations: list[Activation] = []
        if self.injector:
            response, activations = self._with_faults(request, verdict, now)
        else:
            outcome = handle(verdict, self.state, self._behaviors)
            response = finish(request, outcome, self._behaviors, self._error_ids)
        is_plain = verdict is own and not activations and response.status < 400
        if is_plain and isinstance(own, Call) and not _needs_explanation(request, own):
            self.journal.record_ok(now, request, own, response.status)
        else:
            self._record(request, own, verdict, response.status, activations, now)
        return response

    def _with_faults(
        self, request: Request, verdict: AnyCall | Problem, now: float
    ) -> tuple[Response, list[Activation]]:
        """Answer one request while faults are armed."""
        authorization = "".join(request.header_values("authorization")[:1])
        activations = self.injector.activations(
            infer_intent(request, verdict),
            user_of(request),
            self.settings.tokens.team_of(authorization),
            now,
        )
        outcome = rejection_for(
            activations,
            now=now,
            throttle_body=self._behaviors.throttle_body,
            error_id=self._error_ids(),
        )
        if outcome is None:
            outcome = self._with_stale_reads(verdict, activations, now)
            response = finish(request, outcome, self._behaviors, self._error_ids)
            response = self._corrupted(response, activations)
        else:
            self._invalidate_tokens(request, activations)
            response = finish(request, outcome, self._behaviors, self._error_ids)
        return delay_or_drop(response, activations), activations

    def _record(
        self,
        request: Request,
        own: AnyCall | Problem,
        verdict: AnyCall | Problem,
        status: int,
        activations: list[Activation],
        now: float,
    ) -> None:
        """Write down a request that needs a closer look."""
        intent = infer_intent(request, own)
        near_miss = None
        if isinstance(own, Problem):
            tokens = self.settings.tokens
            near_miss = explain(request, own, intent, tokens=tokens, now=now)
        elif isinstance(own, Call):
            near_miss = explain_call(request, own) or explain_missing(own, self.state.library)
        word = "ok" if near_miss is None else "invalid"
        if near_miss is None and verdict is not own:
            word, near_miss = "rejected", REJECTED_TOKEN
        self.journal.record(
            at=now,
            method=request.method,
            target=f"{request.path}?{request.query}" if request.query else request.path,
            body=request.body,
            user=user_of(request),
            intent=intent,
            status=status,
            verdict=word,
            near_miss=near_miss,
            faults=tuple(dict.fromkeys(activation.fault.kind for activation in activations)),
        )

    def _with_stale_reads(
        self, verdict: AnyCall | Problem, activations: list[Activation], now: float
    ) -> Response | Problem:
        """Carry a request out, and hide from readers what it wrote if a fault says so."""
        lag = max(
            (s.seconds for s in activations if s.fault.kind == FaultKind.STALE_READ), default=0.0
        )
        written = _written(verdict) if lag else []
        before = [
            (user, type_, id_, self.state.get(user, type_, id_)) for user, type_, id_ in written
        ]
        outcome = handle(verdict, self.state, self._behaviors)
        for user, type_, id_, value in before:
            self.state.set_stale_read(user, type_, id_, value, now + lag)
        return outcome

    def _corrupted(self, response: Response, activations: list[Activation]) -> Response:
        for activation in activations:
            error_id = self._error_ids()
            problem = problem_for(activation.fault)
            errors = render_problem(problem, behaviors=self._behaviors, error_id=error_id)
            response = corrupt(response, activation.fault, errors=errors, error_id=error_id)
        return response

    def _invalidate_tokens(self, request: Request, activations: list[Activation]) -> None:
        """Keep tokens shut once a fault has ended them."""
        kinds = {activation.fault.kind for activation in activations}
        if FaultKind.DEVELOPER_TOKEN_EXPIRED in kinds:
            self.accounts.expire(request.header_values("authorization"))
        user = user_of(request)
        if FaultKind.USER_TOKEN_REVOKED in kinds and user is not None:
            self.accounts.revoked.add(user)


def _needs_explanation(request: Request, call: Call) -> bool:
    """Tell whether a call that was answered is worth a closer look.

    Only a list can have ids that are none of its type; a slip there is seldom
    made with the first alone and never with one in the middle.
    """
    if call.operation is not Operation.LIST:
        return False
    if request.query.count("ids=") > 1:
        return True
    return not (call.type.fits(call.ids[0]) and call.type.fits(call.ids[-1]))


def _written(verdict: AnyCall | Problem) -> list[tuple[str, ResourceType, str]]:
    """List what a request may change: user, type and id of each item."""
    if isinstance(verdict, FavoritesCall):
        return [(verdict.user, resource_type, id_) for resource_type, id_ in verdict.items]
    if isinstance(verdict, Call) and verdict.operation in (Operation.PUT, Operation.DELETE):
        return [(verdict.user, verdict.type, verdict.ids[0])]
    return []
