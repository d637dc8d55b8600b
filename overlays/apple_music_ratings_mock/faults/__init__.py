"""Fault injection: the kinds of faults, when they apply, and what they do."""
