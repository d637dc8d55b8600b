"""Carriers of the service: httpx transport, ASGI application and server, with the admin API."""
