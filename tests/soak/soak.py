"""Kill bulk runs at random moments, amid faults, and see whether anything is lost: `make soak`.

Each run writes thousands of ratings to the mock on a socket while a tenth of the responses are
faults of many kinds. The process is killed with SIGKILL at three moments drawn by chance, and
resumed each time. In the end the service must hold exactly what was planned, the journal must say
the same item by item, and undoing the run must bring back the first state.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from attrs import define, frozen

from apple_music_ratings.journal import Journal, RunState
from apple_music_ratings_mock import Fault, MockService
from apple_music_ratings_mock.serving.server import serve

USER = "user-in-the-soak"
WORKER = Path(__file__).with_name("worker.py")
# A tenth of all responses, in equal parts.
FAULTS = (
    Fault("throttle", probability=0.014, seconds=0.02, max_seconds=0.1),
    Fault("error", probability=0.014, status=500),
    Fault("error", probability=0.014, status=502, body="html"),
    Fault("connection-reset", probability=0.014),
    Fault("connection-reset", apply_write_first=True, probability=0.014),
    Fault("truncated-body", probability=0.014),
    Fault("slow-headers", probability=0.014, seconds=0.1),
)
# A resume that gives up under faults is resumed again; more than this would be a loop.
MOST_RESUMES = 20
# No part of a run may take longer than this, whatever happens.
LIMIT = 300.0


@frozen
class Row:
    """One item of a run: its id, the rating wanted, and the rating before (0 for none)."""

    id: str
    wanted: int
    before: int


@define
class Tally:
    """What one run went through."""

    writes: int = 0
    requests: int = 0
    kills: int = 0
    resumes: int = 0


class LostError(Exception):
    """Something is not as it was planned."""


def rows_of(random: Random, count: int) -> list[Row]:
    """Draw items whose rating is to change, with every change there is among them."""
    changes = [(wanted, before) for wanted in (1, -1, 0) for before in (1, -1, 0)]
    changes = [change for change in changes if change[0] != change[1]]
    return [Row(str(10_000_000 + number), *random.choice(changes)) for number in range(count)]


def current(service: MockService) -> dict[str, int]:
    """Return the ratings in the service, by id."""
    return {id: value for (_, id), value in service.ratings(USER).items()}


def soak(seed: int, count: int, kills: int) -> Tally:
    """Carry out one run and check its end.

    Raises:
        LostError: The service or the journal is not as planned.
    """
    random = Random(seed)  # noqa: S311  # moments, not secrets
    rows = rows_of(random, count)
    service = MockService(seed=seed)
    for row in rows:
        if row.before:
            service.set_rating(USER, "songs", row.id, row.before)
    for fault in FAULTS:
        service.inject_fault(fault)
    tally = Tally(writes=count)
    with tempfile.TemporaryDirectory() as name, serve(service) as base_url:
        folder = Path(name)
        (folder / "plan.json").write_text(
            json.dumps([[row.id, row.wanted, row.before] for row in rows]), "utf-8"
        )
        environ = os.environ | {
            "APPLE_MUSIC_BASE_URL": base_url,
            "APPLE_MUSIC_DEVELOPER_TOKEN": service.developer_token(),
            "APPLE_MUSIC_USER_TOKEN": USER,
        }
        _run_with_kills(random, service, folder, environ, kills, tally)
        wanted = {row.id: row.wanted for row in rows if row.wanted}
        _compare("the service after the run", current(service), wanted)
        _check_journal(folder / "journal", rows)
        _until_done("undo", folder, environ, tally)
        before = {row.id: row.before for row in rows if row.before}
        _compare("the service after undo", current(service), before)
    tally.requests = service.request_count
    return tally


def _run_with_kills(
    random: Random,
    service: MockService,
    folder: Path,
    environ: dict[str, str],
    kills: int,
    tally: Tally,
) -> None:
    """Begin the run, and kill it at moments counted in requests that the service has seen."""
    # Early enough that the run is not at its end when a busy machine is late with a kill.
    moments = sorted(random.randrange(1, tally.writes * 3 // 4) for _ in range(kills))
    action = "begin"
    for moment in moments:
        worker = _start(action, folder, environ)
        _wait(worker, service, moment)
        tally.kills += worker.poll() is None
        worker.kill()
        worker.wait()
        # A run that was killed before it was written down has to begin again.
        action = "resume" if _has_begun(folder / "journal") else "begin"
    if action == "begin":
        _start(action, folder, environ).wait(LIMIT)
    _until_done("resume", folder, environ, tally)


def _has_begun(file: Path) -> bool:
    with Journal(file) as journal:
        return bool(journal.runs())


def _wait(worker: subprocess.Popen[bytes], service: MockService, moment: int) -> None:
    end = time.monotonic() + LIMIT
    while worker.poll() is None and service.request_count < moment:
        if time.monotonic() > end:
            raise LostError("the run does not come forward")
        time.sleep(0.001)


def _until_done(action: str, folder: Path, environ: dict[str, str], tally: Tally) -> None:
    """Run to the end, resuming where faults made it give up."""
    for _ in range(MOST_RESUMES):
        if action == "resume" and _is_finished(folder / "journal"):
            return
        tally.resumes += action == "resume"
        code = _start(action, folder, environ).wait(LIMIT)
        if code == 0:
            return
        action = "resume"
    raise LostError(f"not finished after {MOST_RESUMES} resumes")


def _is_finished(file: Path) -> bool:
    with Journal(file) as journal:
        return all(run.state is RunState.FINISHED for run in journal.runs())


def _start(action: str, folder: Path, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    # What a killed or failing process says goes to a file, to be read when something is lost.
    with (folder / "worker.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603  # our own interpreter and file
            [sys.executable, str(WORKER), action, str(folder)],
            env=environ,
            stdout=log,
            stderr=log,
        )


def _check_journal(file: Path, rows: list[Row]) -> None:
    """See that the journal agrees with the plan, item by item."""
    with Journal(file) as journal:
        run = journal.runs()[-1]
        steps = {step.item.id: step for step in journal.plan(run.name)}
        undo = {step.item.id: step for step in journal.undo_plan(run.name)}
    if run.done != len(rows) or run.failed:
        raise LostError(f"the journal counts {run.done} done and {run.failed} failed")
    noted = {id: (int(step.after or 0), int(step.before or 0)) for id, step in steps.items()}
    _compare("the journal", noted, {row.id: (row.wanted, row.before) for row in rows})
    back = {id: int(step.after or 0) for id, step in undo.items()}
    _compare("the way back", back, {row.id: row.before for row in rows})


def _compare(what: str, found: object, expected: object) -> None:
    if found != expected:
        assert isinstance(found, dict)
        assert isinstance(expected, dict)
        wrong = {
            id: (found.get(id), expected.get(id))
            for id in found.keys() | expected.keys()
            if found.get(id) != expected.get(id)
        }
        sample = dict(sorted(wrong.items())[:5])
        raise LostError(f"{what}: {len(wrong)} items differ (found, expected): {sample}")


def main() -> int:
    """Run all runs, print what each went through, and give the exit code."""
    parser = argparse.ArgumentParser(description="Kill bulk runs and see whether anything is lost.")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--writes", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lost = 0
    print(" run   writes   requests   kills   resumes   end")
    for number in range(options.runs):
        try:
            tally = soak(options.seed + number, options.writes, options.kills)
        except LostError as error:
            lost += 1
            print(f"{number + 1:>4}   LOST: {error}", flush=True)
            continue
        print(
            f"{number + 1:>4}   {tally.writes:>6}   {tally.requests:>8}   {tally.kills:>5}   "
            f"{tally.resumes:>7}   as planned, and undone",
            flush=True,
        )
    print(f"{options.runs - lost} of {options.runs} runs ended as planned.")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
