"""Draws the ratios of a report as horizontal bars, one SVG for each group of sections.

The same report gives the same bytes: no date, a fixed salt for ids, and texts left as text.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from .figures import Report, Section
from .page import TITLES, in_digits

# One look in light and dark surroundings: a light card with a border, whatever is around it.
_CARD, _BORDER, _INK, _GREY = "#fcfcfd", "#c4c8d0", "#1f2430", "#5c6470"
_OURS, _OTHER, _REFERENCE, _GOAL = "#d6336c", "#9aa5b8", "#5b6b84", "#0b7a55"
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "apple-music-ratings",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _BORDER,
    "xtick.color": _GREY,
    "ytick.color": _INK,
}
_WIDTH = 8.4
# A spread below this part of its median would be a dot on the bar's end.
_VISIBLE = 0.002
_ROW, _AROUND, _TITLE = 0.27, 0.84, 0.45


def draw(report: Report, folder: Path) -> list[Path]:
    """Write one file for each group; gives their paths."""
    written = []
    for group in dict.fromkeys(section.group for section in report.sections):
        members = [section for section in report.sections if section.group == group]
        path = folder / f"bench-{group}.svg"
        with mpl.rc_context(_STYLE):
            figure = _figure(TITLES[group], members)
            figure.savefig(path, format="svg", metadata={"Date": None})
        # matplotlib leaves spaces at the ends of lines.
        lines = path.read_text("utf-8").splitlines()
        path.write_text("\n".join(line.rstrip() for line in lines) + "\n", "utf-8")
        written.append(path)
    return written


def _figure(title: str, sections: list[Section]) -> Figure:
    heights = [len(section.runs) * _ROW + _AROUND for section in sections]
    total = sum(heights) + _TITLE
    figure = Figure(figsize=(_WIDTH, total), facecolor="none")
    figure.add_artist(
        FancyBboxPatch(
            (0.002, 0.003),
            0.996,
            0.994,
            boxstyle="round,pad=0,rounding_size=0.012",
            mutation_aspect=_WIDTH / total,
            transform=figure.transFigure,
            facecolor=_CARD,
            edgecolor=_BORDER,
            zorder=-10,
        )
    )
    figure.text(0.02, 1 - 0.28 / total, title, fontsize=12, fontweight="bold", va="center")
    words = "bar: median, whisker: quartiles, green: target"
    figure.text(0.98, 1 - 0.28 / total, words, fontsize=8, color=_GREY, ha="right", va="center")
    top = total - _TITLE
    for section, height in zip(sections, heights, strict=True):
        rows = len(section.runs) * _ROW
        bottom = top - 0.42 - rows
        axes = figure.add_axes((0.335, bottom / total, 0.475, rows / total))
        _bars(axes, section)
        words = f"{section.name}: {_measure(section)}"
        figure.text(0.02, (top - 0.24) / total, words, fontsize=9.5, color=_GREY, va="center")
        top -= height
    return figure


def _measure(section: Section) -> str:
    kind = {"calls/s": "rate", "MB": "memory"}.get(section.unit, "time")
    better = "more" if section.more_is_better else "less"
    return f"{kind} as a multiple of {section.reference}, {better} is better"


def _bars(axes: Axes, section: Section) -> None:
    names = list(section.runs)
    ratios = [section.ratio(name) for name in names]
    bounds = [goal.limit * section.ratio(goal.against).middle for goal in section.goals]
    greatest = max([*bounds, *(ratio.high for ratio in ratios)])
    is_logarithmic = greatest > 12
    least = min(0.5, *(ratio.low for ratio in ratios)) if is_logarithmic else 0
    if is_logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(10, subs=(1.0, 3.0)))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.set_xlim(least, greatest * (1.5 if is_logarithmic else 1.06))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), names)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _position: f"{value:g}"))
    axes.tick_params(length=0)
    axes.set_facecolor("none")
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="x", color=_BORDER, linewidth=0.5)
    axes.set_axisbelow(True)
    for row, (name, ratio) in enumerate(zip(names, ratios, strict=True)):
        _bar(axes, section, row, name)
        label = axes.get_yticklabels()[row]
        label.set_fontweight("bold" if name in section.ours else "normal")
        axes.annotate(
            in_digits(ratio.middle),
            (1.02, row),
            xycoords=("axes fraction", "data"),
            va="center",
            fontweight="bold" if name in section.ours else "normal",
        )
    _goals(axes, section, names)


def _bar(axes: Axes, section: Section, row: int, name: str) -> None:
    ratio = section.ratio(name)
    is_reference = name == section.reference
    other = _REFERENCE if is_reference else _OTHER
    start = axes.get_xlim()[0]
    axes.barh(
        row,
        ratio.middle - start,
        left=start,
        height=0.64,
        color=_OURS if name in section.ours else other,
    )
    if ratio.high - ratio.low > _VISIBLE * ratio.middle:
        around = [[ratio.middle - ratio.low], [ratio.high - ratio.middle]]
        axes.errorbar(ratio.middle, row, xerr=around, color=_INK, capsize=2.5, linewidth=0.9)


def _goals(axes: Axes, section: Section, names: list[str]) -> None:
    """Draw each target across the bar that it binds, and its number behind the bar's."""
    sign = "≥" if section.more_is_better else "≤"
    for row, name in enumerate(names):
        bounds = [
            goal.limit * section.ratio(goal.against).middle
            for goal in section.goals
            if goal.contender == name
        ]
        for bound in bounds:
            axes.plot(
                [bound] * 2,
                [row - 0.47, row + 0.47],
                color=_GOAL,
                linewidth=2.2,
                solid_capstyle="butt",
            )
        axes.annotate(
            ", ".join(f"{sign} {in_digits(bound)}" for bound in bounds),
            (1.125, row),
            xycoords=("axes fraction", "data"),
            va="center",
            color=_GOAL,
            fontsize=8,
        )
