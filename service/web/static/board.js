// Counts the events that are recorded while the board is open, and loads the rows that were left for later.
import { follow, newEvents } from "./live.js";

const status = document.querySelector(".live");
let count = 0;
follow("/v1/events", () => {
  count += 1;
  status.textContent = `${newEvents(count)} since this page was loaded. Reload to see ${count === 1 ? "it" : "them"}.`;
  status.hidden = false;
});

const PAUSE_MS = 1000;
const left = () => [...document.querySelectorAll("tr[data-later]")];

// The same page at the same position, or nothing: each time it has more of its rows.
function samePage() {
  const address = new URL(location.href);
  if (!address.searchParams.get("known_at")) address.searchParams.set("known_at", document.body.dataset.position);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest(); // it parses a page; no script may
    request.open("GET", address);
    request.responseType = "document";
    request.addEventListener("loadend", () => resolve(request));
    request.send();
  });
}

function fill(row, page) {
  const found = page.querySelector(`tr[data-indicator="${CSS.escape(row.dataset.indicator)}"]:not([data-later])`);
  if (!found) return;
  // The first cell stays: it says what changed since the last visit, and may have the focus.
  const cells = [...found.cells];
  [...row.cells].forEach((cell, n) => n && cell.replaceWith(cells[n]));
  delete row.dataset.later;
}

async function fillAll() {
  for (let before = left().length; before; ) {
    const answer = document.hidden ? null : await samePage();
    if (answer && ![0, 200, 503].includes(answer.status)) return;
    if (answer?.status === 200) for (const row of left()) fill(row, answer.response);
    const now = left().length;
    if (now === before) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    before = now;
  }
  document.querySelector(".later")?.remove();
}

fillAll();
