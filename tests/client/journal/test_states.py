"""The state machine of the journal, as `docs/reference/journal.md` describes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apple_music_ratings import Action, Item, NotFoundError, Plan, RatingValue, ServerError, Step
from apple_music_ratings.journal import Journal, RunState
from apple_music_ratings.journal.recording import Recording
from apple_music_ratings.journal.steps import StoredStep, select_steps
from apple_music_ratings.plans import Outcome, OutcomeStatus

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "journal.md"
SERVICE = "https://api.music.apple.com"
ITEM = Item("songs", "1")
STEP = Step(ITEM, Action.LIKE, RatingValue.DISLIKE)


def table(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading of the page."""
    section = PAGE.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"]
    return lines[2:]


def fingerprint(salt: bytes) -> str:
    """Return the fingerprint of the only token of these tests."""
    return salt.hex()


class Run:
    """A run of one step, whose process can crash."""

    def __init__(self, path: Path, step: Step = STEP) -> None:
        self.journal = Journal(path)
        self.recording = Recording.begin(
            self.journal, Plan([step]), service=SERVICE, fingerprint=fingerprint, at=0.0
        )

    def send(self) -> None:
        """Record that the step is about to be sent."""
        self.recording.record(sending=[ITEM], ended=[], at=0.0)

    def end(self, status: OutcomeStatus, *, error: str = "", attempts: int = 1) -> None:
        """Record how the step ended: done, or with an error of a status code."""
        kinds = {"": None, "404": NotFoundError, "503": ServerError}
        kind = kinds[error]
        failure = kind and kind(
            error, method="PUT", path="/p", status_code=int(error), attempts=attempts
        )
        outcome = Outcome(ITEM, Action.LIKE, status, failure, STEP.before, error == "503")
        self.recording.record(sending=[], ended=[outcome], at=0.0)

    def crash(self) -> None:
        """End the process: the lock is released, and nothing is recorded."""
        self.recording.release()

    def resume(self) -> None:
        """Continue the run."""
        self.recording = Recording.reopen(
            self.journal, self.recording.run, service=SERVICE, fingerprint=fingerprint
        )

    def crash_and_resume(self) -> None:
        """Continue after a crash."""
        self.crash()
        self.resume()

    def close(self) -> None:
        """End the run."""
        self.recording.close()

    def stored(self) -> StoredStep:
        """Return the step from the file."""
        [stored] = select_steps(self.journal._database, self.recording.run)
        return stored

    def state(self) -> str:
        """Return the state of the step, as the page names it."""
        stored = self.stored()
        if stored.is_retryable:
            return "retryable"
        return stored.state.value + (", may be written" if stored.may_be_written else "")


FAILED, DONE = OutcomeStatus.FAILED, OutcomeStatus.DONE
STEP_EVENTS: dict[str, Callable[[Run], None]] = {
    "about to be sent": Run.send,
    "confirmed": lambda run: run.end(DONE),
    "transient error": lambda run: run.end(FAILED, error="503"),
    "final error": lambda run: run.end(FAILED, error="404"),
    "final error after a lost attempt": lambda run: run.end(FAILED, error="404", attempts=2),
    "rejected by the limiter": lambda run: run.end(OutcomeStatus.NOT_SENT),
    "crash and resume": Run.crash_and_resume,
    "reads back differently": lambda run: run.end(FAILED, error="503"),
}
# How to get to each state.
PATHS = {
    "planned": [],
    "sending": ["about to be sent"],
    "done": ["about to be sent", "confirmed"],
    "retryable": ["about to be sent", "transient error"],
    "failed": ["about to be sent", "final error"],
    "failed, may be written": ["about to be sent", "final error after a lost attempt"],
    "sending, may be written": ["about to be sent", "crash and resume"],
    "unchanged": [],
}


@pytest.fixture
def in_state(tmp_path: Path) -> Iterator[Callable[[str], Run]]:
    """Return a function that makes a run whose step is in a state."""
    runs: list[Run] = []

    def make(state: str) -> Run:
        step = Step(ITEM, Action.LEAVE, STEP.before) if state == "unchanged" else STEP
        run = Run(tmp_path / f"journal-{len(runs)}", step)
        runs.append(run)
        for event in PATHS[state]:
            STEP_EVENTS[event](run)
        return run

    yield make
    for run in runs:
        run.recording.release()
        run.journal.close()


def test_every_transition_of_a_step_is_as_described(in_state: Callable[[str], Run]) -> None:
    """Each row of the page is walked; none of the events is missing from it."""
    walked = []
    rows = table("States of a step")
    for state, event, _ in rows:
        run = in_state(state)
        STEP_EVENTS[event](run)
        walked.append([state, event, run.state()])

    assert walked == rows
    assert {event for _, event, _ in rows} == set(STEP_EVENTS)


def test_resume_and_undo_are_as_described(in_state: Callable[[str], Run]) -> None:
    """For each state of a step, after an ordinary end and after a crash."""
    rows = []
    for state, *_ in table("What resume and undo do"):
        sent = "sends it" if in_state(state).stored().is_unfinished else "leaves it"
        undone = []
        for end in (Run.close, Run.crash):
            run = in_state(state)
            end(run)
            plan = run.journal.undo_plan(run.recording.run)
            undone.append("includes it" if len(plan) else "leaves it")
        rows.append([state, sent, *undone])

    assert rows == table("What resume and undo do")
    assert {row[0] for row in rows} == set(PATHS) - {"sending, may be written"}


def ended(run: Run, state: str) -> None:
    """End a run in a state."""
    if state == "finished":
        run.send()
        run.end(DONE)
    if state == "stopped":
        run.recording.stop(ServerError("down", method="PUT", path="/p", status_code=503))
    run.crash() if state == "crashed" else run.close()


def run_state(run: Run) -> str:
    """Return the state of a run, as the page names it."""
    [found] = run.journal.runs()
    [[flag]] = run.journal._database.select("SELECT is_in_progress FROM runs")
    if not flag:
        return found.state.value
    assert found.state is RunState.UNFINISHED
    lock = run.journal._database.path.with_name(
        f"{run.journal._database.path.name}.{found.name}.lock"
    )
    return "in progress" if lock.exists() else "crashed"


def test_every_transition_of_a_run_is_as_described(tmp_path: Path) -> None:
    """Each row of the page is walked."""
    rows = table("States of a run")
    walked = []
    for number, (before, event, after) in enumerate(rows):
        run = Run(tmp_path / str(number))
        if before not in {"(none)", "in progress"}:
            ended(run, before)
            assert run_state(run) == before
        if event == "resume":
            run.resume()
        elif event != "begin":
            ended(run, after)
        walked.append([before, event, run_state(run)])
        run.recording.release()
        run.journal.close()

    assert walked == rows


def test_states_in_sql_are_those_in_python(in_state: Callable[[str], Run]) -> None:
    """`runs` counts what is unfinished in SQL, and resume decides it in Python."""
    for state in PATHS:
        run = in_state(state)
        [found] = run.journal.runs()
        is_finished = found.state is RunState.FINISHED
        assert is_finished is not run.stored().is_unfinished, state


def test_file_alone_is_complete_once_a_run_has_begun(in_state: Callable[[str], Run]) -> None:
    """A copy without the write-ahead log holds the plan."""
    run = in_state("planned")
    path = run.journal._database.path
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    with sqlite3.connect(copy) as database:
        [[count]] = database.execute("SELECT COUNT(*) FROM steps").fetchall()
    database.close()

    assert count == 1


def test_guarantees_name_tests_that_exist() -> None:
    """Each promise of the page names the tests that check it."""
    cells = [row[2] for row in table("What the journal guarantees")]
    named = [name.strip(" `") for cell in cells for name in cell.split(",")]
    missing = [
        name
        for name in named
        for path, _, test in [name.partition("::")]
        if f"def {test}(" not in (PAGE.parents[2] / path).read_text("utf-8")
    ]

    assert len(named) >= len(cells) > 5
    assert missing == []
