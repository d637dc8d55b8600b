"""Many requests: flows decide what to request next, runners send it."""
