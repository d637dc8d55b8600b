// Ranks the sections of the site (search-data.js) and shows an excerpt of each hit.
"use strict";

(() => {
  const SHOWN = 40;
  const AROUND = 90;
  const box = document.querySelector(".search-form input");
  const status = document.querySelector("#search-status");
  const results = document.querySelector("#search-results");

  // "retry" also finds "retries", and "limits" finds "limit"; numbers stay whole.
  const stem = (term) =>
    term.length > 4 && !/\d/.test(term) ? term.replace(/(ies|ing|ed|es|s|y|e)$/, "") : term;
  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // At the start of a word or of a part of a name; a number is not found inside another one.
  const pattern = (term) =>
    new RegExp(`(?<![a-z0-9])${escaped(stem(term))}${/^\d+$/.test(term) ? "(?!\\d)" : ""}`, "gi");

  const count = (text, expression) => (text.match(expression) ?? []).length;

  const score = ([title, , heading, text], expressions) => {
    let sum = 0;
    for (const expression of expressions) {
      const points =
        30 * Math.min(count(heading, expression), 1) +
        10 * Math.min(count(title, expression), 1) +
        Math.min(count(text, expression), 5);
      if (points === 0) return 0;
      sum += points;
    }
    return sum;
  };

  const excerpt = (text, expressions) => {
    const places = expressions.map((each) => text.search(each)).filter((place) => place >= 0);
    const first = places.length ? Math.min(...places) : 0;
    const start = Math.max(0, first - AROUND);
    const end = Math.min(text.length, first + 2 * AROUND);
    const cut = text.slice(start, end);
    return `${start > 0 ? "…" : ""}${cut}${end < text.length ? "…" : ""}`;
  };

  // As text nodes and <mark>, so that nothing of a page is read as HTML.
  const marked = (text, expressions) => {
    const all = new RegExp(expressions.map((each) => each.source).join("|"), "gi");
    const nodes = [];
    let last = 0;
    for (const hit of text.matchAll(all)) {
      const word = /^[a-z0-9]*/i.exec(text.slice(hit.index + hit[0].length))[0];
      const mark = document.createElement("mark");
      mark.textContent = hit[0] + word;
      nodes.push(text.slice(last, hit.index), mark);
      last = hit.index + mark.textContent.length;
    }
    nodes.push(text.slice(last));
    return nodes;
  };

  const entry = ([title, address, heading, text], expressions) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = address;
    link.append(...marked(heading || title, expressions));
    const page = document.createElement("small");
    page.textContent = title;
    const body = document.createElement("p");
    body.append(...marked(excerpt(text, expressions), expressions));
    item.append(link, " ", page, body);
    return item;
  };

  const search = () => {
    const terms = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const expressions = terms.map(pattern);
    const hits = terms.length
      ? window.siteSections
          .map((section) => ({ section, points: score(section, expressions) }))
          .filter(({ points }) => points > 0)
          .sort((one, other) => other.points - one.points)
      : [];
    status.textContent = terms.length
      ? hits.length === 0
        ? "No page contains all of these words."
        : `${hits.length} section${hits.length === 1 ? "" : "s"} found${hits.length > SHOWN ? `; the first ${SHOWN}:` : ":"}`
      : "Enter words, a name or a number such as 429.";
    results.replaceChildren(
      ...hits.slice(0, SHOWN).map(({ section }) => entry(section, expressions)),
    );
  };

  box.value = new URLSearchParams(location.search).get("q") ?? "";
  document.querySelector(".search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
    try {
      history.replaceState(null, "", `?q=${encodeURIComponent(box.value)}`);
    } catch {
      // Some browsers do not allow it for a page from a file.
    }
  });
  box.addEventListener("input", search);
  search();
})();
