"""Every example on every page is run against the mock, or states why not."""

from __future__ import annotations

import doctest
import importlib
import json
import pkgutil
import runpy
from codeop import compile_command
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from support.pages import PAGES, PROGRAMS, ROOT, Block, blocks, blocks_of, name_of
from support.reader import Reader, commands, compare

import apple_music_ratings
from apple_music_ratings_mock import MockService
from apple_music_ratings_mock.serving.server import serve

# Pages whose programs have a test of their own, because they need more than two terminals.
BY_OTHER_TESTS = {
    "docs/how-to/another-language.md": "tests/docs/test_another_language.py",
    "docs/how-to/rate-limits.md": "tests/client/limiters/test_many_workers.py",
}
# How many blocks of a page are not run. Each states the reason; one more is a decision.
NOT_RUN = {
    "docs/how-to/back-up-and-restore.md": 1,
    "docs/how-to/docker.md": 3,
    "docs/how-to/get-tokens.md": 6,
    "docs/how-to/help-settle-undocumented-behavior.md": 4,
    "docs/how-to/rate-limits.md": 1,
    "docs/how-to/windows.md": 3,
}
USER = "a-reader"


# The code around an example in a docstring.
WITH_A_CLIENT = """
from apple_music_ratings import *
from apple_music_ratings.journal import Journal
from apple_music_ratings.limiters.redis import RedisLimiter

client = RatingsClient.from_env()
songs = [Item("songs", "907242702"), Item("songs", "1151618586")]
"""
SKIPPED = [
    found
    for module in pkgutil.walk_packages(apple_music_ratings.__path__, "apple_music_ratings.")
    if not module.name.endswith("__main__")
    for found in doctest.DocTestFinder(exclude_empty=True).find(
        importlib.import_module(module.name)
    )
    if any(doctest.SKIP in each.options for each in found.examples)
]


def programs(page: Path) -> list[Block]:
    """Return the blocks that this module has to run, and the files they need."""
    if name_of(page) in BY_OTHER_TESTS:
        return []
    return [
        each
        for each in blocks(page)
        if (each.language in PROGRAMS and each.mark is None)
        or (each.mark and each.mark[0] == "file")
    ]


@pytest.fixture
def environ() -> Iterator[dict[str, str]]:
    """The variables of a mock with a library of 500 items."""
    seeded = runpy.run_path(str(ROOT / "docs" / "examples" / "seeded_library.py"))
    library = seeded["seeded_library"]()
    ratings = [
        {"type": type, "id": id, "value": value}
        for (type, id), value in seeded["seeded_ratings"](library).items()
    ]
    service = MockService(library=library, users=[{"token": USER, "ratings": ratings}])
    with serve(service) as base_url:
        yield {
            "APPLE_MUSIC_BASE_URL": base_url,
            "APPLE_MUSIC_DEVELOPER_TOKEN": service.developer_token(),
            "APPLE_MUSIC_USER_TOKEN": USER,
        }


@pytest.mark.parametrize("page", [page for page in PAGES if programs(page)], ids=name_of)
def test_page_shows_what_happens(page: Path, environ: dict[str, str], tmp_path: Path) -> None:
    """Its programs, run from top to bottom, succeed and print what the page shows."""
    # The key that a reader has downloaded from Apple; nothing here reads it.
    (tmp_path / "AuthKey.p8").touch()

    with Reader(tmp_path, environ) as reader:
        for block in programs(page):
            reader.run(block)


def test_python_of_first_pages_can_be_entered_line_by_line() -> None:
    """At the prompt of Python 3.11 too, where an empty line ends a block, and has to."""
    incomplete = []
    for page in ("README.md", "docs/index.md", "docs/tutorial.md"):
        for block in blocks(ROOT / page):
            entered: list[str] = []
            for line in block.text.splitlines() if block.language == "python" else []:
                entered.append(line)
                if compile_command("\n".join(entered)):
                    entered.clear()
            if entered and not compile_command("\n".join([*entered, ""])):
                incomplete.append(f"{page}:{block.line}")

    assert incomplete == []


def test_examples_of_docstrings_that_need_a_service_run(
    environ: dict[str, str], tmp_path: Path
) -> None:
    """Examples that `doctest` skips succeed on the mock, with a client and songs."""
    with Reader(tmp_path, environ) as reader:
        for example in SKIPPED:
            code = WITH_A_CLIENT + "".join(each.source for each in example.examples)
            reader.run(Block("python", f"{code}\nclient.close()\n", line=1))

    assert {"RatingsClient", "set_ratings", "Journal"} <= {
        each.name.rpartition(".")[2] for each in SKIPPED
    }


def test_other_blocks_are_run_elsewhere_or_state_why_not() -> None:
    """A mark names a test that runs the block, the file it is from, or the reason."""
    tests = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    offenders = []
    for page in PAGES:
        for block in blocks(page):
            kind, text = block.mark or ("", "")
            is_known = {
                "run": any(page.name in each and f'"{text}"' in each for each in tests),
                "from": kind == "from" and block.text == (ROOT / text).read_text("utf-8"),
                "not run": len(text.split()) > 2,
            }
            if not is_known.get(kind, True):
                offenders.append(f"{name_of(page)}:{block.line}: {kind}: {text}")

    assert offenders == []


def test_pages_with_tests_of_their_own_have_them() -> None:
    """The test reads the page."""
    missing = [
        page
        for page, test in BY_OTHER_TESTS.items()
        if Path(page).name not in (ROOT / test).read_text("utf-8")
    ]

    assert missing == []


def test_blocks_that_are_not_run_are_counted() -> None:
    """A new exception changes this file, so that a review sees it."""
    found = Counter(
        name_of(page)
        for page in PAGES
        for block in blocks(page)
        if block.mark and block.mark[0] == "not run"
    )

    assert dict(found) == NOT_RUN


def test_data_on_pages_parses() -> None:
    """Every block of JSON or YAML parses."""
    readers: dict[str, Callable[[str], object]] = {
        "json": json.loads,
        "yaml": yaml.safe_load,
    }
    shown = [each for page in PAGES for each in blocks(page) if each.language in readers]

    assert shown
    assert all(readers[each.language](each.text) is not None for each in shown)


def test_every_block_names_its_language() -> None:
    """So that none is skipped because its language is unknown."""
    known = PROGRAMS | {"csv", "dockerfile", "json", "text", "toml", "yaml"}
    unknown = [
        f"{name_of(page)}:{each.line}: {each.language or 'no language'}"
        for page in PAGES
        for each in blocks(page)
        if each.language not in known
    ]

    assert unknown == []


def test_marks_and_output_belong_to_their_block() -> None:
    """A comment above a block is its mark, and a block of text below it is its output."""
    text = "<!-- not run: needs an account -->\n```console\n$ a\n```\n\n```text\nout\n```\n"
    (program, output) = blocks_of(text)

    assert program.mark == ("not run", "needs an account")
    assert program.output == output.text == "out\n"
    assert output.mark is None


def test_console_blocks_are_split_into_commands() -> None:
    """A command continues after a backslash; the output belongs to the command above."""
    text = "$ one \\\n    more\n$ two  # exit code 1\nout\n\nput\n"

    assert commands(text) == [("one \\\n    more", None), ("two  # exit code 1", "out\n\nput\n")]


def test_output_may_be_omitted_in_part() -> None:
    """An ellipsis matches anything; spaces at the ends of lines are ignored."""
    for shown, printed in (
        ("1 done.\n", "\n1 done.\n"),
        ("RUN …  finished\n", "RUN 2026-1  finished  \n"),
        ("first\n…\nlast\n", "first\nsecond\nthird\nlast\n"),
        (None, "anything"),
    ):
        compare(shown, printed, "a command")


def test_different_output_fails() -> None:
    """Other text, more text and less text."""
    for shown, printed in (("1 done.", "2 done."), ("", "more"), ("a", "a\nb")):
        with pytest.raises(AssertionError, match="the page shows"):
            compare(shown, printed, "a command")
