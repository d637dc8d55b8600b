"""The service: request in, response out, from state alone."""
