"""The certificate authorities that verify servers, by SSL_CERT_FILE and SSL_CERT_DIR."""

from __future__ import annotations

import os
import ssl

import httpx

from apple_music_ratings.errors import ConfigurationError

_FILE, _FOLDER = "SSL_CERT_FILE", "SSL_CERT_DIR"


def tls_context() -> ssl.SSLContext:
    """Return what verifies the certificates of servers.

    Raises:
        ConfigurationError: A variable names a file or a folder that cannot be used.
    """
    path, folders = os.environ.get(_FILE, ""), os.environ.get(_FOLDER, "")
    if not path and folders and not any(map(os.path.isdir, folders.split(os.pathsep))):
        raise ConfigurationError(
            f"{_FOLDER} names {folders!r}, which is not a folder. Correct the variable, or unset "
            "it."
        )
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # an SSLError is one
        raise ConfigurationError(
            f"{_FILE} names {path!r}, which has no certificates that can be read "
            f"({error.strerror or type(error).__name__}). Correct the variable, or unset it."
        ) from error
