"""The short form of the simulation in `make soak`: fifty seeds, and one that is run twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from soak.simulation import InvariantError, Simulation, Write, simulate


@pytest.mark.parametrize("first", range(1, 51, 10))
def test_simulated_runs_keep_every_promise(first: int) -> None:
    """Kills, faults, second processes and power cuts lose nothing, in ten seeds each."""
    broken = []
    for seed in range(first, first + 10):
        try:
            simulate(seed)
        except InvariantError as error:
            broken.append(f"seed {seed}: {error}")

    assert broken == []


def test_seed_is_replayed_exactly() -> None:
    """The same requests, faults and ends, in the same order."""
    first, second = simulate(17), simulate(17)

    assert len(first.trace) > 20
    assert first.trace == second.trace


def test_broken_promise_is_found(tmp_path: Path) -> None:
    """The checks can fail: here a rating is lost behind the journal's back."""
    simulation = Simulation(3, tmp_path)
    world = simulation.world
    world.has_faults = False
    simulation._finish(simulation._apply(simulation.plan))
    step = next(step for step in simulation.plan.writes if step.after is not None)
    world.change("the-token-of-alice", step.item, None)

    with pytest.raises(InvariantError, match="is done, and the service has"):
        simulation._check_run()
    assert Write("the-token-of-alice", str(step.item)) in world.writes
