// Marks what was revised since this browser was here last, and tells of new events.
import { follow } from "./live.js";

const KEY = "intellog.seen";
const rows = [...document.querySelectorAll("tr[data-revision]")];
const status = document.querySelector(".live");
const seen = Number(localStorage.getItem(KEY) ?? NaN);
const newest = Math.max(0, ...rows.map((row) => Number(row.dataset.revision)));

function say(text) {
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
  if (fresh.length) say(`${fresh.length} revised since your last visit.`);
}
if (rows.length && !location.search) localStorage.setItem(KEY, String(Math.max(newest, seen || 0)));

let news = 0;
follow("/v1/events", () => {
  news += 1;
  say(`${news} new event${news === 1 ? "" : "s"} since this page was loaded. Reload to see them.`);
});
