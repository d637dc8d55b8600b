"""The journal of requests, and explanations of invalid ones."""
