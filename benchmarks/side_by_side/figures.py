"""What was measured: runs, their ratios and spreads, and the goals they are held against.

Pure arithmetic over values; written to and read from JSON, so that the page can be made again.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import asdict, field, frozen


@frozen
class Spread:
    """The middle of several values, and the quartiles around it."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Give median and quartiles.

        Raises:
            ValueError: There are no values.
        """
        if not values:
            raise ValueError("a spread needs at least one value")
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(low, middle, high)


@frozen(kw_only=True)
class Goal:
    """What a contender promises beside another.

    Args:
        contender: Who promises.
        against: Who it is compared with.
        limit: The ratio that is the bound: at most that, or at least where more is better.
    """

    contender: str
    against: str
    limit: float


@frozen(kw_only=True)
class Section:
    """One thing that is measured, done by several contenders.

    Args:
        group: The sections that share a plot.
        name: A few words.
        about: A sentence or two on what is done.
        reference: The contender that the others are divided by.
        runs: For each contender the values of its runs, in the order of the rounds, so that the
            same place is the same round.
        unit: The unit of the values.
        more_is_better: Whether the values are rates, of which a greater one is better.
        goals: What is promised.
        ours: The contenders that are this package.
    """

    group: str
    name: str
    about: str
    reference: str
    runs: Mapping[str, Sequence[float]]
    unit: str
    more_is_better: bool = False
    goals: tuple[Goal, ...] = ()
    ours: tuple[str, ...] = ()

    def ratio(self, contender: str, against: str | None = None) -> Spread:
        """Divide round by round, since neighbours in time share what the machine was up to."""
        pairs = zip(self.runs[contender], self.runs[against or self.reference], strict=True)
        return Spread.of([own / theirs for own, theirs in pairs])

    def value(self, contender: str) -> Spread:
        """Give the values themselves, which mean something beside their ratio alone."""
        return Spread.of(self.runs[contender])

    def is_met(self, goal: Goal) -> bool:
        """Hold the median against the bound."""
        middle = self.ratio(goal.contender, goal.against).middle
        return middle >= goal.limit if self.more_is_better else middle <= goal.limit


@frozen(kw_only=True)
class Report:
    """Everything of one run.

    Args:
        date: The day, in ISO's form.
        machine: What it ran on, by heading.
        sections: What was measured.
        left_out: Contenders that were not there, with the reason.
        server_share: For each section on the loopback socket, the largest part of the time that
            the server was busy for one contender.
    """

    date: str
    machine: Mapping[str, str]
    sections: tuple[Section, ...]
    left_out: tuple[str, ...] = ()
    server_share: Mapping[str, float] = field(factory=dict)


def to_json(report: Report) -> str:
    """Write a report, with four digits of each value."""
    content = asdict(report)
    for section in content["sections"]:
        section["runs"] = {
            name: [float(f"{value:.4g}") for value in values]
            for name, values in section["runs"].items()
        }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> Report:
    """Read a report that `to_json` wrote."""
    content: dict[str, Any] = json.loads(text)
    sections = tuple(
        Section(
            **section
            | {
                "goals": tuple(Goal(**goal) for goal in section["goals"]),
                "ours": tuple(section["ours"]),
            }
        )
        for section in content["sections"]
    )
    return Report(
        **content | {"sections": sections, "left_out": tuple(content["left_out"])},
    )
