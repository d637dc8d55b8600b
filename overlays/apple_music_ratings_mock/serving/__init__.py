"""Ways to reach the mock: ASGI, a socket, an httpx transport; the admin API and dashboard."""
