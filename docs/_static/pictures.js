// Pictures come in a light and a dark form. The site's own switch decides between them, where it
// says other than the system does.
"use strict";

const choose = () => {
  const theme = document.body.dataset.theme;
  for (const source of document.querySelectorAll("picture source[media]")) {
    source.media =
      theme === "dark" ? "all" : theme === "light" ? "not all" : "(prefers-color-scheme: dark)";
  }
};

document.addEventListener("DOMContentLoaded", () => {
  choose();
  new MutationObserver(choose).observe(document.body, { attributeFilter: ["data-theme"] });
});
