// Pictures have a light and a dark version. The site's color theme selects one, even where it
// differs from the system's.
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
