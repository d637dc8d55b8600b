"""What the commands of one run share: the environment, the profile, the client."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field

from apple_music_ratings import RatingsClient


@define
class Session:
    """The shared facts of one run, as click's context object.

    Args:
        environ: The environment variables.
        profile: The name under which tokens are kept; `None` for the default.
    """

    environ: Mapping[str, str]
    profile: str | None = None
    _client: RatingsClient | None = field(default=None, init=False)

    def client(self) -> RatingsClient:
        """Give the client, made at the first call.

        Raises:
            ConfigurationError: A token is missing or cannot be used.
        """
        if self._client is None:
            self._client = RatingsClient.from_env(environ=self.environ)
        return self._client

    def close(self) -> None:
        """Close the client, if there is one."""
        if self._client is not None:
            self._client.close()
