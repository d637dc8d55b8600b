"""Faults to put into mock and client on purpose, each of which must turn a test red.

A fault is one replacement in one file. The text to replace occurs exactly once, so a fault that no
longer fits the code is itself an error.
"""

from __future__ import annotations

from typing import NamedTuple

OVERLAY = "overlays/apple_music_ratings"


class Fault(NamedTuple):
    """One slip somebody could make.

    Args:
        what: The slip, in words.
        file: Where it is made, from the top of the checkout.
        old: The right text.
        new: The wrong text.
    """

    what: str
    file: str
    old: str
    new: str


MOCK = [
    Fault(
        "a PUT stores nothing",
        f"{OVERLAY}_mock/api/state.py",
        ".setdefault(user, {}).setdefault(type_, {})[key] = value\n        return True",
        ".get(user)\n        return True",
    ),
    Fault(
        "a DELETE removes nothing",
        f"{OVERLAY}_mock/api/state.py",
        "if of_type.pop(key, None) is None:",
        "if of_type.get(key) is None:",
    ),
    Fault(
        "a rating of 0 is taken",
        f"{OVERLAY}_mock/api/rating_body.py",
        "value not in (1, -1)",
        "value not in (1, 0, -1)",
    ),
    Fault(
        "true is taken for 1",
        f"{OVERLAY}_mock/api/rating_body.py",
        "type(value) not in (int, float)",
        "not isinstance(value, (int, float))",
    ),
    Fault(
        "a list answers with its first item only",
        f"{OVERLAY}_mock/api/handlers.py",
        "values = state.get_all(call.user, call.type, call.ids)",
        "values = state.get_all(call.user, call.type, call.ids)[:1] + [None] * len(call.ids[1:])",
    ),
    Fault(
        "all persons share their ratings",
        f"{OVERLAY}_mock/api/state.py",
        "own = self._ratings.get(user, {}).get(resource_type.name, {})",
        "own = {id_: value for own in self._ratings.values()"
        " for id_, value in own.get(resource_type.name, {}).items()}",
    ),
    Fault(
        "a library id and its catalog twin drift apart",
        f"{OVERLAY}_mock/api/state.py",
        "return self._keys.get(own, own)",
        "return own",
    ),
    Fault(
        "an expired developer token opens the door",
        f"{OVERLAY}_mock/api/developer_tokens.py",
        "now < self.expires_at <= now + MAX_LIFETIME",
        "self.expires_at <= now + MAX_LIFETIME",
    ),
    Fault(
        "the user token is judged before the developer token",
        f"{OVERLAY}_mock/api/routing.py",
        "    if problem:\n        return problem\n    user = _user_of(request)\n"
        "    if user is None:\n        return FORBIDDEN\n",
        "    user = _user_of(request)\n    if user is None:\n        return FORBIDDEN\n"
        "    if problem:\n        return problem\n",
    ),
    Fault(
        "an encoded slash parts an id",
        f"{OVERLAY}_mock/api/routing.py",
        'segments = request.path.split("/")',
        'segments = unquote(request.path).split("/")',
    ),
]

CLIENT = [
    Fault(
        "a PUT goes out without its body",
        f"{OVERLAY}/_operations/exchange.py",
        "self.call = self._http.start_call(**arguments)",
        'arguments.pop("json", None)\n        self.call = self._http.start_call(**arguments)',
    ),
    Fault(
        "the wrong field is read",
        f"{OVERLAY}/_operations/operations.py",
        "values[id] = _VALUES[attributes.value]",
        "values[entry.href] = _VALUES[attributes.value]",
    ),
    Fault(
        "ids are sent as repeated keys",
        "generated/apple_music_ratings_client/api/songs/list_song_ratings.py",
        'params["ids"] = ",".join(json_ids)',
        'params["ids"] = json_ids',
    ),
    Fault(
        "the 404 of an unrated item raises",
        f"{OVERLAY}/_http/responses.py",
        "return all(detail.code != _PATH_NOT_FOUND for detail in error.errors)",
        "return any(detail.code != _PATH_NOT_FOUND for detail in ())",
    ),
    Fault(
        "a token is renewed while it is fresh and kept once it is due",
        f"{OVERLAY}/developer_token.py",
        "return not issued_at <= now < renew_at",
        "return issued_at <= now < renew_at",
    ),
    Fault(
        "each of many 401s makes a token of its own",
        f"{OVERLAY}/developer_token.py",
        "if self._token.text == rejected:",
        "if rejected:",
    ),
    Fault(
        "tokens go to whatever host is asked",
        f"{OVERLAY}/_http/auth.py",
        "if _origin(request.url) != self._service:",
        "if not request.url.host:",
    ),
    Fault(
        "one send too many",
        f"{OVERLAY}/retries.py",
        "or attempts >= policy.max_attempts",
        "or attempts > policy.max_attempts",
    ),
    Fault(
        "a 403 is tried again",
        f"{OVERLAY}/retries.py",
        "frozenset({429, 500, 502, 503, 504})",
        "frozenset({403, 429, 500, 502, 503, 504})",
    ),
    Fault(
        "a 408 is sent again",
        f"{OVERLAY}/retries.py",
        "frozenset({429, 500, 502, 503, 504})",
        "frozenset({408, 429, 500, 502, 503, 504})",
    ),
    Fault(
        "an error keeps the request with its tokens",
        f"{OVERLAY}/_http/call.py",
        "error.request = without_tokens(self._request)",
        "error.request = self._request",
    ),
    Fault(
        "an id of two dots is sent",
        f"{OVERLAY}/models.py",
        'id in {"", ".", ".."}',
        'id in {""}',
    ),
    Fault(
        "a dislike is written as a like",
        f"{OVERLAY}/_operations/operations.py",
        "value=generated.RatingValue(value)",
        "value=generated.RatingValue(abs(value))",
    ),
]
