"""The measurements: runs, their ratios and spreads, and the goals.

Pure arithmetic over values; stored as JSON, so that the page can be rendered again.
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
        """Return median and quartiles.

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
    """A limit on the ratio of two contenders.

    Args:
        contender: The contender that has the goal.
        against: The contender it is compared with.
        limit: The greatest ratio allowed, or the smallest if more is better.
    """

    contender: str
    against: str
    limit: float


@frozen(kw_only=True)
class Section:
    """One measurement of several contenders.

    Args:
        group: The group of sections it belongs to.
        name: A short name.
        about: One or two sentences on what is measured.
        reference: The contender that the others are divided by.
        runs: The values of each contender's runs, in the order of the rounds.
        unit: The unit of the values.
        more_is_better: Whether the values are rates, where more is better.
        goals: The goals.
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
        """Divide round by round, because runs of one round share the state of the machine."""
        pairs = zip(self.runs[contender], self.runs[against or self.reference], strict=True)
        return Spread.of([own / theirs for own, theirs in pairs])

    def value(self, contender: str) -> Spread:
        """Return the values themselves."""
        return Spread.of(self.runs[contender])

    def is_met(self, goal: Goal) -> bool:
        """Return whether the median meets the goal."""
        middle = self.ratio(goal.contender, goal.against).middle
        return middle >= goal.limit if self.more_is_better else middle <= goal.limit


@frozen(kw_only=True)
class Report:
    """Everything of one run.

    Args:
        date: The day, in ISO's form.
        machine: The machine, by heading.
        sections: The measurements.
        left_out: Contenders that were not available, with the reason.
        server_share: For each section on the loopback socket, the largest part of the time that
            the server was busy for one contender.
    """

    date: str
    machine: Mapping[str, str]
    sections: tuple[Section, ...]
    left_out: tuple[str, ...] = ()
    server_share: Mapping[str, float] = field(factory=dict)


def to_json(report: Report) -> str:
    """Format a report as JSON, with four digits of each value."""
    content = asdict(report)
    for section in content["sections"]:
        section["runs"] = {
            name: [float(f"{value:.4g}") for value in values]
            for name, values in section["runs"].items()
        }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> Report:
    """Parse a report that `to_json` formatted."""
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
