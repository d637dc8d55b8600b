"""Runs contenders in turn, so that a slow moment of the machine hits all of them alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping

from attrs import frozen

from .server import Server


@frozen(kw_only=True)
class Effort:
    """How much is done.

    Args:
        rounds: Times that everything is run; the median of these counts.
        long_rounds: The same for what takes seconds each time.
        scale: What each run does, as a part of what the full benchmark does.
    """

    rounds: int
    long_rounds: int
    scale: float

    def times(self, full: int) -> int:
        """Return how often something is done that the full benchmark does so often."""
        return max(1, round(full * self.scale))


FULL = Effort(rounds=20, long_rounds=5, scale=1.0)
QUICK = Effort(rounds=7, long_rounds=2, scale=0.3)


def interleaved(
    contenders: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    server: Server | None = None,
) -> tuple[dict[str, list[float]], float]:
    """Run every contender once in each round, and each round in another order.

    Args:
        contenders: By name, what each does in a run.
        rounds: How many rounds count; one more comes before them and does not.
        server: Whose CPU time is read before and after each run.

    Returns:
        Seconds by contender and round, and the largest part of the time that the server was busy
        for any contender.
    """
    runs: dict[str, list[float]] = {name: [] for name in contenders}
    busy = dict.fromkeys(contenders, 0.0)
    names = list(contenders)
    # What exists before the measurement is not looked at again by each collection.
    gc.freeze()
    for number in range(rounds + 1):
        for name in names:
            gc.collect()
            before = server.cpu_time() if server else 0.0
            start = time.perf_counter()
            contenders[name]()
            spent = time.perf_counter() - start
            if number:
                runs[name].append(spent)
                busy[name] += server.cpu_time() - before if server else 0.0
        # A contender comes after another one each time, and first once in a while.
        names.append(names.pop(0))
        names[1:] = reversed(names[1:])
    gc.unfreeze()
    shares = [busy[name] / sum(runs[name]) for name in names]
    return runs, max(shares)
