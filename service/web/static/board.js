// Tags the estimates revised since the last visit of this browser, and counts new events.
import { follow, newEvents } from "./live.js";

const KEY = "intellog.seen";
const rows = [...document.querySelectorAll("tr[data-revision]")];
const status = document.querySelector(".live");
const seen = Number(localStorage.getItem(KEY) ?? NaN);
const newest = Math.max(0, ...rows.map((row) => Number(row.dataset.revision)));

function announce(text) {
  status.textContent = text;
  status.hidden = false;
}

if (!Number.isNaN(seen)) {
  const fresh = rows.filter((row) => Number(row.dataset.revision) > seen);
  for (const row of fresh) {
    const tag = document.createElement("span");
    tag.className = "tag fresh";
    tag.textContent = "new";
    row.querySelector("th").append(" ", tag);
  }
  if (fresh.length) announce(`${fresh.length} revised since your last visit.`);
}
if (rows.length && !location.search) localStorage.setItem(KEY, String(Math.max(newest, seen || 0)));

let count = 0;
follow("/v1/events", () => {
  count += 1;
  announce(`${newEvents(count)} since this page was loaded. Reload to see ${count === 1 ? "it" : "them"}.`);
});
