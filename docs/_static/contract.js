// Filters the operations of a contract: those that contain every word of the box.
"use strict";

for (const finder of document.querySelectorAll(".finder")) {
  const box = finder.querySelector("input");
  const count = finder.querySelector("output");
  const operations = [...document.querySelectorAll("section.operation, tr.operation")].map((section) => ({
    section,
    entry: section.id
      ? document.querySelector(`.toc-tree a[href="#${section.id}"]`)?.parentElement
      : undefined,
    // The heading, the path and the operationId, or the row of the table.
    text: [...section.querySelectorAll("h2, h3, .request, .about, td")]
      .map((part) => part.textContent)
      .join(" ")
      .toLowerCase(),
  }));

  const filter = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { section, entry, text } of operations) {
      const matches = words.every((word) => text.includes(word));
      section.hidden = !matches;
      if (entry) entry.hidden = !matches;
      found += matches;
    }
    for (const shared of document.querySelectorAll("section.components")) {
      shared.hidden = words.length > 0;
    }
    count.textContent = words.length
      ? `${found} of ${operations.length} operations`
      : `${operations.length} operations`;
  };

  box.addEventListener("input", filter);
  // A link to a filtered operation clears the filter.
  window.addEventListener("hashchange", () => {
    if (document.querySelector(":target")?.closest("[hidden]")) {
      box.value = "";
      filter();
      document.querySelector(":target").scrollIntoView();
    }
  });
  finder.hidden = false;
}
