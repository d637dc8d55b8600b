// Narrow a contract's page down to the operations that hold every word of the box.
"use strict";

for (const finder of document.querySelectorAll(".finder")) {
  const box = finder.querySelector("input");
  const count = finder.querySelector("output");
  const operations = [...document.querySelectorAll("section.operation")].map((section) => ({
    section,
    entry: document.querySelector(`.toc-tree a[href="#${section.id}"]`)?.parentElement,
    // The heading, the line with the path, and the name: what an operation is called.
    text: [...section.querySelectorAll("h2, h3, .request, .about")]
      .map((part) => part.textContent)
      .join(" ")
      .toLowerCase(),
  }));

  const narrow = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { section, entry, text } of operations) {
      const fits = words.every((word) => text.includes(word));
      section.hidden = !fits;
      if (entry) entry.hidden = !fits;
      found += fits;
    }
    for (const group of document.querySelectorAll("section.operations")) {
      group.hidden = !group.querySelector("section.operation:not([hidden])");
      const entry = document.querySelector(`.toc-tree a[href="#${group.id}"]`)?.parentElement;
      if (entry) entry.hidden = group.hidden;
    }
    for (const shared of document.querySelectorAll("section.components")) {
      shared.hidden = words.length > 0;
    }
    count.textContent = words.length
      ? `${found} of ${operations.length} operations`
      : `${operations.length} operations`;
  };

  box.addEventListener("input", narrow);
  // A link to something that is narrowed away shows it.
  window.addEventListener("hashchange", () => {
    if (document.querySelector(":target")?.closest("[hidden]")) {
      box.value = "";
      narrow();
      document.querySelector(":target").scrollIntoView();
    }
  });
  finder.hidden = false;
}
