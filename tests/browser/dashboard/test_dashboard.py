from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect
from support.browsers import find_axe

from apple_music_ratings_mock import Fault, MockService
from apple_music_ratings_mock.serving.server import serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SONG = "/v1/me/ratings/songs/907242702"
# Active faults, and those whose checkbox waits for the response of the mock.
# Parts of the page that end right of the screen and are not inside a scrolling frame.
OUTSIDE = """() => [...document.querySelectorAll("body *")]
  .filter((part) => part.getBoundingClientRect().right > innerWidth + 1 &&
    !part.closest(".scroll, .sr, code, pre"))
  .map((part) => part.outerHTML.slice(0, 100))"""
ACTIVE = "#faults input:checked, #faults input[aria-busy=true]"


def refresh(page: Page) -> None:
    """Update the page at once, as when its tab comes back."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.fixture
def client(service: MockService, url: str) -> httpx.Client:
    """A client of the mock that the page shows."""
    headers = {
        "Authorization": f"Bearer {service.developer_token()}",
        "Music-User-Token": "mock-user",
    }
    return httpx.Client(base_url=url, headers=headers, trust_env=False)


def test_ratings_are_shown_as_they_are_now(page: Page, client: httpx.Client) -> None:
    """A rating that is set while the page is open appears automatically."""
    page.wait_for_selector("#ratings tbody tr:nth-child(3)")
    with client:
        client.put("/v1/me/ratings/stations/ra.853851860", json={"attributes": {"value": -1}})
    page.wait_for_selector("#ratings tbody tr:nth-child(4)")

    assert "ra.853851860" in page.inner_text("#ratings")
    assert "dislike" in page.inner_text("#ratings")


def test_requests_are_shown_with_verdict_and_difference(page: Page, client: httpx.Client) -> None:
    """A valid request is green; an invalid one has its reason and the closest valid request."""
    with client:
        client.get(SONG)
        client.put(SONG)
    refresh(page)
    page.wait_for_selector("#requests li:nth-child(2)")

    assert page.inner_text("#requests li:nth-child(1) .tag.invalid") == "400 invalid"
    assert "PUT has no body" in page.inner_text("#requests li:nth-child(1) .reason")
    assert page.inner_text("#requests li:nth-child(2) .tag.ok") == "200 ok"


def test_coverage_is_a_grid_of_nine_by_four(page: Page, client: httpx.Client) -> None:
    """Each operation is ok, invalid or not called, and an invalid one has its reasons."""
    with client:
        client.get(SONG)
        client.put(SONG)
    refresh(page)
    page.wait_for_selector("#coverage td.invalid")

    assert page.locator("#coverage tbody tr").count() == 9
    assert page.locator("#coverage tbody td").count() == 36
    assert page.locator("#coverage td.ok").count() == 1
    assert "PUT has no body" in str(page.get_attribute("#coverage td.invalid button", "title"))
    assert page.inner_text("#summary").startswith("36 operations: 1 ok, 1 invalid")


def test_faults_are_switched_on_and_off(page: Page, service: MockService) -> None:
    """A checkbox injects the fault and removes it."""
    page.get_by_label("connection-reset").check()
    page.wait_for_selector("#faults input:checked:not([aria-busy])")
    active = [each.fault.kind for each in service.faults]
    page.get_by_label("connection-reset").uncheck()
    expect(page.locator(ACTIVE)).to_have_count(0, timeout=20_000)

    assert active == ["connection-reset"]
    assert service.faults == []


def test_fault_injected_elsewhere_is_shown(page: Page, service: MockService) -> None:
    """A fault that a test injected is shown, and can be removed."""
    service.inject_fault(Fault("error", operation="put", status=599))
    page.wait_for_selector("#faults input:checked")

    assert "operation put, status 599 · not applied yet" in page.inner_text("#faults")
    # Clicked and not unchecked: the checkbox disappears with its fault.
    page.click("#faults input:checked")
    expect(page.locator(ACTIVE)).to_have_count(0, timeout=20_000)
    assert service.faults == []


def test_reset_asks_first_and_restores_the_start(
    page: Page, service: MockService, client: httpx.Client
) -> None:
    """Ratings are as the scenario has them and the requests are gone, unless it is canceled."""
    with client:
        client.delete(SONG)
    refresh(page)
    page.wait_for_selector("#requests .request")
    page.click("#reset")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#reset")).to_be_focused()
    rating = service.get_rating("mock-user", "songs", "907242702")
    page.click("#reset")
    page.click("#confirm-reset")
    page.wait_for_selector("#requests .empty")

    assert rating is None
    assert service.get_rating("mock-user", "songs", "907242702") == 1
    assert page.locator("#ratings tbody tr").count() == 3


def test_requests_are_cleared(page: Page, service: MockService, client: httpx.Client) -> None:
    """What was asked is forgotten, and what was rated stays."""
    with client:
        client.delete(SONG)
    refresh(page)
    page.wait_for_selector("#requests .request")
    page.click("#clear")
    page.wait_for_selector("#requests .empty")

    assert service.requests() == []
    assert service.get_rating("mock-user", "songs", "907242702") is None


def test_requests_are_filtered_and_opened(page: Page, client: httpx.Client) -> None:
    """By text, by verdict, and by a cell of the coverage; an opened request shows its body."""
    with client:
        client.get(SONG)
        client.put(SONG)
        client.put(SONG, json={"attributes": {"value": 0}})
    refresh(page)
    page.wait_for_selector("#requests li:nth-child(3)")
    requests = page.locator("#requests .request")
    page.select_option("#verdict", "invalid")
    invalid = requests.count()
    page.fill("#text", "no body")
    found = requests.count()
    page.fill("#text", "")
    page.select_option("#verdict", "")
    page.click("#coverage td.ok button")
    of_cell = requests.count()
    page.click("#all")
    page.click("#requests li:nth-child(1) summary")

    assert (invalid, found, of_cell, requests.count()) == (2, 1, 1, 3)
    opened = page.inner_text("#requests li:nth-child(1) dl")
    assert '"value": 0' in opened
    assert "music-user-token: (redacted)" in opened
    assert "invalid: not as the contract requires" in opened
    assert '"code": "40005"' in opened


def test_names_are_shown_beside_ids(page: Page, client: httpx.Client) -> None:
    """Of ratings and of requests, where the library has them."""
    with client:
        client.get(SONG)
    refresh(page)
    page.wait_for_selector("#requests li")

    expect(page.locator("#requests li code").first).to_contain_text("Morning Ferry")
    assert "Morning Ferry" in page.inner_text("#ratings")


def test_tokens_are_copied(page: Page, service: MockService) -> None:
    """A client with them is accepted."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy: All, for a shell").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    copied = str(page.evaluate("navigator.clipboard.readText()"))
    variables = dict(line.removeprefix("export ").split("=", 1) for line in copied.splitlines())
    headers = {
        "Authorization": f"Bearer {variables['APPLE_MUSIC_DEVELOPER_TOKEN']}",
        "Music-User-Token": variables["APPLE_MUSIC_USER_TOKEN"],
    }
    url = f"{variables['APPLE_MUSIC_BASE_URL']}{SONG}"

    assert httpx.get(url, headers=headers, trust_env=False).status_code == 200
    assert service.requests()[0].verdict == "ok"


def test_page_is_accessible(browser: Browser, url: str, client: httpx.Client) -> None:
    """Light and dark, with a request open; axe finds nothing, and nothing is outside a phone."""
    axe = find_axe()
    with client:
        client.get(SONG)
        client.put(SONG)
        client.get("/elsewhere")
    found = {}
    for scheme in ("light", "dark"):
        with browser.new_context(color_scheme=scheme, bypass_csp=True) as context:
            page = context.new_page()
            page.goto(f"{url}/__admin/")
            page.click("#requests li:nth-child(2) summary")
            page.set_viewport_size({"width": 390, "height": 900})
            found[scheme, "outside"] = page.evaluate(OUTSIDE)
            page.evaluate(axe.read_text("utf-8"))
            found[scheme, "axe"] = [
                f"{each['id']}: {[node['html'] for node in each['nodes']]}"
                for each in page.evaluate("axe.run()")["violations"]
            ]

    assert found == {key: [] for key in found}


def test_behavior_is_changed(page: Page, service: MockService) -> None:
    """A selection applies at once, and keeps the focus."""
    label = "The status of a DELETE of an unrated item."
    select = page.get_by_label(label)
    select.focus()
    select.select_option("204")
    expect(page.locator("label.behavior.changed")).to_have_count(1, timeout=20_000)

    assert service.behaviors.delete_unrated == "204"
    expect(page.get_by_label(label)).to_be_focused()


def test_keyboard_keeps_its_place_in_the_faults(page: Page, service: MockService) -> None:
    """Space injects a fault, and Tab continues from there."""
    page.get_by_label("long-throttle").focus()
    page.keyboard.press("Space")
    expect(page.locator("#faults input:checked:not([aria-busy])")).to_have_count(1, timeout=20_000)

    expect(page.get_by_label("long-throttle")).to_be_focused()
    assert [each.fault.kind for each in service.faults] == ["long-throttle"]


def test_fault_with_options_is_injected(page: Page, service: MockService) -> None:
    """Any kind with any options; an error is reported on the page."""
    page.select_option("#kind", "error")
    page.fill("#options", '{"status":')
    page.click("#custom button")
    expect(page.locator("#error")).to_contain_text("JSON", timeout=20_000)
    page.fill("#options", '{"status": 502, "operation": "put"}')
    page.click("#custom button")
    page.wait_for_selector("#faults input:checked")

    assert service.faults[0].fault == Fault("error", status=502, operation="put")


def test_clock_is_advanced(page: Page, service: MockService) -> None:
    """A button moves the mock's time, so that tokens expire."""
    before = service.time
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.click("#hour")

    assert 3600 <= service.time - before < 3700


def test_text_from_outside_stays_text(page: Page, client: httpx.Client) -> None:
    """A path that is markup is shown and not obeyed."""
    with client:
        client.get("/v1/me/ratings/songs/<img src=x onerror=alert(1)>")
    refresh(page)
    page.wait_for_selector("#requests .request")

    assert page.locator("#requests img").count() == 0
    assert "onerror" in page.inner_text("#requests")


def test_token_is_asked_for_where_there_is_one(browser: Browser, service: MockService) -> None:
    """The page asks for the admin token, and shows the data once it has it."""
    with serve(service, admin_token="of-the-mock") as url:
        page = browser.new_page()
        page.goto(f"{url}/__admin/")
        page.fill("#token", "of-the-mock")
        page.click("#login button")
        page.wait_for_selector("#coverage td")
        is_hidden = page.is_hidden("#login")
        page.close()

    assert is_hidden
