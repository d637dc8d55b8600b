"""Scenarios: state, behaviors and faults to start from, read from YAML files."""

NAMES = ("empty", "small-library", "ten-thousand", "expired-tokens", "throttled", "flaky")
"""The built-in scenarios."""
