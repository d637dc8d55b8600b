"""Name the modules that only decide: no clock, socket, file, environment or randomness.

Usage: pure_modules.py prints their files, joined by commas, as coverage takes them: every line of
a decision is tested. `tests/architecture/test_imports.py` checks what they import.
"""

from __future__ import annotations

from measure_layout import OVERLAYS, PACKAGES, ROOT, module_name

MODULES = {
    module_name(path).removesuffix(".__init__"): path
    for package in PACKAGES
    for path in sorted((OVERLAYS / package).rglob("*.py"))
}
# Decisions: facts in, a value out. A folder stands for every module in it.
PURE_MODULES = {
    "apple_music_ratings._bulk.batching",
    "apple_music_ratings._bulk.failures",
    "apple_music_ratings._bulk.paging",
    "apple_music_ratings._bulk.reading",
    "apple_music_ratings._bulk.verification",
    "apple_music_ratings._bulk.writing",
    "apple_music_ratings._http.redaction",
    "apple_music_ratings._http.responses",
    "apple_music_ratings._http.retry_after",
    "apple_music_ratings._links",
    "apple_music_ratings._operations.batch",
    "apple_music_ratings._operations.lenient",
    "apple_music_ratings._operations.pages",
    "apple_music_ratings.doctor.diagnosis",
    "apple_music_ratings.doctor.token_report",
    "apple_music_ratings.errors",
    "apple_music_ratings.journal.steps",
    "apple_music_ratings.files.cells",
    "apple_music_ratings.files.columns",
    "apple_music_ratings.files.privacy_export",
    "apple_music_ratings.files.rows",
    "apple_music_ratings.limiters.gcra",
    "apple_music_ratings.models",
    "apple_music_ratings.plans",
    "apple_music_ratings.probe.exchanges",
    "apple_music_ratings.probe.questions",
    "apple_music_ratings.probe.read_script",
    "apple_music_ratings.probe.redaction",
    "apple_music_ratings.probe.steps",
    "apple_music_ratings.probe.write_script",
    "apple_music_ratings.profiles.credentials",
    "apple_music_ratings.developer_token.token_text",
    "apple_music_ratings.retries",
    "apple_music_ratings_mock.api",
    "apple_music_ratings_mock.faults.kinds",
    "apple_music_ratings_mock.journal",
}
# Keys are generated, so they are random.
IMPURE_MODULES = {"apple_music_ratings_mock.api.keys"}


def is_pure(module: str) -> bool:
    """Return whether a module is in the set above, by its own name or by its folder's."""
    folders = [module.rsplit(".", depth)[0] for depth in range(module.count(".") + 1)]
    return module not in IMPURE_MODULES and any(name in PURE_MODULES for name in folders)


if __name__ == "__main__":
    print(",".join(str(path.relative_to(ROOT)) for name, path in MODULES.items() if is_pure(name)))
