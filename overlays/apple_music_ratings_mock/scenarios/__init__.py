"""Scenarios: state, behaviors and faults to start from, read from YAML files."""
