"""A requests session that runs the mock's ASGI application in the thread of the caller.

Schemathesis hands each request to an event loop in another thread, which takes longer than the
mock's response. An application that only awaits messages needs no event loop.
"""

from __future__ import annotations

from io import BytesIO
from urllib.parse import unquote, urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from schemathesis.python.asgi import ASGIClient
from urllib3 import HTTPHeaderDict, HTTPResponse

from apple_music_ratings_mock.serving.asgi import MockASGIApp
from apple_music_ratings_mock.serving.asgi_messages import Message


class _Adapter(HTTPAdapter):
    def __init__(self, app: MockASGIApp) -> None:
        super().__init__()
        self._app = app

    def send(  # type: ignore[override]  # no option applies without a socket
        self, request: PreparedRequest, **_: object
    ) -> Response:
        parts = urlsplit(request.url or "")
        headers = {"Host": parts.netloc, **request.headers}
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "scheme": parts.scheme,
            "query_string": parts.query.encode(),
            "headers": [
                (name.lower().encode(), str(value).encode("latin-1"))
                for name, value in headers.items()
            ],
        }
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            sent.append(message)

        for _ in self._app(scope, receive, send).__await__():
            raise RuntimeError("the application awaits something other than its messages")
        start, *chunks = sent
        content = b"".join(each.get("body", b"") for each in chunks)
        raw = HTTPResponse(
            BytesIO(b"" if request.method == "HEAD" else content),
            HTTPHeaderDict(
                (name.decode(), text.decode("latin-1")) for name, text in start["headers"]
            ),
            start["status"],
            version=11,
            preload_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)


class DirectClient(ASGIClient):
    """The session that `Case.call` takes, for one mock."""

    def __init__(self, app: MockASGIApp) -> None:
        super().__init__(app)  # type: ignore[arg-type]  # it takes any mapping as scope
        # Without a socket, no proxy of the environment applies.
        self.trust_env = False
        self.mount("http://", _Adapter(app))
