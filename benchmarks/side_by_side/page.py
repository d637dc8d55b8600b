"""Writes docs/benchmarks.md from a report, and nothing else into it."""

from __future__ import annotations

from collections.abc import Iterator

from .figures import Goal, Report, Section

TITLES = {
    "in-process": "The client's own work",
    "loopback": "One call after another on a loopback socket",
    "many": "Many calls at once",
    "start": "Imports and the command line",
    "memory": "Memory",
}
_INTRODUCTION = """\
# Benchmarks

Written by `make bench`, which measures everything in one run; a change by hand does not last.
Only the ratios mean anything: they say how the client compares with what one would use instead.
Each ratio is the median over rounds, with the quartiles beside it.
A round runs every contender once, and the next round in another order, so that a slow moment of \
the machine hits all of them alike.
Times and rates stand beside their ratios to tell whether a ratio matters; another machine gives \
others.
"""
_CONTENDERS = """\
## Who is compared

- By hand, with httpx, requests or aiohttp: a client with both tokens as static headers, \
`json.loads`, and the values put into a dict; no retries, and no look at what was read.
- Generated client alone: what `make generate` writes, over an httpx client with the same static \
headers.
- openapi-generator client: what openapi-generator makes from the same contract for Python; it \
sends through urllib3 and reads with pydantic.
- apple_music_ratings: `RatingsClient` and `AsyncRatingsClient` as anybody makes them, with \
retries, renewal of tokens and checks of what was read; `[fast]` is the extra of that name.
- Raw socket and raw asyncio: HTTP written and read by hand for these very answers, which is what \
Python can do at best.

The items that `get_ratings` is asked for are made beforehand, as are the ids of the others.
"""
_SERVER = """\
All contenders on a socket talk to the same server, a program of its own that has its answers \
ready and runs on another core.
It was never busy for more than {share:.0%} of the time, so it is the clients that are measured.
"""


def page(report: Report) -> str:
    """Give the whole text of the page."""
    return "\n".join(
        [_INTRODUCTION, *_machine(report), _CONTENDERS, *_table(report), *_plots(report)]
    )


def _machine(report: Report) -> Iterator[str]:
    yield f"## Machine\n\nMeasured on {report.date}.\n"
    for heading, words in report.machine.items():
        yield f"- {heading}: {words}"
    yield ""
    if report.server_share:
        yield _SERVER.format(share=max(report.server_share.values()))
    for words in report.left_out:
        yield f"Left out: {words}.\n"


def _table(report: Report) -> Iterator[str]:
    yield "## Ratios\n"
    yield "| | ratio | quartiles | | target |"
    yield "| --- | ---: | ---: | ---: | --- |"
    for section in report.sections:
        yield f"| **{section.name}** | | | | |"
        for contender in section.runs:
            yield _row(section, contender)
    yield ""


def _row(section: Section, contender: str) -> str:
    ratio = section.ratio(contender)
    is_reference = contender == section.reference
    cells = [
        f"**{contender}**" if contender in section.ours else contender,
        "1" if is_reference else in_digits(ratio.middle),
        "" if is_reference else f"{in_digits(ratio.low)} to {in_digits(ratio.high)}",
        f"{in_digits(section.value(contender).middle)} {section.unit}",
        "; ".join(
            goal_words(section, goal) for goal in section.goals if goal.contender == contender
        ),
    ]
    return f"| {' | '.join(cells)} |"


def goal_words(section: Section, goal: Goal) -> str:
    """Say what a goal is and whether it is met."""
    bound = f"{'at least' if section.more_is_better else 'at most'} {goal.limit:g}"
    met = "met" if section.is_met(goal) else "**missed**"
    if goal.against == section.reference:
        return f"{bound}: {met}"
    ratio = in_digits(section.ratio(goal.contender, goal.against).middle)
    return f"{bound} of {goal.against}: {ratio}, {met}"


def _plots(report: Report) -> Iterator[str]:
    for group in dict.fromkeys(section.group for section in report.sections):
        members = [section for section in report.sections if section.group == group]
        title = TITLES[group]
        yield f"## {title}\n"
        for about in dict.fromkeys(section.about for section in members):
            names = [section.name for section in members if section.about == about]
            yield f"- {'; '.join(names)}: {about}"
        words = f"{title}: the ratios of the table above as bars"
        yield f"\n![{words}](images/bench-{group}.svg)\n"


def in_digits(value: float) -> str:
    """Write a value with three digits, and a thousands separator where it has more."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def summary(report: Report) -> str:
    """Give the table for a terminal."""
    lines = []
    for section in report.sections:
        lines.append(f"\n{section.name}")
        for contender in section.runs:
            ratio, value = section.ratio(contender), section.value(contender)
            goals = "; ".join(
                goal_words(section, goal).replace("*", "")
                for goal in section.goals
                if goal.contender == contender
            )
            spread = f"({in_digits(ratio.low)} to {in_digits(ratio.high)})"
            lines.append(
                f"  {contender:<42}{in_digits(ratio.middle):>7} {spread:<18}"
                f"{in_digits(value.middle):>8} {section.unit:<10} {goals}".rstrip()
            )
    lines += [f"left out: {words}" for words in report.left_out]
    return "\n".join(lines)
