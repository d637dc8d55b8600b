"""One process of the soak: begins a run, resumes it, or undoes it. The soak kills it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from apple_music_ratings import Item, Plan, RatingsClient, RatingValue, RetryPolicy, make_plan
from apple_music_ratings.journal import Journal

# Delays scaled down with the mock's, so that a soak takes minutes.
RETRY = RetryPolicy(first_delay=0.02, max_delay=2.0, max_attempts=6)


def read_plan(file: Path) -> Plan:
    """Read the desired and the current ratings from the file that the soak wrote."""
    rows = json.loads(file.read_text("utf-8"))
    values = {1: RatingValue.LIKE, -1: RatingValue.DISLIKE, 0: None}
    items = [Item("songs", row[0]) for row in rows]
    return make_plan(
        desired={item: values[row[1]] for item, row in zip(items, rows, strict=True)},
        current={item: values[row[2]] for item, row in zip(items, rows, strict=True)},
    )


def main() -> int:
    """Do one part of the work and give the exit code: 0 only if everything is done."""
    action, folder = sys.argv[1], Path(sys.argv[2])
    with (
        RatingsClient.from_env(retry=RETRY, timeout=5.0) as client,
        Journal(folder / "journal") as journal,
    ):
        if action == "begin":
            result = client.apply(read_plan(folder / "plan.json"), journal=journal)
        elif action == "resume":
            result = client.resume(journal)
        else:
            first = journal.runs()[-1]
            result = client.apply(journal.undo_plan(first.name), journal=journal)
    return 1 if result.failed or result.not_sent else 0


if __name__ == "__main__":
    sys.exit(main())
