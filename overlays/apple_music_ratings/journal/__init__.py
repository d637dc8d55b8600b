"""The journal of bulk runs: an SQLite file, so that a run can be resumed or undone."""

from __future__ import annotations

from .journal import Journal, Run, RunState

__all__ = ["Journal", "Run", "RunState"]
