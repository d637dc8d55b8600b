"""Mutants: changes to mock and client that must each turn a test red.

A mutant is one replacement in one file. The text to replace occurs exactly once, so a mutant that
no longer fits the code is itself an error.
"""

from __future__ import annotations

from attrs import frozen

CLIENT_FOLDER = "overlays/apple_music_ratings"
MOCK_FOLDER = "overlays/apple_music_ratings_mock"


@frozen
class Mutant:
    """One mistake that a change could make.

    Args:
        what: The mistake.
        file: The file, from the top of the checkout.
        old: The correct text.
        new: The text with the mistake.
        tests: Where a test must turn red: files or folders below `tests/`.
    """

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MOCK = [
    Mutant(
        "CONNECT after another request is a tunnel",
        f"{MOCK_FOLDER}/serving/http11.py",
        'if method == b"CONNECT":',
        'if method == b"":',
        ("mock/serving/test_pipelines.py",),
    ),
    Mutant(
        "a PUT stores nothing",
        f"{MOCK_FOLDER}/api/state.py",
        "self._ratings.setdefault(user, {}).setdefault(type, {})[key] = value",
        "self._ratings.setdefault(user, {}).setdefault(type, {})",
        ("mock/api",),
    ),
    Mutant(
        "a DELETE removes nothing",
        f"{MOCK_FOLDER}/api/state.py",
        "if of_type.pop(key, None) is None:",
        "if of_type.get(key) is None:",
        ("mock/api",),
    ),
    Mutant(
        "a rating of 0 is accepted",
        f"{MOCK_FOLDER}/api/rating_body.py",
        "value not in (1, -1)",
        "value not in (1, 0, -1)",
        ("mock/api",),
    ),
    Mutant(
        "true is accepted as 1",
        f"{MOCK_FOLDER}/api/rating_body.py",
        "type(value) not in (int, float)",
        "not isinstance(value, (int, float))",
        ("mock/api",),
    ),
    Mutant(
        "a list returns only its first item",
        f"{MOCK_FOLDER}/api/handlers.py",
        "values = state.get_all(call.user, call.type, call.ids)",
        "values = state.get_all(call.user, call.type, call.ids)[:1] + [None] * len(call.ids[1:])",
        ("mock/api",),
    ),
    Mutant(
        "all users share their ratings",
        f"{MOCK_FOLDER}/api/state.py",
        "own = self._ratings.get(user, {}).get(resource_type.name, {})",
        "own = next(iter(self._ratings.values()), {}).get(resource_type.name, {})",
        ("mock/api", "mock/test_service.py"),
    ),
    Mutant(
        "a library id and its catalog counterpart have separate ratings",
        f"{MOCK_FOLDER}/api/state.py",
        "return self._keys.get(own, own)",
        "return own",
        ("mock/api", "mock/test_service.py"),
    ),
    Mutant(
        "an expired developer token is accepted",
        f"{MOCK_FOLDER}/api/token_claims.py",
        "now < self.expires_at <= now + MAX_LIFETIME",
        "self.expires_at <= now + MAX_LIFETIME",
        ("mock/api",),
    ),
    Mutant(
        "the user token is checked before the developer token",
        f"{MOCK_FOLDER}/api/routing.py",
        "    if problem:\n        return problem\n    if parsed.user is None:",
        "    if problem and parsed.user:\n        return problem\n    if parsed.user is None:",
        ("mock/api",),
    ),
    Mutant(
        "an encoded slash splits an id",
        f"{MOCK_FOLDER}/api/parsed_request.py",
        'segments = path.split("/")',
        'segments = unquote(path).split("/")',
        ("mock/api",),
    ),
    Mutant(
        "the behavior delete_unrated has no effect",
        f"{MOCK_FOLDER}/api/handlers.py",
        ' or behaviors.delete_unrated == "204"',
        "",
        ("mock/api",),
    ),
    Mutant(
        "the behavior put_response has no effect",
        f"{MOCK_FOLDER}/api/handlers.py",
        'return NO_CONTENT if behaviors.put_response == "204" else _rendered(call, [call.value])',
        "return _rendered(call, [call.value])",
        ("mock/api",),
    ),
    Mutant(
        "the behavior duplicates has no effect",
        f"{MOCK_FOLDER}/api/parameters.py",
        'if behaviors.duplicates == "collapse":',
        "if not behaviors:",
        ("mock/api",),
    ),
    Mutant(
        "the fault kind truncated-body has no effect",
        f"{MOCK_FOLDER}/faults/effects.py",
        "return evolve(delivery, truncate_at=length // 2)",
        "return delivery",
        ("mock/faults",),
    ),
    Mutant(
        "the fault kind malformed-body has no effect",
        f"{MOCK_FOLDER}/faults/effects.py",
        "if fault.kind != FaultKind.MALFORMED_BODY and not is_late:",
        "if not is_late:",
        ("mock/faults",),
    ),
    Mutant(
        "the fault kind slow-headers has no effect",
        f"{MOCK_FOLDER}/faults/effects.py",
        "return evolve(delivery, header_delay=seconds)",
        "return delivery",
        ("mock/faults",),
    ),
    Mutant(
        "the fault kind user-token-revoked has no effect",
        f"{MOCK_FOLDER}/faults/rejections.py",
        "                return REVOKED",
        "                continue",
        ("mock/faults",),
    ),
]

CLIENT = [
    Mutant(
        "a PUT is sent without its body",
        f"{CLIENT_FOLDER}/_operations/exchange.py",
        "start_call(**arguments)\n        self.response = self._http.",
        "start_call(**arguments | {'json': None})\n        self.response = self._http.",
        ("client/test_writing.py",),
    ),
    Mutant(
        "the wrong field is read",
        f"{CLIENT_FOLDER}/_operations/operations.py",
        "values[id] = _VALUES[attributes.value]",
        "values[entry.href] = _VALUES[attributes.value]",
        ("client/test_reading.py",),
    ),
    Mutant(
        "ids are sent as repeated keys",
        "generated/apple_music_ratings_client/api/songs/list_song_ratings.py",
        'params["ids"] = ",".join(json_ids)',
        'params["ids"] = json_ids',
        ("client/test_reading.py",),
    ),
    Mutant(
        "the 404 of an unrated item raises",
        f"{CLIENT_FOLDER}/_http/responses.py",
        "return is_list or not body.strip()",
        "return is_list",
        ("client/test_reading.py",),
    ),
    Mutant(
        "a token is renewed while it is fresh and kept once it is due",
        f"{CLIENT_FOLDER}/developer_token/tokens.py",
        "return not issued_at <= now < renew_at",
        "return issued_at <= now < renew_at",
        ("client/test_developer_tokens.py",),
    ),
    Mutant(
        "each of many 401s signs another token",
        f"{CLIENT_FOLDER}/developer_token/tokens.py",
        "if self._token.text == rejected:",
        "if rejected:",
        ("client/test_developer_tokens.py",),
    ),
    Mutant(
        "tokens are sent to any host",
        f"{CLIENT_FOLDER}/_http/auth.py",
        "if _origin(request.url) != self._service:",
        "if not request.url.host:",
        ("client/http",),
    ),
    Mutant(
        "one attempt too many",
        f"{CLIENT_FOLDER}/retries.py",
        "attempts >= policy.max_attempts",
        "attempts > policy.max_attempts",
        ("client/test_retries.py",),
    ),
    Mutant(
        "a status is added to the transient ones",
        f"{CLIENT_FOLDER}/retries.py",
        "frozenset({429, 500, 502, 503, 504})",
        "frozenset({408, 429, 500, 502, 503, 504})",
        ("client/test_retries.py",),
    ),
    Mutant(
        "a status is removed from the transient ones",
        f"{CLIENT_FOLDER}/retries.py",
        "frozenset({429, 500, 502, 503, 504})",
        "frozenset({429, 500, 502, 503})",
        ("client/test_retries.py",),
    ),
    Mutant(
        "an error keeps the request with its tokens",
        f"{CLIENT_FOLDER}/_http/call.py",
        "error.request = without_tokens(self._request)",
        "error.request = self._request",
        ("client/http",),
    ),
    Mutant(
        "an id of two dots is sent",
        f"{CLIENT_FOLDER}/models.py",
        'if id in {".", ".."}:',
        'if id in {"."}:',
        ("client/test_items.py",),
    ),
    Mutant(
        "a dislike is written as a like",
        f"{CLIENT_FOLDER}/_operations/operations.py",
        "value=generated.RatingValue(value)",
        "value=generated.RatingValue(abs(value))",
        ("client/test_writing.py",),
    ),
    Mutant(
        "the language is not sent when a list is read",
        f"{CLIENT_FOLDER}/_operations/operations.py",
        'arguments={"ids": list(items), **_localized(language)}',
        'arguments={"ids": list(items)}',
        ("client/test_options.py",),
    ),
    Mutant(
        "a batch requests an id twice",
        f"{CLIENT_FOLDER}/_bulk/batching.py",
        "return list(dict.fromkeys(items))",
        "return list(items)",
        ("client/bulk", "client/test_reading.py"),
    ),
    Mutant(
        "undo includes writes that left the rating as it was",
        f"{CLIENT_FOLDER}/journal/steps.py",
        "if not may_be_written or step.before == step.after:",
        "if not may_be_written:",
        ("client/journal",),
    ),
    Mutant(
        "the async client drops the option language",
        f"{CLIENT_FOLDER}/client.py",
        """\
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
""",
        """\
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        options.pop("language", None)
""",
        ("client/test_options.py", "client/http"),
    ),
    Mutant(
        "the async client drops the option timeout",
        f"{CLIENT_FOLDER}/client.py",
        """\
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
""",
        """\
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        options.pop("timeout", None)
""",
        ("client/test_options.py", "client/http"),
    ),
    Mutant(
        "the async client drops the option retry",
        f"{CLIENT_FOLDER}/client.py",
        """\
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
""",
        """\
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        options.pop("retry", None)
""",
        ("client/test_options.py", "client/http"),
    ),
    Mutant(
        "the fast transport sends a request again whose response was lost",
        f"{CLIENT_FOLDER}/_http/aiohttp_transport.py",
        "_retry_connection = False",
        "_retry_connection = True",
        ("client/test_transports.py",),
    ),
    Mutant(
        "commas between ids are escaped",
        f"{CLIENT_FOLDER}/_http/requests.py",
        'urlencode(values, safe=",")',
        "urlencode(values)",
        ("client/http/test_requests.py",),
    ),
    Mutant(
        "the async client drops the option on_retry",
        f"{CLIENT_FOLDER}/client.py",
        """\
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
""",
        """\
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        options.pop("on_retry", None)
""",
        ("client/test_options.py", "client/http"),
    ),
    Mutant(
        "the async client drops the option limiter",
        f"{CLIENT_FOLDER}/client.py",
        """\
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
""",
        """\
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        options.pop("limiter", None)
""",
        ("client/test_options.py", "client/http"),
    ),
    Mutant(
        "the async client drops the option batch_size",
        f"{CLIENT_FOLDER}/client.py",
        """\
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
""",
        """\
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        options.pop("batch_size", None)
""",
        ("client/test_options.py", "client/http"),
    ),
    Mutant(
        "the async client drops the option max_concurrency",
        f"{CLIENT_FOLDER}/client.py",
        """\
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
""",
        """\
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        options.pop("max_concurrency", None)
""",
        ("client/bulk",),
    ),
]
