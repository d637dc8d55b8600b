"use strict";

// The page of `apple-music-ratings login`. It sends the secret of its link to the local server, gets
// the developer token, lets the user sign in with MusicKit, and returns the Music User Token.

const MUSICKIT = "https://js-cdn.music.apple.com/musickit/v3/musickit.js";
const LOADING_TIMEOUT = 20_000;
const RUN_AGAIN = "Go back to the terminal and run “apple-music-ratings login” again.";

// The message of each result, and what to do next.
const PROBLEMS = {
  denied: [
    "Sign-in was canceled or denied.",
    "You may have closed Apple's window. Click the button to try again.",
  ],
  popup: [
    "Your browser blocked Apple's window.",
    "Allow pop-up windows for this page, then click the button again.",
  ],
  subscription: [
    "This Apple Account has no Apple Music subscription.",
    "Sign in with an account that has one, or subscribe in the Music app, then try again.",
  ],
  developer: [
    "Apple rejected the developer token of this program.",
    "In the terminal, run “apple-music-ratings doctor” to check it, then “login” again.",
  ],
  script: [
    "Apple's sign-in script could not be loaded.",
    "A content blocker or a proxy may block it. Allow js-cdn.music.apple.com, then try again.",
  ],
  offline: [
    "Apple cannot be reached.",
    "This computer seems to be offline. Connect to the internet, then try again.",
  ],
  busy: [
    "Apple is receiving too many requests.",
    "Wait a minute, then try again.",
  ],
  empty: [
    "Apple signed you in without returning a token.",
    "Click the button to try again. If it happens again, the account may have no subscription.",
  ],
  link: [
    "This sign-in link has already been used.",
    "It works once. If another tab is open, continue there. " + RUN_AGAIN,
  ],
  save: [
    "You are signed in, but the token could not be saved.",
    "The terminal shows the reason.",
  ],
  gone: [
    "The program in the terminal does not respond.",
    "It has ended or timed out. " + RUN_AGAIN,
  ],
  time: [
    "The sign-in has timed out.",
    RUN_AGAIN,
  ],
};

// https://js-cdn.music.apple.com/musickit/v3/docs/ lists the names.
const MUSICKIT_ERRORS = {
  ACCESS_DENIED: "denied",
  AUTHORIZATION_ERROR: "denied",
  SUBSCRIPTION_ERROR: "subscription",
  UNAUTHORIZED_ERROR: "developer",
  TOKEN_EXPIRED: "developer",
  CONFIGURATION_ERROR: "developer",
  NETWORK_ERROR: "offline",
  QUOTA_EXCEEDED: "busy",
};
const FINAL = new Set(["link", "save", "gone", "time"]);

const title = document.getElementById("title");
const box = document.getElementById("status");
const words = document.getElementById("words");
const next = document.getElementById("next");
const button = document.getElementById("sign-in");
const clock = document.getElementById("clock");
const code = document.getElementById("code");

let session = null;
let isReady = false;
let isReturned = false;
let isOver = false;
let endsAt = Infinity;
// Counts the attempts, so that the result of an old one does not replace a newer one.
let turn = 0;

class Problem extends Error {
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

function say(kind, first, second = "") {
  box.dataset.kind = kind;
  words.textContent = first;
  next.textContent = second;
}

function offerButton(label) {
  button.textContent = label;
  button.disabled = false;
  button.hidden = false;
}

function end() {
  isOver = true;
  button.hidden = true;
  clock.textContent = "";
  forget();
  // The button is gone, and keyboard focus must not be lost.
  title.focus();
}

function show(problem) {
  const kind = problem instanceof Problem ? problem.kind : kindOf(problem);
  const known = PROBLEMS[kind];
  if (known) {
    say("bad", ...known);
  } else {
    say("bad", "Apple's script reported: " + kind, "Click the button to try again.");
  }
  if (FINAL.has(kind)) {
    end();
  } else {
    offerButton("Try again");
  }
}

function kindOf(error) {
  const names = [error?.errorCode, error?.name, error?.message, error].filter(
    (name) => typeof name === "string",
  );
  const known = names.map((name) => MUSICKIT_ERRORS[name.toUpperCase()]).find(Boolean);
  if (known && known !== "denied") {
    return known;
  }
  if (!navigator.onLine) {
    return "offline";
  }
  return known ?? (names[0] || "an unknown error").slice(0, 100);
}

// MusicKit also stores the token in this page's storage and cookies, where the next program on this
// port could find it.
function forget() {
  sessionStorage.clear();
  localStorage.clear();
  for (const cookie of document.cookie.split(";")) {
    const name = cookie.split("=")[0].trim();
    if (name) {
      document.cookie = name + "=; Max-Age=0; path=/; SameSite=Strict";
    }
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function post(path, fields) {
  let response;
  for (let left = 3; !response; left -= 1) {
    try {
      response = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(fields),
      });
    } catch {
      if (left === 1) {
        throw new Problem("gone");
      }
      await pause(300);
    }
  }
  const document = await response.json().catch(() => ({}));
  return response.ok ? document : Promise.reject(rejection(document.problem));
}

function rejection(problem) {
  const kinds = { save: "save", token: "empty" };
  return new Problem(kinds[problem] ?? "link");
}

// The secret is removed from the address before anything else is loaded, so that neither the history
// nor MusicKit, which reports its address to Apple, sees it.
function secretOfLink() {
  const secret = location.hash.slice(1);
  history.replaceState(null, "", "/");
  return secret;
}

async function openSession(secret) {
  const kept = secret ? null : sessionStorage.getItem("secret");
  forget();
  const opened = await post("/session", { secret: secret || kept || "" });
  // For a reload, when the address has no secret. The tokens are not stored: a browser writes this
  // to disk.
  sessionStorage.setItem("secret", opened.secret);
  return opened;
}

function loadMusicKit() {
  if (window.MusicKit) {
    return Promise.resolve();
  }
  if (!navigator.onLine) {
    return Promise.reject(new Problem("offline"));
  }
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const fail = () => {
      script.remove();
      reject(new Problem(navigator.onLine ? "script" : "offline"));
    };
    const timeout = setTimeout(fail, LOADING_TIMEOUT);
    script.onerror = () => {
      clearTimeout(timeout);
      fail();
    };
    document.addEventListener(
      "musickitloaded",
      () => {
        clearTimeout(timeout);
        resolve();
      },
      { once: true },
    );
    script.src = MUSICKIT;
    script.async = true;
    document.head.append(script);
  });
}

// MusicKit returns the token of an earlier sign-in again, even if it has been revoked (observed:
// Cifero74/mcp-apple-music). In the click, the wait for this would make the browser block the window.
async function discardEarlierToken() {
  const music = MusicKit.getInstance();
  if (music.isAuthorized) {
    // Apple may reject a token that has been revoked; the sign-in continues all the same.
    await music.unauthorize().catch(() => {});
  }
}

async function prepare() {
  say("busy", "Getting ready …");
  button.disabled = true;
  try {
    await loadMusicKit();
    await MusicKit.configure({ developerToken: session.developer_token, app: session.app });
    await discardEarlierToken();
    isReady = true;
    say("busy", "Ready.", "Click “Sign in with Apple Music” to open Apple's sign-in window.");
    offerButton("Sign in with Apple Music");
    button.focus();
  } catch (error) {
    show(error);
  }
}

// Only the call that opens a window can see that it was blocked.
let onBlocked = () => {};
const open = window.open;
window.open = (...given) => {
  const opened = open.apply(window, given);
  if (!opened) {
    onBlocked();
  }
  return opened;
};

// Called in the click itself: only a click may open a window.
function authorize() {
  return new Promise((resolve, reject) => {
    onBlocked = () => reject(new Problem("popup"));
    MusicKit.getInstance().authorize().then(resolve, reject);
  });
}

async function signIn() {
  turn += 1;
  const mine = turn;
  say(
    "busy",
    "Waiting for Apple's window …",
    "Sign in there. If no window has opened, allow pop-up windows for this page, then try again.",
  );
  offerButton("Try again");
  let token;
  try {
    token = await authorize();
    if (!token) {
      throw new Problem("empty");
    }
  } catch (error) {
    if (mine === turn && !isOver) {
      show(error);
    }
    return;
  }
  // Of several windows, the first success counts.
  if (!isReturned && !isOver) {
    await returnToken(token);
  }
}

async function returnToken(token) {
  isReturned = true;
  turn += 1;
  button.hidden = true;
  say("busy", "Saving the token …");
  try {
    await post("/token", { secret: session.secret, token });
  } catch (error) {
    isReturned = false;
    show(error);
    return;
  }
  say("good", "You are signed in.", "The token is saved on this computer. Close this tab and return to the terminal.");
  title.textContent = "Done";
  document.getElementById("purpose").hidden = true;
  document.title = "Signed in · apple-music-ratings";
  end();
}

function tick() {
  if (isOver) {
    return;
  }
  const minutes = Math.ceil((endsAt - Date.now()) / 60_000);
  if (minutes <= 0) {
    show(new Problem("time"));
    return;
  }
  const text = minutes === 1 ? "Less than a minute is left." : `About ${minutes} minutes are left.`;
  if (clock.textContent !== text) {
    clock.textContent = text;
  }
  setTimeout(tick, 1000);
}

async function start() {
  try {
    session = await openSession(secretOfLink());
  } catch (error) {
    show(error);
    return;
  }
  endsAt = Date.now() + session.seconds_left * 1000;
  code.querySelector("strong").textContent = session.code;
  code.hidden = false;
  tick();
  await prepare();
}

button.addEventListener("click", (event) => {
  // The second half of a double click would open a second window.
  if (event.detail < 2) {
    void (isReady ? signIn() : prepare());
  }
});
void start();
