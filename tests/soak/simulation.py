"""Deterministic simulation of bulk runs: one seed decides everything that may go wrong.

The flows, the journal and the client are the real ones; the runner, the clock and the transport are
simulated. A seeded scheduler decides which request is next, which one is lost or rejected, when the
clock jumps, and when a process is interrupted, killed, joined by a second one, or loses its power.
What holds is judged by the state and the log of the mock. A seed that fails is run again exactly:

    python tests/soak/simulation.py --first 17 --seeds 1

simloop, simloom and seedloop simulate asyncio, need Python 3.12, and know nothing of SQLite files.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import httpx
from attrs import define, field, frozen

from apple_music_ratings import (
    Item,
    JournalError,
    Plan,
    RatingsClient,
    RatingsError,
    RatingValue,
    RetryPolicy,
    UndoPlan,
    make_plan,
)
from apple_music_ratings._bulk.effects import (
    Drain,
    Effect,
    Execute,
    Flow,
    FlowState,
    Record,
    RequestQueue,
    Sleep,
)
from apple_music_ratings._operations import exchange
from apple_music_ratings.journal import Journal, RunState
from apple_music_ratings.journal.recording import Recording
from apple_music_ratings.journal.steps import StepState, StoredStep, select_steps
from apple_music_ratings_mock import MockService

ALICE, BOB = "the-token-of-alice", "the-token-of-bob"
LIKE, DISLIKE = RatingValue.LIKE, RatingValue.DISLIKE
RATINGS = (LIKE, DISLIKE, None)
# No simulation may take more steps than this, whatever happens.
MAX_STEPS = 20_000
# Yields at each point where another job or process may run.
Steps: TypeAlias = Generator[None, None, Any]


class InvariantError(AssertionError):
    """Something that must never happen has happened."""


@define
class SimulatedClock:
    """Time that moves when it is slept, or when the world says so."""

    random: Random
    time: float = 1_800_000_000.0

    def now(self) -> float:
        """Return the time."""
        return self.time

    def sleep(self, seconds: float, *, until: Any = None) -> bool:
        """Let the time pass at once."""
        self.time += seconds
        return until is not None and until.is_set()

    async def sleep_async(self, seconds: float, *, until: Any = None) -> bool:
        """Let the time pass at once."""
        return self.sleep(seconds, until=until)

    def jitter(self) -> float:
        """Return a number of the seed."""
        return self.random.random()


@frozen
class Write:
    """A write that the service has applied."""

    user: str
    item: str


class FaultyTransport(httpx.BaseTransport):
    """Delivers requests to the mock, or loses or delays them or their responses."""

    def __init__(self, world: World, user: str) -> None:
        self.process: Process | None = None
        self._world = world
        self._user = user

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Deliver a request, or inject a fault of the seed."""
        world, item = self._world, request.url.path.removeprefix("/v1/me/ratings/")
        fault = world.draw_fault(is_write=request.method != "GET")
        if item in world.lost and world.has_faults and world.may_reject:
            world.lost.remove(item)
            fault = world.random.choice([fault, "409"])
        world.trace.append(f"{self._user} {request.method} {request.url.raw_path.decode()} {fault}")
        if fault == "lost-request":
            raise httpx.ConnectError("lost", request=request)
        if fault.isdigit():
            return httpx.Response(int(fault), headers={"Retry-After": "1"}, request=request)
        response = world.service.transport.handle_request(request)
        if request.method != "GET" and response.status_code < 300:
            world.writes.append(Write(self._user, item))
            if self.process is not None and item in self.process.confirmed:
                raise InvariantError(f"{item} was confirmed, and is sent again")
        if fault == "lost-response":
            # Its repetition is more likely to be rejected than other writes.
            world.lost.append(item)
            raise httpx.ReadError("lost", request=request)
        return response


class Process:
    """A process that runs one bulk call, step by step."""

    def __init__(self, world: World, user: str, make_flow: MakeFlow) -> None:
        transport = FaultyTransport(world, user)
        transport.process = self
        self.user = user
        self.client = RatingsClient(
            developer_token=world.developer_token,
            music_user_token=user,
            transport=transport,
            clock=world.clock,
            retry=RetryPolicy(max_attempts=2),
            max_concurrency=3,
            batch_size=5,
        )
        self.result: Any = None
        self.error: BaseException | None = None
        # The run that it carries out.
        self.run: str | None = None
        # What the journal called done when this process took up its run.
        self.confirmed: frozenset[str] = frozenset()
        self._world = world
        self._journal = Journal(world.path)
        flow = make_flow(self.client._bulk(), self._journal)
        self._steps: Steps | None = self._run(flow, 3)

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._steps is not None

    def step(self, interruption: BaseException | None = None) -> None:
        """Run to the next point where something else may happen."""
        assert self._steps is not None
        try:
            next(self._steps) if interruption is None else self._steps.throw(interruption)
        except StopIteration as end:
            self.result = end.value
            self.kill()
        except (RatingsError, KeyboardInterrupt) as error:
            self.error = error
            self._world.trace.append(f"{self.user} ends with {type(error).__name__}")
            self.kill()

    def kill(self) -> None:
        """End it. None of its code runs; the operating system closes its files."""
        if self._steps is not None:
            self._steps.close()
            self._steps = None
            self._journal.close()

    def _run(self, flow: Flow[Any], limit: int) -> Steps:
        state = FlowState()
        while (effect := state.advance(flow)) is not None:
            try:
                state.value = yield from self._perform(effect, limit)
            except GeneratorExit:
                raise
            except BaseException as error:  # noqa: BLE001  # as the real runners do
                state.error = error
        return state.result

    def _perform(self, effect: Effect, limit: int) -> Steps:
        yield
        if isinstance(effect, Execute):
            call: Callable[[], Any] = self._execute(effect)
            yield  # The response is in flight.
            return call()
        if isinstance(effect, Record):
            value = effect.action()
            if getattr(effect.action, "__name__", "") == "close":
                self.run = None
                self._world.sync()
            if isinstance(value, Recording):
                self._world.sync(effect.action)
                self._world.check_alone(self, value.run)
                self.run = value.run
                self.confirmed = frozenset(
                    str(each.step.item)
                    for each in self._world.steps(value.run)
                    if each.state is StepState.DONE
                )
            try:
                yield
            except BaseException:
                # Ctrl-C before the flow has it: nothing else refers to it, and its lock ends.
                value = None
                raise
            return value
        if isinstance(effect, Sleep):
            self._world.clock.sleep(effect.seconds)
        if isinstance(effect, Drain):
            yield from self._drain(effect.queue, limit)
        return None

    def _execute(self, effect: Execute) -> Callable[[], Any]:
        try:
            result = exchange.run(self.client._http, effect.call)
        except RatingsError as error:
            failure = error

            def fail() -> None:
                raise failure

            return fail
        return lambda: result

    def _drain(self, queue: RequestQueue[Any], limit: int) -> Steps:
        in_flight: list[tuple[Any, Steps]] = []
        try:
            while not queue.is_over:
                jobs = queue.take_up_to(limit - len(in_flight))
                record = queue.before_start(jobs)
                if record is not None:
                    yield from self._perform(record, 1)
                in_flight += [(job, self._run(queue.flow(job), 1)) for job in jobs]
                if not in_flight:
                    return
                yield from self._advance(queue, in_flight)
        except GeneratorExit:
            raise
        except BaseException:
            # As the real runners: requests in flight complete, and what is known is recorded.
            for job, steps in in_flight:
                self._settle(queue, job, steps)
            record = queue.before_start(())
            if record is not None:
                with suppress(JournalError):
                    record.action()
            raise

    def _advance(self, queue: RequestQueue[Any], in_flight: list[tuple[Any, Steps]]) -> Steps:
        """Advance jobs in an order of the seed, until one or several have ended."""
        random = self._world.random
        while True:
            position = random.randrange(len(in_flight))
            job, steps = in_flight[position]
            try:
                next(steps)
            except StopIteration as end:
                queue.succeeded(job, end.value)
            except RatingsError as error:
                queue.failed(job, error)
            else:
                yield
                continue
            del in_flight[position]
            if not in_flight or random.random() < 0.5:
                return

    def _settle(self, queue: RequestQueue[Any], job: Any, steps: Steps) -> None:
        try:
            while True:
                next(steps)
        except StopIteration as end:
            queue.succeeded(job, end.value)
        except RatingsError as error:
            queue.failed(job, error)


MakeFlow: TypeAlias = Callable[[Any, Journal], Flow[Any]]


@define
class Tally:
    """What the simulations went through."""

    counts: Counter[str] = field(factory=Counter)

    def __str__(self) -> str:
        return ", ".join(f"{count:,} {name}" for name, count in sorted(self.counts.items()))


class World:
    """The service, the file, the clock, and everything that may go wrong."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = Random(seed)  # noqa: S311  # a seed, not a secret
        self.clock = SimulatedClock(self.random)
        # The clock of the service does not jump.
        self.service = MockService(seed=seed, now=SimulatedClock(self.random).now)
        self.developer_token = self.service.developer_token()
        self.path = folder / "journal"
        self.writes: list[Write] = []
        self.trace: list[str] = []
        self.counts: Counter[str] = Counter()
        self.lost: list[str] = []
        self._synced = 0
        self.has_faults = True
        self.may_reject = True
        self.processes: list[Process] = []

    def draw_fault(self, *, is_write: bool) -> str:
        """Return the fault of the next request; an empty text for none."""
        if not self.has_faults or self.random.random() > 0.25:
            return ""
        kinds = ["lost-request", "lost-response", "503", "429"]
        if is_write and self.may_reject:
            kinds += ["409", *(["403"] if self.random.random() < 0.2 else [])]
        fault = self.random.choice(kinds)
        self.counts["faults"] += 1
        return fault

    def start(self, user: str, make_flow: MakeFlow) -> Process:
        """Start a process."""
        process = Process(self, user, make_flow)
        self.processes.append(process)
        self.trace.append(f"{user} starts")
        return process

    def alive(self) -> list[Process]:
        """Return the processes that have not ended."""
        return [process for process in self.processes if process.is_alive]

    def check_alone(self, newcomer: Process, run: str) -> None:
        """Check that no other living process carries out a run."""
        others = [process for process in self.alive() if process is not newcomer]
        if run in [process.run for process in others]:
            raise InvariantError(f"two processes carry out {run}")

    def sync(self, action: Any = None) -> None:
        """Remember how much of the write-ahead log must survive: what has been synced to the disk.

        Beginning a run copies all of the log into the file, so nothing of it is needed after that.
        """
        wal = self.path.with_name("journal-wal")
        has_begun = isinstance(action, partial) and action.func.__name__ == "begin"
        self._synced = wal.stat().st_size if wal.exists() and not has_begun else 0

    def cut_power(self) -> None:
        """End all processes; what was not synced of the file may be lost, at any byte."""
        wal = self.path.with_name("journal-wal")
        if not self.path.exists():
            for process in self.alive():
                process.kill()
            return
        kept = self.path.with_name("kept")
        shutil.copy(self.path, kept)
        log = wal.read_bytes() if wal.exists() else b""
        for process in self.alive():
            process.kill()
        shutil.move(kept, self.path)
        # The begin and the end of a run are synced, and nothing in between.
        wal.write_bytes(log[: self.random.randint(min(self._synced, len(log)), len(log))])
        self.path.with_name("journal-shm").unlink(missing_ok=True)

    def steps(self, run: str) -> list[StoredStep]:
        """Return the steps of a run, from the file."""
        with Journal(self.path) as journal:
            return select_steps(journal._database, run)

    def rating(self, user: str, item: Item) -> RatingValue | None:
        """Return the rating that the service has."""
        value = self.service.get_rating(user, item.type.value, item.id)
        return None if value is None else RatingValue(value)

    def change(self, user: str, item: Item, value: RatingValue | None) -> None:
        """Change a rating as the user would in the Music app."""
        client = RatingsClient(
            developer_token=self.developer_token,
            music_user_token=user,
            transport=self.service.transport,
        )
        if value is None:
            client.delete_rating(item)
        else:
            client.set_rating(item, value)


class Simulation:
    """One life of a run: applied, interrupted, resumed, and undone, amid everything else."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.world = World(seed, folder)
        random = self.world.random
        self.items = [Item("songs", str(number)) for number in range(1, random.randint(6, 14))]
        self.before = {item: random.choice(RATINGS) for item in self.items}
        for item, value in self.before.items():
            self.world.change(ALICE, item, value)
        self.world.change(BOB, self.items[0], DISLIKE)
        self.plan = make_plan(
            desired={item: random.choice(RATINGS) for item in self.items}, current=self.before
        )
        self.run: str | None = None

    def go(self) -> World:
        """Live through it, and check what must hold."""
        world = self.world
        self._until_quiet(self._apply(self.plan))
        world.has_faults = False
        if self.run is None:
            self._finish(self._apply(self.plan))
        self._finish(_resume)
        self._check_run()
        self._undo()
        self._check_bob()
        return world

    def _until_quiet(self, make_flow: MakeFlow) -> None:
        """Run, and let things go wrong; what ended early is started again a few times."""
        world, random = self.world, self.world.random
        world.start(ALICE, make_flow)
        restarts = 0
        for _ in range(MAX_STEPS):
            alive = world.alive()
            if not alive:
                self._find_run()
                restarts += 1
                if restarts > random.randint(1, 6) or self._is_finished():
                    return
                world.start(ALICE, make_flow if self.run is None else _resume)
                continue
            process = random.choice(alive)
            self._disturb(process)
            if process.is_alive:
                process.step()
        raise InvariantError("the simulation does not come to an end")

    def _disturb(self, process: Process) -> None:
        world, random = self.world, self.world.random
        chance = random.random()
        if chance < 0.02:
            self._count("kills")
            process.kill()
            self._check_journal()
        elif chance < 0.04:
            self._count("power cuts")
            world.cut_power()
            self._check_journal()
        elif chance < 0.055:
            self._count("interruptions")
            process.step(KeyboardInterrupt())
            self._check_journal()
        elif chance < 0.07:
            self._count("clock jumps")
            world.clock.time += random.choice([-1e6, -3600.0, 3600.0, 1e6])
        elif chance < 0.12 and len(world.alive()) < 3:
            self._find_run()
            if self.run is not None:
                self._intrude()

    def _intrude(self) -> None:
        """Start a second process: of the same account, or of another one."""
        self._count("second processes")
        run = self.run
        assert run is not None
        random = self.world.random
        user = random.choice([ALICE, BOB])
        flows: list[MakeFlow] = [_resume, _plan_undo(run)]
        if user == BOB:
            flows.append(self._apply(self.plan))
        self.world.start(user, random.choice(flows))

    def _count(self, what: str) -> None:
        self.world.counts[what] += 1
        self.world.trace.append(what)

    def _apply(self, plan: Plan) -> MakeFlow:
        return lambda bulk, journal: bulk.apply(plan, journal, verify=False, on_progress=None)

    def _find_run(self) -> None:
        with Journal(self.world.path) as journal:
            runs = journal.runs()
        # The first one: an undo comes later.
        self.run = runs[-1].name if runs else None

    def _is_finished(self) -> bool:
        with Journal(self.world.path) as journal:
            runs = journal.runs()
        return bool(runs) and runs[0].state is RunState.FINISHED

    def _finish(self, make_flow: MakeFlow) -> Any:
        """Run without faults until nothing is left to do, and return the last result."""
        for _ in range(10):
            process = self.world.start(ALICE, make_flow)
            while process.is_alive:
                process.step()
            self._find_run()
            if process.error is None and self._is_finished():
                return process.result
            if isinstance(process.error, JournalError) and self._is_finished():
                return None
            make_flow = make_flow if self.run is None else _resume
        raise InvariantError(f"the run cannot be finished: {process.error}")

    def _check_journal(self) -> None:
        """Check that the journal claims nothing that the service does not have."""
        if any(process.is_alive for process in self.world.processes):
            return
        with Journal(self.world.path) as journal:
            runs = journal.runs()
            undone = {step.item for run in runs[:1] for step in journal.undo_plan(run.name)}
        for run in runs[:1]:
            for each in self.world.steps(run.name):
                item, has = each.step.item, self.world.rating(ALICE, each.step.item)
                if each.state is StepState.DONE and has != each.step.after:
                    raise InvariantError(f"{each.step} is done, and the service has {has}")
                if has != self.before[item] and item not in undone:
                    raise InvariantError(f"undo forgets {item}, where the service has {has}")

    def _check_run(self) -> None:
        """Check that nothing is lost: of the writes, of the journal, and of the undo plan."""
        world = self.world
        assert self.run is not None
        self._check_journal()
        steps = world.steps(self.run)
        if [each.step.item for each in steps] != self.items:
            raise InvariantError("the journal has another plan")
        for each in steps:
            has = world.rating(ALICE, each.step.item)
            if each.step.before != self.before[each.step.item]:
                raise InvariantError(f"{each.step}: another rating was before")
            if has not in {each.step.before, each.step.after}:
                raise InvariantError(f"{each.step}: the service has {has}")
        with Journal(world.path) as journal:
            undone = {step.item for step in journal.undo_plan(self.run)}
        for each in steps:
            item = each.step.item
            is_written = Write(ALICE, str(item)) in world.writes
            if is_written and each.step.before != each.step.after and item not in undone:
                raise InvariantError(f"undo forgets {item}, which was written")

    def _undo(self) -> None:
        """Undo it amid faults, after the user has changed some items, and check the ratings."""
        world, random = self.world, self.world.random
        assert self.run is not None
        chosen = {
            item: random.choice(RATINGS) for item in random.sample(self.items, random.randint(0, 2))
        }
        for item, value in chosen.items():
            world.change(ALICE, item, value)
        process = world.start(ALICE, _plan_undo(self.run))
        while process.is_alive:
            process.step()
        undo: UndoPlan = process.result
        world.has_faults, world.may_reject = True, False
        runs_before = len(self._runs())
        self._until_quiet_undo(undo.plan)
        world.has_faults = False
        if len(self._runs()) == runs_before:
            self._finish(self._apply(undo.plan))
        self._finish(_resume)
        changed = {step.item for step in undo.changed}
        planned = {step.item for step in undo.plan}
        for item in self.items:
            expected = self.before[item] if item in planned else None
            has = world.rating(ALICE, item)
            if item in changed and has != chosen[item]:
                raise InvariantError(f"undo changed {item}, which the plan leaves as it is")
            if item in planned and has != expected:
                raise InvariantError(f"undo left {item} at {has}, not {expected}")

    def _runs(self) -> Sequence[object]:
        with Journal(self.world.path) as journal:
            return journal.runs()

    def _until_quiet_undo(self, plan: Plan) -> None:
        world, random = self.world, self.world.random
        runs = len(self._runs())
        process = world.start(ALICE, self._apply(plan))
        for _ in range(MAX_STEPS):
            if not process.is_alive:
                if self._is_finished() or random.random() < 0.3:
                    return
                has_begun = len(self._runs()) > runs
                process = world.start(ALICE, _resume if has_begun else self._apply(plan))
            chance = random.random()
            if chance < 0.03:
                self._count("kills")
                process.kill()
            elif chance < 0.05:
                self._count("power cuts")
                world.cut_power()
            else:
                process.step()
        raise InvariantError("the undo does not come to an end")

    def _check_bob(self) -> None:
        """Check that the other account has what it had."""
        if self.world.service.ratings(BOB) != {("songs", self.items[0].id): -1}:
            raise InvariantError("another account was written to")


def _resume(bulk: Any, journal: Journal) -> Flow[Any]:
    flow: Flow[Any] = bulk.resume(journal, None, verify=False, on_progress=None)
    return flow


def _plan_undo(run: str) -> MakeFlow:
    return lambda bulk, journal: bulk.plan_undo(journal, run, force=False)


def simulate(seed: int) -> World:
    """Run the simulation of a seed.

    Raises:
        InvariantError: Something that must hold does not.
    """
    with tempfile.TemporaryDirectory() as name:
        simulation = Simulation(seed, Path(name))
        try:
            return simulation.go()
        finally:
            for process in simulation.world.processes:
                process.kill()


def main() -> int:
    """Run many seeds, print what they went through, and return the exit code."""
    parser = argparse.ArgumentParser(description="Simulate bulk runs, a seed at a time.")
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=1)
    options = parser.parse_args()
    tally, failed = Tally(), 0
    for seed in range(options.first, options.first + options.seeds):
        try:
            tally.counts += simulate(seed).counts
        except (InvariantError, RatingsError) as error:
            failed += 1
            print(f"seed {seed}: {error}", flush=True)
    print(f"{options.seeds} seeds: {tally}; {failed} broke a promise.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
