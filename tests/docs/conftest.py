"""Lets the tests of the documents say `from pages import ...`."""

from __future__ import annotations
