"""What the probe sends and receives, as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from attrs import field, frozen

from apple_music_ratings.models import Item

__all__ = ["Exchange", "ProbeRequest", "ProbeResponse"]

Signing = Literal["both tokens", "no user token", "invalid developer token"]


@frozen(kw_only=True)
class ProbeRequest:
    """One request of the probe.

    Args:
        name: Identifies the request in the script, `get-unrated` for instance.
        method: The HTTP method.
        template: The path, with `{id}` in place of an id.
        ids: The ids: one for the path, or several for the query parameter `ids`.
        query: Further query parameters.
        body: The JSON body; `None` for a request without one.
        signing: Which tokens are sent.
        is_write: Whether the request can change a rating.
    """

    name: str
    method: str
    template: str
    ids: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, object] | None = None
    signing: Signing = "both tokens"
    is_write: bool = False

    @property
    def path(self) -> str:
        """The path with its id."""
        return self.template.replace("{id}", self.ids[0]) if self.ids else self.template

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The query parameters, `ids` included."""
        ids = () if "{id}" in self.template or not self.ids else (("ids", ",".join(self.ids)),)
        return (*ids, *self.query)


@frozen(kw_only=True)
class ProbeResponse:
    """One response, as it was received.

    Args:
        status: The HTTP status.
        headers: Header names in lower case, with their values.
        content: The decoded body.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def document(self) -> Any:
        """The JSON document of the body; `None` if it is empty or not JSON."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None

    @property
    def code(self) -> str | None:
        """The service's code of the first error, if the body is a list of errors."""
        document = self.document
        errors = document.get("errors") if isinstance(document, dict) else None
        first = errors[0] if isinstance(errors, list) and errors else None
        code = first.get("code") if isinstance(first, dict) else None
        return code if isinstance(code, str) else None

    @property
    def entries(self) -> list[Mapping[str, Any]] | None:
        """The resources of the body; `None` if it has no list of resources."""
        document = self.document
        data = document.get("data") if isinstance(document, dict) else None
        if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
            return None
        return data

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


@frozen(kw_only=True)
class Exchange:
    """A request and what came of it.

    Args:
        request: The request.
        response: The response; `None` when none was received completely.
    """

    request: ProbeRequest
    response: ProbeResponse | None = None


def rate(name: str, item: Item, value: int, *, type_word: str | None = "rating") -> ProbeRequest:
    """Return a request that sets a rating, with this `type` in its body, or none."""
    body: dict[str, object] = {} if type_word is None else {"type": type_word}
    body["attributes"] = {"value": value}
    return ProbeRequest(
        name=name,
        method="PUT",
        template=f"/v1/me/ratings/{item.type}/{{id}}",
        ids=(item.id,),
        body=body,
        is_write=True,
    )


def get(name: str, item: Item, **options: Any) -> ProbeRequest:
    """Return a request that reads the rating of an item."""
    template = f"/v1/me/ratings/{item.type}/{{id}}"
    return ProbeRequest(name=name, method="GET", template=template, ids=(item.id,), **options)


def delete(name: str, item: Item) -> ProbeRequest:
    """Return a request that deletes the rating of an item."""
    template = f"/v1/me/ratings/{item.type}/{{id}}"
    return ProbeRequest(
        name=name, method="DELETE", template=template, ids=(item.id,), is_write=True
    )


def get_several(name: str, resource_type: str, ids: tuple[str, ...]) -> ProbeRequest:
    """Return a request that reads several ratings of one resource type."""
    template = f"/v1/me/ratings/{resource_type}"
    return ProbeRequest(name=name, method="GET", template=template, ids=ids)
