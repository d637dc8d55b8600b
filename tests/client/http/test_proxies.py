from __future__ import annotations

import httpx
import pytest

from apple_music_ratings import ConfigurationError
from apple_music_ratings._http.proxies import is_excepted, names_proxy, proxy_for

APPLE = httpx.URL("https://api.music.apple.com")


def test_proxy_is_chosen_by_scheme() -> None:
    """The variable of the scheme comes before ALL_PROXY; a bare host is an http proxy."""
    cases = [
        ({}, None),
        ({"https": "http://proxy:3128"}, "http://proxy:3128"),
        ({"https": "proxy:3128"}, "http://proxy:3128"),
        ({"http": "http://proxy:3128"}, None),
        ({"all": "http://all:1", "https": "http://proxy:2"}, "http://proxy:2"),
        ({"all": "socks5h://proxy:1080"}, "socks5h://proxy:1080"),
        ({"https": ""}, None),
    ]

    assert [case for case in cases if proxy_for(APPLE, case[0]) != case[1]] == []


def test_service_on_this_machine_is_reached_directly() -> None:
    """Whatever the environment says, and however its proxy is written."""
    for url in ("http://127.0.0.1:8787", "http://localhost", "http://[::1]:8787"):
        assert proxy_for(httpx.URL(url), {"all": "socks://nonsense", "http": "ftp://x"}) is None


def test_exceptions_name_hosts_domains_addresses_and_ranges() -> None:
    """In every form in use; a part of a name does not match."""
    matches = [
        ("https://api.music.apple.com", "*"),
        ("https://api.music.apple.com", "apple.com"),
        ("https://api.music.apple.com", ".apple.com"),
        ("https://api.music.apple.com", "*.apple.com"),
        ("https://api.music.apple.com", "localhost, API.music.apple.com"),
        ("https://api.music.apple.com", "api.music.apple.com:443"),
        ("https://api.music.apple.com", "localhost;api.music.apple.com"),
        ("https://api.music.apple.com", "https://api.music.apple.com/"),
        ("https://10.1.2.3", "10.0.0.0/8"),
        ("https://10.1.2.3", "[, 10.0.0.0/99, 10.1.2.3/8"),
        ("https://10.1.2.3:8443", "10.1.2.3:8443"),
        ("https://[fd00::1]", "fd00::/8"),
        ("https://[fd00::1]", "[fd00::1]"),
        ("https://[fd00::1]:8443", "[fd00::1]:8443"),
    ]
    others = [
        ("https://api.music.apple.com", ""),
        ("https://api.music.apple.com", "pple.com,10.0.0.0/8,::1,fd00::/8,[::1]:80"),
        ("https://api.music.apple.com", "api.music.apple.com:80"),
        ("https://10.1.2.3", "192.168.0.0/16, ::/0"),
    ]

    assert [case for case in matches if not is_excepted(httpx.URL(case[0]), case[1])] == []
    assert [case for case in others if is_excepted(httpx.URL(case[0]), case[1])] == []


def test_error_of_connecting_names_the_variable_of_the_proxy() -> None:
    """Only where a proxy is in use."""
    for url, proxies, words in [
        (APPLE, {"all": "http://proxy"}, "failed (through the proxy of ALL_PROXY)"),
        (APPLE, {"all": "http://proxy", "no": "apple.com"}, "failed"),
        (httpx.URL("http://127.0.0.1"), {"http": "http://proxy"}, "failed"),
    ]:
        with pytest.raises(httpx.ConnectError) as caught, names_proxy(url, proxies):
            raise httpx.ConnectError("failed")

        assert str(caught.value) == words


def test_proxy_that_cannot_be_used_is_named_by_its_variable() -> None:
    """Before any request, without its password; NO_PROXY still excepts a service."""
    cases = {
        "socks://me:secret@proxy:1080": "write socks5://",
        "ftp://me:secret@proxy": "ftp://, which is not supported",
        "http://me:secret@proxy:port": "is not a valid URL",
        "http://": "is not a valid URL",
        "http://me:secret@proxy:99999": "is not a valid URL",
        "socks4://me:secret@proxy": "socks4://, which is not supported",
    }
    for proxy, reason in cases.items():
        with pytest.raises(ConfigurationError, match=reason) as caught:
            proxy_for(APPLE, {"all": proxy})

        assert str(caught.value).startswith("ALL_PROXY ")
        assert "secret" not in str(caught.value)
        assert proxy_for(APPLE, {"all": proxy, "no": "apple.com"}) is None
