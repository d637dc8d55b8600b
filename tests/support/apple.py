"""A stand-in for Apple: a script that behaves like MusicKit, and a window that signs in."""

from __future__ import annotations

import json
import re
from typing import Any

from attrs import define, field

USER_TOKEN = "0.UserOfTest/with+signs/in+it=="
OLD_USER_TOKEN = "0.RevokedTokenOfAnEarlierSignIn"
SCRIPT = "https://js-cdn.music.apple.com/musickit/v3/musickit.js"
WINDOW = "https://authorize.music.apple.com/woa"

# What MusicKit does, as far as a page can tell. `ends` says how each call of authorize() ends; the
# last one stands for all that follow.
_MUSICKIT = """\
(() => {
  const ends = %(ends)s;
  let calls = 0;
  let earlier = %(earlier)s;
  const reject = (name) => {
    const error = new Error(name + ": as scripted");
    error.name = error.errorCode = name;
    throw error;
  };
  const throughWindow = () => new Promise((resolve) => {
    addEventListener("message", (event) => {
      if (event.origin === "https://authorize.music.apple.com") resolve(event.data);
    });
    window.open("%(window)s", "apple-music-service-view", "width=650,height=650");
  });
  const authorize = async () => {
    const end = ends[Math.min(calls, ends.length - 1)];
    calls += 1;
    window.callsOfAuthorize = calls;
    if (earlier) return earlier;
    if (end === "late") {
      await new Promise((resolve) => { window.endTheFirst = resolve; });
      reject("ACCESS_DENIED");
    }
    if (end === "never") await new Promise(() => {});
    if (end === "empty") return undefined;
    if (end !== "resolves") reject(end);
    const token = await throughWindow();
    if (%(stores)s) {
      localStorage.setItem("music.testteam01.media-user-token", token);
      document.cookie = "music.testteam01.media-user-token=" + token + "; path=/";
    }
    return token;
  };
  const music = {
    authorize,
    get isAuthorized() { return Boolean(earlier); },
    unauthorize: async () => {
      earlier = null;
      if (%(unauthorize)s) reject(%(unauthorize)s);
    },
  };
  window.MusicKit = {
    configure: async (configuration) => {
      window.configuredWith = configuration;
      if (%(configure)s) reject(%(configure)s);
    },
    getInstance: () => music,
  };
  if (%(announces)s) document.dispatchEvent(new Event("musickitloaded"));
})();
"""


@define(slots=False)
class Apple:
    """How Apple behaves, and what was asked of it and of everybody else."""

    # How each call of authorize() ends: resolves, never, empty, late, or the name of an error.
    ends: list[str] = field(factory=lambda: ["resolves"])
    # The error that configure() ends with.
    configure: str | None = None
    # The token of an earlier sign-in, which authorize() returns until unauthorize() is called.
    earlier: str | None = None
    # The error that unauthorize() ends with.
    unauthorize: str | None = None
    # How the script comes: loads, fails, or loads without ever saying so.
    script: str = "loads"
    # Whether MusicKit keeps the token in the page's own storage, as the real one does.
    stores: bool = True
    asked: list[Any] = field(factory=list)
    strangers: list[str] = field(factory=list)

    def stand_behind(self, context: Any) -> None:
        """Handle what a browser requests from hosts other than this machine."""
        context.route(re.compile("^https:"), self._respond)

    def _respond(self, route: Any) -> None:
        request = route.request
        self.asked.append(request)
        if request.url == SCRIPT and self.script == "fails":
            route.abort()
        elif request.url == SCRIPT:
            route.fulfill(body=self._musickit(), content_type="text/javascript")
        elif request.url == WINDOW:
            script = f"opener.postMessage({USER_TOKEN!r}, '*'); close();"
            route.fulfill(body=f"<script>{script}</script>", content_type="text/html")
        else:
            self.strangers.append(request.url)
            route.abort()

    def _musickit(self) -> str:
        return _MUSICKIT % {
            "ends": json.dumps(self.ends),
            "configure": json.dumps(self.configure),
            "earlier": json.dumps(self.earlier),
            "unauthorize": json.dumps(self.unauthorize),
            "stores": json.dumps(self.stores),
            "announces": json.dumps(self.script == "loads"),
            "window": WINDOW,
        }
