"""Runs the operations of the generated client. No other package imports generated code."""
