"""Credentials: environment variables, saved profiles, and which of them apply."""
