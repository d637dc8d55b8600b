"""Decides which proxy of the environment a service is reached through, if any.

httpx reads the same variables, but fails on ranges of addresses in NO_PROXY, and on a proxy that it
cannot use even if NO_PROXY names the service.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.request import getproxies

import httpx

from apple_music_ratings.errors import ConfigurationError

from .settings import MAX_PORT, is_loopback

_SCHEMES = ("http", "https", "socks5", "socks5h")


def proxy_for(base_url: httpx.URL, proxies: Mapping[str, str] | None = None) -> str | None:
    """Return the proxy of a service; `None` for a direct connection.

    A service on this machine is never reached through a proxy.

    Args:
        base_url: The service.
        proxies: The proxy of each scheme, and `no` for the exceptions; by default those of the
            system.

    Raises:
        ConfigurationError: The proxy cannot be used; the message names the variable.
    """
    proxies = getproxies() if proxies is None else proxies
    scheme = _scheme(base_url, proxies)
    if scheme is None:
        return None
    proxy = proxies[scheme] if "://" in proxies[scheme] else f"http://{proxies[scheme]}"
    _validate(proxy, f"{scheme.upper()}_PROXY")
    return proxy


@contextmanager
def names_proxy(url: httpx.URL, proxies: Mapping[str, str] | None = None) -> Iterator[None]:
    """Add the variable of the proxy to an error of connecting through it."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        if (scheme := _scheme(url, getproxies() if proxies is None else proxies)) is not None:
            error.args = (f"{error} (through the proxy of {scheme.upper()}_PROXY)",)
        raise


def _scheme(url: httpx.URL, proxies: Mapping[str, str]) -> str | None:
    """Return the scheme whose proxy is used for a service."""
    if is_loopback(url.host) or is_excepted(url, proxies.get("no", "")):
        return None
    return next((name for name in (url.scheme, "all") if proxies.get(name)), None)


def is_excepted(base_url: httpx.URL, exceptions: str) -> bool:
    """Return whether NO_PROXY names a service: by host, domain, address or range of addresses."""
    return any(
        _matches(entry, base_url) for entry in re.split(r"[,;\s]+", exceptions.lower()) if entry
    )


def _matches(entry: str, base_url: httpx.URL) -> bool:
    host, port = base_url.host.lower(), base_url.port or (443 if base_url.scheme == "https" else 80)
    entry = entry.rpartition("://")[2].rstrip("/")
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:  # a name on one of the sides, or a port
        pass
    name, separator, given_port = entry.rpartition(":")
    if separator and given_port.isdigit() and (":" not in name or name.endswith("]")):
        return int(given_port) == port and _matches(name, base_url)
    domain = entry.lstrip("*").lstrip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _validate(proxy: str, variable: str) -> None:
    """Raise if httpx could not use a proxy. Its user name and password are not quoted."""
    scheme = proxy.partition("://")[0].lower()
    instead = f"Correct or unset {variable}, or name the service in NO_PROXY."
    if scheme == "socks":
        raise ConfigurationError(
            f"{variable} starts with socks://, which is ambiguous; write socks5://. {instead}"
        )
    if scheme not in _SCHEMES:
        raise ConfigurationError(
            f"{variable} starts with {scheme}://, which is not supported; use one of "
            f"{', '.join(f'{name}://' for name in _SCHEMES)}. {instead}"
        )
    try:
        url = httpx.URL(proxy)
        is_complete = bool(url.host) and (url.port or 80) <= MAX_PORT
    except httpx.InvalidURL:
        is_complete = False
    if not is_complete:
        raise ConfigurationError(f"{variable} is not a valid URL. {instead}")
    if scheme.startswith("socks"):
        try:
            import socksio  # noqa: F401, PLC0415  # an optional package of httpx
        except ImportError:
            raise ConfigurationError(
                f"{variable} names a SOCKS proxy, which requires another package. "
                "Run: pip install 'httpx[socks]', or unset the variable."
            ) from None
