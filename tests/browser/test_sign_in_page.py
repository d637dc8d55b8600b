"""The sign-in page in a real browser, with a stand-in for Apple behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.apple import OLD_USER_TOKEN, SCRIPT, USER_TOKEN, WINDOW, Apple
from support.browsers import ARGUMENTS, find_browser
from support.sign_ins import DEVELOPER_TOKEN, RunningSignIn, a_sign_in

from apple_music_ratings import ConfigurationError

READY = "Sign in with Apple Music"
AGAIN = "Try again"


@pytest.fixture
def running() -> Iterator[RunningSignIn]:
    """A sign-in that waits for a user."""
    with a_sign_in() as sign_in:
        yield sign_in


def button(page: Any, name: str) -> Any:
    """Wait for the button under this name."""
    found = page.get_by_role("button", name=name, exact=True)
    found.and_(page.locator(":enabled")).wait_for()
    return found


def status(page: Any, words: str) -> str:
    """Wait until the status says these words, and give all of it."""
    box = page.get_by_role("status")
    box.get_by_text(re.compile(words)).wait_for()
    text: str = box.inner_text()
    return text


def test_user_signs_in(page: Any, running: RunningSignIn, apple: Apple) -> None:
    """A click, Apple's window, and the token is saved; the page says so."""
    page.goto(running.link)
    button(page, READY).click()

    assert "saved on this computer" in status(page, "You are signed in")
    assert not page.get_by_text("asks for a Music User Token").is_visible()
    assert running.end() is True
    assert running.kept == [USER_TOKEN]
    assert page.evaluate("configuredWith") == {
        "developerToken": DEVELOPER_TOKEN,
        "app": {"name": "apple-music-ratings", "build": "1.2.3"},
    }
    assert [request.url for request in apple.asked] == [SCRIPT, WINDOW]


def test_user_signs_in_by_keyboard(page: Any, running: RunningSignIn) -> None:
    """The button has the focus when it can be used, and the heading afterwards."""
    page.goto(running.link)
    button(page, READY)
    focused = page.evaluate("document.activeElement.id")
    page.keyboard.press("Enter")
    status(page, "You are signed in")

    assert focused == "sign-in"
    assert page.evaluate("document.activeElement.id") == "title"
    assert running.end() is True


def test_page_speaks_to_a_screen_reader(page: Any, running: RunningSignIn) -> None:
    """Language, heading, a status that is read out when it changes, and a button with a name."""
    page.goto(running.link)
    button(page, READY)
    outline = page.locator("main").aria_snapshot()
    box = page.get_by_role("status")

    assert page.locator("html").get_attribute("lang") == "en"
    assert 'heading "Sign in to Apple Music" [level=1]' in outline
    assert f'button "{READY}"' in outline
    assert "status:" in outline
    assert box.get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_follows_the_colors_of_the_system(
    browser: Any, apple: Apple, running: RunningSignIn, scheme: str
) -> None:
    """Light or dark, with enough contrast for every text."""
    with browser.new_context(color_scheme=scheme) as context:
        apple.stand_behind(context)
        page = context.new_page()
        page.goto(running.link)
        button(page, READY)
        backgrounds = page.evaluate("getComputedStyle(document.body).backgroundColor")
        contrasts = page.evaluate(_CONTRASTS)

        assert (_brightness(backgrounds) > 128) == (scheme == "light")
        assert min(contrasts.values()) >= 4.5, contrasts


# WCAG 2.2, success criterion 1.4.3.
_CONTRASTS = """() => {
  const channels = (color) => color.match(/[0-9.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = channels(color).slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((channels(color)[3] ?? 1) > 0) return color;
    }
  };
  const found = {};
  for (const kind of ["busy", "good", "bad"]) {
    document.getElementById("status").dataset.kind = kind;
    for (const node of document.querySelectorAll("h1, p, button")) {
      const [one, other] = [light(getComputedStyle(node).color), light(behind(node))];
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      found[kind + " " + (node.id || node.textContent.trim().slice(0, 20))] = ratio;
    }
  }
  return found;
}"""


def _brightness(color: str) -> float:
    parts = [float(part) for part in re.findall(r"[0-9.]+", color)[:3]]
    return sum(parts) / 3


# How each error of MusicKit is explained, and what the user can do.
_ERRORS = [
    ("ACCESS_DENIED", "canceled or denied", "closed Apple's window"),
    ("QUOTA_EXCEEDED", "too many requests", "minute"),
    ("AUTHORIZATION_ERROR", "canceled or denied", "closed Apple's window"),
    ("SUBSCRIPTION_ERROR", "no Apple Music subscription", "subscribe"),
    ("UNAUTHORIZED_ERROR", "rejected the developer token", "doctor"),
    ("NETWORK_ERROR", "cannot be reached", "internet"),
    ("TOKEN_EXPIRED", "rejected the developer token", "doctor"),
    ("SOMETHING_NEW", "Apple's script reported: SOMETHING_NEW", "try again"),
    ("CONFIGURATION_ERROR", "rejected the developer token", "doctor"),
    ("empty", "without returning a token", "subscription"),
]


def test_errors_of_apple_are_explained(page: Any, running: RunningSignIn, apple: Apple) -> None:
    """Each says what to do, and another attempt is possible."""
    apple.ends = [*(name for name, _, _ in _ERRORS), "resolves"]
    page.goto(running.link)
    label = READY
    missing = []
    for name, words, next_step in _ERRORS:
        button(page, label).click()
        label = AGAIN
        if next_step not in status(page, words):
            missing.append(name)

    assert missing == []
    assert running.kept == []
    button(page, AGAIN).click()
    status(page, "You are signed in")
    assert running.end() is True
    assert running.kept == [USER_TOKEN]


def test_window_that_the_browser_blocks_is_noticed(page: Any, running: RunningSignIn) -> None:
    """MusicKit itself would wait indefinitely."""
    page.add_init_script("window.open = () => (window.asked = (window.asked ?? 0) + 1, null);")
    page.goto(running.link)
    button(page, READY).click()

    assert "Allow pop-up windows" in status(page, "blocked Apple's window")
    button(page, AGAIN)


def test_sign_in_that_never_ends_can_be_tried_again(
    page: Any, running: RunningSignIn, apple: Apple
) -> None:
    """The user may have lost the window."""
    apple.ends = ["never", "resolves"]
    page.goto(running.link)
    button(page, READY).click()

    assert "pop-up" in status(page, "Waiting for Apple's window")
    button(page, AGAIN).click()
    status(page, "You are signed in")
    assert running.kept == [USER_TOKEN]


@pytest.mark.parametrize("error", [None, "NETWORK_ERROR"])
def test_token_of_an_earlier_sign_in_is_not_returned_again(
    page: Any, running: RunningSignIn, apple: Apple, error: str | None
) -> None:
    """MusicKit would return it even if it has been revoked; it is discarded before the click."""
    apple.earlier = OLD_USER_TOKEN
    apple.unauthorize = error
    page.goto(running.link)
    button(page, READY)
    is_authorized = page.evaluate("MusicKit.getInstance().isAuthorized")
    button(page, READY).click()
    status(page, "You are signed in")

    assert not is_authorized
    assert running.kept == [USER_TOKEN]


def test_late_end_of_an_old_window_changes_nothing(
    page: Any, running: RunningSignIn, apple: Apple
) -> None:
    """The user closes it when the second one has done its work."""
    apple.ends = ["late", "resolves"]
    page.goto(running.link)
    button(page, READY).click()
    button(page, AGAIN).click()
    status(page, "You are signed in")
    page.evaluate("endTheFirst()")
    page.evaluate("new Promise((resolve) => setTimeout(resolve))")

    assert "You are signed in" in page.get_by_role("status").inner_text()
    assert running.kept == [USER_TOKEN]


def test_double_click_opens_one_window(page: Any, running: RunningSignIn, apple: Apple) -> None:
    """Not two."""
    apple.ends = ["never"]
    page.goto(running.link)
    button(page, READY).dblclick()
    status(page, "Waiting for Apple's window")

    assert page.evaluate("callsOfAuthorize") == 1


def test_developer_token_that_is_rejected_at_once_is_explained(
    page: Any, running: RunningSignIn, apple: Apple
) -> None:
    """Already when MusicKit is configured."""
    apple.configure = "UNAUTHORIZED_ERROR"
    page.goto(running.link)

    assert "doctor" in status(page, "rejected the developer token")


def test_script_that_does_not_load_is_explained_and_loaded_again(
    page: Any, running: RunningSignIn, apple: Apple
) -> None:
    """A content blocker may hold it back."""
    apple.script = "fails"
    page.goto(running.link)

    assert "js-cdn.music.apple.com" in status(page, "could not be loaded")
    apple.script = "loads"
    button(page, AGAIN).click()
    button(page, READY).click()
    status(page, "You are signed in")


def test_script_that_never_says_it_is_ready_is_given_up(
    page: Any, running: RunningSignIn, apple: Apple
) -> None:
    """After twenty seconds."""
    apple.script = "says nothing"
    page.clock.install()
    with page.expect_response(SCRIPT):
        page.goto(running.link)
    page.clock.fast_forward(20_000)

    assert "could not be loaded" in status(page, "could not be loaded")


def test_missing_network_is_noticed(page: Any, running: RunningSignIn, apple: Apple) -> None:
    """Whatever name the error has."""
    apple.ends = ["AUTHORIZATION_ERROR", "resolves"]
    page.goto(running.link)
    found = button(page, READY)
    page.context.set_offline(True)
    found.click()

    assert "offline" in status(page, "cannot be reached")
    page.context.set_offline(False)
    button(page, AGAIN).click()
    status(page, "You are signed in")


def test_missing_network_is_noticed_before_the_script(page: Any, running: RunningSignIn) -> None:
    """This machine can reach itself all the same."""
    page.add_init_script("Object.defineProperty(navigator, 'onLine', {get: () => false});")
    page.goto(running.link)

    assert "offline" in status(page, "cannot be reached")


def test_secret_is_gone_from_the_address_when_the_page_has_loaded(
    page: Any, running: RunningSignIn, apple: Apple
) -> None:
    """And no other host was contacted, by it or by the page."""
    page.goto(running.link)
    button(page, READY).click()
    status(page, "You are signed in")

    assert page.url == f"{running.origin}/"
    assert page.evaluate("document.referrer") == ""
    for request in apple.asked:
        assert running.secret not in f"{request.url} {request.headers}"
        assert "referer" not in request.headers


def test_what_a_browser_keeps_opens_nothing(browser: Any, apple: Apple, tmp_path: Path) -> None:
    """Its history has the link, which is used up; the tokens are nowhere on its disk."""
    apple.stores = False
    with a_sign_in() as running:
        with browser.browser_type.launch_persistent_context(
            tmp_path, executable_path=find_browser(), args=ARGUMENTS
        ) as context:
            apple.stand_behind(context)
            page = context.new_page()
            page.goto(running.link)
            button(page, READY)
            other = context.new_page()
            other.goto(running.link)
            shown = status(other, "has already been used")
            button(page, READY).click()
            status(page, "You are signed in")
        files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]

    assert "run “apple-music-ratings login” again" in shown
    assert files
    for secret in (DEVELOPER_TOKEN, USER_TOKEN):
        for spelling in (secret.encode(), secret.encode("utf-16-le")):
            assert not [file for file in files if spelling in file]


def test_no_token_is_stored_while_the_page_waits(page: Any, running: RunningSignIn) -> None:
    """A browser writes such things to its disk; only what a reload needs is there."""
    page.goto(running.link)
    button(page, READY)
    stored = page.evaluate("[{...localStorage}, {...sessionStorage}, document.cookie]")

    assert list(stored[1]) == ["secret"]
    assert (stored[0], stored[2]) == ({}, "")
    assert stored[1]["secret"] != running.secret
    assert DEVELOPER_TOKEN not in str(stored)


def test_nothing_of_the_token_stays_in_the_page(page: Any, running: RunningSignIn) -> None:
    """The next program on this port must not find what MusicKit left there."""
    page.goto(running.link)
    button(page, READY).click()
    status(page, "You are signed in")
    left = page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")

    assert left == [0, 0, ""]


def test_page_survives_a_reload(page: Any, running: RunningSignIn) -> None:
    """In its own tab."""
    page.goto(running.link)
    button(page, READY)
    page.reload()
    button(page, READY).click()

    status(page, "You are signed in")
    assert running.kept == [USER_TOKEN]


def test_link_without_its_secret_opens_nothing(page: Any, running: RunningSignIn) -> None:
    """The page is there, and gets no token."""
    page.goto(f"{running.origin}/")
    status(page, "has already been used")

    assert page.get_by_role("button").count() == 0
    assert page.evaluate("document.activeElement.id") == "title"


def test_timeout_is_shown(page: Any, running: RunningSignIn) -> None:
    """By the page itself."""
    page.clock.install()
    page.goto(running.link)
    button(page, READY)
    page.get_by_text("About 5 minutes are left.").wait_for()
    page.clock.fast_forward(4 * 60_000 + 30_000)
    page.get_by_text("Less than a minute is left.").wait_for()
    page.clock.fast_forward(60_000)

    assert "login" in status(page, "timed out")


def test_end_of_the_program_is_shown(page: Any, running: RunningSignIn) -> None:
    """Ctrl-C in the terminal, for instance."""
    page.goto(running.link)
    found = button(page, READY)
    running.let_time_run_out()
    running.end()
    found.click()

    assert "login" in status(page, "does not respond")


def test_token_that_cannot_be_saved_is_reported(page: Any) -> None:
    """The terminal has the reason."""

    def reject(_token: str) -> None:
        raise ConfigurationError("The keyring is locked.")

    with a_sign_in(save=reject) as running:
        page.goto(running.link)
        button(page, READY).click()

        assert "The terminal shows the reason" in status(page, "could not be saved")


def test_policy_holds_in_the_browser(page: Any, running: RunningSignIn, apple: Apple) -> None:
    """Apple's script and window get through without a complaint, and no other user does."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(running.link)
    button(page, READY)
    before = list(complaints)
    blocked = page.evaluate(
        """async () => {
          const violated = [];
          addEventListener("securitypolicyviolation", (event) => {
            violated.push(event.effectiveDirective);
          });
          const add = (name, settings) => {
            document.body.append(Object.assign(document.createElement(name), settings));
          };
          add("script", { src: "https://example.com/x.js" });
          add("script", { textContent: "window.isIn = true" });
          add("link", { rel: "stylesheet", href: "https://example.com/x.css" });
          add("img", { src: "https://example.com/x.png" });
          add("iframe", { src: "https://example.com/" });
          await fetch("https://example.com/").catch(() => {});
          // A frame is rejected a little later than the rest.
          for (let left = 100; violated.length < 6 && left > 0; left -= 1) {
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
          return violated.sort();
        }"""
    )
    button(page, READY).click()
    status(page, "You are signed in")

    assert before == []
    assert blocked == [
        "connect-src",
        "frame-src",
        "img-src",
        "script-src-elem",
        "script-src-elem",
        "style-src-elem",
    ]
    assert page.evaluate("window.isIn") is None
    assert apple.strangers == []
