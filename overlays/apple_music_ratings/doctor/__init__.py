"""Checks the configuration and the tokens, and reports what is wrong with them."""
