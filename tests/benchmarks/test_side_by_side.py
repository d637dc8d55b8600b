"""The arithmetic and the page of `make bench`; the measuring itself is not tested."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from side_by_side import machine
from side_by_side.figures import (
    Goal,
    Report,
    Section,
    Spread,
    from_json,
    to_json,
)
from side_by_side.page import in_digits, page, summary
from side_by_side.rounds import interleaved
from side_by_side.server import body_for, length_of

ROOT = Path(__file__).resolve().parents[2]
RESULTS = (ROOT / "benchmarks" / "results.json").read_text("utf-8")
PAGE = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")


def a_section(
    runs: Mapping[str, Sequence[float]], *goals: Goal, more_is_better: bool = False
) -> Section:
    """Measured: `theirs`, the reference, beside `ours`."""
    return Section(
        group="loopback",
        name="a call",
        about="One call.",
        reference="theirs",
        runs=runs,
        unit="µs",
        more_is_better=more_is_better,
        goals=goals,
        ours=("ours",),
    )


def a_report(*sections: Section) -> Report:
    """A report of some machine."""
    return Report(
        date="2026-11-21",
        machine={"Processor": "of some kind, 2 cores"},
        sections=sections,
        left_out=("openapi-generator client: no Java",),
        server_share={"a call": 0.25},
    )


def rows(text: str) -> list[list[str]]:
    """Return the cells of every row of the table."""
    found = re.findall(r"^\|(.*)\|$", text, re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")] for row in found]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3.0], Spread(3.0, 3.0, 3.0)),
        ([1.0, 3.0], Spread(1.5, 2.0, 2.5)),
        ([5.0, 1.0, 3.0, 2.0, 4.0], Spread(2.0, 3.0, 4.0)),
        ([1.0, 1.0, 1.0, 1.0, 100.0], Spread(1.0, 1.0, 1.0)),
    ],
)
def test_spread_is_median_and_quartiles(values: list[float], expected: Spread) -> None:
    """In any order of the runs; one slow run changes nothing."""
    assert Spread.of(values) == expected


def test_spread_of_nothing_is_an_error() -> None:
    """A contender that never ran has no figure."""
    with pytest.raises(ValueError, match="at least one value"):
        Spread.of([])


def test_ratio_is_taken_round_by_round() -> None:
    """A slow round slows both, so its ratio is as good as any."""
    section = a_section({"theirs": [1.0, 10.0, 2.0], "ours": [2.0, 20.0, 4.0]})

    assert section.ratio("ours") == Spread(2.0, 2.0, 2.0)


def test_ratio_may_be_taken_against_another() -> None:
    """Some goals name a contender that is not the reference."""
    section = a_section({"theirs": [1.0], "others": [4.0], "ours": [2.0]})

    assert section.ratio("ours", "others").middle == 0.5


def test_ratio_of_runs_that_do_not_pair_is_an_error() -> None:
    """A contender that missed a round cannot be compared."""
    section = a_section({"theirs": [1.0, 2.0], "ours": [2.0]})

    with pytest.raises(ValueError, match="is longer than"):
        section.ratio("ours")


@pytest.mark.parametrize(
    ("ours", "limit", "more_is_better", "is_met"),
    [
        (1.1, 1.15, False, True),
        (1.2, 1.15, False, False),
        (1.15, 1.15, False, True),
        (6.0, 5.0, True, True),
        (4.0, 5.0, True, False),
    ],
)
def test_goal_is_held_against_the_median(
    ours: float,
    limit: float,
    *,
    more_is_better: bool,
    is_met: bool,
) -> None:
    """At most that much time, at least that rate."""
    goal = Goal(contender="ours", against="theirs", limit=limit)
    section = a_section(
        {"theirs": [1.0, 1.0, 1.0], "ours": [ours, ours, 99.0]},
        goal,
        more_is_better=more_is_better,
    )

    assert section.is_met(goal) is is_met


def test_report_is_the_same_after_writing_and_reading() -> None:
    """So the page can be made again without measuring."""
    goal = Goal(contender="ours", against="theirs", limit=2.0)
    report = a_report(a_section({"theirs": [1.25], "ours": [2.5]}, goal))

    assert from_json(to_json(report)) == report


def test_row_has_ratio_spread_value_and_goal() -> None:
    """In this order, ours in bold, and the reference as 1."""
    goals = (
        Goal(contender="ours", against="theirs", limit=2.5),
        Goal(contender="ours", against="others", limit=0.5),
    )
    runs = {"theirs": [10.0, 10.0], "others": [30.0, 30.0], "ours": [10.0, 30.0]}

    found = rows(page(a_report(a_section(runs, *goals))))

    assert found[2:] == [
        ["**a call**", "", "", "", ""],
        ["theirs", "1", "", "10.0 µs", ""],
        ["others", "3.00", "3.00 to 3.00", "30.0 µs", ""],
        [
            "**ours**",
            "2.00",
            "1.50 to 2.50",
            "20.0 µs",
            "at most 2.5: met; at most 0.5 of others: 0.67, **missed**",
        ],
    ]


def test_page_says_who_was_left_out_and_how_busy_the_server_was() -> None:
    """Both show how reliable the figures are."""
    text = page(a_report(a_section({"theirs": [1.0], "ours": [1.0]})))

    assert "Left out: openapi-generator client: no Java." in text
    assert "never busy for more than 25% of the time" in text


def test_summary_has_a_line_for_every_contender() -> None:
    """What a terminal shows is the same table."""
    goal = Goal(contender="ours", against="theirs", limit=1.5)
    lines = summary(a_report(a_section({"theirs": [1.0], "ours": [2.0]}, goal))).splitlines()

    assert [line.split()[:2] for line in lines if line.startswith("  ")] == [
        ["theirs", "1.00"],
        ["ours", "2.00"],
    ]
    assert any(line.endswith("at most 1.5: missed") for line in lines)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.078, "0.08"), (1.0, "1.00"), (9.99, "9.99"), (12.34, "12.3"), (20391.2, "20,391")],
)
def test_numbers_have_about_three_digits(value: float, expected: str) -> None:
    """More would be false precision."""
    assert in_digits(value) == expected


def test_every_contender_runs_once_in_each_round() -> None:
    """And not always behind the same one; a first round is not counted."""
    order: list[str] = []

    def noting(name: str) -> Callable[[], None]:
        return lambda: order.append(name)

    names = ["one", "two", "three"]
    runs, share = interleaved({name: noting(name) for name in names}, rounds=6)
    by_round = [tuple(order[start : start + 3]) for start in range(0, len(order), 3)]

    assert {name: len(values) for name, values in runs.items()} == dict.fromkeys(names, 6)
    assert all(set(turn) == set(names) for turn in by_round)
    assert len(set(by_round)) > 1
    assert share == 0


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n", None),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET", 27),
        (b"PUT / HTTP/1.1\r\nCONTENT-LENGTH: 4\r\n\r\n", 41),
        (b"PUT / HTTP/1.1\r\nContent-Length:4\r\nA: b\r\n\r\n{1}x", 46),
    ],
)
def test_server_knows_where_a_request_ends(data: bytes, expected: int | None) -> None:
    """Clients send head and body together, or one after the other."""
    assert length_of(data) == expected


@pytest.mark.parametrize(
    ("target", "ids"),
    [
        ("/v1/me/ratings/songs/7", ["7"]),
        ("/v1/me/ratings/songs?ids=7,8", ["7", "8"]),
        ("/v1/me/ratings/songs?ids=7%2C8", ["7", "8"]),
    ],
)
def test_server_responds_for_every_id(target: str, ids: list[str]) -> None:
    """However a client writes the comma."""
    found = re.findall(rb'"id":"(\d+)"', body_for(target))

    assert [id.decode() for id in found] == ids


def test_machine_is_described_without_saying_whose_it_is() -> None:
    """No host name, no path; versions of what is compared."""
    text = " ".join(machine.describe().values())

    assert f"httpx {__import__('httpx').__version__}" in text
    assert str(Path.home()) not in text
    assert platform.node() not in re.findall(r"[\w.-]+", text)


def test_page_is_what_the_script_writes() -> None:
    """From the committed results; nothing is added by hand."""
    assert page(from_json(RESULTS)) == PAGE


def test_page_begins_with_what_it_means_and_one_plot() -> None:
    """The plot has a bar for every contender of its section, longest last."""
    bars = re.findall(r'<i style="width: ([\d.]+)%"></i> <b>([\d.,]+)</b>', PAGE)

    assert PAGE.splitlines()[2].startswith(
        "The latency and the rate limits of Apple Music dominate"
    )
    assert len(bars) >= 10
    assert [float(width) for width, _ in bars] == sorted(float(width) for width, _ in bars)
    assert PAGE.count('<div class="bars">') == 1


def test_every_absolute_number_has_its_ratio() -> None:
    """Whatever has a unit has its ratio beside it."""
    measured = [row for row in rows(PAGE) if re.search(r"\d (µs|ms|calls/s|MB)", " ".join(row))]

    assert len(measured) > 50
    assert all(re.fullmatch(r"[\d.,]+", row[1]) for row in measured)
