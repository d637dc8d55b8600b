"""Lets test files say `from sign_ins import a_sign_in`."""

from __future__ import annotations
