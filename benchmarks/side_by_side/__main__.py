"""Measures everything, prints the ratios and writes the page: `python -m side_by_side`."""

from __future__ import annotations

import argparse
import datetime
import tempfile
import time
from pathlib import Path

from . import imports, machine, many_calls, memory, one_call, openapi_generator, page, server
from .figures import Report, Section, from_json, to_json
from .rounds import FULL, QUICK, Effort

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "benchmarks.md"


def measured(effort: Effort, without_extras: Path | None) -> Report:
    """Measure everything, and print what is being measured."""
    sections: list[Section] = []
    shares: dict[str, float] = {}
    left_out = []
    start = time.monotonic()

    def note(text: str) -> None:
        print(f"{time.monotonic() - start:5.0f} s  {text}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        note("generating the openapi-generator client")
        try:
            openapi_generator.make(Path(folder))
        except openapi_generator.LeftOutError as error:
            left_out.append(str(error))
        with server.running() as service:
            note("one call, in process")
            sections += one_call.in_process(effort)
            note("one call, loopback")
            found, shares = one_call.on_socket(effort, service, with_openapi_generator=not left_out)
            sections += found
            note("many calls at once")
            for section, share in (
                many_calls.crowd(effort, service),
                *many_calls.bulk(effort, service),
            ):
                sections.append(section)
                shares[section.name] = share
    note("imports")
    if without_extras is None:
        left_out.append("import without extras: no environment was given")
    else:
        sections.append(imports.without_extras(effort, imports.python_of(without_extras)))
    sections.append(imports.command_line(effort))
    note("memory")
    sections += memory.sections(effort)
    note("done")
    return Report(
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        machine=machine.describe(),
        sections=tuple(sections),
        left_out=tuple(left_out),
        server_share=shares,
    )


def write(report: Report) -> None:
    """Write the page."""
    PAGE.write_text(page.page(report), "utf-8")


def main() -> None:
    """Measure, or render the page again."""
    parser = argparse.ArgumentParser(
        prog="side_by_side", description="Compare the client with its alternatives."
    )
    parser.add_argument(
        "--quick", action="store_true", help="do less, and print the ratios without writing them"
    )
    parser.add_argument(
        "--page", action="store_true", help="write the page again from the last full run"
    )
    parser.add_argument(
        "--without-extras", type=Path, help="a virtual environment with the package alone"
    )
    options = parser.parse_args()
    if options.page:
        write(from_json(RESULTS.read_text("utf-8")))
        return
    report = measured(QUICK if options.quick else FULL, options.without_extras)
    print(page.summary(report))
    if not options.quick:
        RESULTS.write_text(to_json(report), "utf-8")
        # From the file, which has fewer digits, so that `--page` renders the same.
        write(from_json(RESULTS.read_text("utf-8")))


if __name__ == "__main__":
    main()
