"""What reads alone can settle."""

from __future__ import annotations

from collections.abc import Sequence

from apple_music_ratings.models import Item

from .exchanges import ProbeRequest, ProbeResponse, get, get_several
from .steps import Observation, Report, Script, code_finding, error_body, unexpected

# Apple's own examples: https://developer.apple.com/documentation/applemusicapi/ratings-api
_SONGS = ("907242702", "1151618586")
_SAMPLES = (
    *(Item("songs", id) for id in _SONGS),
    *(Item("albums", id) for id in ("1138988512", "475655712")),
    *(Item("music-videos", id) for id in ("639032181", "870852283")),
    *(Item("stations", id) for id in ("ra.853851860", "ra.840950253")),
)
_ARTIST = "178834"
_LIBRARY_SONG = "i.7PJNN4mfXlD68R"
_MOST_IDS = 500


def read_script(report: Report) -> Script:
    """Ask what reads alone can settle.

    Args:
        report: Called with each finding as it is made.

    Yields:
        Requests that cannot change anything.
    """
    unrated: list[Item] = []
    yield from _unrated(report, unrated)
    item = unrated[0] if unrated else _SAMPLES[0]
    yield from _none_rated(report, unrated)
    yield from _missing_user_token(report, item)
    yield from _body_of_401(report, item)
    yield from _missing_ids(report)
    yield from _check_order(report)
    yield from _artists(report)
    yield from _id_check(report, item)
    yield from _method_not_allowed(report, item)
    yield from _max_ids(report)


def _unrated(report: Report, unrated: list[Item]) -> Script:
    """Find two unrated items of one type among Apple's examples; settle the body of their 404."""
    seen = Observation("unrated_body")
    bodies: set[str] = set()
    for first, second in zip(_SAMPLES[::2], _SAMPLES[1::2], strict=True):
        for which, item in (("first", first), ("second", second)):
            response = yield from seen.ask(get(f"get-{which}-of-{item.type}", item))
            body = None if response is None else error_body(response, 404, "40400")
            if body is not None:
                unrated.append(item)
                bodies.add(body)
        if len(unrated) == 2:
            break
        unrated.clear()
        bodies.clear()
    if len(bodies) == 1:
        report(seen.finding(bodies.pop(), "Two unrated items had it."))
    else:
        report(seen.finding(None, "No two unrated items of one type with the same 404 were found."))


def _none_rated(report: Report, unrated: Sequence[Item]) -> Script:
    seen = Observation("none_rated")
    if len(unrated) < 2:
        report(seen.finding(None, "No two unrated items were found."))
        return
    item = unrated[0]
    # One id, so that a limit on their number does not interfere.
    response = yield from seen.ask(get_several("none-rated", item.type, (item.id,)))
    if response is not None and response.status == 200 and response.entries == []:
        report(seen.finding("200", "200 with an empty list."))
    elif response is not None and error_body(response, 404, "40400") is not None:
        report(seen.finding("404", "404."))
    else:
        report(seen.finding(None, unexpected(response)))


def _missing_user_token(report: Report, item: Item) -> Script:
    seen = Observation("missing_user_token")
    response = yield from seen.ask(get("no-user-token", item, signing="no user token"))
    # A developer token that expired meanwhile would give 401 as well.
    control = yield from seen.ask(get("no-user-token-control", item))
    if not _is_service(control) or response is None or response.status not in (401, 403):
        report(seen.finding(None, unexpected(response)))
    else:
        report(seen.finding(str(response.status), f"{response.status}."))


def _is_service(response: ProbeResponse | None) -> bool:
    """Return whether a read with both tokens got the service's ordinary response."""
    return response is not None and response.status in (200, 404)


def _body_of_401(report: Report, item: Item) -> Script:
    seen = Observation("error_bodies")
    response = yield from seen.ask(
        get("invalid-developer-token", item, signing="invalid developer token")
    )
    if response is None or response.status != 401:
        report(seen.finding(None, unexpected(response)))
    elif not response.content:
        report(seen.finding("observed", "A 401 with an empty body."))
    elif response.document == {}:
        report(seen.finding("documented", "A 401 with an empty JSON object."))
    else:
        report(seen.finding(None, "A 401 with another body."))


def _missing_ids(report: Report) -> Script:
    seen = Observation("missing_ids_code")
    response = yield from seen.ask(get_several("missing-ids", "songs", ()))
    report(seen.finding(*code_finding(response, 400, ("40003", "40005"))))


def _check_order(report: Report) -> Script:
    seen = Observation("check_order")
    response = yield from seen.ask(get_several("unknown-type-without-ids", "song", ()))
    code = None if response is None or response.status != 400 else response.code
    order = {"40008": "type-first", "40003": "parameters-first", "40005": "parameters-first"}
    value = order.get(code or "")
    report(seen.finding(value, f"400 with code {code}." if value else unexpected(response)))


def _artists(report: Report) -> Script:
    seen = Observation("artists")
    response = yield from seen.ask(get_several("artists", "artists", (_ARTIST,)))
    if response is not None and response.status == 400 and response.code == "40008":
        report(seen.finding("rejected", "400 with code 40008."))
    elif response is not None and (
        (response.status == 200 and response.entries is not None)
        or (response.status == 404 and response.code == "40400")
    ):
        report(seen.finding("accepted", f"{response.status}."))
    else:
        report(seen.finding(None, unexpected(response)))


def _id_check(report: Report, valid: Item) -> Script:
    seen = Observation("id_check")
    item = Item("songs", _LIBRARY_SONG, strict=False)
    response = yield from seen.ask(get("library-id-in-catalog-path", item))
    control = None
    if response is not None and response.status == 400:
        control = yield from seen.ask(get("valid-id-again", valid))
    if response is not None and error_body(response, 404, "40400") is not None:
        report(seen.finding("lenient", "404, as for an unrated item."))
    elif control is not None and control.status == 400:
        report(seen.finding(None, "A valid id was rejected as well."))
    elif response is not None and response.status == 400 and response.code is not None:
        report(seen.finding("strict", "400."))
    else:
        report(seen.finding(None, unexpected(response)))


def _method_not_allowed(report: Report, item: Item) -> Script:
    """Send a PATCH without a body, which no documentation mentions and which sets nothing."""
    seen = Observation("method_not_allowed_body")
    request = ProbeRequest(
        name="patch", method="PATCH", template=f"/v1/me/ratings/{item.type}/{{id}}", ids=(item.id,)
    )
    response = yield from seen.ask(request)
    if response is None or response.status != 405:
        report(seen.finding(None, unexpected(response)))
    elif not response.content:
        report(seen.finding("empty", "A 405 with an empty body."))
    elif response.code is not None:
        report(seen.finding("errors", "A 405 with a list of errors."))
    else:
        report(seen.finding(None, "A 405 with another body."))


def _max_ids(report: Report) -> Script:
    """Find the largest number of ids by bisection, up to 500."""
    seen = Observation("max_ids")
    allowed, rejected, count = 0, _MOST_IDS + 1, _MOST_IDS
    while rejected - allowed > 1:
        ids = tuple(str(int(_SONGS[0]) + offset) for offset in range(count))
        response = yield from seen.ask(get_several(f"{count}-ids", "songs", ids))
        if response is not None and _is_list(response):
            allowed = count
        elif response is not None and response.status == 400 and response.code is not None:
            rejected = count
        else:
            report(seen.finding(None, f"With {count} ids: {unexpected(response)}"))
            return
        count = (allowed + rejected) // 2
    if allowed == _MOST_IDS:
        report(seen.finding("off", f"{_MOST_IDS} ids are accepted; more were not tried."))
    elif allowed == 0:
        report(seen.finding(None, "Even one id was rejected."))
    else:
        report(seen.finding(str(allowed), f"{allowed} ids are accepted and {rejected} are not."))


def _is_list(response: ProbeResponse) -> bool:
    is_none_rated = response.status == 404 and response.code in (None, "40400")
    return (response.status == 200 and response.entries is not None) or is_none_rated
