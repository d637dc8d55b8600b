"""Decisions without I/O: facts in, decisions out.

Nothing in here sleeps, sends, reads a clock, draws a random number or looks at the environment.
"""
