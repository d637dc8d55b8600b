"""From a request to its answer: what is judged, carried out, disturbed and written down.

Not safe to share; the service sees to that.
"""

from __future__ import annotations

from collections.abc import Callable

from .api.accounts import Accounts
from .api.fingerprints import user_of
from .api.handlers import carry_out, finish
from .api.intent import aim_of
from .api.messages import Request, Response
from .api.operations import AnyCall, Call, FavoritesCall, Operation
from .api.problems import Problem
from .api.rendering import PREFLIGHT, render_problem
from .api.resource_types import ResourceType
from .api.routing import Settings, judge
from .api.state import State
from .faults.effects import problem_of, refusal_of, send_astray, spoil
from .faults.injector import Armory, Strike
from .faults.kinds import FaultKind
from .journal.near_miss import REFUSED, advise, advise_call, explain_missing
from .journal.request_journal import Journal


class Engine:
    """Everything that has a part in an answer.

    Args:
        settings: How the service behaves.
        state: The ratings and the library.
        accounts: Who is let in.
        armory: What goes wrong.
        journal: What was asked.
        error_ids: Gives the id of each error in turn.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        state: State,
        accounts: Accounts,
        armory: Armory,
        journal: Journal,
        error_ids: Callable[[], str],
    ) -> None:
        self.settings = settings
        self.state = state
        self.accounts = accounts
        self.armory = armory
        self.journal = journal
        self._switches = settings.switches
        self._error_ids = error_ids

    def handle(self, request: Request, now: float) -> Response:
        """Answer one request at this time, and write it down."""
        if request.method == "OPTIONS" and request.header_values("access-control-request-method"):
            # A browser's question, and not a client's: it has no tokens yet.
            return PREFLIGHT
        self.state.lift_veils(now)
        own = judge(request, self.settings, now=now)
        verdict = own
        if self.accounts:
            verdict = self.accounts.judge(request, user_of(request), own)
        strikes: list[Strike] = []
        if self.armory:
            response, strikes = self._disturb(request, verdict, now)
        else:
            outcome = carry_out(verdict, self.state, self._switches)
            response = finish(request, outcome, self._switches, self._error_ids)
        is_plain = verdict is own and not strikes and response.status < 400
        if is_plain and isinstance(own, Call) and not _is_odd(request, own):
            self.journal.record_right(now, request, own, response.status)
        else:
            self._record(request, own, verdict, response.status, strikes, now)
        return response

    def _disturb(
        self, request: Request, verdict: AnyCall | Problem, now: float
    ) -> tuple[Response, list[Strike]]:
        """Answer one request while faults are armed."""
        authorization = "".join(request.header_values("authorization")[:1])
        strikes = self.armory.strikes(
            aim_of(request, verdict),
            user_of(request),
            self.settings.tokens.team_of(authorization),
            now,
        )
        outcome = refusal_of(
            strikes,
            now=now,
            throttle_body=self._switches.throttle_body,
            error_id=self._error_ids(),
        )
        if outcome is None:
            outcome = self._lagging(verdict, strikes, now)
            response = finish(request, outcome, self._switches, self._error_ids)
            response = self._spoilt(response, strikes)
        else:
            self._remember(request, strikes)
            response = finish(request, outcome, self._switches, self._error_ids)
        return send_astray(response, strikes), strikes

    def _record(
        self,
        request: Request,
        own: AnyCall | Problem,
        verdict: AnyCall | Problem,
        status: int,
        strikes: list[Strike],
        now: float,
    ) -> None:
        """Write down a request that needs a closer look."""
        aim = aim_of(request, own)
        advice = None
        if isinstance(own, Problem):
            tokens = self.settings.tokens
            advice = advise(request, own, aim, tokens=tokens, now=now)
        elif isinstance(own, Call):
            advice = advise_call(request, own) or explain_missing(own, self.state.library)
        word = "right" if advice is None else "wrong"
        if advice is None and verdict is not own:
            word, advice = "refused", REFUSED
        self.journal.record(
            at=now,
            method=request.method,
            target=f"{request.path}?{request.query}" if request.query else request.path,
            body=request.body,
            user=user_of(request),
            aim=aim,
            status=status,
            verdict=word,
            advice=advice,
            faults=tuple(dict.fromkeys(strike.fault.kind for strike in strikes)),
        )

    def _lagging(
        self, verdict: AnyCall | Problem, strikes: list[Strike], now: float
    ) -> Response | Problem:
        """Carry a request out, and hide from readers what it wrote if a fault says so."""
        lag = max((s.seconds for s in strikes if s.fault.kind == FaultKind.READ_LAG), default=0.0)
        written = _written(verdict) if lag else []
        before = [
            (user, type_, id_, self.state.get(user, type_, id_)) for user, type_, id_ in written
        ]
        outcome = carry_out(verdict, self.state, self._switches)
        for user, type_, id_, value in before:
            self.state.veil(user, type_, id_, value, now + lag)
        return outcome

    def _spoilt(self, response: Response, strikes: list[Strike]) -> Response:
        for strike in strikes:
            error_id = self._error_ids()
            problem = problem_of(strike.fault)
            errors = render_problem(problem, switches=self._switches, error_id=error_id)
            response = spoil(response, strike.fault, errors=errors, error_id=error_id)
        return response

    def _remember(self, request: Request, strikes: list[Strike]) -> None:
        """Keep tokens shut once a fault has ended them."""
        kinds = {strike.fault.kind for strike in strikes}
        if FaultKind.TOKEN_EXPIRY in kinds:
            self.accounts.expire(request.header_values("authorization"))
        user = user_of(request)
        if FaultKind.REVOCATION in kinds and user is not None:
            self.accounts.revoked.add(user)


def _is_odd(request: Request, call: Call) -> bool:
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
