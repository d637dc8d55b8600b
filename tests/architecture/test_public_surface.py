from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
BEFORE = [
    "class pack.Client(object)",
    "pack.Client(*, token: str) -> None",
    "pack.Client.get(item: Item) -> Rating",
    "command prog get",
    "command prog get: --json (flag)",
    "exit code 1: FAILED",
    "admin API GET /__admin/state",
    "variable PACK_TOKEN",
    "mock option --port PORT",
    "pytest fixture mock",
]


@pytest.fixture(scope="module")
def surface() -> ModuleType:
    """The script that lists what is public."""
    spec = importlib.util.spec_from_file_location(
        "public_surface", ROOT / ".ci" / "public_surface.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def found(surface: ModuleType) -> list[str]:
    """What is public now."""
    lines: list[str] = surface.surface()
    return lines


def changed(old: str | None, new: str | None) -> list[str]:
    """The list with one line in the place of another, one more, or one less."""
    kept = [line for line in BEFORE if line != old]
    return kept + ([new] if new else [])


def test_public_surface_is_listed_and_its_changes_are_in_the_changelog(
    surface: ModuleType, found: list[str]
) -> None:
    """A change is meant when the list and the changelog both say so."""
    told = surface.problems(
        (HERE / "public_surface.txt").read_text("utf-8"),
        (HERE / "released_surface.txt").read_text("utf-8"),
        (ROOT / "CHANGELOG.md").read_text("utf-8"),
        found,
    )

    assert told == [], "\n".join(told)


@pytest.mark.parametrize(
    "start",
    [
        "apple_music_ratings.RatingsClient.get_ratings(",
        "class apple_music_ratings.RateLimitError(ApiError)",
        "apple_music_ratings.ResourceType.LIBRARY_SONGS = 'library-songs'",
        "apple_music_ratings.journal.Journal(",
        "class apple_music_ratings.mock.MockService(object)",
        "command apple-music-ratings like: --json (flag)",
        "command apple-music-ratings mock report: --require-all (flag)",
        "exit code 3: PARTLY_DONE",
        "mock option --port PORT",
        "mock scenario small-library",
        "admin API POST /__admin/faults",
        "variable APPLE_MUSIC_USER_TOKEN",
        "pytest fixture ratings_mock_url",
        "pytest marker ratings_mock_scenario(scenario)",
        "extra mock",
    ],
)
def test_every_kind_of_public_thing_is_listed(found: list[str], start: str) -> None:
    """Names, signatures, commands, options, exit codes and what the mock offers."""
    assert [line for line in found if line.startswith(start)]


def test_public_surface_is_the_same_wherever_it_is_listed(found: list[str]) -> None:
    """No address of an object, no path of a machine, nothing twice."""
    assert not [line for line in found if " at 0x" in line or str(ROOT) in line]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("old", "new", "entry"),
    [
        (None, "pack.Client.set(item: Item) -> None", "`set` writes"),
        (None, "class pack.Plan(object)", "`Plan` says what"),
        (None, "command prog set", "`prog set` writes"),
        (None, "command prog get: --all (flag)", "`get` takes `--all`"),
        (None, "exit code 4: TIRED", "exit code 4 (`TIRED`)"),
        (None, "admin API PUT /__admin/state", "`PUT /__admin/state`"),
        (None, "variable PACK_KEY", "`PACK_KEY` holds"),
        (None, "mock option --host HOST", "`--host` says where"),
        (None, "pytest fixture mock_url", "the fixture `mock_url`"),
        (BEFORE[2], None, "`Client.get` is gone"),
        (BEFORE[3], None, "`prog get` is gone"),
        (BEFORE[5], "exit code 1: BROKEN", "exit code 1 is called `BROKEN`"),
        (BEFORE[0], "class pack.Client(Base)", "`Client` is a `Base`"),
        (BEFORE[1], "pack.Client(*, token: str, limiter: Limiter) -> None", "takes a `limiter`"),
        (BEFORE[2], "pack.Client.get(item: Item) -> Rating | None", "`get` may give `None`"),
        (BEFORE[4], "command prog get: --json (text)", "`--json` takes a text"),
        (BEFORE[8], "mock option --port NUMBER", "`--port` takes a number"),
    ],
)
def test_change_of_the_surface_needs_an_entry_that_names_it(
    surface: ModuleType, old: str | None, new: str | None, entry: str
) -> None:
    """Told in words where the entry is missing, and accepted where it is not."""
    after = changed(old, new)
    silent = "# Changelog\n\n## Unreleased\n\n- Something else.\n\n## 0.1.0\n\n- " + entry
    told = surface.problems("\n".join(after), "\n".join(BEFORE), silent, after)
    mentioned = f"# Changelog\n\n## Unreleased\n\n### Changed\n\n- **Pack**: {entry}.\n"

    assert any("no entry" in line for line in told)
    assert any((new or old or "") in line for line in told)
    assert surface.problems("\n".join(after), "\n".join(BEFORE), mentioned, after) == []


@pytest.mark.parametrize(("old", "new"), [(None, "class pack.Plan(object)"), (BEFORE[2], None)])
def test_change_of_the_code_that_is_not_listed_is_told(
    surface: ModuleType, old: str | None, new: str | None
) -> None:
    """Even where the changelog has its entry: the list shows a reviewer what becomes public."""
    after = changed(old, new)
    entry = "## Unreleased\n\n- `Plan`, and `get` is gone\n"
    told = surface.problems("\n".join(BEFORE), "\n".join(BEFORE), entry, after)

    assert any("write" in line for line in told)
    assert any((new or old or "") in line for line in told)


def test_entry_about_the_name_does_not_speak_for_a_new_parameter(surface: ModuleType) -> None:
    """A name may stand in an entry about something else."""
    after = changed(BEFORE[2], "pack.Client.get(item: Item, *, soon: bool) -> Rating")
    entry = "## Unreleased\n\n- `get` reads."
    told = surface.problems("\n".join(after), "\n".join(BEFORE), entry, after)

    assert any("no entry" in line for line in told)


def test_what_comes_with_a_class_or_a_command_needs_no_entry_of_its_own(
    surface: ModuleType,
) -> None:
    """One entry for the thing people notice."""
    after = [
        *BEFORE,
        "class pack.Plan(object)",
        "pack.Plan(steps: int) -> None",
        "pack.Plan.steps: int",
        "command prog set",
        "command prog set: --json (flag)",
    ]
    entry = "## Unreleased\n\n- `Plan`, and `prog set`.\n"

    assert surface.problems("\n".join(after), "\n".join(BEFORE), entry, after) == []
